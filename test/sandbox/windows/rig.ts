/**
 * The Windows launcher as tests run it: compiled here, and run by Windows itself or by wine.
 *
 * Wine carries out what starts, is inherited and ends. It takes limits, restricted tokens, integrity levels and
 * mitigations without enforcing them, so a test of those is for Windows only.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { planText } from '../../../main/sandbox/launch-plan.ts';
import { LaunchReport } from '../../../main/sandbox/levels.ts';
import type { WindowsStep } from '../../../main/sandbox/windows/plan.ts';

export const ON_WINDOWS = process.platform === 'win32';
/** Why a test of a limit is skipped under wine. */
export const WINE_TAKES_ANYTHING = 'Windows only: wine does not enforce this';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** native/compile.mjs, as install.mjs uses it. */
interface Compile {
  readonly WINDOWS_FLAGS: readonly string[];
  readonly WINDOWS_LIBRARIES: readonly string[];
  findWindowsCompiler(): Promise<string | null>;
  compileWindowsLauncher(work: {
    readonly root: string;
    readonly folder: string;
    readonly version: string;
    readonly compiler: string | null;
    readonly strict: boolean;
    readonly works: (program: string) => Promise<boolean>;
  }): Promise<{ readonly built: boolean; readonly reason: string | null }>;
}
const { WINDOWS_FLAGS, WINDOWS_LIBRARIES, findWindowsCompiler, compileWindowsLauncher } = (await import(
  pathToFileURL(join(ROOT, 'native', 'compile.mjs')).href
)) as Compile;

export const VERSION = '0.0.1-test';
const COMMAND = 'apt-get install --no-install-recommends gcc-mingw-w64-x86-64-win32 wine64';
/** Where distributions put wine's loader and, each on its own, its programs for Windows. */
const WINES = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/bin/wine'];
const LIBRARIES = ['/usr/lib/x86_64-linux-gnu/wine/x86_64-windows', '/usr/lib64/wine/x86_64-windows'];
const LONGEST_MS = 60_000;

const wine = WINES.find(existsSync);
const compiler = process.platform === 'darwin' ? null : await findWindowsCompiler();

/** Why the launcher cannot be built and run here; null when it can. */
export function windowsMissing(): string | null {
  if (ON_WINDOWS) return compiler === null ? 'no compiler: choco install mingw' : null;
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'Linux only: on x64, where wine is';
  return compiler === null || wine === undefined ? `no MinGW-w64 or no wine: ${COMMAND}` : null;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What was enforced; empty when nothing ran. */
  readonly report: LaunchReport;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export class WindowsRig {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'gh-windows-')));
  /** As steps name it. */
  readonly home = this.named('home');
  readonly launcher = join(this.folder, 'gatehouse-sandbox.exe');
  readonly probe = join(this.folder, 'probe.exe');
  readonly #prefix = join(this.folder, 'prefix');
  #files = 0;

  /** Compiles the launcher and the probe, warnings being errors. */
  static async make(): Promise<WindowsRig> {
    const rig = new WindowsRig();
    try {
      await rig.#build();
      return rig;
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  async #build(): Promise<void> {
    mkdirSync(join(this.folder, 'home'));
    if (!ON_WINDOWS) this.#makePrefix();
    const work = { root: ROOT, folder: this.folder, version: VERSION, compiler, strict: true };
    const { built, reason } = await compileWindowsLauncher({ ...work, works: async () => true });
    if (!built) throw new Error(reason ?? 'the launcher was not built');
    if (!ON_WINDOWS) this.#openSession();
    const source = join(import.meta.dirname, 'probe.c');
    const words = [...WINDOWS_FLAGS, '-Werror', source, '-o', this.probe, ...WINDOWS_LIBRARIES];
    const made = spawnSync(compiler ?? '', words, { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
  }

  /** Ends what still runs in wine, and takes everything away. */
  async close(): Promise<void> {
    if (!ON_WINDOWS) for (const order of ['-k', '-w']) this.#server(order);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** A file or folder below the rig's own, as Windows names it. */
  named(name: string): string {
    const path = join(this.folder, name);
    return ON_WINDOWS ? path : `Z:${path.replaceAll('/', '\\')}`;
  }

  /** A file below the rig's own; its path as this system names it. */
  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Steps that every command needs: where it is, and where the probe is found. */
  steps(...more: readonly WindowsStep[]): readonly WindowsStep[] {
    return [['cwd', this.home], ['set', 'PATH', this.named('')], ['keep', 'SystemRoot'], ...more];
  }

  version(): Promise<Ran> {
    return this.#end(this.#spawn(this.launcher, ['--version'], {}));
  }

  explain(text: string): Promise<Ran> {
    const plan = `plan-${++this.#files}`;
    this.file(plan, text);
    return this.#end(this.#spawn(this.launcher, ['--explain', this.named(plan)], {}));
  }

  /** Starts a command under a plan; the launcher's process. */
  start(steps: readonly WindowsStep[], command: readonly string[], options: RunOptions = {}): ChildProcess {
    const number = ++this.#files;
    this.file(`plan-${number}`, planText(steps));
    const words = ['plan', this.named(`plan-${number}`), '--report', this.named(`report-${number}`)];
    return this.#spawn(this.launcher, [...words, '--', ...command], options);
  }

  /** Runs a command under a plan, and waits until it and everything that has its output ended. */
  async run(
    steps: readonly WindowsStep[],
    command: readonly string[],
    options: RunOptions = {},
  ): Promise<Ran> {
    const child = this.start(steps, command, options);
    const report = join(this.folder, `report-${this.#files}`);
    const ran = await this.#end(child);
    const told = existsSync(report) ? readFileSync(report, 'utf8') : '';
    return { ...ran, report: told === '' ? {} : LaunchReport.parse(JSON.parse(told)) };
  }

  /** Runs the probe without the launcher. */
  outside(words: readonly string[]): Promise<Ran> {
    return this.#end(this.#spawn(this.probe, words, {}));
  }

  /** The same exit code as its caller sees it: a process of Linux has eight bits for it. */
  code(code: number): number {
    return ON_WINDOWS ? code : code & 0xff;
  }

  async #end(child: ChildProcess): Promise<Ran> {
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr, report: {} };
  }

  #spawn(program: string, words: readonly string[], { env = {}, input }: RunOptions): ChildProcess {
    const [file, ...args] = ON_WINDOWS ? [program, ...words] : [wine ?? '', program, ...words];
    const child = spawn(file ?? '', args, {
      cwd: this.folder,
      env: ON_WINDOWS ? { SystemRoot: process.env['SystemRoot'], ...env } : this.#wineEnv(env),
      stdio: 'pipe',
      timeout: LONGEST_MS,
      killSignal: 'SIGKILL',
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
    return child;
  }

  #wineEnv(env: Readonly<Record<string, string>>): Record<string, string> {
    return {
      PATH: '/usr/bin:/bin',
      HOME: this.folder,
      // By it wine reads what a word's bytes mean.
      LC_ALL: 'C.UTF-8',
      WINEPREFIX: this.#prefix,
      WINEDEBUG: '-all',
      ...env,
    };
  }

  /** Wine starts its services with the first program, and they keep that one's streams: here it has none. */
  #openSession(): void {
    this.#server('-p60');
    spawnSync(wine ?? '', [this.launcher, '--version'], {
      env: this.#wineEnv({}),
      stdio: 'ignore',
      timeout: LONGEST_MS,
    });
  }

  /** Tells wine's server of this prefix something: to stay for so many seconds, to end, to be waited for. */
  #server(order: string): void {
    const folder = dirname(realpathSync(wine ?? ''));
    const server = ['wineserver64', 'wineserver'].map((name) => join(folder, name)).find(existsSync);
    const env = this.#wineEnv({});
    spawnSync(server ?? 'wineserver', [order], { env, stdio: 'ignore', timeout: LONGEST_MS });
  }

  /**
   * A Windows folder without a registry, its programs being links to wine's own: enough for console programs, and
   * made at once, where wineboot copies 700 megabytes in six seconds. Elsewhere wine makes its own at the first start.
   */
  #makePrefix(): void {
    const libraries = LIBRARIES.find((folder) => existsSync(join(folder, 'kernel32.dll')));
    if (libraries === undefined) return;
    accessSync(libraries, constants.R_OK);
    mkdirSync(join(this.#prefix, 'drive_c', 'windows'), { recursive: true });
    mkdirSync(join(this.#prefix, 'dosdevices'));
    symlinkSync('../drive_c', join(this.#prefix, 'dosdevices', 'c:'));
    symlinkSync('/', join(this.#prefix, 'dosdevices', 'z:'));
    symlinkSync(libraries, join(this.#prefix, 'drive_c', 'windows', 'system32'));
    writeFileSync(join(this.#prefix, '.update-timestamp'), 'disable\n');
  }
}
