/** What the shell must never do, looked for in its sources: a call that is not there cannot be got wrong. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
/** Without comments: they may name what the code does not do. */
const code = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
const shell = readdirSync(join(root, 'main', 'electron')).map(
  (name) => [name, code(read('main', 'electron', name))] as const,
);

describe('the Electron shell', () => {
  it('is at most ten files', () => {
    expect(shell.length).toBeGreaterThan(0);
    expect(shell.length).toBeLessThanOrEqual(10);
  });

  it.each([
    ['ipcMain', /\bipcMain\b/, 'each window has a channel of its own'],
    ['openExternal', /\bopenExternal\b/, 'no link leaves the app'],
    ['loadFile and file:', /\bloadFile\b|['"`]file:/, 'pages come from our own scheme'],
    ['code put into pages', /\bexecuteJavaScript\b|\binsertCSS\b/, 'the page is what was built'],
    ['switches of Chromium', /\bappendSwitch\b|\bappendArgument\b/, 'nothing is opened again'],
    ['a protection switched off', /(?:sandbox|contextIsolation|webSecurity): false/, ''],
    [
      'a hole switched on',
      /(?:nodeIntegration\w*|webviewTag|allowRunningInsecureContent|experimentalFeatures): true/,
      '',
    ],
    ['a bad certificate taken', /certificate-error|setCertificateVerifyProc/, 'nothing is fetched'],
    ['a scheme that ignores the policy', /bypassCSP|allowServiceWorkers/, ''],
    ['a disk of the page’s own', /persist:/, 'nothing that a page stores outlives the process'],
    ['crash reports sent', /uploadToServer: true|submitURL/, ''],
    ['updates', /autoUpdater/, 'no address is asked'],
    ['the remote of old', /@electron\/remote/, ''],
  ])('has no %s', (_name, pattern) => {
    expect(shell.filter(([, text]) => pattern.test(text)).map(([name]) => name)).toEqual([]);
  });

  it('takes calls in one file, and the preload has ipcRenderer alone', () => {
    expect(shell.filter(([, text]) => /\.ipc\b/.test(text)).map(([name]) => name)).toEqual(['ipc.ts']);
    const preload = code(read('preload', 'index.ts'));
    expect([...preload.matchAll(/exposeInMainWorld\('([^']+)'/g)].map(([, name]) => name)).toEqual([
      'gatehouse',
    ]);
  });
});

it('what is used of electron is played where the packed app is tried on plain Node', () => {
  const used = shell.flatMap(([, text]) =>
    [...text.matchAll(/import \{([^}]*)\} from 'electron'/g)].flatMap(([, names = '']) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && !name.startsWith('type '))
        .map((name) => name.split(' as ')[0] ?? ''),
    ),
  );
  const played = read('test', 'support', 'electron-on-node', 'index.js');
  const missing = used.filter((name) => !new RegExp(`export (?:const|class) ${name}\\b`).test(played));
  expect(used.length).toBeGreaterThan(0);
  expect(missing).toEqual([]);
});

describe('the log file under Electron', () => {
  it('is electron-log’s without its preload and its channel: a page reaches it through us alone', () => {
    const sources = ['main', 'preload'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => code(read(folder, name))),
    );
    const imports = sources.flatMap((text) =>
      [...text.matchAll(/from '(electron-log[^']*)'/g)].map(([, name]) => name),
    );
    expect(imports).toEqual(['electron-log/node.js']);
    expect(sources.filter((text) => /\.initialize\(/.test(text) && text.includes('electron-log'))).toEqual(
      [],
    );
  });
});

describe('the page', () => {
  it('has no script, style or address in its HTML but its own files', () => {
    const html = read('renderer', 'index.html');
    expect(
      [...html.matchAll(/<script([^>]*)>([^<]*)/g)].map(([, attributes, text]) => [attributes?.trim(), text]),
    ).toEqual([['type="module" src="./main.tsx"', '']]);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|https?:/);
  });
});
