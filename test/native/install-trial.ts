/** What a stranger does after `git clone`, step by step, each with what had to come out of it. */
import { existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../support/headless-rig.ts';
import { linkIn } from '../support/supervisor-process.ts';
import { Terminal } from './pseudo-terminal.ts';
import type { Ended, Stranger } from './stranger.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What came instead. */
  readonly seen: string | null;
}

export interface Trial {
  readonly checks: readonly Check[];
  /** Seconds that `npm install` and `npm ci` took. */
  readonly installSeconds: number;
  readonly ciSeconds: number;
  readonly lockChanged: boolean;
}

const NPM_ERROR = /^npm (error|ERR!)/m;
const BLOCKED =
  /^gatehouse: this call was not run: no supervisor answers at [^\n]+; hint: start Gatehouse[^\n]+\n$/;
const LIMIT_MS = 600_000;

/** Goes through all of it; what fails is told, never thrown. */
export async function tryInstall(stranger: Stranger, version: string): Promise<Trial> {
  const checks: Check[] = [];
  const check = (name: string, ok: boolean, seen: unknown = null) => {
    checks.push({ name, ok, seen: ok ? null : shorten(seen) });
  };
  const install = await stranger.run(['npm', 'install'], { limitMs: LIMIT_MS });
  checkInstall('npm install', install, stranger, check);
  checkCheckout(stranger, check);
  await checkPrograms(stranger, version, check);
  await checkRunning(stranger, check);
  const lockChanged = (await stranger.run(['git', 'status', '--porcelain'])).stdout !== '';
  const ci = await stranger.run(['npm', 'ci'], { limitMs: LIMIT_MS });
  checkInstall('npm ci', ci, stranger, check);
  checkCheckout(stranger, check);
  return { checks, installSeconds: install.seconds, ciSeconds: ci.seconds, lockChanged };
}

export type Judge = (name: string, ok: boolean, seen?: unknown) => void;

/** It ends well, complains of nothing, and says which hook program there is. */
export function checkInstall(name: string, ended: Ended, stranger: Stranger, check: Judge): void {
  check(`${name} ends with 0`, ended.exit === 0, ended);
  const output = ended.stdout + ended.stderr;
  check(`${name} prints no error`, !NPM_ERROR.test(output), ended);
  check(`${name} leaves no install script to approve`, !/install-scripts/.test(output), ended);
  const said = output.split('\n').filter((line) => line.startsWith('gatehouse: '));
  const wanted = stranger.options.compiler
    ? ['gatehouse: the hook client and the peer identity addon are built.']
    : [
        'gatehouse: hooks will run through Node, slower but under the same rules (there is no C compiler on the PATH).',
        'gatehouse: requests cannot be tied to processes (there is no C compiler on the PATH); with a C compiler, run `npm rebuild`.',
      ];
  check(`${name} says what was built`, said.join('\n') === wanted.join('\n'), said.join('\n'));
}

/** Nothing was compiled that ships compiled, and the lock file is one that can be given away. */
function checkCheckout({ clone }: Stranger, check: Judge): void {
  check('node-gyp built nothing', !existsSync(join(clone, 'node_modules', 'better-sqlite3', 'build')));
  const text = readFileSync(join(clone, 'package-lock.json'), 'utf8');
  const lock = JSON.parse(text) as { packages: Record<string, { gypfile?: boolean }> };
  check('the lock keeps gypfile: false', lock.packages['node_modules/better-sqlite3']?.gypfile === false);
  check('the lock names no registry', !/"resolved"|https?:\/\/registry/.test(text));
}

/** The commands that need no supervisor, and a hook without one. */
async function checkPrograms(stranger: Stranger, version: string, check: Judge): Promise<void> {
  const told = await stranger.gatehouse('--version');
  check('--version', told.exit === 0 && told.stdout === `${version}\n`, told);
  const { compiler } = stranger.options;
  const doctor = await stranger.gatehouse('doctor', '--json');
  const found = doctorChecks(doctor.stdout);
  const hook = found.get('hook program');
  check(
    'doctor says which hook program it is',
    compiler
      ? hook?.ok === true && hook.detail === 'native'
      : hook?.ok === false &&
          hook.detail === 'a Node script stands in: slower, as strict (there is no C compiler on the PATH)',
    doctor,
  );
  check('doctor says whether peers are known', found.get('peer identity')?.ok === compiler, doctor);
  const blocked = await stranger.run(['npx', '--no-install', 'gatehouse', 'hook', 'claude-code'], {
    input: callOf(stranger, 'Bash', { command: 'true' }),
  });
  check('a hook without a supervisor blocks', isBlocked(blocked), blocked);
}

/** A supervisor in a terminal, from its first line to Ctrl-C. */
async function checkRunning(stranger: Stranger, check: Judge): Promise<void> {
  const port = await freePort();
  const terminal = new Terminal(stranger, `npm start -- --port ${port}`);
  try {
    await terminal.until('Ctrl-C stops it', 180_000);
    const text = terminal.text.split('\n');
    const shown = text
      .slice(text.findIndex((line) => line.startsWith('Gatehouse ')))
      .filter((line) => line !== '')
      .join('\n');
    const token = linkIn(shown).token;
    check('npm start says exactly this', shown.replace(token, 'TOKEN') === startText(port), shown);
    check('npm start prints no error', !NPM_ERROR.test(terminal.text), terminal.text);
    const page = await statusOf(port);
    check('the page is there', page === 200, page);
    const second = await stranger.run(['npm', 'start']);
    check(
      'a second npm start hands over with a new link',
      second.exit === 0 &&
        /^Gatehouse is running already\.$/m.test(second.stdout) &&
        linkIn(second.stdout).port === port &&
        linkIn(second.stdout).token !== token,
      second,
    );
    await checkAgent(stranger, check);
    terminal.type('\u0003');
    await terminal.ended;
    check('Ctrl-C stops it', terminal.text.trimEnd().endsWith('Gatehouse has stopped.'), terminal.text);
    const gone = await statusOf(port).catch((error: unknown) => error);
    check('the port is closed', (gone as { code?: string }).code === 'ECONNREFUSED', gone);
    const settings = join(stranger.home, '.claude', 'settings.json');
    const after = await stranger.run(hookCommand(settings), { input: callOf(stranger, 'Read', {}) });
    check('a connected agent is blocked from then on', isBlocked(after), after);
    const off = await stranger.gatehouse('agents', 'uninstall', 'claude-code', '--yes');
    check('uninstall works without a supervisor', off.exit === 0 && !existsSync(settings), off);
  } catch (error) {
    check('a supervisor runs', false, `${String(error)}\n${terminal.text}`);
  } finally {
    await terminal.end();
  }
}

/** Claude Code connected, a call allowed, a call that waits and is denied: through the program that was installed. */
async function checkAgent(stranger: Stranger, check: Judge): Promise<void> {
  await checkConnect(stranger, check);
  const command = hookCommand(join(stranger.home, '.claude', 'settings.json'));
  check(
    'what is installed is what doctor says',
    isElf(command[0] ?? '') === stranger.options.compiler,
    command,
  );
  const read = await stranger.run(command, {
    input: callOf(stranger, 'Read', { file_path: join(stranger.project, 'notes.txt') }),
  });
  check('a read is allowed', read.exit === 0 && /"allow"/.test(read.stdout), read);
  const asked = stranger.run(command, { input: callOf(stranger, 'Bash', { command: 'echo hello' }) });
  let id: string | null = null;
  let listed: Ended | null = null;
  for (let tries = 0; tries < 20 && id === null; tries++) {
    listed = await stranger.gatehouse('approvals', 'list', '--json');
    id = /"id": "([^"]+)"/.exec(listed.stdout)?.[1] ?? null;
  }
  check('a command waits', id !== null, listed);
  if (id === null) return;
  const denied = await stranger.gatehouse('approvals', 'deny', id, '--reason', 'not on this machine');
  check('approvals deny', denied.exit === 0, denied);
  const answer = await asked;
  check(
    'the denied call is blocked with the reason',
    /"deny"/.test(answer.stdout) && /not on this machine/.test(answer.stdout + answer.stderr),
    answer,
  );
}

/** The change is shown, asked about and made, at a terminal. */
async function checkConnect(stranger: Stranger, check: Judge): Promise<void> {
  const terminal = new Terminal(stranger, 'npx --no-install gatehouse agents install claude-code');
  await terminal.until('Change it? [y/N]', 60_000);
  terminal.type('y\r');
  const exit = await terminal.ended;
  check(
    'agents install shows the change, asks, and makes it',
    exit === 0 &&
      /^\+ {5}"PreToolUse": \[$/m.test(terminal.text) &&
      /^claude-code is connected\./m.test(terminal.text),
    terminal.text,
  );
}

/** DESIGN's text for a place without a display, with nothing found. */
function startText(port: number): string {
  return [
    'Gatehouse is running (headless: no display). Nothing is supervised yet.',
    `Open   http://127.0.0.1:${port}/#TOKEN   (one use, 5 min; \`npx --no-install gatehouse open\` makes another)`,
    `SSH    ssh -L ${port}:127.0.0.1:${port} HOST`,
    'Try    npx --no-install gatehouse tutorial 1',
    'Ctrl-C stops it; connected agents are then blocked until it runs again.',
  ].join('\n');
}

function callOf(stranger: Stranger, tool: string, input: Record<string, string>): string {
  return JSON.stringify({
    session_id: 'install-trial',
    cwd: stranger.project,
    hook_event_name: 'PreToolUse',
    tool_name: tool,
    tool_input: input,
    tool_use_id: `toolu_${tool}`,
  });
}

function isBlocked({ exit, stdout, stderr }: Ended): boolean {
  // npm's newest says on stderr what it runs.
  return exit === 2 && stdout === '' && BLOCKED.test(stderr.replace(/^npm notice .*\n/gm, ''));
}

/** The command that the agent runs before a tool, from its settings. */
function hookCommand(settings: string): readonly string[] {
  const { hooks } = JSON.parse(readFileSync(settings, 'utf8')) as {
    hooks: { PreToolUse: readonly [{ hooks: readonly [{ command: string; args: readonly string[] }] }] };
  };
  const [{ command, args }] = hooks.PreToolUse[0].hooks;
  return [command, ...args];
}

function doctorChecks(text: string): Map<string, { readonly ok: boolean; readonly detail: string }> {
  try {
    const { checks } = JSON.parse(text) as { checks: { name: string; ok: boolean; detail: string }[] };
    return new Map(checks.map((each) => [each.name, each]));
  } catch {
    return new Map();
  }
}

function isElf(file: string): boolean {
  const bytes = Buffer.alloc(4);
  readSync(openSync(file, 'r'), bytes);
  return bytes.equals(Buffer.from('\u007fELF', 'latin1'));
}

export function statusOf(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/' }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
}

/** Enough to see what went wrong, without addresses of the registry and links. */
export function shorten(seen: unknown): string {
  const text = typeof seen === 'string' ? seen : JSON.stringify(seen);
  return text
    .replaceAll(/https?:\/\/(?!127\.0\.0\.1)[^\s"\\]+/g, 'URL')
    .replaceAll(/#[\w-]{43}/g, '#TOKEN')
    .slice(-2000);
}
