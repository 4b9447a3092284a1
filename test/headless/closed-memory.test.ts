/** What of a running supervisor’s memory others get to see: the program as a person runs it. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home } from '../support/supervisor-process.ts';

let home: Home;
beforeEach(() => {
  home = new Home({ NODE_OPTIONS: '--report-on-fatalerror --report-on-signal --report-signal=SIGUSR2' });
});
afterEach(() => home.remove());

describe('32 a supervisor', { timeout: 60_000 }, () => {
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
