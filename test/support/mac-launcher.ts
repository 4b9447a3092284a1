/**
 * The launcher of macOS on Linux: its own sources, linked with a stand-in for the calls that only macOS has. Every
 * file is compiled with warnings as errors.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRoot, ORDINARY_USER } from './launcher.ts';

const ROOT = join(import.meta.dirname, '../..');
const PLAN = ['plan', 'report'];
const SHARED = ['verbs', 'features', 'control', 'request', 'environment', 'session', 'watch'];
const CLIENT = ['clock', 'door', 'frame', 'greeting', 'say', 'sha256'];
const STRICT = ['-std=c11', '-O1', '-Wall', '-Wextra', '-Werror', '-DGATEHOUSE_SEATBELT'];

/** Why it cannot be built here; null when it can. */
export function macLauncherMissing(): string | null {
  if (process.platform !== 'linux') return 'Linux only: the stand-in reads /proc';
  const { status } = spawnSync('gcc', ['--version'], { stdio: 'ignore' });
  return status === 0 ? null : 'no C compiler: apt-get install gcc libc6-dev';
}

export class MacLauncher {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'gh-mac-')));
  readonly program = join(this.folder, 'gatehouse-sandbox');
  /** Whose processes it starts: never root's. */
  readonly uid = isRoot ? ORDINARY_USER : (process.getuid?.() ?? 0);
  readonly #stub = join(this.folder, 'stub');

  constructor() {
    mkdirSync(this.#stub);
    chmodSync(this.folder, 0o755);
    this.give(this.#stub);
    this.give(this.folder);
    const native = join(ROOT, 'native');
    const { status, stderr } = spawnSync(
      'gcc',
      [
        ...STRICT,
        '-DGATEHOUSE_VERSION="0"',
        `-DSTUB_FOLDER="${this.#stub}"`,
        ...readdirSync(join(native, 'macos'))
          .filter((name) => name.endsWith('.c'))
          .map((name) => join(native, 'macos', name)),
        ...PLAN.map((name) => join(native, 'plan', `${name}.c`)),
        ...SHARED.map((name) => join(native, 'linux', `${name}.c`)),
        ...CLIENT.map((name) => join(native, 'client', `${name}.c`)),
        join(ROOT, 'test/sandbox/macos/system-stub.c'),
        '-o',
        this.program,
      ],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`the launcher of macOS does not compile: ${stderr}`);
  }

  give(path: string): void {
    if (isRoot) chownSync(path, this.uid, this.uid);
  }

  /** Words that start a program as the ordinary user. */
  words(...words: readonly string[]): [string, ...string[]] {
    const [program = '', ...args] = words;
    if (!isRoot) return [program, ...args];
    const user = String(this.uid);
    return ['setpriv', '--reuid', user, '--regid', user, '--clear-groups', program, ...args];
  }

  /** The profile that was put in force last, with its values, as macOS was given it. */
  applied(): string {
    return readFileSync(join(this.#stub, 'applied'), 'utf8');
  }

  /** The kernel confines, and knows of it afterwards no more. */
  forget(forgets: boolean): void {
    const file = join(this.#stub, 'amnesia');
    if (forgets) writeFileSync(file, '');
    else rmSync(file);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a compiler says of a file that macOS compiles otherwise; empty when nothing is wrong with it. */
export function complaintsAsOnMacos(file: string): string {
  const names = ['-D__APPLE__', '-Dst_ctimespec=st_ctim', '-Dmemset_s(t,n,c,m)=memset(t,c,m)'];
  return spawnSync('gcc', [...STRICT, ...names, '-fsyntax-only', join(ROOT, file)], { encoding: 'utf8' })
    .stderr;
}
