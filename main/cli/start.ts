/** `gatehouse start`: hands over to a supervisor that runs, or starts one in the shell that fits this place. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../app/app.ts';
import { installRoot, programName } from '../app/resources.ts';
import type { App } from '../app/shell-port.ts';
import { openLine, startText } from '../app/terminal-text.ts';
import { openHeadlessDesktop } from '../headless/desktop.ts';
import { type HeadlessShell, openHeadlessShell } from '../headless/shell.ts';
import { closeMemory } from '../platform/closed-memory.ts';
import { openBusAway } from '../platform/dbus/away.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { watchLifetime } from '../platform/lifetime.ts';
import { createLogger } from '../platform/logging.ts';
import { resolvePaths } from '../platform/paths.ts';
import type { StartArguments } from './arguments.ts';
import { downloadElectron, electronState } from './electron-binary.ts';
import { runElectron } from './electron-process.ts';
import { chooseShell, mayOpenBrowser } from './probe.ts';
import { askSupervisor } from './remote.ts';
import { complain, print } from './terminal.ts';

const DOOR_OPENS_MS = 3000;

/** Runs until the supervisor ends; answers the exit code. */
export async function start(options: StartArguments, env: NodeJS.ProcessEnv): Promise<number> {
  const handedOver = await handOver(env);
  if (handedOver !== null) return handedOver;
  const choice = await chooseShell({
    platform: process.platform,
    env,
    uid: ownUid(),
    headlessAsked: options.headless,
    electron: () => electronState(installRoot),
    download: (missing) =>
      downloadElectron({ ...missing, installRoot, env, progress: showProgress(missing.version) }).finally(
        endProgress,
      ),
  });
  if (choice.shell === 'headless') return startHeadless(choice.why, options, env);
  const end = await runElectron(choice.binary, installRoot, env);
  return end.kind === 'ran' ? end.exit : startHeadless(end.why, options, env);
}

/** Prints a new link of the supervisor that runs; null when none does. */
async function handOver(env: NodeJS.ProcessEnv): Promise<number | null> {
  const answer = await askSupervisor(['open'], env);
  if (answer === null) return null;
  print('Gatehouse is running already.');
  print(answer.stdout);
  complain(answer.stderr);
  return answer.exit;
}

/** As handOver, for when another start was faster: it has the lock a moment before its door is open. */
async function handOverSoon(env: NodeJS.ProcessEnv): Promise<number | null> {
  const since = performance.now();
  for (;;) {
    const handedOver = await handOver(env);
    if (handedOver !== null || performance.now() - since > DOOR_OPENS_MS) return handedOver;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function startHeadless(why: string, options: StartArguments, env: NodeJS.ProcessEnv): Promise<number> {
  for (const open of closeMemory()) complain(open);
  const paths = resolvePaths(env, process.platform, homedir());
  let log: (text: string) => void = () => undefined;
  const lifetime = watchLifetime({ log: (text) => log(text), complain });
  const away =
    process.platform === 'linux'
      ? openBusAway({ env, onDefect: (where, error) => log(`${where}: ${messageOf(error)}`) })
      : null;
  let app: App;
  try {
    app = await startApp({ env, shell: 'headless', ...(away === null ? {} : { away }) });
  } catch (error) {
    await away?.close();
    // Another start was faster by a moment.
    const handedOver =
      error instanceof GatehouseError && error.code === 'already_running' ? await handOverSoon(env) : null;
    if (handedOver !== null) return handedOver;
    throw error;
  }
  const logger = createLogger({ folder: paths.logs });
  log = (text) => logger.error(text);
  let shell: HeadlessShell;
  try {
    shell = await openHeadlessShell({
      app,
      pageFolder: join(installRoot, 'dist', 'renderer'),
      runFolder: paths.run,
      port: options.port,
      env,
    });
  } catch (error) {
    await Promise.all([app.stop('the page could not be opened'), away?.close()]);
    throw error;
  }
  const mayBrowse = mayOpenBrowser({ platform: process.platform, env, uid: ownUid() }) && options.openBrowser;
  const { desktop, close: closeDesktop } = openHeadlessDesktop({
    env,
    platform: process.platform,
    resources: join(installRoot, 'resources'),
    open: (request) =>
      void showPage(shell, mayBrowse, request).catch((error: unknown) => logger.error(messageOf(error))),
    quit: () => lifetime.end('quit from the tray'),
    onDefect: (where, error) => logger.error(`${where}: ${messageOf(error)}`),
  });
  app.attachDesktop(desktop);
  lifetime.onStop(async (reason) => {
    await Promise.all([app.stop(reason), shell.close(), away?.close()]);
    await closeDesktop();
  });
  const browserOpened = mayBrowse && (await shell.openBrowser());
  print(
    startText({
      why,
      enforcement: app.enforcementSentence(),
      url: shell.makeLink('start-link'),
      port: shell.port,
      busyPort: shell.busyPort,
      program: programName,
      agents: await app.describeAgents(),
      browserOpened,
    }),
  );
  const exit = await lifetime.ended;
  print(exit === 0 ? 'Gatehouse has stopped.' : '');
  return exit;
}

/** What tray and notifications open: the browser where there is one to open, otherwise a link on the terminal. */
async function showPage(shell: HeadlessShell, mayBrowse: boolean, request: string | null): Promise<void> {
  if (mayBrowse && (await shell.showPage(request))) return;
  print(openLine(shell.makeLink('open-link'), programName));
}

/** One line that changes on a terminal; one line in all otherwise. */
function showProgress(version: string): (seconds: number) => void {
  return (seconds) => {
    const text = `Downloading Electron ${version}, once: at most 60 s`;
    if (process.stdout.isTTY) process.stdout.write(`\r${text} … ${seconds} s `);
    else if (seconds === 0) print(text);
  };
}

function endProgress(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
}

function ownUid(): number | null {
  return process.getuid?.() ?? null;
}
