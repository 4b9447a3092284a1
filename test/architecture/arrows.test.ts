import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf } from './imports.ts';
import { MAX_LINES, type SourceFile, violationsOf } from './rules.ts';

const root = join(import.meta.dirname, '..', '..');

function sourcesOf(...folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(tsx?|css|mjs|c|h)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({
        path: path.slice(root.length + 1).replaceAll('\\', '/'),
        text: readFileSync(path, 'utf8'),
      })),
  );
}

describe('the house as it stands', () => {
  const sources = sourcesOf('main', 'preload', 'renderer');

  it('is looked at whole', () => {
    expect(sources.length).toBeGreaterThan(60);
    expect(sources.some(({ path }) => path === 'main/engine/engine.ts')).toBe(true);
  });

  it('breaks no rule', () => {
    expect(violationsOf(sources).map(({ path, rule, text }) => `${path}: ${rule}: ${text}`)).toEqual([]);
  });

  it('keeps Electron in at most ten files', () => {
    const importers = sources.filter(
      ({ path, text }) =>
        /\.tsx?$/.test(path) && importsOf(path, text).some(({ specifier }) => specifier === 'electron'),
    );
    expect(importers.length).toBeGreaterThan(0);
    expect(sources.filter(({ path }) => path.startsWith('main/electron/')).length).toBeLessThanOrEqual(10);
  });

  it('lets the real ipcRenderer and the window channel be used in one file each', () => {
    const users = (name: string) =>
      sources
        .filter(({ text }) =>
          new RegExp(`\\b${name}\\b`).test(text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
        )
        .map(({ path }) => path);
    expect(users('ipcRenderer')).toEqual(['preload/index.ts']);
    expect(users('ipcMain')).toEqual([]);
  });
});

describe('the rules find what is planted', () => {
  const house: readonly SourceFile[] = [
    file('main/cli.ts', "import { a } from './headless/a.ts';"),
    file('main/headless/a.ts', "import { b } from '../app/b.ts'; export const a = b;"),
    file(
      'main/electron/a.ts',
      "import { app } from 'electron'; import { b } from '../app/b.ts'; export const a = [app, b];",
    ),
    file(
      'main/app/b.ts',
      "import type { C } from '../engine/c.ts'; import { methods } from '../../preload/contract.ts'; export const b: C = methods;",
    ),
    file(
      'main/engine/c.ts',
      "import { d } from '../policy/d.ts'; import { e } from '../audit/e.ts'; export type C = typeof d | typeof e;",
    ),
    file('main/policy/d.ts', "import { f } from '../platform/f.ts'; export const d = f;"),
    file('main/audit/e.ts', 'export const e = 1;'),
    file('main/store/s.ts', 'export const s = 1;'),
    file('main/platform/f.ts', "import { readFileSync } from 'node:fs'; export const f = readFileSync;"),
    file('preload/contract.ts', "import { z } from 'zod'; export const methods = z;"),
    file(
      'preload/index.ts',
      "import { contextBridge } from 'electron'; import { methods } from './contract.ts'; export const x = [contextBridge, methods];",
    ),
    file(
      'renderer/main.tsx',
      "import type { M } from '../preload/contract.ts'; import React from 'react'; import './look.css'; export const v = <p>{React as M}</p>;",
    ),
  ];

  it('has nothing to say of a clean house', () => {
    expect(violationsOf(house)).toEqual([]);
  });

  const planted: readonly (readonly [string, SourceFile, string])[] = [
    ['an arrow that points up', file('main/engine/x.ts', "import { b } from '../app/b.ts';"), 'arrow'],
    [
      'an arrow up by type only',
      file('main/platform/x.ts', "import type { d } from '../policy/d.ts';"),
      'arrow',
    ],
    [
      'an arrow up by a dynamic import',
      file('main/store/x.ts', "export const x = () => import('../engine/c.ts');"),
      'arrow',
    ],
    [
      'an arrow up by an import type',
      file('main/store/x.ts', "export type X = import('../engine/c.ts').C;"),
      'arrow',
    ],
    ['an arrow up by a re-export', file('main/audit/x.ts', "export * from '../points/p.ts';"), 'arrow'],
    [
      'an arrow up by a worker URL',
      file('main/store/x.ts', "export const x = new URL('../engine/c.ts', import.meta.url);"),
      'arrow',
    ],
    ['a shell that imports the program', file('main/headless/x.ts', "import '../cli.ts';"), 'arrow'],
    ['a peer', file('main/policy/x.ts', "import { e } from '../audit/e.ts';"), 'peer'],
    ['the other shell', file('main/headless/x.ts', "import { a } from '../electron/a.ts';"), 'peer'],
    ['Electron in the engine', file('main/engine/x.ts', "import { app } from 'electron';"), 'electron'],
    ['Electron by a subpath', file('main/app/x.ts', "import { app } from 'electron/main';"), 'electron'],
    [
      'Electron by require',
      file('main/app/x.ts', "const { app } = require('electron'); export { app };"),
      'electron',
    ],
    [
      'Electron by a template',
      file('main/app/x.ts', 'export const x = await import(`electron`);'),
      'electron',
    ],
    [
      'Electron in the page',
      file(
        'renderer/x.tsx',
        "import { ipcRenderer } from 'electron'; export const x = <b>{ipcRenderer}</b>;",
      ),
      'electron',
    ],
    [
      'the page reaching into main',
      file('renderer/x.ts', "import { f } from '../main/platform/f.ts';"),
      'page',
    ],
    [
      'the page reaching into the preload',
      file('renderer/x.ts', "import { x } from '../preload/index.ts';"),
      'page',
    ],
    ['the page with Node', file('renderer/x.ts', "import { readFileSync } from 'node:fs';"), 'page'],
    [
      'the preload reaching into main',
      file('preload/x.ts', "import { f } from '../main/platform/f.ts';"),
      'arrow',
    ],
    [
      'the contract with more than zod',
      file('preload/contract/x.ts', "import ws from 'ws'; export default ws;"),
      'contract',
    ],
    [
      'main importing the page',
      file('main/app/x.ts', "import { v } from '../../renderer/main.tsx';"),
      'arrow',
    ],
    ['main importing a test', file('main/app/x.ts', "import { v } from '../../test/x.ts';"), 'arrow'],
    ['a part that is not in the house', file('main/utils/x.ts', 'export const x = 1;'), 'unknown_part'],
    ['a file that is too long', file('main/app/x.ts', '// line\n'.repeat(MAX_LINES + 1)), 'length'],
    ['a module that is not there', file('main/app/x.ts', "import './gone.ts';"), 'missing'],
  ];

  it.each(planted)('%s', (_name, planting, rule) => {
    const rules = violationsOf([...house, planting]).filter(({ path }) => path === planting.path);
    expect(rules.map((violation) => violation.rule)).toContain(rule);
  });

  it('a cycle, through however many files', () => {
    const ring = [
      file('main/engine/one.ts', "import './two.ts';"),
      file('main/engine/two.ts', "import './three.ts';"),
      file('main/engine/three.ts', "import './one.ts';"),
    ];
    expect(violationsOf([...house, ...ring])).toEqual([
      {
        path: 'main/engine/one.ts',
        rule: 'cycle',
        text: 'main/engine/one.ts → main/engine/two.ts → main/engine/three.ts → main/engine/one.ts',
      },
    ]);
  });

  it('lets types be known both ways, because nothing is loaded by them', () => {
    const pair = [
      file('main/engine/one.ts', "import { two } from './two.ts'; export type One = typeof two;"),
      file('main/engine/two.ts', "import type { One } from './one.ts'; export const two: One | null = null;"),
    ];
    expect(violationsOf([...house, ...pair])).toEqual([]);
  });

  it('is not fooled by text that looks like an import, nor by length alone', () => {
    const text = `// import x from 'electron'\nexport const x = "import y from 'electron'";\n`;
    expect(
      violationsOf([
        ...house,
        file('main/engine/x.ts', text),
        file('main/engine/y.ts', '// line\n'.repeat(MAX_LINES)),
      ]),
    ).toEqual([]);
  });
});

function file(path: string, text: string): SourceFile {
  return { path, text };
}
