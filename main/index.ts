/**
 * Electron's entry: the same supervisor as `gatehouse start`, with a window of its own; with a command's words, as a
 * packed app is started in a terminal, that command without a window.
 */
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { startApp } from './app/app.ts';
import { installRoot } from './app/resources.ts';
import { packedStart } from './cli/packed-start.ts';
import { runWords } from './cli/run-words.ts';
import { becomeCommand, runLifecycle } from './electron/lifecycle.ts';
import { closeMemory } from './platform/closed-memory.ts';
import { assertNever, messageOf } from './platform/errors.ts';
import { createLogger } from './platform/logging.ts';
import { checkNativeParts, readNativeDigests } from './platform/native-digests.ts';
import type { EntryName } from './platform/own-program.ts';
import { resolvePaths } from './platform/paths.ts';

process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

try {
  const digests = readNativeDigests(installRoot);
  if (digests !== null) checkNativeParts(dirname(installRoot), digests);
} catch (error) {
  process.stderr.write(`gatehouse: ${messageOf(error)}\n`);
  process.exit(1);
}

/** Each ends the process by itself. */
const ENTRIES = {
  'tutorial-supervisor': () => import('./tutorial-supervisor.ts'),
  'keychain-child': () => import('./platform/keychain/child.ts'),
  'foreign-database-child': () => import('./platform/foreign-database/child.ts'),
} satisfies Record<EntryName, () => Promise<unknown>>;

const paths = resolvePaths(process.env, process.platform, homedir());
const start = packedStart(process.argv.slice(process.defaultApp ? 2 : 1));
switch (start.kind) {
  case 'window':
    void runLifecycle({
      env: process.env,
      userData: join(paths.data, 'electron'),
      hidden: start.hidden,
      link: start.link,
      startApp,
      closeMemory,
      // Opened when there is something to say: before the app started, the folder may not be there or not be safe.
      log: (text) => createLogger({ folder: paths.logs }).error(text),
      print: (text) => process.stdout.write(`${text}\n`),
      complain: (text) => process.stderr.write(`${text}\n`),
    });
    break;
  case 'entry':
    becomeCommand(join(paths.data, 'electron-command'));
    await ENTRIES[start.name]();
    break;
  case 'words':
    becomeCommand(join(paths.data, 'electron-command'));
    await runWords(start.words, process.env);
    break;
  default:
    assertNever(start, 'start of the desktop app');
}
