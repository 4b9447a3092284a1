import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalEvent } from '../../main/audit/row.ts';
import { AUDIT_APPLICATION_ID, AUDIT_MIGRATIONS } from '../../main/audit/schema.ts';
import { verifyChain } from '../../main/audit/verify.ts';
import { type Entry, Writer } from '../../main/audit/writer.ts';
import { Engine } from '../../main/engine/engine.ts';
import type { LogPort } from '../../main/engine/ports.ts';
import type { AuthorizeInput } from '../../main/engine/requests.ts';
import { systemClock } from '../../main/platform/clock.ts';
import { type Database, openDatabase } from '../../main/store/database.ts';
import { MemoryApprovalStore } from '../support/approval-store.ts';
import { decided } from '../support/audit-events.ts';
import { policyFrom } from '../support/engine-bench.ts';
import { peerOf } from '../support/peers.ts';

let folder: string;
let database: Database;
let writer: Writer;

const entry = (id: string, summary = 'x'): Entry => ({
  event: canonicalEvent(decided(id, { summary })),
  wallMicros: 1_780_000_000_000_000,
  monotonicMs: 1,
});
const pages = () => Number(database.pragma('page_count', { simple: true }));
/** The disk has room for so many pages more. */
const leave = (count: number) => database.pragma(`max_page_count = ${pages() + count}`);
const empty = () => database.pragma('max_page_count = 1000000');
const full = expect.objectContaining({ code: 'SQLITE_FULL' });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-full-'));
  database = openDatabase({
    file: join(folder, 'audit.db'),
    applicationId: AUDIT_APPLICATION_ID,
    migrations: AUDIT_MIGRATIONS,
  });
  writer = new Writer(database, 'boot');
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the writer on a full disk', () => {
  it('writes a batch whole or not at all, and goes on from the row before', () => {
    writer.append([entry('first')]);
    const head = writer.head();
    leave(2);
    const batch = Array.from({ length: 50 }, (_, index) => entry(`lost_${index}`, 'y'.repeat(4000)));
    for (let round = 0; round < 3; round += 1) expect(() => writer.append(batch)).toThrow(full);
    expect(writer.head()).toEqual(head);
    expect(verifyChain(database)).toMatchObject({ ok: true, rows: 1, problem: null });
    empty();
    writer.append([entry('second')]);
    expect(writer.head().seq).toBe(2);
    expect(verifyChain(database)).toMatchObject({ ok: true, rows: 2, problem: null });
    writer.project();
    expect(database.prepare('SELECT call_id FROM lines ORDER BY id').pluck().all()).toEqual([
      'first',
      'second',
    ]);
    expect(database.prepare("SELECT n FROM counters WHERE name = 'total'").pluck().get()).toBe(2);
  });

  it('keeps the chain whole wherever in a batch the room ends', () => {
    let rows = 0;
    for (let room = 0; room < 40; room += 1) {
      leave(room);
      const batch = Array.from({ length: 8 }, (_, index) =>
        entry(`r${room}_${index}`, `${'z'.repeat(3000)} ${room}`),
      );
      try {
        writer.append(batch);
        rows += batch.length;
      } catch (error) {
        expect(error).toEqual(full);
      }
      // The lines may find no room either: they are made up for.
      writer.project();
      empty();
      expect(writer.head().seq).toBe(rows);
      expect(verifyChain(database)).toMatchObject({ ok: true, rows, problem: null });
      writer.project();
      expect(database.prepare('SELECT count(*) FROM lines').pluck().get()).toBe(rows);
    }
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(40 * 8);
  });
});

describe('lines that find no room', () => {
  it('are made from the rows when there is room, and at the next start', () => {
    const lines = () => database.prepare('SELECT call_id FROM lines ORDER BY id').pluck().all();
    writer.append([entry('a', 'x'.repeat(9000))]);
    leave(0);
    expect(writer.project()).toEqual({ upTo: 1, lines: '[]' });
    expect(lines()).toEqual([]);
    empty();
    writer.append([entry('b')]);
    leave(0);
    writer.project();
    empty();
    expect(writer.project()).toMatchObject({ upTo: 2 });
    expect([lines(), writer.project()]).toEqual([['a', 'b'], null]);
    writer.append([entry('c')]);
    // As after a crash between the rows and the lines.
    writer = new Writer(database, 'boot');
    expect(lines()).toEqual(['a', 'b', 'c']);
  });
});

describe('the engine on a full disk', () => {
  const log: LogPort = {
    append: async (event) => {
      writer.append([{ event: canonicalEvent(event), wallMicros: systemClock.wallMicros(), monotonicMs: 1 }]);
      return writer.head();
    },
  };
  const engineWith = (capabilities: string, store = new MemoryApprovalStore()) =>
    new Engine({
      clock: systemClock,
      log,
      store,
      home: '/home/dev',
      probe: () => true,
      inForce: {
        policy: () => policyFrom(capabilities),
        appActive: () => true,
        protection: () => ({ paths: [], pids: [], home: '/home/dev' }),
      },
    });
  let calls = 0;
  const call = (): AuthorizeInput => {
    calls += 1;
    return {
      client: 'claude-code',
      claimedSession: 'abc',
      claimedCallId: `toolu_${calls}`,
      claimedCwd: '/tmp',
      peer: peerOf(),
      agent: 'main',
      toolName: 'Bash',
      module: 'shell',
      action: 'bash',
      // Too large for what is left in the pages that are there already.
      params: { command: `echo ${'x'.repeat(30_000)}` },
      caller: 'llm',
      point: 'hook',
      patienceMs: 60_000,
    };
  };
  const never = () => new AbortController().signal;

  it('47 lets no call run that the policy allows, and lets it run when there is room', async () => {
    const engine = engineWith('default_policy: auto\nmax_risk_level: high');
    await expect(engine.authorize(call(), never())).resolves.toMatchObject({ kind: 'allow' });
    leave(0);
    for (let round = 0; round < 3; round += 1) {
      const verdict = await engine.authorize(call(), never());
      expect(verdict).toMatchObject({ kind: 'deny', outcome: 'refused' });
      expect(verdict.message).toMatch(/^The call was not run/);
    }
    empty();
    await expect(engine.authorize(call(), never())).resolves.toMatchObject({ kind: 'allow' });
    expect(verifyChain(database).ok).toBe(true);
    writer.project();
    const allowed = database.prepare("SELECT count(*) FROM lines WHERE outcome = 'allowed'").pluck().get();
    expect(allowed).toBe(2);
  });

  it('asks nobody about a call that cannot be written down', async () => {
    const engine = engineWith('default_policy: approve\nmax_risk_level: high');
    leave(0);
    await expect(engine.authorize(call(), never())).resolves.toMatchObject({
      kind: 'deny',
      outcome: 'refused',
    });
    expect(engine.desk.pending()).toEqual([]);
  });
});
