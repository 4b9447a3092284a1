/**
 * A desktop of its own for a test: a session bus, and on demand a display, a notification daemon and a panel. All
 * of them are real programs; each is ended by its pid.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

const run = promisify(execFile);

/** Programs a test needs, and the packages of Debian and Ubuntu that bring them. */
const PACKAGES = {
  'dbus-daemon': 'dbus',
  Xvfb: 'xvfb',
  dunst: 'dunst',
  dunstctl: 'dunst',
  'xfce4-panel': 'xfce4-panel',
  xdotool: 'xdotool',
  import: 'imagemagick',
  gdbus: 'libglib2.0-bin',
  'dbus-monitor': 'dbus-bin',
  '/usr/lib/notification-daemon/notification-daemon': 'notification-daemon',
} as const;

/** Skips the test where one of the programs is missing, naming the one command that brings them all. */
export function needs(
  context: Pick<TestContext, 'skip'>,
  ...programs: readonly (keyof typeof PACKAGES)[]
): void {
  const missing = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  if (missing.length === 0) return;
  const packages = [...new Set(Object.values(PACKAGES))].join(' ');
  context.skip(`${missing.join(', ')} missing: apt-get install ${packages}`);
}

export class DesktopSession {
  readonly folder = mkdtempSync(join(tmpdir(), 'gh-desktop-'));
  readonly #children: ChildProcess[] = [];
  #bus: ChildProcess | null = null;
  #display: string | null = null;
  #watched = true;

  /** @param options.watched  whether the bus lets a program of the person watch it, as session buses do */
  static async open(options: { readonly watched?: boolean } = {}): Promise<DesktopSession> {
    const session = new DesktopSession();
    session.#watched = options.watched ?? true;
    await session.startBus();
    return session;
  }

  get address(): string {
    return `unix:path=${join(this.folder, 'bus')}`;
  }

  /** What a program of this desktop has in its environment. */
  get env(): NodeJS.ProcessEnv {
    const folder = (name: string) => {
      const path = join(this.folder, name);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return path;
    };
    return {
      PATH: process.env['PATH'],
      HOME: folder('home'),
      XDG_RUNTIME_DIR: folder('run'),
      XDG_CONFIG_HOME: folder('config'),
      XDG_DATA_HOME: folder('data'),
      XDG_CACHE_HOME: folder('cache'),
      DBUS_SESSION_BUS_ADDRESS: this.address,
      NO_AT_BRIDGE: '1',
      GDK_BACKEND: 'x11',
      ...(this.#display === null ? {} : { DISPLAY: this.#display }),
    };
  }

  /** Starts the bus at its address; nobody is started by it. */
  async startBus(): Promise<void> {
    const config = join(this.folder, 'bus.conf');
    writeFileSync(
      config,
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>${this.address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>${this.#watched ? '' : '<deny send_interface="org.freedesktop.DBus.Monitoring"/>'}
  </policy>
</busconfig>
`,
    );
    rmSync(join(this.folder, 'bus'), { force: true });
    const child = this.start('dbus-daemon', [`--config-file=${config}`, '--nofork', '--print-address=1']);
    this.#bus = child;
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once('data', () => resolve());
      child.once('exit', () => reject(new Error('the bus did not start')));
    });
  }

  /** Kills the bus, as a crash of it. */
  async killBus(): Promise<void> {
    if (this.#bus !== null) await this.kill(this.#bus);
    this.#bus = null;
  }

  /** Starts a display of 1280 by 800. */
  async startDisplay(): Promise<void> {
    const file = join(this.folder, 'display');
    writeFileSync(file, '');
    const child = spawn(
      'sh',
      ['-c', `exec Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"${file}" >/dev/null 2>&1`],
      { stdio: 'ignore' },
    );
    this.#children.push(child);
    this.#display = `:${await until(() => readFileSync(file, 'utf8').trim() || null)}`;
  }

  /** Starts a program on this desktop. */
  start(program: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(program, args, {
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.on('error', () => undefined);
    this.#children.push(child);
    return child;
  }

  /** Runs a program to its end; what it printed. */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    return (await run(program, args, { env: this.env })).stdout;
  }

  /** A picture of the whole display. */
  async picture(file: string): Promise<void> {
    await this.run('import', '-window', 'root', file);
  }

  async kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async close(): Promise<void> {
    for (const child of this.#children.toReversed()) await this.kill(child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits until something is there, at most a minute. */
export async function until<T>(look: () => Promise<T | null> | T | null): Promise<T> {
  const end = performance.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > end) throw new Error('it did not come within a minute');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
