/** Electron's entry: the same supervisor as `gatehouse start`, with a window of its own. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { startApp } from './app/app.ts';
import { runLifecycle } from './electron/lifecycle.ts';
import { createLogger } from './platform/logging.ts';
import { resolvePaths } from './platform/paths.ts';

process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const paths = resolvePaths(process.env, process.platform, homedir());

void runLifecycle({
  env: process.env,
  userData: join(paths.data, 'electron'),
  startApp,
  // Opened when there is something to say: before the app started, the folder may not be there or not be safe.
  log: (text) => createLogger({ folder: paths.logs }).error(text),
  print: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`${text}\n`),
});
