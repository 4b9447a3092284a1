import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Configuration } from 'electron-builder';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
const config = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as Configuration;

type Fuses = Omit<Required<NonNullable<Configuration['electronFuses']>>, 'resetAdHocDarwinSignature'>;

/** Every fuse that electron-builder knows: a new one fails the type check here until it is decided. */
const FUSES: Fuses = {
  runAsNode: false,
  enableCookieEncryption: true,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
};

describe('electron-builder.yml', () => {
  it('sets every fuse, to the strict side', () => {
    expect(config.electronFuses).toEqual(FUSES);
  });

  it('packs an archive, with what cannot be loaded from one beside it', () => {
    expect(config.asar).toEqual({ smartUnpack: false });
    expect(config.asarUnpack).toEqual(['**/*.node']);
    expect(config.npmRebuild).toBe(false);
  });

  it('publishes nothing and asks nobody for updates', () => {
    expect(config.publish).toBeNull();
  });

  it('packs what package.json starts', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { main: string };
    expect(manifest.main).toBe('dist/main/index.js');
    expect(existsSync(join(root, 'main', 'index.ts'))).toBe(true);
    expect(config.files).toEqual(
      expect.arrayContaining([
        'dist/main/**',
        'dist/preload/**',
        'dist/renderer/**',
        { from: 'native/build/packed', to: 'dist', filter: ['native-digests.json'] },
        'resources/**',
        'package.json',
      ]),
    );
  });

  it('packs no package but those that main needs when it runs: the page has its own built in', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const sources = ['main', 'preload'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(root, folder, name), 'utf8')),
    );
    const unused = Object.keys(manifest.dependencies).filter(
      (name) => !sources.some((text) => text.includes(`'${name}'`) || text.includes(`'${name}/`)),
    );
    expect(unused).toEqual([]);
  });

  it('makes the packages of the three systems', () => {
    expect([config.linux?.target, config.mac?.target, config.win?.target]).toEqual([
      ['AppImage', 'deb', 'rpm'],
      ['dmg', 'zip'],
      'nsis',
    ]);
    expect(config.mac?.hardenedRuntime).toBe(true);
    expect(config.mac?.entitlementsInherit).toBe(config.mac?.entitlements);
    const entitlements = readFileSync(join(root, String(config.mac?.entitlements)), 'utf8');
    expect([...entitlements.matchAll(/<key>([^<]+)/g)].map(([, key]) => key)).toEqual([
      'com.apple.security.cs.allow-jit',
    ]);
  });

  it('has the id that Windows knows its notifications by', () => {
    const lifecycle = readFileSync(join(root, 'main', 'electron', 'lifecycle.ts'), 'utf8');
    expect(lifecycle).toContain(`const APP_ID = '${String(config.appId)}';`);
  });

  it('names icons and scripts that are there', () => {
    const named = [
      config.linux?.icon,
      config.mac?.icon,
      config.win?.icon,
      config.beforePack,
      config.deb?.afterInstall,
      config.deb?.afterRemove,
      config.rpm?.afterInstall,
      config.rpm?.afterRemove,
    ];
    for (const path of named) expect([path, existsSync(join(root, String(path)))]).toEqual([path, true]);
  });
});

describe('the scripts of the Linux packages', () => {
  const script = (name: string) => readFileSync(join(root, 'resources', 'linux', name), 'utf8');

  it.each(['after-install.sh', 'after-remove.sh'])(
    '%s uses only names that electron-builder fills in',
    (name) => {
      const macros = [...script(name).matchAll(/\$\{([a-zA-Z]+)\}/g)].map(([, macro]) => macro);
      expect(macros.filter((macro) => macro !== 'executable' && macro !== 'sanitizedProductName')).toEqual(
        [],
      );
    },
  );

  it('put `gatehouse` on the PATH, and take away only what they put there', () => {
    const place = mkdtempSync(join(tmpdir(), 'gatehouse-linux-package-'));
    try {
      const at = (...parts: string[]) => join(place, ...parts);
      const program = at('opt', 'Gatehouse', 'resources', 'native', 'build', 'linux-x64', 'gatehouse');
      mkdirSync(dirname(program), { recursive: true });
      mkdirSync(at('usr', 'bin'), { recursive: true });
      writeFileSync(program, '', { mode: 0o755 });
      writeFileSync(at('opt', 'Gatehouse', 'chrome-sandbox'), '');
      const run = (name: string, ...words: string[]) => {
        const text = script(name)
          .replaceAll('${executable}', 'gatehouse-desktop')
          .replaceAll('${sanitizedProductName}', 'Gatehouse')
          .replaceAll(/(?<![\w/])\/(opt|usr\/bin|etc)\b/g, `${place}/$1`);
        return execFileSync('sh', ['-c', text, name, ...words], {
          encoding: 'utf8',
          env: { PATH: '/usr/bin:/bin' },
        });
      };
      run('after-install.sh', 'configure');
      expect(readlinkSync(at('usr', 'bin', 'gatehouse'))).toBe(program);
      expect(readlinkSync(at('usr', 'bin', 'gatehouse-desktop'))).toBe(
        at('opt', 'Gatehouse', 'gatehouse-desktop'),
      );
      expect([0o755, 0o4755]).toContain(statSync(at('opt', 'Gatehouse', 'chrome-sandbox')).mode & 0o7777);
      run('after-remove.sh', 'upgrade');
      expect(readdirSync(at('usr', 'bin')).toSorted()).toEqual(['gatehouse', 'gatehouse-desktop']);
      rmSync(at('usr', 'bin', 'gatehouse'));
      writeFileSync(at('usr', 'bin', 'gatehouse'), 'a stranger’s');
      run('after-remove.sh', 'remove');
      expect(readdirSync(at('usr', 'bin'))).toEqual(['gatehouse']);
    } finally {
      rmSync(place, { recursive: true });
    }
  });
});
