/**
 * Runs before electron-builder packs: builds what is old, and writes the SHA-256 of every native part, which gets
 * into the archive's dist/ (main/platform/native-digests.ts reads it there).
 *
 * Throws, and so ends the packing, when a native part of the target system is not there.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './fresh.mjs';

/** electron-builder's numbers of architectures. */
const ARCHITECTURES = { 1: 'x64', 3: 'arm64' };

/** What lies beside the native parts and is none, or is not packed: see electron-builder.yml. */
const NOT_LISTED = ['status.json', 'gatehouse-sandbox.exe'];

/** @param context electron-builder's BeforePackContext */
export default async function beforePack(context) {
  const root = context.packager.projectDir;
  const system = { platform: context.electronPlatformName, arch: ARCHITECTURES[context.arch] };
  if (system.arch === undefined) throw new Error(`pack: Gatehouse is made for x64 and arm64`);
  const problem = await ensureBuilt({ root, node: process.execPath });
  if (problem !== null) throw new Error(`pack: Gatehouse cannot be built: ${problem}`);
  const folder = join(root, 'native', 'build', 'packed');
  const file = join(folder, 'native-digests.json');
  mkdirSync(folder, { recursive: true });
  rmSync(file, { force: true });
  // Signing a macOS bundle changes its programs, and the signature then covers them.
  if (system.platform === 'darwin') return;
  writeFileSync(file, `${JSON.stringify({ version: 1, files: nativeDigests(root, system) }, null, 2)}\n`);
}

/** Hex SHA-256 of the native parts of a packed app, by their path from the folder that holds the archive. */
export function nativeDigests(root, { platform, arch }) {
  const target = `${platform}-${arch}`;
  const built = join(root, 'native', 'build', target);
  // Windows has no native client yet; everywhere else a package without one would answer no hook.
  for (const name of platform === 'win32' ? [] : ['gatehouse', 'peer.node'])
    if (!existsSync(join(built, name)))
      throw new Error(
        `pack: there is no ${join(built, name)}: run npm install on ${target}, with a C compiler`,
      );
  const names = existsSync(built) ? readdirSync(built).filter((name) => !NOT_LISTED.includes(name)) : [];
  const parts = names.map((name) => [`native/build/${target}/${name}`, join(built, name)]);
  for (const addon of [`better-sqlite3/prebuilds/${target}.node`, `keytar/prebuilds/${target}/keytar.node`])
    parts.push([`app.asar.unpacked/node_modules/${addon}`, join(root, 'node_modules', addon)]);
  return Object.fromEntries(
    parts.map(([path, from]) => [path, createHash('sha256').update(readFileSync(from)).digest('hex')]),
  );
}
