import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../main/audit/event.ts';
import { EVERYTHING, type TimelineFilter } from '../../main/audit/filter.ts';
import { type AuditLog, openAuditLog } from '../../main/audit/log.ts';
import { LogMap } from '../../main/audit/log-map.ts';
import { completed, decided, resolved, started } from '../support/audit-events.ts';

let folder: string;
let log: AuditLog;
let map: LogMap;
let dice: () => number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-map-'));
  log = await openAuditLog({ file: join(folder, 'audit.db') });
  map = new LogMap(join(folder, 'audit.db'));
  let seed = 20_261_126;
  dice = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
});
afterEach(async () => {
  await map.close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A row is on disk before its line is: reading through the log waits for the line. */
const shown = () => log.timeline(EVERYTHING, null, 1);
const pick = <T>(from: readonly T[]): T => from[Math.floor(dice() * from.length)] as T;
const some = <T>(from: readonly T[]): T[] => (dice() < 0.6 ? [] : [pick(from), pick(from)]);

function randomCall(n: number): AuditEvent[] {
  const decision = pick(['allowed', 'allowed', 'denied', 'approval_required'] as const);
  const [module, action] = pick([
    ['shell', 'bash'],
    ['filesystem', 'read'],
    ['filesystem', 'write'],
    ['web', 'fetch'],
  ] as const);
  const call = decided(`call_${n}`, {
    ...{ decision, module, action, session: pick(['ses_1', 'ses_2']), risk: pick(['low', 'high']) },
    client: pick(['claude-code', 'codex', 'main']),
    app: pick(['/home/dev/src/web', '/srv/web', '/home/dev/src/api']),
    gate: pick(['gate2_risk', 'gate4_policy', 'gate5_classification', 'behavior']),
    summary: pick(['npm test', 'git push origin', 'Überweisung prüfen', 'src/login.ts']),
  });
  const event: AuditEvent = {
    ...call,
    rule: pick(['capabilities.grant[0] at policy.yaml:4', 'capabilities.grant[1] at policy.yaml:5', null]),
    call: { ...call.call, agent: pick(['main', 'helper']), turn: pick([1, 2, 3]) },
  };
  const more: AuditEvent[] = [];
  if (decision === 'approval_required' && dice() < 0.7)
    more.push(resolved(`call_${n}`, pick(['allowed', 'denied', 'expired'])));
  if (dice() < 0.5) more.push(completed(`call_${n}`, dice() < 0.5));
  return [event, ...more];
}

async function written(calls: number, from = 0): Promise<void> {
  for (let n = from; n < from + calls; n += 1) {
    if (dice() < 0.1) await log.append(started());
    for (const event of randomCall(n)) await log.append(event);
  }
}

function randomFilter(): TimelineFilter {
  return {
    ...EVERYTHING,
    text: dice() < 0.25 ? pick(['npm', 'orig push', 'uber', 'login.ts', '---', 'zzz']) : '',
    outcome: some(['waits', 'allowed', 'refused', 'denied', 'expired']),
    decision: some(['allowed', 'denied', 'approval_required', 'nothing']),
    client: some(['claude-code', 'codex']),
    agent: some(['main', 'helper', 'codex']),
    app: some(['web', '/srv/web', 'api']),
    session: some(['ses_1', 'ses_2', 'ses_3']),
    turn: some([1, 2, 9]),
    action: some(['shell', 'filesystem.*', 'filesystem.w*', 'web.fetch', 'supervisor.*', '*', 'f_*', 'f%*']),
    gate: some([2, 4, 5]),
    rule: some(['capabilities.grant[0]', 'capabilities.grant[1] at policy.yaml:5', 'capabilities.*', 'cap*']),
    risk: some(['low', 'high']),
    success: dice() < 0.2 ? dice() < 0.5 : null,
    events: dice() < 0.5,
  };
}

describe('a filter', () => {
  it('means the same to the database and to the columns in memory, whatever is combined, and as rows come', async () => {
    await written(250);
    for (let round = 0; round < 6; round += 1) {
      for (let one = 0; one < 60; one += 1) {
        const filter = randomFilter();
        const { rows } = await log.timeline(filter, null, 1000);
        const seqs = rows.map(({ seq }) => seq);
        const page = await map.page(filter, 0, 1000);
        expect(page.rows, JSON.stringify(filter)).toEqual(rows);
        expect(page.matched).toBe(rows.length);
        const newest = await map.newest(filter, 20);
        expect(newest?.rows.map(({ seq }) => seq)).toEqual(seqs.slice(0, 20));
      }
      // New lines, and old ones that change: those that wait are answered.
      await written(20, 1000 + round * 100);
      for (const { callId } of await log.waiting())
        if (dice() < 0.5) await log.append(resolved(callId, 'allowed'));
    }
  }, 180_000);

  it('by its beginning takes % and _ for what they are, and no case', async () => {
    for (const [module, action] of [
      ['a_b', 'run'],
      ['axb', 'run'],
      ['A_b', 'run'],
      ['a%b', 'run'],
    ] as const)
      await log.append(decided(`call_${module}`, { module, action }));
    const found = async (name: string) =>
      (await log.timeline({ ...EVERYTHING, action: [name] }, null, 10)).rows.map(({ module }) => module);
    expect(await found('a_*')).toEqual(['a_b']);
    expect(await found('a%*')).toEqual(['a%b']);
    expect(await found('a*')).toEqual(['a%b', 'axb', 'a_b']);
  });
});

describe('places', () => {
  it('count from the oldest, stay as rows come, and say when they do not', async () => {
    for (let n = 0; n < 30; n += 1)
      await log.append(decided(`call_${n}`, { decision: n % 3 === 0 ? 'approval_required' : 'allowed' }));
    await shown();
    const waits = { ...EVERYTHING, outcome: ['waits'] };
    const before = await map.page(waits, 2, 3);
    expect(before).toMatchObject({ first: 2, matched: 10, total: 30, asked: 10, stopped: 0 });
    expect(before.rows.map(({ seq }) => seq)).toEqual([13, 10, 7]);
    await log.append(decided('call_30', { decision: 'approval_required' }));
    await shown();
    const grown = await map.page(waits, 2, 3);
    expect(grown.rows).toEqual(before.rows);
    expect(grown).toMatchObject({ matched: 11, shifts: before.shifts });
    await log.append(resolved('call_0', 'denied'));
    await shown();
    const shifted = await map.page(waits, 2, 3);
    expect(shifted.shifts).not.toBe(before.shifts);
    expect(shifted.rows.map(({ seq }) => seq)).toEqual([16, 13, 10]);
    expect(await map.place(waits, 13)).toBe(3);
    expect(await map.place(waits, 11)).toBe(3);
    expect(await map.place(waits, 999)).toBeNull();
    expect((await map.page(EVERYTHING, null, 5)).rows.map(({ seq }) => seq)).toEqual([31, 30, 29, 28, 27]);
  });

  it('are learnt anew after rows were removed', async () => {
    await log.append(decided('old'));
    await shown();
    expect((await map.page(EVERYTHING, 0, 10)).matched).toBe(1);
    await log.prune((Date.now() + 60_000) * 1000, 'person');
    await log.append(started());
    const all = await log.timeline(EVERYTHING, null, 10);
    const page = await map.page(EVERYTHING, 0, 10);
    expect(page.rows.map(({ seq }) => seq)).toEqual(all.rows.map(({ seq }) => seq));
  });
});

describe('what adds up', () => {
  it('spreads every call over the buckets once, by what became of it', async () => {
    await written(200);
    const filter = { ...EVERYTHING, events: false };
    const { rows } = await log.timeline(filter, null, 1000);
    const { through, asked, stopped, from, to } = await map.density(filter, null, null, 40);
    const sum = (counts: readonly number[]) => counts.reduce((total, one) => total + one, 0);
    const isStopped = (outcome: string | null) =>
      ['denied', 'refused', 'expired', 'cancelled'].includes(outcome ?? '');
    expect(sum(through) + sum(asked) + sum(stopped)).toBe(rows.length);
    expect(sum(stopped)).toBe(rows.filter(({ outcome }) => isStopped(outcome)).length);
    expect([from, to]).toEqual([rows.at(-1)?.at, rows[0]?.at]);
    const middle = rows[100]?.at ?? 0;
    const half = await map.density(filter, middle, to, 10);
    expect(sum(half.through) + sum(half.asked) + sum(half.stopped)).toBe(
      rows.filter(({ at }) => at >= middle).length,
    );
  });

  it('groups by session, turn and agent, the one with the newest call first', async () => {
    await written(120);
    const { rows } = await log.timeline({ ...EVERYTHING, events: false }, null, 1000);
    const keys = {
      session: (row: (typeof rows)[number]) => row.session,
      turn: (row: (typeof rows)[number]) => `${row.session} ${row.turn}`,
      agent: (row: (typeof rows)[number]) => `${row.client} ${row.agent}`,
    };
    for (const by of ['session', 'turn', 'agent'] as const) {
      const { groups, total } = await map.groups(EVERYTHING, by, 100);
      const expected = [...new Set(rows.map(keys[by]))];
      expect(total).toBe(expected.length);
      const named = groups.map((group) =>
        by === 'session'
          ? group.session
          : by === 'turn'
            ? `${group.session} ${group.turn}`
            : `${group.client} ${group.agent}`,
      );
      expect(named).toEqual(expected);
      expect(groups.reduce((sum, { calls }) => sum + calls, 0)).toBe(rows.length);
      expect(groups.reduce((sum, { failed }) => sum + failed, 0)).toBe(
        rows.filter(({ success }) => success === false).length,
      );
    }
  });
});
