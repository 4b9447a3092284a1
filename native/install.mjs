/**
 * Runs after `npm install`: builds what is native and makes `npx --no-install gatehouse` work in the checkout.
 *
 * Never fails the install and says at most two lines. Without a C compiler the Node relay answers hooks under
 * the same rules, and build/PLATFORM/status.json tells `gatehouse doctor` why. Runs on Node 18 or newer.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepLock, linkProgram } from './checkout.mjs';
import {
  compileAddon,
  compileClient,
  compileLauncher,
  compileWindowsLauncher,
  compileWorker,
  findCompiler,
  findWindowsCompiler,
  missed,
  sourceDigest,
} from './compile.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'native', 'build', `${process.platform}-${process.arch}`);
const statusFile = join(folder, 'status.json');
/** The project's own checks turn warnings into failures; a stranger's newer compiler must not. */
const strict = process.env['GATEHOUSE_NATIVE_STRICT'] === '1';

function say(line) {
  process.stdout.write(`gatehouse: ${line}\n`);
}

function readStatus() {
  try {
    return JSON.parse(readFileSync(statusFile, 'utf8'));
  } catch {
    return null;
  }
}

/** What is built, or why not. Throws only for a folder that cannot be written. */
async function build(version) {
  const sources = sourceDigest(root, version);
  const before = readStatus();
  const there = (name) => existsSync(join(folder, name));
  const launcherDone =
    !['linux', 'darwin'].includes(process.platform) ||
    (before?.launcher?.built &&
      there('gatehouse-sandbox') &&
      (process.platform === 'darwin' || (before.worker?.built && there('gatehouse-worker'))));
  if (before?.sources === sources && before.client?.built && before.addon?.built && launcherDone) {
    if (there('gatehouse') && there('peer.node')) return before;
  }
  mkdirSync(folder, { recursive: true });
  const ownNode = join(root, 'node_modules', 'node', 'bin', 'node');
  const node = existsSync(ownNode) ? ownNode : process.execPath;
  const compiler = await findCompiler();
  const none = missed(
    process.platform === 'win32' ? 'Windows has no native client yet' : 'there is no C compiler on the PATH',
  );
  const work = { root, folder, version, compiler, strict, node };
  const [client, addon, launcher, worker] =
    process.platform === 'win32'
      ? [none, none, await compileWindowsLauncher({ ...work, compiler: await findWindowsCompiler() }), none]
      : compiler === null
        ? [none, none, none, none]
        : await Promise.all([
            compileClient(work),
            compileAddon(work),
            compileLauncher(work),
            compileWorker(work),
          ]);
  // What an earlier install left must not stand in for what this one could not make.
  if (!client.built) rmSync(join(folder, 'gatehouse'), { force: true });
  if (!addon.built) rmSync(join(folder, 'peer.node'), { force: true });
  if (!launcher.built)
    for (const name of ['gatehouse-sandbox', 'gatehouse-sandbox.exe'])
      rmSync(join(folder, name), { force: true });
  if (!worker.built) rmSync(join(folder, 'gatehouse-worker'), { force: true });
  const status = { version: 1, sources, client, addon, launcher, worker };
  writeFileSync(`${statusFile}.${process.pid}.new`, `${JSON.stringify(status, null, 2)}\n`);
  renameSync(`${statusFile}.${process.pid}.new`, statusFile);
  return status;
}

function report({ client, addon, launcher, worker }) {
  for (const [part, { built, reason }] of [
    ['commands cannot be run in a sandbox', launcher],
    ['governed tools cannot be given to agents', worker],
  ])
    if (!built && process.platform === 'linux' && client.built) say(`${part} (${reason}).`);
  if (client.built && addon.built) return say('the hook client and the peer identity addon are built.');
  say(
    client.built
      ? 'the hook client is built.'
      : `hooks will run through Node, slower but under the same rules (${client.reason}).`,
  );
  if (!addon.built)
    say(`requests cannot be tied to processes (${addon.reason}); with a C compiler, run \`npm rebuild\`.`);
}

async function main() {
  try {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    report(await build(version));
  } catch (error) {
    say(
      `hooks will run through Node, slower but under the same rules (${error instanceof Error ? error.message : error}).`,
    );
  }
  for (const step of [linkProgram, keepLock]) {
    try {
      step(root);
    } catch (error) {
      if (process.env['GATEHOUSE_NATIVE_STRICT'] === '1')
        say(error instanceof Error ? error.message : String(error));
    }
  }
}

process.on('uncaughtException', () => process.exit(0));
await main();
process.exitCode = 0;
