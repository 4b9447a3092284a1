/** What package.json and its lock file must say, so that strangers can install: npm changes both without a word. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../support/built.ts';

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly engines?: unknown;
  readonly allowScripts?: Record<string, boolean>;
}

interface LockEntry extends Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly gypfile?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Problems {
  readonly text: string;
  readonly manifest: Manifest;
}

const EXACT = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;
/** Whatever looks like a host, but for the ones that packages name as where their money comes from. */
const ADDRESS = /https?:\/\/[^\s"]+/g;

/** Every way in which a lock file does not travel. */
function problemsOf({ text, manifest }: Problems): readonly string[] {
  const lock = JSON.parse(text) as { lockfileVersion: number; packages: Record<string, LockEntry> };
  const problems: string[] = [];
  if (lock.lockfileVersion !== 3) problems.push(`lockfileVersion is ${lock.lockfileVersion}`);
  const root = lock.packages[''];
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) {
    for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
      if (!EXACT.test(version)) problems.push(`${name}: ${version} is no exact version`);
      if (root?.[kind]?.[name] !== version) problems.push(`${name}: the lock does not have ${version}`);
    }
  }
  if (manifest.engines !== undefined) problems.push('package.json names engines');
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '') continue;
    if (entry.resolved !== undefined) problems.push(`${path}: names where it came from`);
    if (entry.link === true) problems.push(`${path}: is a link`);
    if (entry.optional === true && entry.engines !== undefined)
      problems.push(`${path}: is left out on a Node it does not name`);
    if (entry.integrity === undefined) problems.push(`${path}: has no checksum`);
    if (entry.hasInstallScript === true) {
      const name = entry.name ?? path.split('node_modules/').at(-1) ?? '';
      // npm 12 runs no install script that is not named; with no address in the lock it knows names only.
      if (manifest.allowScripts?.[name] === undefined)
        problems.push(`${path}: nobody said whether its install script runs`);
    }
  }
  if (lock.packages['node_modules/better-sqlite3']?.gypfile !== false)
    problems.push('better-sqlite3 lost its gypfile: false: the next install would call node-gyp');
  const addresses = Object.values(lock.packages).flatMap(
    (entry) => JSON.stringify({ ...entry, funding: undefined }).match(ADDRESS) ?? [],
  );
  return [...problems, ...addresses.map((address) => `names ${address}`)];
}

const text = readFileSync(join(projectRoot, 'package-lock.json'), 'utf8');
const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as Manifest;

describe('the lock file', () => {
  it('travels', () => {
    expect(problemsOf({ text, manifest })).toEqual([]);
  });

  it('is there with every package', () => {
    const { packages } = JSON.parse(text) as { packages: object };
    expect(Object.keys(packages).length).toBeGreaterThan(100);
  });

  it('comes with no settings for npm and nothing that npm would build', () => {
    expect(readdirSync(projectRoot).filter((name) => /^(\.npmrc|binding\.gyp)$/.test(name))).toEqual([]);
  });
});

describe('what would keep strangers out is found', () => {
  const changed = (change: (packages: Record<string, Record<string, unknown>>) => void): string => {
    const lock = JSON.parse(text) as { packages: Record<string, Record<string, unknown>> };
    change(lock.packages);
    return JSON.stringify(lock);
  };
  const react = 'node_modules/react';
  const cases: readonly [string, Problems, string][] = [
    [
      'an address of a registry',
      {
        text: changed((packages) => {
          packages[react] = { ...packages[react], resolved: 'https://npm.example/react.tgz' };
        }),
        manifest,
      },
      `${react}: names where it came from`,
    ],
    [
      'a lost gypfile: false',
      {
        text: changed((packages) => {
          delete packages['node_modules/better-sqlite3']?.['gypfile'];
        }),
        manifest,
      },
      'better-sqlite3 lost its gypfile: false: the next install would call node-gyp',
    ],
    [
      'a range',
      { text, manifest: { ...manifest, dependencies: { ...manifest.dependencies, react: '^19.0.0' } } },
      'react: ^19.0.0 is no exact version',
    ],
    [
      'a lock of other versions',
      { text, manifest: { ...manifest, dependencies: { ...manifest.dependencies, react: '19.0.0' } } },
      'react: the lock does not have 19.0.0',
    ],
    ['engines', { text, manifest: { ...manifest, engines: { node: '>=24' } } }, 'package.json names engines'],
    [
      'an install script that is new',
      { text, manifest: { ...manifest, allowScripts: {} } },
      'node_modules/node: nobody said whether its install script runs',
    ],
    [
      'an optional package that is choosy about Node',
      {
        text: changed((packages) => {
          packages[react] = { ...packages[react], optional: true, engines: { node: '>=22' } };
        }),
        manifest,
      },
      `${react}: is left out on a Node it does not name`,
    ],
    [
      'a package without a checksum',
      {
        text: changed((packages) => {
          delete packages[react]?.['integrity'];
        }),
        manifest,
      },
      `${react}: has no checksum`,
    ],
  ];
  it.each(cases)('%s', (_what, problems, found) => {
    expect(problemsOf(problems)).toContain(found);
  });
});
