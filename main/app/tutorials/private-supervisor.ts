/**
 * The tutorial's side of its private supervisor: starts it, moves its clock, notices its end, ends it.
 *
 * It is a process group of its own, so that Ctrl-C reaches the tutorial alone, which then takes it down in
 * order; and it ends by itself when the tutorial is gone, however that went.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { ownProgram } from '../../platform/own-program.ts';
import { programName } from '../resources.ts';
import { FromSupervisor, type ToSupervisor } from './private-messages.ts';
import type { TutorialHome } from './tutorial-home.ts';

const START_MS = 30_000;
/** What an orderly end may take; then it is killed. */
const STOP_MS = 4000;

export interface PrivateSupervisor {
  readonly pid: number;
  /** A one-use link to its page. */
  readonly url: string;
  /** Made for this run; worth nothing anywhere else. */
  readonly pin: string;
  /** Puts its clock ahead. Deadlines that are past then lapse within two seconds. */
  advance(seconds: number): void;
  /** Ends it, with force if it must be. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a private supervisor in a home made for it.
 *
 * @param entry its program
 * @param options.signal gives the start up when it aborts
 * @param options.onGone told once when it ends without having been asked to, with the error to end the tutorial with
 * @throws GatehouseError `no_private_supervisor`; the signal's reason
 */
export async function startPrivateSupervisor(
  entry: URL,
  home: TutorialHome,
  options: { readonly signal: AbortSignal; readonly onGone: (error: GatehouseError) => void },
): Promise<PrivateSupervisor> {
  const { file, args } = ownProgram('tutorial-supervisor', entry);
  const child = spawn(file, args, {
    cwd: home.root,
    env: home.env,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: process.platform !== 'win32',
  });
  const ended = endOf(child);
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= end(child, ended);
    return stopping;
  };
  try {
    const { url, pin } = await ready(child, ended, options.signal);
    void ended.then((how) => {
      if (stopping === null) options.onGone(gone(how));
    });
    return {
      pid: child.pid ?? 0,
      url,
      pin,
      advance: (seconds) => {
        const message: ToSupervisor = { type: 'advance', milliseconds: Math.round(seconds * 1000) };
        if (child.connected) child.send(message);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Resolves when the process is gone, with how it went. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

function ready(
  child: ChildProcess,
  ended: Promise<string>,
  signal: AbortSignal,
): Promise<Extract<FromSupervisor, { type: 'ready' }>> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(limit);
      const what = `its private supervisor did not start: ${why}`;
      // What the supervisor says of itself has a hint of its own.
      const options = why.includes('; hint: ') ? {} : { hint: `${programName} doctor` };
      reject(new GatehouseError('no_private_supervisor', what, options));
    };
    const limit = setTimeout(() => fail(`it took longer than ${START_MS / 1000} s`), START_MS);
    child.once('message', (raw) => {
      const message = FromSupervisor.safeParse(raw);
      if (!message.success) return fail('it said something that was not understood');
      if (message.data.type === 'failed') return fail(message.data.message);
      clearTimeout(limit);
      return resolve(message.data);
    });
    void ended.then(fail);
    const giveUp = () => {
      clearTimeout(limit);
      reject(signal.reason);
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

async function end(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(force);
}

function gone(how: string): GatehouseError {
  return new GatehouseError(
    'supervisor_gone',
    `its private supervisor ended in the middle (${how}), so there is no log to read back from`,
    { hint: 'play it again' },
  );
}
