/**
 * Compiles the hook client, the sandbox launcher and the peer-identity addon with the machine's C compiler, and tries them.
 *
 * Needs no network and no Python: the Node-API headers come from the package node-api-headers. Runs on Node 18
 * or newer. Nothing here throws: what cannot be built is told as a reason.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const COMPILERS = ['cc', 'gcc', 'clang'];
const COMPILE_LIMIT_MS = 120_000;
const WARNINGS = ['-Wall', '-Wextra'];
const HARDENING = ['-U_FORTIFY_SOURCE', '-D_FORTIFY_SOURCE=2', '-fstack-protector-strong'];
const LINUX_LINK = ['-Wl,-z,relro', '-Wl,-z,now', '-Wl,-z,noexecstack'];

/**
 * @typedef {{ built: boolean, reason: string | null, linking: 'static' | 'dynamic' | null }} Outcome
 * @typedef {{ code: number | null, output: string }} Ran
 */

/** SHA-256 over everything that goes into a build: sources, version, this file. Hex. */
export function sourceDigest(root, version) {
  const hash = createHash('sha256').update(version);
  for (const folder of ['client', 'plan', 'linux', 'macos', 'windows', 'worker', 'addon']) {
    const files = readdirSync(join(root, 'native', folder)).filter((name) => /\.[ch]$/.test(name));
    for (const name of files.sort())
      hash.update(name).update(readFileSync(join(root, 'native', folder, name)));
  }
  return hash.update(readFileSync(join(root, 'native', 'compile.mjs'))).digest('hex');
}

/** The first compiler that answers, or null. */
export async function findCompiler() {
  if (process.platform === 'win32') return null;
  for (const name of COMPILERS) {
    const { code } = await run(name, ['--version'], 20_000);
    if (code === 0) return name;
  }
  return null;
}

/** Builds `folder/gatehouse`. @returns {Promise<Outcome>} */
export async function compileClient({ root, folder, version, compiler, strict }) {
  const source = join(root, 'native', 'client');
  const files = readdirSync(source).filter((name) => name.endsWith('.c'));
  const base = [
    '-std=c11',
    '-O2',
    `-DGATEHOUSE_VERSION="${version}"`,
    ...files.map((name) => join(source, name)),
  ];
  const extra = [...WARNINGS, ...HARDENING, ...(strict ? ['-Werror'] : [])];
  const linux = process.platform === 'linux';
  const attempts = [
    ...(linux ? [{ linking: 'static', flags: [...extra, ...LINUX_LINK, '-static'] }] : []),
    { linking: 'dynamic', flags: [...extra, ...(linux ? LINUX_LINK : [])] },
    ...(strict ? [] : [{ linking: 'dynamic', flags: [] }]),
  ];
  return attempt(attempts, join(folder, 'gatehouse'), compiler, base, async (program) => {
    const { code, output } = await run(program, ['--version'], 10_000);
    return code === 0 && output.trim() === `gatehouse ${version}`;
  });
}

/** What of the client the launcher is made of, too. */
const SHARED = ['clock', 'door', 'frame', 'greeting', 'say', 'sha256'];

/** What every launcher is made of: it reads a plan and tells what is enforced. */
const OF_ALL = ['plan', 'report'];

/** What of the Linux launcher the one for macOS is made of, too. */
const OF_BOTH = ['control', 'environment', 'features', 'request', 'session', 'verbs', 'watch'];

/** Builds `folder/gatehouse-sandbox`. @returns {Promise<Outcome>} */
export async function compileLauncher({ root, folder, version, compiler, strict }) {
  const linux = process.platform === 'linux';
  if (!linux && process.platform !== 'darwin') return missed('there is no launcher for this system yet');
  const own = join(root, 'native', linux ? 'linux' : 'macos');
  const base = [
    '-std=c11',
    '-O2',
    `-DGATEHOUSE_VERSION="${version}"`,
    ...readdirSync(own)
      .filter((name) => name.endsWith('.c'))
      .map((name) => join(own, name)),
    ...SHARED.map((name) => join(root, 'native', 'client', `${name}.c`)),
    ...OF_ALL.map((name) => join(root, 'native', 'plan', `${name}.c`)),
    ...(linux
      ? []
      : ['-DGATEHOUSE_SEATBELT', ...OF_BOTH.map((name) => join(root, 'native', 'linux', `${name}.c`))]),
  ];
  const extra = [...WARNINGS, ...HARDENING, ...(strict ? ['-Werror'] : []), ...(linux ? LINUX_LINK : [])];
  const attempts = [
    ...(linux ? [{ linking: 'static', flags: [...extra, '-static'] }] : []),
    { linking: 'dynamic', flags: extra },
  ];
  return attempt(attempts, join(folder, 'gatehouse-sandbox'), compiler, base, async (program) => {
    const { code, output } = await run(program, ['--version'], 10_000);
    return code === 0 && output.trim() === `gatehouse-sandbox ${version}`;
  });
}

/** Builds `folder/gatehouse-worker`, which does the file work of governed tools in a sandbox. @returns {Promise<Outcome>} */
export async function compileWorker({ root, folder, version, compiler, strict }) {
  if (process.platform !== 'linux') return missed('there are no sandboxes for this system yet');
  const source = join(root, 'native', 'worker');
  const files = readdirSync(source).filter((name) => name.endsWith('.c'));
  const base = [
    '-std=c11',
    '-O2',
    `-DGATEHOUSE_VERSION="${version}"`,
    ...files.map((name) => join(source, name)),
  ];
  const extra = [...WARNINGS, ...HARDENING, ...(strict ? ['-Werror'] : []), ...LINUX_LINK];
  const attempts = [
    { linking: 'static', flags: [...extra, '-static'] },
    { linking: 'dynamic', flags: extra },
  ];
  return attempt(attempts, join(folder, 'gatehouse-worker'), compiler, base, async (program) => {
    const { code, output } = await run(program, ['--version'], 10_000);
    return code === 0 && output.trim() === `gatehouse-worker ${version}`;
  });
}

/** The compiler that makes programs for Windows: its own there, a cross compiler elsewhere; null when there is none. */
export async function findWindowsCompiler() {
  const name = process.platform === 'win32' ? 'gcc' : 'x86_64-w64-mingw32-gcc';
  const { code, output } = await run(name, ['-dumpmachine'], 20_000);
  return code === 0 && output.trim() === 'x86_64-w64-mingw32' ? name : null;
}

/** What a program for Windows is compiled with: UTF-16 words, Windows 10 and newer, nothing of the compiler's beside it. */
export const WINDOWS_FLAGS = [
  '-std=c11',
  '-O2',
  ...WARNINGS,
  '-municode',
  '-static',
  '-s',
  '-D_WIN32_WINNT=0x0A00',
  '-D__USE_MINGW_ANSI_STDIO=1',
];
export const WINDOWS_LIBRARIES = ['-ladvapi32', '-luser32'];

/**
 * Builds `folder/gatehouse-sandbox.exe`, also on another system. `works` tries it, given its path.
 *
 * @returns {Promise<Outcome>}
 */
export async function compileWindowsLauncher({ root, folder, version, compiler, strict, works = tried }) {
  if (compiler === null)
    return missed('there is no MinGW-w64 gcc on the PATH, which makes the sandbox launcher');
  const source = join(root, 'native', 'windows');
  const base = [
    `-DGATEHOUSE_VERSION="${version}"`,
    ...readdirSync(source)
      .filter((name) => name.endsWith('.c'))
      .map((name) => join(source, name)),
    join(root, 'native', 'client', 'sha256.c'),
    ...OF_ALL.map((name) => join(root, 'native', 'plan', `${name}.c`)),
    ...WINDOWS_LIBRARIES,
  ];
  const link = ['-Wl,--dynamicbase', '-Wl,--nxcompat', '-Wl,--high-entropy-va', '-Wl,--no-insert-timestamp'];
  const flags = [...WINDOWS_FLAGS, '-fstack-protector-strong', ...(strict ? ['-Werror'] : []), ...link];
  const attempts = [{ linking: 'static', flags }];
  return attempt(attempts, join(folder, 'gatehouse-sandbox.exe'), compiler, base, (program) =>
    works(program, version),
  );
}

/** Runs it as the system's own program. */
async function tried(program, version) {
  const { code, output } = await run(program, ['--version'], 10_000);
  return code === 0 && output.trim() === `gatehouse-sandbox ${version}`;
}

/** Builds `folder/peer.node`. @returns {Promise<Outcome>} */
export async function compileAddon({ root, folder, compiler, strict, node }) {
  const headers = join(root, 'node_modules', 'node-api-headers', 'include');
  if (!existsSync(join(headers, 'node_api.h')))
    return missed('the package node-api-headers is not installed');
  const base = ['-std=c11', '-O2', '-fPIC', '-fvisibility=hidden', '-D_DEFAULT_SOURCE', '-D_DARWIN_C_SOURCE'];
  base.push(`-I${headers}`, join(root, 'native', 'addon', 'peer.c'));
  base.push(...(process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']));
  const extra = [...WARNINGS, ...HARDENING, ...(strict ? ['-Werror'] : [])];
  const attempts = [
    { linking: 'dynamic', flags: [...extra, ...(process.platform === 'linux' ? LINUX_LINK : [])] },
    ...(strict ? [] : [{ linking: 'dynamic', flags: [] }]),
  ];
  return attempt(attempts, join(folder, 'peer.node'), compiler, base, async (library) => {
    const script =
      'const m = { exports: {} }; process.dlopen(m, process.argv[1]); process.exit(typeof m.exports.peerCredentials === "function" ? 0 : 1)';
    return (await run(node, ['-e', script, library], 20_000)).code === 0;
  });
}

/** @returns {Outcome} */
export function missed(reason) {
  return { built: false, reason, linking: null };
}

/** Tries sets of flags in turn; what works under its trial takes the target's place in one rename. */
async function attempt(attempts, target, compiler, base, works) {
  // What loads or starts it goes by how its name ends.
  const fresh = `${target}.${process.pid}.new${/\.(?:node|exe)$/.exec(target)?.[0] ?? ''}`;
  let reason = 'nothing was tried';
  try {
    for (const { linking, flags } of attempts) {
      const { code, output } = await run(
        compiler,
        [
          ...flags.filter((flag) => !flag.startsWith('-Wl,')),
          ...base,
          ...flags.filter((flag) => flag.startsWith('-Wl,')),
          '-o',
          fresh,
        ],
        COMPILE_LIMIT_MS,
      );
      if (code !== 0) {
        reason = `${compiler} failed: ${firstComplaint(output)}`;
        continue;
      }
      chmodSync(fresh, 0o755);
      if (await works(fresh)) {
        renameSync(fresh, target);
        return { built: true, reason: null, linking };
      }
      reason = `what ${compiler} made does not run here`;
    }
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  try {
    rmSync(fresh, { force: true });
  } catch {
    // A leftover in a folder that turned read-only harms nobody.
  }
  return missed(reason);
}

function firstComplaint(output) {
  const lines = output.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => line.includes('error')) ??
    lines.find((line) => line !== '') ??
    'it said nothing'
  ).slice(0, 300);
}

/** Runs a program to its end, never rejects. @returns {Promise<Ran>} */
function run(program, args, limitMs) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    const keep = (data) => {
      if (output.length < 65_536) output += data;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}
