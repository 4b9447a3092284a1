/** The sandbox launcher as tests run it: with plans of their own, as root's stranger and as an ordinary user. */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realDisk } from '../../main/sandbox/disk.ts';
import { planText } from '../../main/sandbox/launch-plan.ts';
import { LaunchReport } from '../../main/sandbox/levels.ts';
import { type LaunchWish, linuxPlan } from '../../main/sandbox/linux.ts';

export const LAUNCHER = join(
  import.meta.dirname,
  '../../native/build',
  `${process.platform}-${process.arch}`,
  'gatehouse-sandbox',
);
/** Nobody's number on this computer. */
export const ORDINARY_USER = 61_500;
export const isRoot = process.getuid?.() === 0;

/** Why the launcher cannot be run here; null when it can. */
export function launcherMissing(): string | null {
  if (process.platform !== 'linux') return 'the launcher is for Linux: run the tests there';
  try {
    accessSync(LAUNCHER, constants.X_OK);
    return null;
  } catch {
    return 'no sandbox launcher: apt-get install gcc libc6-dev && npm install';
  }
}

/** Who starts the launcher. */
export type Starter = 'root' | 'user';
/** Both where the tests run as root; else the user that runs them. */
export const STARTERS: readonly Starter[] = isRoot ? ['root', 'user'] : ['user'];

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What was enforced; empty when nothing ran. */
  readonly report: LaunchReport;
}

/** A home, a project and Gatehouse's folders of their own, below one folder that belongs to the starter. */
export class LaunchHouse {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'gh-launch-')));
  readonly home = join(this.folder, 'home');
  readonly workspace = join(this.home, 'proj');
  readonly uid: number;
  readonly #starter: Starter;
  #runs = 0;

  constructor(starter: Starter) {
    this.#starter = starter;
    this.uid = starter === 'root' ? 0 : isRoot ? ORDINARY_USER : (process.getuid?.() ?? 0);
    chmodSync(this.folder, 0o755);
    for (const path of ['home', 'home/proj', 'gh', 'gh/bin', 'gh/run']) this.makeFolder(path);
    if (this.uid !== process.getuid?.()) chownSync(this.folder, this.uid, this.uid);
  }

  /** A folder below the house's own. */
  makeFolder(path: string): string {
    const whole = join(this.folder, path);
    mkdirSync(whole, { recursive: true });
    this.#give(path);
    return whole;
  }

  /** A file below the house's own, with the folders above it. */
  makeFile(path: string, text: string | Buffer, mode = 0o644): string {
    if (path.includes('/')) this.makeFolder(path.slice(0, path.lastIndexOf('/')));
    const whole = join(this.folder, path);
    writeFileSync(whole, text, { mode });
    chmodSync(whole, mode);
    this.#give(path);
    return whole;
  }

  #give(path: string): void {
    if (this.uid === process.getuid?.()) return;
    let at = this.folder;
    for (const part of path.split('/')) {
      at = join(at, part);
      chownSync(at, this.uid, this.uid);
    }
  }

  wish(change: Partial<LaunchWish>): LaunchWish {
    return {
      level: 'standard',
      require: null,
      home: this.home,
      workspace: this.workspace,
      cwd: this.workspace,
      path: '/usr/local/bin:/usr/bin:/bin',
      program: null,
      uid: this.uid,
      preset: null,
      settings: [],
      repositories: [],
      hookFolders: [],
      allowPaths: [],
      state: [],
      layers: null,
      gatehouse: {
        own: [join(this.folder, 'gh')],
        bin: join(this.folder, 'gh/bin'),
        run: join(this.folder, 'gh/run'),
      },
      network: { listen: [{ kind: 'agent-door', port: 7842 }] },
      noProxy: '',
      agentDoor: join(this.folder, 'gh/run/agent.sock'),
      memory: null,
      processes: null,
      sessionTimeout: null,
      idleTimeout: null,
      mdwe: 'off',
      audit: false,
      ...change,
    };
  }

  /** Runs a command under a plan and waits for it. */
  run(
    plan: Partial<LaunchWish> | string,
    command: readonly string[],
    options: {
      readonly env?: NodeJS.ProcessEnv;
      readonly input?: string;
      readonly timeoutMs?: number;
      readonly stdio?: readonly ('pipe' | 'ignore' | number)[];
    } = {},
  ): Ran {
    const text = typeof plan === 'string' ? plan : planText(linuxPlan(this.wish(plan), realDisk).steps);
    const number = ++this.#runs;
    const file = this.makeFile(`plan-${number}`, text);
    const report = this.makeFile(`report-${number}`, '', 0o666);
    const words = [LAUNCHER, 'plan', file, '--report', report, '--', ...command];
    const [program = '', ...args] =
      this.#starter === 'user' && isRoot
        ? ['setpriv', '--reuid', String(this.uid), '--regid', String(this.uid), '--clear-groups', ...words]
        : words;
    const ran = spawnSync(program, args, {
      cwd: this.workspace,
      env: options.env ?? { PATH: '/usr/bin:/bin', TERM: 'dumb' },
      ...(options.stdio === undefined ? { input: options.input ?? '' } : { stdio: [...options.stdio] }),
      encoding: 'utf8',
      timeout: options.timeoutMs ?? 60_000,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024 * 1024,
    });
    const told = readReport(report);
    return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr, report: told };
  }

  remove(): void {
    // An ordinary user may not look into what an overlay works with until its modes are put back.
    if (!isRoot) spawnSync('chmod', ['-R', 'u+rwX', this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function readReport(file: string): LaunchReport {
  const text = readFileSync(file, 'utf8');
  return text === '' ? {} : LaunchReport.parse(JSON.parse(text));
}
