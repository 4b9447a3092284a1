/**
 * The app as electron-builder packs it, with a stand-in for Electron's own program, which is not to be had here.
 *
 * The stand-in is a shell script with the marks of Electron's program that the packing needs: the wire of fuses,
 * and a default archive. Started, it runs what was packed on plain Node, with the `electron` module played.
 */
import { execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createPackage, extractAll } from '@electron/asar';
import { isRoot, NOBODY } from '../native/other-user.ts';
import { buildOnce, projectRoot } from './built.ts';

/** By which @electron/fuses finds the wire; then the version, how many, and each fuse: `0` off, `1` on. */
const FUSE_WIRE = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\u0001\u0008' + '10110100';
const ELECTRON = (
  (await import('../../package.json', { with: { type: 'json' } })).default as {
    devDependencies: { electron: string };
  }
).devDependencies.electron;

export interface PackedApp {
  /** What electron-builder made: `linux-unpacked`. */
  readonly folder: string;
  readonly resources: string;
  /** The archive's content, beside which the native parts lie as they do beside the archive. */
  readonly extracted: string;
  /** The home folder of whom it is run as. */
  readonly home: string;
  /** Runs the app's native program with words, as somebody who is not root. Answers its exit code and what it said. */
  run(words: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  /** Takes all of it away. */
  remove(): void;
}

export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @throws when electron-builder fails, with what it said */
export async function packApp(): Promise<PackedApp> {
  await buildOnce();
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-packed-'));
  chmodSync(root, 0o755);
  const home = join(root, 'home');
  mkdirSync(home);
  if (isRoot) chownSync(home, NOBODY, NOBODY);
  const dist = join(root, 'electron');
  await makeStandIn(dist, root);
  const output = join(root, 'packages');
  await promisify(execFile)(
    process.execPath,
    [
      join(projectRoot, 'node_modules', 'electron-builder', 'out', 'cli', 'cli.js'),
      '--linux',
      'dir',
      `-c.electronDist=${dist}`,
      `-c.directories.output=${output}`,
    ],
    { cwd: projectRoot, timeout: 240_000, env: { ...process.env, DEBUG: '' } },
  );
  const folder = join(output, process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`);
  const resources = join(folder, 'resources');
  const extracted = join(resources, 'app');
  extractAll(join(resources, 'app.asar'), extracted);
  // From another root than the checkout's, so that nothing of it is found upwards.
  cpSync(join(import.meta.dirname, 'electron-on-node'), join(extracted, 'node_modules', 'electron'), {
    recursive: true,
  });
  const program = join(resources, 'native', 'build', `linux-${process.arch}`, 'gatehouse');
  return {
    folder,
    resources,
    extracted,
    home,
    run: (words, env = {}) => {
      const place = { HOME: home, GATEHOUSE_HOME: join(home, 'gatehouse'), PATH: process.env['PATH'] };
      const command = isRoot
        ? ([
            'setpriv',
            ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', program, ...words],
          ] as const)
        : ([program, words] as const);
      return runToEnd(command, { ...place, ...env });
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function runToEnd(
  [program, words]: readonly [string, readonly string[]],
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
        // The supervisor runs until it is told to end.
        if (name === 'stdout' && said.stdout.includes('Ctrl-C stops it')) child.kill('SIGTERM');
      });
    child.once('error', (error) => resolve({ exit: null, stdout: '', stderr: error.message }));
    child.once('close', (exit) => resolve({ exit, ...said }));
  });
}

/** What `electronDist` must hold for electron-builder 26. */
async function makeStandIn(dist: string, root: string): Promise<void> {
  mkdirSync(join(dist, 'locales'), { recursive: true });
  mkdirSync(join(dist, 'resources'));
  mkdirSync(join(root, 'default'));
  // Where this checkout lies, another user may not be able to read.
  const node = join(root, 'node');
  if (isRoot) copyFileSync(process.execPath, node, constants.COPYFILE_FICLONE);
  const script = [
    '#!/bin/sh',
    'here=$(dirname "$(readlink -f "$0")")',
    'GATEHOUSE_STAND_IN=$here/gatehouse-desktop',
    'export GATEHOUSE_STAND_IN',
    `exec '${isRoot ? node : process.execPath}' "$here/resources/app/dist/main/index.js" "$@"`,
    `: '${FUSE_WIRE}'`,
    '',
  ].join('\n');
  writeFileSync(join(dist, 'electron'), script, { encoding: 'latin1' });
  chmodSync(join(dist, 'electron'), 0o755);
  writeFileSync(join(dist, 'version'), ELECTRON);
  writeFileSync(join(dist, 'LICENSE'), '');
  writeFileSync(join(dist, 'LICENSES.chromium.html'), '');
  for (const name of ['en-US', 'de', 'fr']) writeFileSync(join(dist, 'locales', `${name}.pak`), '');
  writeFileSync(join(root, 'default', 'main.js'), '');
  await createPackage(join(root, 'default'), join(dist, 'resources', 'default_app.asar'));
}
