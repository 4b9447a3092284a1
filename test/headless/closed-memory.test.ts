/** What of a running supervisor’s memory others get to see: the program as a person runs it. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildOnce, projectRoot, runFile } from '../support/built.ts';
import { Home } from '../support/supervisor-process.ts';

let home: Home;
beforeEach(() => {
  home = new Home({ NODE_OPTIONS: '--report-on-fatalerror --report-on-signal --report-signal=SIGUSR2' });
});
const started: ChildProcess[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
  }
  await home.remove();
});

describe('32 a supervisor', { timeout: 180_000 }, () => {
  it('opens no inspector when it is signalled, writes no report, and keeps its memory out of a core file', async () => {
    const run = home.run('start', '--headless', '--no-open');
    await run.until('Gatehouse is running');
    // Of a checkout: what builds it first has started it.
    const pid = Number(execFileSync('pgrep', ['-P', String(run.child.pid)], { encoding: 'utf8' }).trim());
    process.kill(pid, 'SIGUSR1');
    process.kill(pid, 'SIGUSR1');
    // Answered after the signals were taken.
    expect((await home.done(['status'])).code).toBe(0);
    expect(run.stderr).not.toMatch(/Debugger|inspector/i);
    if (process.platform === 'linux')
      expect(readFileSync(`/proc/${pid}/coredump_filter`, 'utf8').trim()).toBe('00000000');
    process.kill(pid, 'SIGABRT');
    expect((await run.ended).code).toBe(128 + constants.signals.SIGABRT);
    const written = readdirSync(home.folder, { recursive: true, encoding: 'utf8' });
    expect(written.filter((name) => /report\.|\.heapsnapshot$|core/.test(name))).toEqual([]);
  });
});

/** As one user: root may read everything, and is nobody that this guards against. */
const NOBODY = 65_534;
const HARDENED = 'test/support/hardened-peer.ts';
const isRoot = process.getuid?.() === 0;
const asUser = (words: readonly string[]): readonly string[] =>
  isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--', ...words] : words;

/** What a process of the same user, which started none of them, gets of each. */
function readsOf(pids: readonly number[]): readonly Record<string, string>[] {
  const [program = '', ...words] = asUser([
    process.execPath,
    '-e',
    `const { openSync, readFileSync } = require('node:fs');
     const of = (read) => { try { read(); return 'read'; } catch (error) { return error.code; } };
     console.log(JSON.stringify(process.argv.slice(1).map((pid) => ({
       memory: of(() => openSync('/proc/' + pid + '/mem', 'r')),
       environ: of(() => readFileSync('/proc/' + pid + '/environ')),
     }))));`,
    ...pids.map(String),
  ]);
  return JSON.parse(execFileSync(program, words, { encoding: 'utf8' }));
}

describe('33 another program of the same user', { timeout: 180_000 }, () => {
  it('reads neither memory nor environment of a supervisor, which still knows who asks it', async (context) => {
    if (process.platform !== 'linux') context.skip('Linux only: it is done otherwise elsewhere');
    await buildOnce();
    const { folder, env } = home;
    if (isRoot) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, folder]);
    const begin = (words: readonly string[]) => {
      const [program = '', ...rest] = asUser([process.execPath, ...words]);
      const child = spawn(program, rest, { cwd: projectRoot, env, stdio: ['ignore', 'pipe', 'inherit'] });
      started.push(child);
      return child;
    };
    const plain = begin(['-e', 'console.log("up"); setInterval(() => undefined, 1000)']);
    const supervisor = begin([runFile, 'start', '--headless', '--no-open']);
    await Promise.all([until(plain, 'up'), until(supervisor, 'Gatehouse is running')]);
    const [pid = 0] = execFileSync('pgrep', ['-P', String(supervisor.pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
    const [ofPlain, ofSupervisor] = readsOf([plain.pid ?? 0, pid]);
    // Nothing but its own mark keeps an environment from such a program; Yama would keep memory from it anyway.
    expect(ofPlain?.['environ']).toBe('read');
    expect(ofSupervisor).toEqual({ memory: 'EACCES', environ: 'EACCES' });
    const yama = '/proc/sys/kernel/yama/ptrace_scope';
    const guarded = existsSync(yama) && Number(readFileSync(yama, 'utf8')) > 0;
    expect(ofPlain?.['memory']).toBe(guarded ? 'EACCES' : 'read');
    // What it reads of itself and of others it can read as before: it answers, and knows the asking process.
    const [program = '', ...words] = asUser([process.execPath, runFile, 'vault', 'export', 'x']);
    const asked = spawnSync(program, words, { cwd: projectRoot, env, encoding: 'utf8' });
    expect(asked.stderr).toContain('the vault is not made yet');
    const [looker = '', ...at] = asUser([process.execPath, join(projectRoot, HARDENED)]);
    const peers = spawnSync(looker, at, { cwd: projectRoot, env, encoding: 'utf8' });
    expect(JSON.parse(peers.stdout)).toEqual({
      hardened: true,
      source: 'kernel',
      executable: process.execPath,
      self: process.execPath,
      listens: true,
    });
  });
});

/** Resolves when it has printed the text; rejects when it ends without. */
function until(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      said += more;
      if (said.includes(text)) resolve();
    });
    child.once('close', () => reject(new Error(`ended without ${JSON.stringify(text)}: ${said}`)));
  });
}
