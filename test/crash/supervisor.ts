/**
 * The real headless supervisor as one process that can be killed: what `npm start` runs, without the launcher
 * around it, so that the pid is the supervisor's own with its log's worker thread in it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../support/built.ts';
import { freePort, PageClient } from '../support/headless-rig.ts';
import { Home, linkIn } from '../support/supervisor-process.ts';

const START_MS = 180_000;

/** Reading is free, a shell command asks, the network is refused. */
const POLICY = `app: { app_id: crash, name: Crash, version: "1.0" }
agents: [{ id: main }]
tools:
  modules: { filesystem: {}, shell: {}, web: {} }
  capabilities:
    default_policy: block
    max_risk_level: high
    approval_timeout: 300
    grant: [{ module: filesystem, actions: [read] }]
    approve: [{ module: shell, actions: [bash] }]
    deny: [{ module: web, actions: [fetch] }]
`;

/** One life of the supervisor: from its start to the signal that ends it. */
export interface Life {
  readonly pid: number;
  readonly port: number;
  /** The token of the link that the start printed. */
  readonly token: string;
  /** False once it has ended, for whatever reason. */
  readonly alive: boolean;
  /** SIGKILL to the whole process; resolves when the kernel has taken it down. */
  kill(): Promise<void>;
}

/** A home in which one supervisor after the other lives. */
export class CrashSite {
  readonly #home: Home;
  readonly #lives: Life[] = [];
  readonly data: string;
  readonly auditDb: string;
  readonly stateDb: string;
  readonly agentDoor: string;
  readonly folder: string;
  readonly project: string;

  /** For the environment of the supervisors to come. */
  more: NodeJS.ProcessEnv = {};

  constructor() {
    this.#home = new Home();
    this.data = join(this.#home.gatehouse, 'data');
    this.auditDb = join(this.data, 'audit.db');
    this.stateDb = join(this.data, 'state.db');
    this.agentDoor = join(this.#home.gatehouse, 'run', 'agent.sock');
    this.folder = this.#home.folder;
    this.project = join(this.#home.folder, 'home', 'project');
    const config = join(this.#home.gatehouse, 'config');
    for (const folder of [config, this.project]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(config, 'policy.yaml'), POLICY, { mode: 0o600 });
  }

  /** Starts a supervisor and waits until it takes calls. */
  async start(): Promise<Life> {
    const port = await freePort();
    const { life, output } = this.#spawn(port);
    const { token } = linkIn(await output.until('Open '));
    return {
      ...life,
      token,
      port,
      get alive() {
        return life.alive;
      },
    };
  }

  /** Starts a supervisor and kills it this long after, wherever in its start it is. */
  async startAndKill(afterMs: number): Promise<void> {
    const { life } = this.#spawn(await freePort());
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await life.kill();
  }

  /** What `gatehouse audit verify` says, as a person runs it. */
  async verifyByCommand(): Promise<{ readonly code: number | null; readonly text: string }> {
    const { code, stdout, stderr } = await this.#home.done(['audit', 'verify', '--json']);
    return { code, text: `${stdout}${stderr}` };
  }

  /** Whether the log exists already. */
  hasLog(): boolean {
    return existsSync(this.auditDb);
  }

  /** @param before done when nothing runs any more, and before its folder goes */
  async remove(before: () => void = () => undefined): Promise<void> {
    for (const life of this.#lives) if (life.alive) await life.kill();
    before();
    await this.#home.remove();
  }

  #spawn(port: number): { readonly life: Life; readonly output: Output } {
    const cli = join(projectRoot, 'dist', 'main', 'cli.js');
    Object.assign(this.#home.env, this.more);
    const child = spawn(process.execPath, [cli, 'start', '--headless', '--no-open', '--port', String(port)], {
      cwd: projectRoot,
      env: this.#home.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = new Output(child);
    let alive = true;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        alive = false;
        resolve();
      });
    });
    const life: Life = {
      pid: child.pid ?? -1,
      port,
      token: '',
      get alive() {
        return alive;
      },
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
    this.#lives.push(life);
    return { life, output };
  }
}

/** What a process prints, to wait for. */
class Output {
  #text = '';
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#text += text;
      });
  }

  /** All that was printed, as soon as the text stands in it with the rest of its line. */
  until(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const failed = (why: string) =>
        reject(new Error(`the supervisor ${why} before it printed ${JSON.stringify(text)}: ${this.#text}`));
      const timer = setTimeout(() => failed(`took ${START_MS} ms`), START_MS);
      const check = () => {
        const at = this.#text.indexOf(text);
        if (at < 0 || !this.#text.includes('\n', at)) return;
        clearTimeout(timer);
        resolve(this.#text);
      };
      this.#child.stdout?.on('data', check);
      this.#child.once('close', () => {
        clearTimeout(timer);
        failed('ended');
      });
      check();
    });
  }
}

/** The first page of this life: the one that may decide. */
export async function openPage(life: Life): Promise<PageClient> {
  const { client, answer } = await PageClient.hello(life.port, { link: life.token });
  if (answer?.type !== 'welcome') throw new Error(`the page was refused: ${JSON.stringify(answer)}`);
  return client;
}
