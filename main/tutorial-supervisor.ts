/**
 * The private supervisor of a tutorial: the same supervisor and the same page as everywhere, in a home that was
 * made for it a moment ago, with a clock that the tutorial can put ahead.
 *
 * `gatehouse tutorial N` starts it. It runs in no home that was ever used, so that nobody can put a clock of
 * their own under the supervisor that guards them.
 */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { startApp } from './app/app.ts';
import { Presence } from './app/presence.ts';
import { installRoot } from './app/resources.ts';
import { type FromSupervisor, ToSupervisor } from './app/tutorials/private-messages.ts';
import { openHeadlessShell } from './headless/shell.ts';
import { MovableClock } from './platform/clock.ts';
import { GatehouseError, messageOf } from './platform/errors.ts';
import { watchLifetime } from './platform/lifetime.ts';
import { createLogger } from './platform/logging.ts';
import { preparePaths, resolvePaths } from './platform/paths.ts';
import { openStateStore } from './store/state-store.ts';

async function run(env: NodeJS.ProcessEnv): Promise<number> {
  if (process.send === undefined || env['GATEHOUSE_HOME'] === undefined)
    throw new GatehouseError('not_by_hand', 'only a tutorial starts this', { hint: 'gatehouse tutorial 1' });
  const paths = resolvePaths(env, process.platform, homedir());
  if (existsSync(paths.auditDb) || existsSync(paths.stateDb))
    throw new GatehouseError('home_in_use', `${paths.data} is the home of another supervisor`);
  preparePaths(paths);
  const logger = createLogger({ folder: paths.logs });
  const lifetime = watchLifetime({ log: (text) => logger.error(text), complain: () => undefined });
  // Without the tutorial nobody knows of this process: it must not outlive it.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  const pin = await setPin(paths.stateDb);
  const clock = new MovableClock();
  const app = await startApp({ env, shell: 'headless', clock });
  const shell = await openHeadlessShell({
    app,
    pageFolder: join(installRoot, 'dist', 'renderer'),
    runFolder: paths.run,
    port: 0,
    env,
    clock,
  }).catch(async (error: unknown) => {
    await app.stop('the page could not be opened');
    throw error;
  });
  lifetime.onStop(async (reason) => {
    await Promise.all([app.stop(reason), shell.close()]);
  });
  process.on('message', (raw) => {
    const message = ToSupervisor.safeParse(raw);
    if (message.success) clock.advance(message.data.milliseconds);
  });
  await tell({ type: 'ready', url: shell.makeLink('start-link'), pin });
  return lifetime.ended;
}

/** Makes a PIN for this home: answers from a terminal need one. */
async function setPin(stateDb: string): Promise<string> {
  let pin = '';
  while (new Set(pin).size < 3) pin = String(randomInt(100_000, 1_000_000));
  const state = openStateStore(stateDb);
  try {
    await new Presence(state.setting('presence'), Date.now).set(pin, null, 'page');
  } finally {
    state.close();
  }
  return pin;
}

function tell(message: FromSupervisor): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

try {
  process.exitCode = await run(process.env);
} catch (error) {
  await tell({ type: 'failed', message: messageOf(error) });
  process.exitCode = 1;
}
process.exit();
