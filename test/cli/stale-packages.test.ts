/** After a pull without `npm install`: one line that says so, and no trace of a build that could not work. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../support/built.ts';

const { ensureBuilt, stalePackage } = (await import(join(projectRoot, 'native', 'fresh.mjs'))) as {
  stalePackage(root: string): string | null;
  ensureBuilt(of: { root: string; node: string }): Promise<string | null>;
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-stale-'));
  mkdirSync(join(root, 'main'));
  const manifest = {
    dependencies: { ws: '8.23.0', keytar: 'npm:@github/keytar@7.10.6' },
    devDependencies: { vite: '8.3.8' },
  };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  for (const [name, version] of [
    ['ws', '8.23.0'],
    ['keytar', '7.10.6'],
    ['vite', '8.3.8'],
  ] as const)
    install(name, version);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function install(name: string, version: string): void {
  mkdirSync(join(root, 'node_modules', name), { recursive: true });
  writeFileSync(join(root, 'node_modules', name, 'package.json'), JSON.stringify({ version }));
}

describe('packages that are not those of package.json', () => {
  it('are none in a checkout that is as it was installed, this one too', () => {
    expect(stalePackage(root)).toBeNull();
    expect(stalePackage(projectRoot)).toBeNull();
  });

  it('are named with what is wanted and what is there', async () => {
    install('ws', '8.22.0');
    expect(stalePackage(root)).toBe('it needs ws 8.23.0, and 8.22.0 is there');
    rmSync(join(root, 'node_modules', 'ws'), { recursive: true });
    expect(stalePackage(root)).toBe('it needs ws 8.23.0, and there is none');
    // No build is tried: this Node could not be started.
    expect(await ensureBuilt({ root, node: '/nonexistent/node' })).toBe(
      'it needs ws 8.23.0, and there is none',
    );
  });

  it('are pinned exactly in package.json, so that they can be compared', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(projectRoot, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
    for (const wanted of Object.values({ ...dependencies, ...devDependencies }))
      expect(wanted).toMatch(/^(npm:.+@)?\d+\.\d+\.\d+$/);
  });
});
