import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../main/audit/event.ts';
import { type AuditLog, openAuditLog } from '../../main/audit/log.ts';
import { LogStream } from '../../main/audit/stream.ts';
import type { StreamQuery } from '../../main/audit/stream-query.ts';
import { completed, decided, resolved, started } from '../support/audit-events.ts';

let folder: string;
let log: AuditLog;
let stream: LogStream;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-stream-'));
  log = await openAuditLog({ file: join(folder, 'audit.db') });
  stream = new LogStream(join(folder, 'audit.db'), join(folder, 'stream.db'));
});
afterEach(async () => {
  await stream.close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const QUERY: StreamQuery = {
  apps: null,
  session: null,
  types: null,
  sinceSeq: 0,
  upToSeq: null,
  sinceMicros: null,
  untilMicros: null,
  successOnly: false,
  limit: 1000,
  offset: 0,
  newestFirst: false,
};

function begun(session: string, app: string): AuditEvent {
  return {
    type: 'session.started',
    v: 1,
    session,
    client: 'claude-code',
    app,
    claimedId: 'x',
    peer: {
      source: 'claimed',
      pid: null,
      uid: null,
      executable: null,
      digest: null,
      ancestry: [],
      terminal: null,
    },
    policyHash: null,
    enforcement: 'hooks',
  };
}

const of = (session: string, app: string) => ({ session, app });
const types = async (query: Partial<StreamQuery> = {}) =>
  (await stream.page({ ...QUERY, ...query })).rows.map(({ row, type }) => `${row.seq} ${type}`);

describe('the index of the log by project and session', () => {
  it('takes in what is new before every answer, also what was there before it', async () => {
    await log.append(started());
    await log.append(begun('ses_1', '/src/web'));
    await log.append(decided('c1', { ...of('ses_1', '/src/web'), decision: 'approval_required' }));
    expect(await types()).toEqual(['2 session_started', '3 approval_pending']);
    await log.append(resolved('c1', 'expired', 'time'));
    await log.append(decided('c2', of('ses_1', '/src/web')));
    await log.append(completed('c2'));
    expect(await types({ sinceSeq: 3 })).toEqual(['4 auto_denied', '5 call_allowed', '6 call_completed']);
    expect(await types({ sinceSeq: 3, upToSeq: 5 })).toEqual(['4 auto_denied', '5 call_allowed']);
    const { rows } = await stream.page({ ...QUERY, sinceSeq: 5 });
    expect(rows).toMatchObject([{ app: '/src/web', tool: 'shell.bash' }]);
  });

  it('knows sessions and projects, and nothing of what it never saw', async () => {
    await log.append(begun('ses_1', '/src/web'));
    await log.append(begun('ses_2', '/src/shop'));
    expect(await stream.apps()).toEqual(['/src/shop', '/src/web']);
    expect(await stream.appOf('ses_2')).toBe('/src/shop');
    expect(await stream.appOf('ses_3')).toBeNull();
    expect(await types({ apps: ['/src/shop'] })).toEqual(['2 session_started']);
    expect(await types({ apps: [] })).toEqual([]);
    expect(await types({ session: 'ses_1' })).toEqual(['1 session_started']);
  });

  it('is made anew when it is lost, damaged, of another log, or ahead of the log', async () => {
    await log.append(begun('ses_1', '/src/web'));
    await log.append(decided('c1', of('ses_1', '/src/web')));
    const whole = ['1 session_started', '2 call_allowed'];
    expect(await types()).toEqual(whole);
    const index = join(folder, 'stream.db');
    const again = async (change: () => void): Promise<readonly string[]> => {
      await stream.close();
      change();
      stream = new LogStream(join(folder, 'audit.db'), index);
      return types();
    };
    expect(await again(() => rmSync(index))).toEqual(whole);
    expect(await again(() => writeFileSync(index, 'this is no database'.repeat(1000)))).toEqual(whole);
    expect(await again(() => undefined)).toEqual(whole);

    // An index of another log: none of its rows may show.
    const other = await openAuditLog({ file: join(folder, 'other.db') });
    for (let i = 0; i < 5; i++) await other.append(begun(`ses_other_${i}`, '/src/other'));
    const foreign = new LogStream(join(folder, 'other.db'), index);
    expect((await foreign.page(QUERY)).rows).toHaveLength(5);
    await foreign.close();
    await other.close();
    expect(await again(() => undefined)).toEqual(whole);
    expect(await stream.apps()).toEqual(['/src/web']);

    // An older state of the log was put back: what came after it must not show.
    for (const part of ['', '-wal'])
      copyFileSync(join(folder, `audit.db${part}`), join(folder, `old.db${part}`));
    await log.append(decided('c2', of('ses_1', '/src/web')));
    expect(await types()).toEqual([...whole, '3 call_allowed']);
    await stream.close();
    stream = new LogStream(join(folder, 'old.db'), index);
    expect(await types()).toEqual(whole);
    const old = await openAuditLog({ file: join(folder, 'old.db') });
    await old.append(decided('c3', { ...of('ses_1', '/src/web'), decision: 'denied' }));
    expect(await types()).toEqual([...whole, '3 call_denied']);
    await old.close();
    // And one that has grown as far in another way.
    await stream.close();
    stream = new LogStream(join(folder, 'audit.db'), index);
    expect(await types()).toEqual([...whole, '3 call_allowed']);
  });

  it('keeps a page within bounds, and says that there is more', async () => {
    await log.append(begun('ses_1', '/src/web'));
    const big = 'x'.repeat(600_000);
    for (let i = 0; i < 20; i++)
      await log.append(decided(`c${i}`, { ...of('ses_1', '/src/web'), reason: big }));
    const seen: number[] = [];
    for (let since = 0; ; ) {
      const page = await stream.page({ ...QUERY, sinceSeq: since });
      expect(page.rows.length).toBeLessThan(10);
      seen.push(...page.rows.map(({ row }) => row.seq));
      if (!page.more) break;
      since = seen.at(-1) ?? 0;
    }
    expect(seen).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
    const { rows, more } = await stream.page({ ...QUERY, limit: 1 });
    expect([rows.length, more]).toEqual([1, true]);
  });

  it('adds up by day', async () => {
    await log.append(begun('ses_1', '/src/web'));
    for (const id of ['c1', 'c2', 'c3']) {
      const call = decided(id, { ...of('ses_1', '/src/web'), decision: 'approval_required' });
      await log.append({ ...call, rule: 'tools.capabilities.approve[0] at policy.yaml:7' });
    }
    await log.append(resolved('c1', 'allowed'));
    await log.append({ ...(resolved('c2', 'allowed') as object), waitedMs: 3600 } as AuditEvent);
    await log.append(resolved('c3', 'denied'));
    await log.append(completed('c1', false));
    await log.append(completed('c2', true));
    const micros = Date.now() * 1000;
    const query = { apps: ['/src/web'], sinceMicros: micros - 1e6, untilMicros: micros + 60e6 };
    const common = { app: '/src/web', day: new Date().toISOString().slice(0, 10) };
    const metrics = await stream.metrics(query);
    expect(metrics).toEqual({
      failed: [{ ...common, count: 1 }],
      waited: [
        { ...common, outcome: 'allowed', count: 2, totalMs: 4800, longestMs: 3600 },
        { ...common, outcome: 'denied', count: 1, totalMs: 1200, longestMs: 1200 },
      ],
      fired: [
        {
          ...common,
          decision: 'approval_required',
          rule: 'tools.capabilities.approve[0] at policy.yaml:7',
          count: 3,
        },
      ],
    });
    expect(await stream.metrics({ ...query, apps: ['/src/shop'] })).toEqual({
      failed: [],
      waited: [],
      fired: [],
    });
  });

  it('agrees with a plain filter over the rows, for many queries', async () => {
    const apps = ['/src/a', '/src/b'];
    for (let s = 0; s < 4; s++) await log.append(begun(`ses_${s}`, apps[s % 2] ?? ''));
    const pending: Promise<unknown>[] = [];
    for (let i = 0; i < 200; i++) {
      const session = `ses_${i % 4}`;
      const decision = (['allowed', 'denied', 'approval_required'] as const)[i % 3] ?? 'allowed';
      pending.push(log.append(decided(`c${i}`, { session, app: apps[i % 2] ?? '', decision })));
      if (i % 7 === 0) pending.push(log.append(started()));
    }
    await Promise.all(pending);
    const rows = (await log.rowsSince(0, 5000)).filter(({ event }) => 'session' in event || 'call' in event);
    const sessionOf = (event: AuditEvent) =>
      event.type === 'call.decided'
        ? event.call.session
        : event.type === 'session.started'
          ? event.session
          : '';
    for (let i = 0; i < 40; i++) {
      const session = i % 5 === 0 ? `ses_${i % 4}` : null;
      const app = i % 3 === 0 ? (apps[i % 2] ?? '') : null;
      const successOnly = i % 4 === 0;
      const sinceSeq = (i * 13) % 220;
      const expected = rows
        .filter(({ seq }) => seq > sinceSeq)
        .filter(({ event }) => session === null || sessionOf(event) === session)
        .filter(({ event }) => app === null || apps[Number(sessionOf(event).slice(-1)) % 2] === app)
        .filter(
          ({ event }) => !successOnly || (event.type === 'call.decided' && event.decision === 'allowed'),
        )
        .map(({ seq }) => seq);
      const query = { ...QUERY, session, apps: app === null ? null : [app], successOnly, sinceSeq };
      const found = await stream.page(query);
      expect(found.rows.map(({ row }) => row.seq)).toEqual(expected);
      const newest = await stream.page({ ...query, newestFirst: true, limit: 5, offset: 2 });
      expect(newest.rows.map(({ row }) => row.seq)).toEqual(expected.toReversed().slice(2, 7));
    }
  });
});
