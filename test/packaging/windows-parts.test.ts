import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..');
const { nativeDigests } = (await import(pathToFileURL(join(ROOT, 'native', 'pack.mjs')).href)) as {
  nativeDigests(root: string, system: { platform: string; arch: string }): Readonly<Record<string, string>>;
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gh-parts-'));
  for (const path of [
    'native/build/win32-x64/status.json',
    'native/build/win32-x64/gatehouse-sandbox.exe',
    'node_modules/better-sqlite3/prebuilds/win32-x64.node',
    'node_modules/keytar/prebuilds/win32-x64/keytar.node',
  ]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), path);
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('a package for Windows has no program beside the archive that signing would change, and lists none', () => {
  const listed = Object.keys(nativeDigests(root, { platform: 'win32', arch: 'x64' }));
  expect(listed.filter((path) => !path.endsWith('.node'))).toEqual([]);
  expect(listed).toHaveLength(2);
  const { extraResources } = parse(readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8')) as {
    extraResources: readonly { readonly filter: readonly string[] }[];
  };
  for (const { filter } of extraResources) expect(filter).toContain('!gatehouse-sandbox.exe');
});
