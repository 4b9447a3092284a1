import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { rowWords } from '../../../main/app/tutorials/row-words.ts';
import type { AuditRow } from '../../../main/audit/event.ts';
import { Reader } from '../../../main/audit/reader.ts';
import { AUDIT_APPLICATION_ID, AUDIT_MIGRATIONS } from '../../../main/audit/schema.ts';
import { verifyChain } from '../../../main/audit/verify.ts';
import { openDatabase } from '../../../main/store/database.ts';
import { Inbox, type Result } from '../../../preload/contract.ts';
import { buildOnce } from '../../support/built.ts';
import { PageClient } from '../../support/headless-rig.ts';
import { linkIn, type Run } from '../../support/supervisor-process.ts';
import { ended, isAlive, presses, supervisorOf, TutorialRun } from '../../support/tutorial-run.ts';

const EXPECTED = readFileSync(join(import.meta.dirname, 'tutorial-1.txt'), 'utf8');
const WAITS = 'or answer in the page';

beforeAll(buildOnce, 240_000);

/** A tutorial's surroundings, which are gone after the test. They mostly wait, so the tests run side by side. */
function surroundings({ onTestFinished }: TestContext): TutorialRun {
  const tutorial = new TutorialRun();
  onTestFinished(() => tutorial.remove());
  return tutorial;
}

/** The transcript with what differs from run to run masked. */
function masked(text: string): string {
  return text
    .replaceAll(/Gatehouse \d+\.\d+\.\d+, pid \d+/g, 'Gatehouse VERSION, pid PID')
    .replaceAll(/SHA-256 [0-9a-f]{12}…/g, 'SHA-256 HASH…')
    .replaceAll(/pid \d+, from the kernel|process unknown, in the agent's words/g, 'WHO')
    .replaceAll(/nobody answered for (?:[6-9]|1\d)\d s/g, 'nobody answered for 6N s')
    .replaceAll(/^Kept {6}.*\n/gm, '');
}

/** The folder that `--keep` left, from what was printed. */
function keptIn(text: string): string {
  const folder = /^Kept {6}(.+)$/m.exec(text)?.[1];
  if (folder === undefined) throw new Error(`nothing was kept: ${text}`);
  return folder;
}

function logOf(folder: string): { rows: readonly AuditRow[]; intact: boolean } {
  const database = openDatabase({
    file: join(folder, 'gh', 'data', 'audit.db'),
    applicationId: AUDIT_APPLICATION_ID,
    migrations: AUDIT_MIGRATIONS,
    readonly: true,
  });
  try {
    return { rows: new Reader(database).rowsSince(0, 1000), intact: verifyChain(database).ok };
  } finally {
    database.close();
  }
}

/** Number and mark of each line of the transcript that is a row. */
function rowLines(text: string): readonly (readonly [number, string])[] {
  return [...text.matchAll(/^ +(\d+) {2}(\S+) /gm)].map(([, seq, mark]) => [Number(seq), mark ?? '']);
}

const filesOf = (folder: string): readonly string[] => readdirSync(join(folder, 'tutorial-1')).toSorted();

describe.concurrent('gatehouse tutorial 1 --auto', { timeout: 180_000 }, () => {
  it('says exactly this, and leaves neither a folder nor a process nor a home of ours', async (context) => {
    const tutorial = surroundings(context);
    const run = tutorial.home.run('tutorial', '1', '--auto');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.stderr).toBe('');
    expect(masked(run.stdout)).toBe(EXPECTED);
    expect(tutorial.left()).toEqual([]);
    expect(tutorial.processes()).toEqual([]);
    expect(isAlive(supervisorOf(run))).toBe(false);
    expect(existsSync(tutorial.home.gatehouse)).toBe(false);
    expect(readdirSync(join(tutorial.home.folder, 'home'))).toEqual([]);
  });

  it('is the log, row by row, and what ran and what did not is in the folder', async (context) => {
    const tutorial = surroundings(context);
    const { code, stdout } = await tutorial.home.done(['tutorial', '1', '--auto', '--keep']);
    expect(code).toBe(0);
    const folder = keptIn(stdout);
    const { rows, intact } = logOf(folder);
    expect(intact).toBe(true);
    const told = rows.slice(0, rows.findIndex(({ event }) => event.type === 'session.ended') + 1);
    // What comes after the transcript: the check at its end, if it leaves a row, and the supervisor's last one.
    const after = rows.slice(told.length).map(({ event }) => event.type);
    expect(after.at(-1)).toBe('supervisor.stopped');
    expect(after.slice(0, -1).filter((type) => type !== 'log.verified')).toEqual([]);
    expect(rowLines(stdout)).toEqual(told.map((row) => [row.seq, rowWords(row).mark]));
    expect(stdout).toContain(`\n${told.length} rows, chain intact.\n`);
    const ends = told.flatMap(({ event }) => (event.type === 'approval.resolved' ? [event] : []));
    expect(ends.map(({ outcome, by, via, reason }) => [outcome, by, via, reason])).toEqual([
      ['allowed', 'person', 'terminal', null],
      ['denied', 'person', 'terminal', 'One file is enough.'],
      ['expired', 'time', null, null],
    ]);
    expect(ends[2]?.waitedMs).toBeGreaterThanOrEqual(60_000);
    expect(told.filter(({ event }) => event.type === 'call.completed')).toHaveLength(1);
    expect(told.filter(({ event }) => event.type === 'security')).toEqual([]);
    expect(filesOf(folder)).toEqual(['hello.txt']);
    expect(readFileSync(join(folder, 'tutorial-1', 'hello.txt'), 'utf8')).toBe('hello\n');
  });

  it('fails when its supervisor is killed under it', async (context) => {
    const tutorial = surroundings(context);
    const run = tutorial.home.run('tutorial', '1', '--auto');
    await run.until('1. A yes');
    process.kill(supervisorOf(run), 'SIGKILL');
    expect(await run.ended).toEqual({ code: 1, signal: null });
    expect(run.stderr).toMatch(
      /^gatehouse: tutorial 1: .*ended in the middle \(SIGKILL\).*no log to read back from; hint: .+\n$/,
    );
    expect(run.stdout).not.toContain('chain intact');
    expect(tutorial.left()).toEqual([]);
  });
});

describe.concurrent('gatehouse tutorial 1, with a person', { timeout: 180_000 }, () => {
  it('takes a key for a yes and a key for a no', async (context) => {
    const tutorial = surroundings(context);
    const run = tutorial.home.run('tutorial', '1', '--keep');
    await run.until(WAITS);
    await presses(run, 'a', '2. A no');
    await presses(run, 'd', '3. No answer');
    expect((await run.ended).code).toBe(0);
    const marks = rowLines(run.stdout).map(([, mark]) => mark);
    expect(marks.filter((mark) => ['allowed', 'denied', 'expired'].includes(mark))).toEqual([
      'allowed',
      'denied',
      'expired',
    ]);
    expect(run.stdout).not.toContain('the script has');
    expect(filesOf(keptIn(run.stdout))).toEqual(['hello.txt']);
  });

  it('tells what they chose, also when it is the other way round, and on the page', async (context) => {
    const tutorial = surroundings(context);
    const run = tutorial.home.run('tutorial', '1', '--keep');
    await run.until(WAITS);
    await presses(run, 'D', '2. A no');
    expect(run.stdout).toContain(
      'the script has “allowed” here; it was “denied”, and that is what the log has',
    );
    await allowOnPage(run);
    expect((await run.ended).code).toBe(0);
    expect(run.stdout).toMatch(/^ +\d+ {2}allowed +once, from a page$/m);
    const folder = keptIn(run.stdout);
    expect(filesOf(folder)).toEqual(['again.txt']);
    expect(logOf(folder).intact).toBe(true);
  });

  it.for(['SIGKILL', 'SIGTERM'] as const)(
    'fails when its supervisor gets a %s while it asks',
    async (signal, context) => {
      const tutorial = surroundings(context);
      const run = tutorial.home.run('tutorial', '1');
      await run.until(WAITS);
      process.kill(supervisorOf(run), signal);
      expect((await run.ended).code).toBe(1);
      expect(run.stderr).toMatch(/^gatehouse: tutorial 1: its private supervisor ended in the middle .*\n$/);
      expect(tutorial.left()).toEqual([]);
      expect(tutorial.processes()).toEqual([]);
    },
  );

  it('fails when the hook program of the call is killed: nobody was answered', async (context) => {
    const tutorial = surroundings(context);
    const run = tutorial.home.run('tutorial', '1');
    await run.until(WAITS);
    for (const pid of tutorial.processes()) process.kill(Number(pid), 'SIGKILL');
    expect((await run.ended).code).toBe(1);
    expect(run.stderr).toMatch(/^gatehouse: tutorial 1: the agent was not answered: .*\n$/);
  });

  it.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends on %s and leaves nothing',
    async (signal, context) => {
      const tutorial = surroundings(context);
      const run = tutorial.home.run('tutorial', '1');
      await run.until(WAITS);
      const supervisor = supervisorOf(run);
      expect(tutorial.processes()).not.toEqual([]);
      run.child.kill(signal);
      expect(await run.ended).toEqual({ code: 130, signal: null });
      expect(run.stderr).toBe('');
      expect(tutorial.left()).toEqual([]);
      expect(isAlive(supervisor)).toBe(false);
      expect(tutorial.processes()).toEqual([]);
    },
  );

  it('ends on Ctrl-C before anything is up', async (context) => {
    const tutorial = surroundings(context);
    const run = tutorial.home.run('tutorial', '1');
    while (tutorial.left().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(tutorial.left()).toEqual([]);
  });

  it('takes its supervisor with it when it is killed itself', async (context) => {
    const tutorial = surroundings(context);
    const run = tutorial.home.run('tutorial', '1');
    await run.until(WAITS);
    const supervisor = supervisorOf(run);
    const own = Number(execFileSync('pgrep', ['-P', String(run.child.pid)], { encoding: 'utf8' }));
    process.kill(own, 'SIGKILL');
    await run.ended;
    await ended(supervisor);
    expect(isAlive(supervisor)).toBe(false);
  });
});

/** Says yes on the page, as a person does: the PIN first, and not before the card could be read. */
async function allowOnPage(run: Run): Promise<void> {
  const pin = /^PIN +(\d{6}),/m.exec(run.stdout)?.[1] ?? '';
  const { port, token } = linkIn(run.stdout);
  const { client } = await PageClient.hello(port, { link: token });
  try {
    const read = async (id: number) => {
      const answer = (await client.call(id, 'inbox')) as Result<unknown>;
      return Inbox.parse(answer.ok ? answer.value : null).pending[0];
    };
    let id = 1;
    let card = await read(id);
    while (card === undefined || !card.title.includes('again.txt')) {
      // A page that asks without a pause meets its rate.
      await new Promise((resolve) => setTimeout(resolve, 50));
      card = await read(++id);
    }
    const answer = {
      id: card.id,
      fingerprint: card.fingerprint,
      nonce: card.nonce,
      verdict: { kind: 'allow', scope: 'once' },
    };
    expect(await client.call(++id, 'answer', [answer])).toMatchObject({
      ok: false,
      error: { code: 'locked' },
    });
    expect(await client.call(++id, 'unlock', [pin])).toMatchObject({ ok: true });
    let said: Result<unknown>;
    do {
      said = (await client.call(++id, 'answer', [answer])) as Result<unknown>;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (!said.ok && said.error.code === 'too_soon');
    expect(said).toMatchObject({ ok: true, value: { outcome: 'allowed' } });
  } finally {
    client.end();
  }
}
