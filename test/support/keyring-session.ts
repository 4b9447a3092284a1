/**
 * A session bus of its own with a real gnome-keyring on it, in folders of its own; ended with the test.
 *
 * Run with `dbus-run-session`: what is started in it ends with it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

const NEEDED = ['dbus-run-session', 'gnome-keyring-daemon'] as const;

/** Skips, and names the one command, where the parts are missing. */
export function needsKeyring(context: TestContext, more: readonly string[] = []): void {
  if (!hasAccount())
    context.skip('a session bus starts only for a user with an account: run this as one (useradd NAME)');
  for (const program of [...NEEDED, ...more]) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    } catch {
      context.skip(`${program} missing: apt-get install dbus gnome-keyring libsecret-1-0 xvfb xdotool gcr`);
    }
  }
}

/** Whether the user of this process is one that the system knows by name; a container's number may be none. */
function hasAccount(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

export interface KeyringSession {
  readonly env: NodeJS.ProcessEnv;
  /** Starts the keyring with this password, making it when it is new. */
  unlock(password: string): void;
  lock(): void;
  /** Ends the keyring's process, as a crash would. */
  stop(): void;
  end(): Promise<void>;
}

const CONFIG_WITHOUT_SERVICES = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><keep_umask/><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;

/** Starts the bus. `services` false: nothing is started on demand, so there is no keyring at all. */
export async function keyringSession(options: {
  readonly services?: boolean;
  readonly display?: string;
}): Promise<KeyringSession> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-keyring-'));
  for (const name of ['run', 'data', 'config']) mkdirSync(join(folder, name), { mode: 0o700 });
  const {
    DISPLAY: _display,
    WAYLAND_DISPLAY: _wayland,
    DBUS_SESSION_BUS_ADDRESS: _bus,
    ...rest
  } = process.env;
  const base: NodeJS.ProcessEnv = {
    ...rest,
    HOME: folder,
    XDG_RUNTIME_DIR: join(folder, 'run'),
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    ...(options.display === undefined ? {} : { DISPLAY: options.display, GDK_BACKEND: 'x11' }),
  };
  const config: string[] = [];
  if (options.services === false) {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(folder, 'bus.conf'), CONFIG_WITHOUT_SERVICES);
    config.push(`--config-file=${join(folder, 'bus.conf')}`);
  }
  const bus: ChildProcess = spawn(
    'dbus-run-session',
    [...config, '--', 'sh', '-c', 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat'],
    { env: base, stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const address = await new Promise<string>((resolve, reject) => {
    let text = '';
    bus.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.trim());
    });
    bus.once('exit', () => reject(new Error('no session bus')));
  });
  const env = { ...base, DBUS_SESSION_BUS_ADDRESS: address };
  const call = (method: string, ...args: readonly string[]) =>
    execFileSync(
      'gdbus',
      [
        'call',
        '--session',
        '-d',
        'org.freedesktop.secrets',
        '-o',
        '/org/freedesktop/secrets',
        '-m',
        method,
        ...args,
      ],
      { env, encoding: 'utf8' },
    );
  return {
    env,
    unlock: (password) => {
      // One that runs locked cannot be told the password; a new one takes it.
      endDaemon(env);
      execFileSync('gnome-keyring-daemon', ['--unlock', '--components=secrets', '--daemonize'], {
        env,
        input: password,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
    },
    lock: () => {
      call('org.freedesktop.Secret.Service.Lock', '["/org/freedesktop/secrets/collection/login"]');
    },
    stop: () => endDaemon(env),
    end: async () => {
      const ended = new Promise((resolve) => bus.once('exit', resolve));
      bus.stdin?.end();
      await ended;
      await new Promise((resolve) => setTimeout(resolve, 50));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Ends the daemon that owns the name, if there is one, and waits until it is gone. */
function endDaemon(env: NodeJS.ProcessEnv): void {
  const ask = (method: string) =>
    execFileSync(
      'gdbus',
      [
        'call',
        '--session',
        '-d',
        'org.freedesktop.DBus',
        '-o',
        '/org/freedesktop/DBus',
        '-m',
        `org.freedesktop.DBus.${method}`,
        'org.freedesktop.secrets',
      ],
      { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
  if (!ask('NameHasOwner').includes('true')) return;
  const pid = Number(/(\d+),?\)/.exec(ask('GetConnectionUnixProcessID'))?.[1]);
  process.kill(pid, 'SIGTERM');
  while (ask('NameHasOwner').includes('true'));
}
