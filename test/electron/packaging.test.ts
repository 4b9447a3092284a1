import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
    expect(config.asar).toBe(true);
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
        'resources/**',
        'package.json',
      ]),
    );
  });
});
