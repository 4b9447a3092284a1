/** Where this install is and what it ships. Works from the sources, from `dist/` and from a packed app. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GatehouseError } from '../platform/errors.ts';

/** The folder that holds package.json, resources/ and native/: found upwards from this module. */
export const installRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The version in package.json. */
export const VERSION: string = readVersion();

/** How a command line is written for this install: in a checkout through npx, otherwise plainly. */
export const programName: string = existsSync(join(installRoot, 'vite.config.ts'))
  ? 'npx --no-install gatehouse'
  : 'gatehouse';

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
  try {
    return readFileSync(join(installRoot, 'resources', 'tutorials', `${number}.yaml`), 'utf8');
  } catch (cause) {
    throw new GatehouseError(
      'no_tutorial',
      `the policy of tutorial ${number} cannot be read: this install is not complete`,
      { hint: 'install Gatehouse again', cause },
    );
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
