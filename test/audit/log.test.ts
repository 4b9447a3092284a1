import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../main/audit/filter.ts';
import { type AuditLog, openAuditLog } from '../../main/audit/log.ts';
import { completed, decided, resolved, started } from '../support/audit-events.ts';

let folder: string;
let file: string;
let open: AuditLog[];

const everything = EVERYTHING;

async function opened(): Promise<AuditLog> {
  const log = await openAuditLog({ file });
  open.push(log);
  return log;
}

/** Changes the database behind the log's back, the way somebody who can write the file would. */
function tamper(sql: string, ...values: (string | number)[]): void {
  const database = new Database(file);
  database.exec('DROP TRIGGER rows_no_update; DROP TRIGGER rows_no_delete');
  database.prepare(sql).run(...values);
  database.close();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-audit-'));
  file = join(folder, 'audit.db');
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((log) => log.close()));
  rmSync(folder, { recursive: true, force: true });
});

describe('appending', () => {
  it('gives receipts in the order of the calls, without gaps, and chains them', async () => {
    const log = await opened();
    const receipts = await Promise.all(
      Array.from({ length: 500 }, (_, index) => log.append(decided(`call_${index}`))),
    );
    expect(receipts.map((receipt) => receipt.seq)).toEqual(
      Array.from({ length: 500 }, (_, index) => index + 1),
    );
    await expect(log.verify()).resolves.toEqual({
      ok: true,
      rows: 500,
      problem: null,
      last: 500,
      signedTo: 0,
    });
    expect(log.stats()).toMatchObject({ rows: 500, state: 'intact', head: receipts[499]?.hash });
  });

  it('goes on where it stopped', async () => {
    const first = await opened();
    await first.append(started());
    await first.close();
    const second = await opened();
    await expect(second.append(started())).resolves.toMatchObject({ seq: 2 });
    await expect(second.verify()).resolves.toMatchObject({ ok: true, rows: 2 });
  });

  it('refuses what is too large and what has no canonical form, and takes the next', async () => {
    const log = await opened();
    await expect(log.append(decided('big', { summary: 'x'.repeat(600_000) }))).rejects.toMatchObject({
      code: 'audit_too_large',
    });
    await expect(log.append(decided('odd', { summary: 'x\ud800' }))).rejects.toMatchObject({
      code: 'not_canonical',
    });
    await expect(log.append(started())).resolves.toMatchObject({ seq: 1 });
  });

  it('takes nothing when it is closed', async () => {
    const log = await opened();
    await log.close();
    await expect(log.append(started())).rejects.toMatchObject({ code: 'audit_closed' });
  });

  it('refuses to change or delete rows by plain SQL', async () => {
    const log = await opened();
    await log.append(started());
    const database = new Database(file);
    expect(() => database.exec("UPDATE rows SET event = '{}'")).toThrow(/append-only/);
    expect(() => database.exec('DELETE FROM rows')).toThrow(/append-only/);
    database.close();
  });
});

describe('tampering is found', () => {
  async function written(count = 20): Promise<void> {
    const log = await opened();
    for (let index = 0; index < count; index += 1) await log.append(decided(`call_${index}`));
    await log.close();
  }

  const cases: [string, string, (string | number)[], string, number][] = [
    [
      'an event is edited',
      `UPDATE rows SET event = replace(event, 'npm test', 'npm tess') WHERE seq = 7`,
      [],
      'edited',
      7,
    ],
    ['a time is edited', 'UPDATE rows SET wall_micros = wall_micros + 1 WHERE seq = 7', [], 'edited', 7],
    [
      'the monotonic time is edited',
      'UPDATE rows SET monotonic_ms = monotonic_ms + 1 WHERE seq = 7',
      [],
      'edited',
      7,
    ],
    ['the boot id is edited', "UPDATE rows SET boot_id = 'x' WHERE seq = 7", [], 'edited', 7],
    ['a hash is edited', "UPDATE rows SET hash = 'x' WHERE seq = 7", [], 'edited', 7],
    ['a link is edited', "UPDATE rows SET prev_hash = 'x' WHERE seq = 7", [], 'edited', 7],
    ['a row in the middle is deleted', 'DELETE FROM rows WHERE seq = 7', [], 'deleted', 7],
    ['the first row is deleted', 'DELETE FROM rows WHERE seq = 1', [], 'deleted', 1],
    [
      'the log gets another identity',
      "UPDATE meta SET value = 'other' WHERE key = 'log_id'",
      [],
      'forked',
      1,
    ],
  ];
  it.each(cases)('%s', async (_name, sql, values, kind, seq) => {
    await written();
    tamper(sql, ...values);
    const log = await opened();
    await expect(log.verify()).resolves.toMatchObject({ ok: false, problem: { kind, seq } });
    expect(log.stats().state).toBe('broken');
    await expect(log.append(started())).rejects.toMatchObject({ code: 'audit_broken' });
    await expect(log.timeline(everything, null, 5)).resolves.toMatchObject({ total: 20 });
  });

  it('two rows are exchanged', async () => {
    await written();
    tamper('UPDATE rows SET seq = -seq WHERE seq IN (7, 8)');
    const database = new Database(file);
    database.exec('UPDATE rows SET seq = 8 WHERE seq = -7; UPDATE rows SET seq = 7 WHERE seq = -8');
    database.close();
    const log = await opened();
    await expect(log.verify()).resolves.toMatchObject({ ok: false, problem: { kind: 'reordered', seq: 7 } });
  });

  it('an old row far from the end, which opening does not look at', async () => {
    await written(400);
    tamper(`UPDATE rows SET event = replace(event, 'npm', 'NPM') WHERE seq = 3`);
    const log = await opened();
    expect(log.stats().state).toBe('intact');
    await expect(log.verify()).resolves.toMatchObject({ ok: false, problem: { kind: 'edited', seq: 3 } });
  });
});

describe('reading', () => {
  it('shows a call as one line, whatever happened to it', async () => {
    const log = await opened();
    await log.append(decided('call_1', { decision: 'approval_required' }));
    let page = await log.timeline(everything, null, 10);
    expect(page).toMatchObject({
      total: 1,
      asked: 1,
      stopped: 0,
      rows: [{ seq: 1, outcome: 'waits', byPerson: false, success: null }],
    });
    expect(page.rows[0]?.trace?.[4]).toEqual({ state: 'waits', note: null, person: false });
    await log.append(resolved('call_1', 'allowed'));
    await log.append(completed('call_1'));
    page = await log.timeline(everything, null, 10);
    expect(page).toMatchObject({
      total: 1,
      rows: [
        {
          seq: 1,
          lastSeq: 3,
          outcome: 'allowed',
          byPerson: true,
          scope: 'once',
          success: true,
          durationMs: 40,
        },
      ],
    });
    expect(page.rows[0]?.trace?.[4]).toEqual({ state: 'allowed', note: null, person: true });
    const detail = await log.detail(1);
    expect(detail?.rows.map((row) => row.event.type)).toEqual([
      'call.decided',
      'approval.resolved',
      'call.completed',
    ]);
  });

  it('tells expired and cancelled from denied on the track', async () => {
    const log = await opened();
    for (const [id, outcome, by] of [
      ['a', 'denied', 'person'],
      ['b', 'expired', 'time'],
      ['c', 'cancelled', 'agent'],
      ['d', 'refused', 'gate'],
    ] as const) {
      await log.append(decided(id, { decision: 'approval_required' }));
      await log.append(resolved(id, outcome, by));
    }
    const { rows, stopped } = await log.timeline(everything, null, 10);
    expect(stopped).toBe(4);
    expect(rows.toReversed().map((row) => row.trace?.[4]?.state)).toEqual([
      'stopped',
      'lapsed',
      'lapsed',
      'passed',
    ]);
    expect(rows[0]?.trace?.[6]?.state).toBe('stopped');
  });

  it('ends and completes a line once', async () => {
    const log = await opened();
    await log.append(decided('call_1', { decision: 'approval_required' }));
    await log.append(resolved('call_1', 'denied'));
    await log.append(resolved('call_1', 'allowed'));
    await log.append(completed('call_1'));
    await log.append(completed('call_1', false));
    const { rows, stopped } = await log.timeline(everything, null, 10);
    expect(rows[0]).toMatchObject({ outcome: 'denied', success: true });
    expect(stopped).toBe(1);
  });

  it('takes any text for a search, never for syntax', async () => {
    const log = await opened();
    await log.append(decided('call_1', { summary: 'git push origin HEAD:feature/login' }));
    for (const text of [
      'feature/login',
      'git pus',
      '"origin',
      'push NEAR',
      "o'rigin* OR x".slice(2),
      '((',
      '*',
      'HEAD:feature',
      'a AND b',
    ]) {
      await expect(log.timeline({ ...everything, text }, null, 10)).resolves.toBeDefined();
    }
    await expect(log.timeline({ ...everything, text: 'feature/login' }, null, 10)).resolves.toMatchObject({
      matched: 1,
    });
    await expect(log.timeline({ ...everything, text: 'pull' }, null, 10)).resolves.toMatchObject({
      matched: 0,
      total: 1,
    });
  });

  it('makes the lines anew when they are behind', async () => {
    const log = await opened();
    for (let index = 0; index < 30; index += 1) await log.append(decided(`call_${index}`));
    await log.close();
    const database = new Database(file);
    database.exec(
      "DELETE FROM lines; DELETE FROM search; UPDATE counters SET n = 0; UPDATE meta SET value = '0' WHERE key = 'projected'",
    );
    database.close();
    const again = await opened();
    await expect(again.timeline(everything, null, 5)).resolves.toMatchObject({
      total: 30,
      rows: { length: 5 },
    });
  });

  it('tells what is new or changed, a line once for each time that it is told', async () => {
    const log = await opened();
    const told: number[][] = [];
    log.onChange((lines) => told.push(lines.map((line) => line.seq)));
    await Promise.all([
      log.append(decided('a', { decision: 'approval_required' })),
      log.append(resolved('a', 'allowed')),
      log.append(decided('b')),
    ]);
    await expect.poll(() => [...new Set(told.flat())].toSorted()).toEqual([1, 3]);
    // On a slow machine the change of line 1 may come after the line was told as new; never twice at once.
    for (const lines of told) expect(new Set(lines).size).toBe(lines.length);
    expect(told.flat().at(-1)).toBe(3);
  });

  it('tells which calls wait, also after it was opened anew', async () => {
    const log = await opened();
    for (const id of ['call_a', 'call_b', 'call_c'])
      await log.append(decided(id, { decision: 'approval_required', session: `ses_${id}` }));
    await log.append(decided('call_d'));
    await log.append(resolved('call_b', 'denied'));
    const waiting = [
      { callId: 'call_a', session: 'ses_call_a' },
      { callId: 'call_c', session: 'ses_call_c' },
    ];
    expect(await log.waiting()).toMatchObject(waiting);
    await log.close();
    expect(await (await opened()).waiting()).toMatchObject(waiting);
  });

  it('reads on from any row without gap or repetition', async () => {
    const log = await opened();
    for (let index = 0; index < 25; index += 1) await log.append(decided(`call_${index}`));
    const seen: number[] = [];
    for (let last = 0; ; last = seen.at(-1) ?? 0) {
      const rows = await log.rowsSince(last, 7);
      if (rows.length === 0) break;
      seen.push(...rows.map((row) => row.seq));
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
  });
});

describe('filters agree with a plain filter over the same lines', () => {
  it('for 300 random combinations', async () => {
    const log = await opened();
    let seed = 20261124;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
    const clients = ['claude-code', 'codex', 'gemini-cli'];
    const apps = ['/home/dev/web', '/home/dev/api', '/srv/api'];
    const kinds = [
      ['shell', 'bash'],
      ['filesystem', 'read'],
      ['web', 'fetch'],
    ] as const;
    const risks = ['low', 'medium', 'high'];
    const texts = ['npm test', 'git push origin', 'src/login.ts', 'https://nodejs.org/api'];
    await Promise.all(
      Array.from({ length: 400 }, (_, index) => {
        if (random(10) === 0) return log.append(started());
        const [module, action] = pick(kinds);
        const decision = pick(['allowed', 'denied', 'approval_required'] as const);
        return log.append(
          decided(`c${index}`, {
            decision,
            module,
            action,
            client: pick(clients),
            app: pick(apps),
            risk: pick(risks),
            summary: pick(texts),
            gate: pick(['gate2_risk', 'gate4_policy', 'gate6_rate_limit']),
          }),
        );
      }),
    );
    const all = (await log.timeline(everything, null, 500)).rows;
    expect(all).toHaveLength(400);
    for (let round = 0; round < 300; round += 1) {
      const filter = {
        ...everything,
        outcome: random(2) === 0 ? [] : [pick(['allowed', 'refused', 'waits'])],
        client: random(2) === 0 ? [] : [pick(clients), pick(clients)],
        app: random(2) === 0 ? [] : [pick(['/home/dev/web', 'api'])],
        action: random(2) === 0 ? [] : [pick(['shell', 'filesystem.*', 'web.fetch', 'supervisor.started'])],
        risk: random(3) === 0 ? [pick(risks)] : [],
        text: random(3) === 0 ? pick(['npm', 'origin push', 'login.ts', 'zzz']) : '',
        events: random(2) === 0,
      };
      const expected = all.filter(
        (line) =>
          (filter.outcome.length === 0 || filter.outcome.includes(line.outcome ?? '')) &&
          (filter.client.length === 0 || filter.client.includes(line.client)) &&
          (filter.app.length === 0 ||
            filter.app.some((app) => line.app === app || line.app.endsWith(`/${app}`))) &&
          (filter.action.length === 0 ||
            filter.action.some((name) => line.action === name || line.module === name.replace('.*', ''))) &&
          (filter.risk.length === 0 || filter.risk.includes(line.risk ?? '')) &&
          (filter.events || line.callId !== null) &&
          filter.text.split(/[^a-z]+/).every(
            (word) =>
              word === '' ||
              `${line.summary} ${line.reason} ${line.client} ${line.app} ${line.action}`
                .toLowerCase()
                .split(/[^a-z0-9_]+/)
                .some((part) => part.startsWith(word)),
          ),
      );
      const page = await log.timeline(filter, null, 500);
      expect(page.matched).toBe(expected.length);
      expect(page.rows.map((line) => line.seq)).toEqual(expected.map((line) => line.seq));
      const half = await log.timeline(filter, 200, 500);
      expect(half.rows.map((line) => line.seq)).toEqual(
        expected.map((line) => line.seq).filter((seq) => seq < 200),
      );
    }
  });
});
