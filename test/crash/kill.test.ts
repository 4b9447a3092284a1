/**
 * kill -9 of the whole supervisor under load, a few times, thirty times in CI; `npm run proof -- crash` does it five
 * hundred times.
 *
 * GATEHOUSE_CRASH_SEED repeats a run's choices; the moment at which a kill meets a call stays its own.
 */
import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditEvent, AuditRow } from '../../main/audit/event.ts';
import { decided, resolved } from '../support/audit-events.ts';
import { buildOnce } from '../support/built.ts';
import { type Aftermath, broken, type CallNote, toldBy } from './judge.ts';
import { runRounds } from './rounds.ts';

const ROUNDS = process.env['CI'] === undefined ? 4 : 30;
const seed = Number(process.env['GATEHOUSE_CRASH_SEED'] ?? randomInt(2 ** 31));

describe('kill -9 under load', () => {
  beforeAll(buildOnce, 240_000);

  it('leaves a log that verifies, and no call that ran without its row', {
    timeout: ROUNDS * 30_000,
  }, async () => {
    process.stdout.write(`crash: GATEHOUSE_CRASH_SEED=${seed}\n`);
    const { broken: lines, counts } = await runRounds({ rounds: ROUNDS, seed });
    expect(lines, `seed ${seed}`).toEqual([]);
    // Nothing is shown by rounds in which nothing happened.
    expect(counts).toMatchObject({ rounds: ROUNDS, killed: ROUNDS });
    for (const name of ['ran', 'ranByProgram', 'blockedByKill', 'blockedWithoutSupervisor'] as const)
      expect(counts[name], name).toBeGreaterThan(0);
    expect(counts.expiredByRestart).toBeGreaterThan(ROUNDS);
  });
});

function rowsOf(...events: readonly AuditEvent[]): readonly AuditRow[] {
  return events.map((event, index) => ({
    seq: index + 1,
    wallMicros: 0,
    monotonicMs: 0,
    bootId: 'boot',
    event,
    prevHash: String(index),
    hash: String(index + 1),
  }));
}

const run: CallNote = {
  id: 'crash-1-1',
  client: 'program',
  told: 'ran',
  when: 'before',
  rowAtOnce: true,
};
const free = decided('call_free', { summary: 'echo crash-1-1' });
const asked = decided('call_asked', { summary: 'echo crash-1-2', decision: 'approval_required' });
const waits = decided('call_waits', { summary: 'echo crash-1-3', decision: 'approval_required' });
const expired: AuditEvent = { ...(resolved('call_waits', 'expired') as object), by: 'restart' } as AuditEvent;
const left = [free, asked, resolved('call_asked', 'allowed'), waits];

const good: Aftermath = {
  notes: [
    run,
    { ...run, id: 'crash-1-2' },
    { ...run, id: 'crash-1-3', told: 'blocked', when: 'across', rowAtOnce: false },
  ],
  ran: ['crash-1-1', 'crash-1-2'],
  left: rowsOf(...left),
  later: rowsOf(...left, expired),
  chains: [{ where: 'after the restart', problem: null }],
  stillWaiting: 0,
};

describe('the judge of a round', () => {
  it('has nothing to say of a good one', () => {
    expect(broken(good)).toEqual([]);
  });

  it.each<[string, Partial<Aftermath>, RegExp]>([
    ['a row that is not there', { left: rowsOf(asked), later: rowsOf(asked) }, /crash-1-1 ran without a row/],
    [
      'a call that waited and ran',
      { ran: ['crash-1-1', 'crash-1-2', 'crash-1-3'] },
      /crash-1-3 ran without a row/,
    ],
    ['a yes that was not carried out', { ran: ['crash-1-2'] }, /crash-1-1 was let through and did not run/],
    [
      'an answer before its row',
      { notes: [{ ...run, rowAtOnce: false }] },
      /crash-1-1 was let through before its row/,
    ],
    ['an answer that an agent may take for a yes', { notes: [{ ...run, told: 'open' }] }, /answered: open/],
    ['an agent that was left hanging', { notes: [{ ...run, told: 'hung' }] }, /answered: hung/],
    ['a yes from nobody', { notes: [{ ...run, when: 'after' }] }, /when no supervisor was there/],
    ['a chain that broke', { chains: [{ where: 'x', problem: 'row 3: no' }] }, /does not verify x: row 3/],
    ['a row that the restart lost', { later: rowsOf(free, asked) }, /row 3 changed or went/],
    ['a wait without an end', { later: rowsOf(...left) }, /call_waits waited at the kill and has no end/],
    [
      'a wait that ended as something else',
      { later: rowsOf(...left, resolved('call_waits', 'denied')) },
      /ended as denied by person/,
    ],
    [
      'a yes after the death',
      { later: rowsOf(...left, resolved('call_waits', 'allowed')) },
      /crash-1-3 was allowed after its supervisor was dead/,
    ],
    ['a line that still waits', { stillWaiting: 1 }, /1 requests of the killed life still wait/],
  ])('finds %s', (_name, change, words) => {
    expect(broken({ ...good, ...change }).join('\n')).toMatch(words);
  });

  it.each([
    [{ exit: 2, stdout: '' }, 'blocked'],
    [{ exit: 0, stdout: '{"hookSpecificOutput":{"permissionDecision":"deny"}}' }, 'blocked'],
    [{ exit: 0, stdout: '{"hookSpecificOutput":{"permissionDecision":"allow"}}' }, 'ran'],
    [{ exit: 0, stdout: '{"hookSpecificOutput":{"permissionDecision":"ask"}}' }, 'open'],
    [{ exit: 0, stdout: '' }, 'open'],
    [{ exit: 0, stdout: '{"hookSpecific' }, 'open'],
    [{ exit: 1, stdout: '' }, 'open'],
    [{ exit: null, stdout: '' }, 'open'],
  ] as const)('takes %j as an agent does: %s', (end, told) => {
    expect(toldBy(end)).toBe(told);
  });
});
