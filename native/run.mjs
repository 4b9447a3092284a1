#!/usr/bin/env node
/**
 * `gatehouse` in a checkout, for npx and the npm scripts: finds Node 24, builds what is not built, runs it.
 *
 * Runs on Node 18 or newer, whatever the PATH has. `hook` and `mcp NAME` go to the native client or the relay at
 * once and end with 2 when they cannot; everything else passes signals on and ends as the program it runs ended.
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wantsPipe } from './client/relay/words.mjs';
import { ensureBuilt } from './fresh.mjs';

const BLOCK = 2;
const CUT = 1;
const OURS = 125;
const NEEDED_MAJOR = 24;
/**
 * Two compilers of Node 24's V8 end the process with SIGSEGV now and then where cores are scarce (nodejs/node issues
 * 62393 and 64841). Without them a decision takes as long as with them; a supervisor that ends stops every agent.
 */
const STEADY = ['--no-sparkplug', '--no-maglev'];
/** Ctrl-C reaches everything on a terminal by itself; passing it on would count it twice. */
const FORWARDED = process.stdin.isTTY ? ['SIGTERM', 'SIGHUP'] : ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'];

const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const words = process.argv.slice(2);
const isHook = words[0] === 'hook' && !words.includes('--help');
const isPipe = words[0] === 'mcp' && wantsPipe(words.slice(1));
const isRun = words[0] === 'run' && !beforeCommand(words).includes('--help');

/** What stands before `--`: the rest is the command's own. */
function beforeCommand(all) {
  return all.includes('--') ? all.slice(0, all.indexOf('--')) : all;
}

function fail(what, why, hint) {
  process.stderr.write(`gatehouse: ${what}: ${why}; hint: ${hint}\n`);
  process.exit(isHook || isPipe ? BLOCK : OURS);
}

function failed(why, hint) {
  if (isPipe) fail('the MCP server was not connected', why, hint);
  fail(isHook ? 'this call was not run' : 'the command was not run', why, hint);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findNode() {
  const own = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (isExecutable(own)) return own;
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) return process.execPath;
  return failed(
    `it needs Node ${NEEDED_MAJOR} or newer; this is ${process.versions.node}, and the one that npm install brings is missing`,
    'run `npm install` in the checkout, with install scripts allowed',
  );
}

/** The client's command line, with the door that the supervisor of this environment opens when none is named. */
function clientWords(node) {
  if (beforeCommand(words).some((word) => word === '--door' || word.startsWith('--door='))) return words;
  const told = spawnSync(node, [join(root, 'native', 'default-door.mjs')], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (told.status !== 0 || told.stdout === '')
    failed('the door of this checkout cannot be told', 'give --door ABSOLUTE_PATH');
  return [
    words[0],
    ...(isRun ? ['--door', told.stdout] : []),
    ...words.slice(1),
    ...(isRun ? [] : ['--door', told.stdout]),
  ];
}

function clientCommand(node) {
  if (isRun && process.platform === 'win32')
    failed(
      'on Windows this version starts no sandbox: its launcher is experimental and takes no plan of the supervisor',
      'use WSL 2, where the sandbox of Linux is, or start the command itself, which is then not confined',
    );
  const client = join(root, 'native', 'build', `${process.platform}-${process.arch}`, 'gatehouse');
  const relay = join(root, 'native', 'client', 'relay.mjs');
  if (isRun && !isExecutable(client))
    failed(
      'there is no sandbox launcher',
      'install a C compiler, then run `npm install`; see `gatehouse doctor`',
    );
  return isExecutable(client) ? [client, clientWords(node)] : [node, [relay, ...clientWords(node)]];
}

function run(program, args) {
  const child = spawn(program, args, { stdio: 'inherit' });
  // Without a listener a signal would end us before the program has said its last word.
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT']) {
    try {
      process.on(name, () => {
        if (FORWARDED.includes(name)) child.kill(name);
      });
    } catch {
      // Not a signal of this system.
    }
  }
  child.on('error', (error) =>
    failed(`${program} cannot be started: ${error.message}`, 'run `npm install` in the checkout'),
  );
  child.on('exit', (code, signal) => {
    if (isHook || isPipe) process.exit(signal === null ? code : isHook ? BLOCK : CUT);
    process.exit(signal === null ? code : 128 + (constantsOf(signal) ?? 0));
  });
}

function constantsOf(signal) {
  return { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 }[signal];
}

process.on('uncaughtException', (error) => failed(error.message, 'run `npm install` in the checkout'));

const node = findNode();
if (isHook || isPipe || isRun) {
  const [program, args] = clientCommand(node);
  run(program, args);
} else {
  const cli = join(root, 'dist', 'main', 'cli.js');
  const problem = await ensureBuilt({ root, node });
  if (problem !== null) failed(`Gatehouse cannot be built: ${problem}`, 'run `npm install`, then try again');
  if (!existsSync(cli)) failed(`there is no ${cli}`, 'run `npm install` in the checkout');
  run(node, [...STEADY, cli, ...words]);
}
