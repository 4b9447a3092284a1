/** Where this install is and what it ships. Works from the sources, from `dist/` and from a packed app. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GatehouseError } from '../platform/errors.ts';
import { ownAppImage } from '../platform/own-program.ts';

/** The folder that holds package.json, resources/ and native/: found upwards from this module. */
export const installRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The grammar of the shell, as wasm. */
export const grammarFile: string = join(installRoot, 'resources', 'grammar', 'bash.wasm');

/** The version in package.json. */
export const VERSION: string = readVersion();

/** A packed app: `installRoot` is its archive, with everything that cannot be in an archive beside it. */
const packed = extname(installRoot) === '.asar';

/** All of this install: what no call may touch. */
export const installFolder: string = packed ? dirname(dirname(installRoot)) : installRoot;

/** How a command line is written for this install. */
export const programName: string = commandOf({
  checkout: existsSync(join(installRoot, 'vite.config.ts')),
  packed,
  platform: process.platform,
  execPath: process.execPath,
  appImage: ownAppImage(process.env, process.execPath) ?? undefined,
});

/**
 * How the program is called: through npx in a checkout; by its path where no package manager has put `gatehouse` on
 * the PATH (an AppImage, macOS, Windows).
 */
export function commandOf(install: {
  readonly checkout: boolean;
  readonly packed: boolean;
  readonly platform: NodeJS.Platform;
  readonly execPath: string;
  /** The AppImage's own file, as its runtime tells it. */
  readonly appImage: string | undefined;
}): string {
  if (install.checkout) return 'npx --no-install gatehouse';
  if (!install.packed) return 'gatehouse';
  if (install.platform === 'linux')
    return install.appImage === undefined || install.appImage === '' ? 'gatehouse' : quoted(install.appImage);
  return quoted(install.execPath);
}

function quoted(path: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(path) ? path : `"${path}"`;
}

/**
 * The text of a shipped preset.
 *
 * @param name for example `careful`
 * @throws GatehouseError `no_preset`
 */
export function readPreset(name: string): string {
  try {
    return readFileSync(presetFile(name), 'utf8');
  } catch (cause) {
    throw new GatehouseError('no_preset', `the preset ${name} cannot be read: this install is not complete`, {
      hint: 'install Gatehouse again',
      cause,
    });
  }
}

export function presetFile(name: string): string {
  return join(installRoot, 'resources', 'presets', `${name}.yaml`);
}

/**
 * The text of a tutorial's policy.
 *
 * @throws GatehouseError `no_tutorial`
 */
export function readTutorialPolicy(number: number): string {
  return readTutorialFile(`${number}.yaml`, `the policy of tutorial ${number}`);
}

/** The program of the MCP server of tutorial 5. @throws GatehouseError `no_tutorial` */
export function readTutorialServer(): string {
  return readTutorialFile('notes-server.sh', 'the server of tutorial 5');
}

function readTutorialFile(name: string, what: string): string {
  try {
    return readFileSync(join(installRoot, 'resources', 'tutorials', name), 'utf8');
  } catch (cause) {
    throw new GatehouseError('no_tutorial', `${what} cannot be read: this install is not complete`, {
      hint: 'install Gatehouse again',
      cause,
    });
  }
}

function findRoot(from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'resources'))) return folder;
  }
  throw new GatehouseError('no_install_root', `no install found above ${from}`, {
    hint: 'install Gatehouse again',
  });
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(installRoot, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
