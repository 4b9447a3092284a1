import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PresenceRecord } from '../../main/app/presence-record.ts';
import { MemoryLog } from '../support/engine-bench.ts';
import { peerOf } from '../support/peers.ts';

let log: MemoryLog;
let record: PresenceRecord;
const defects: unknown[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  log = new MemoryLog();
  record = new PresenceRecord(
    async () => log,
    (error) => defects.push(error),
  );
});
afterEach(() => vi.useRealTimers());

const refusals = () => log.ofType('security').map(({ detail }) => detail);

it('writes the first refusals each, and counts the rest into one row when the minute is over', async () => {
  const peer = peerOf({});
  for (let i = 0; i < 500; i += 1) await record.refused('approving a request', 'no_terminal', peer);
  for (let i = 0; i < 3; i += 1) await record.refused('pausing', 'no_pin', peer);
  expect(refusals()).toHaveLength(10);
  expect(log.ofType('security')[0]).toMatchObject({ what: 'presence_refused', peer: expect.anything() });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(refusals()).toHaveLength(11);
  expect(refusals().at(-1)).toBe(
    'more of the same within a minute: 490 × approving a request (nobody was there to show that a person asks); 3 × pausing (no PIN is set)',
  );
  await record.refused('pausing', 'no_pin', peer);
  expect(refusals()).toHaveLength(12);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(refusals()).toHaveLength(12);
});

it('writes down what it has counted when it ends', async () => {
  for (let i = 0; i < 12; i += 1) await record.refused('pausing', 'no_pin', null);
  await record.close();
  expect(refusals().at(-1)).toContain('2 × pausing');
});

it('counts words that an agent makes up as one, beyond twenty', async () => {
  for (let i = 0; i < 100; i += 1) await record.refused(`registering the MCP server s${i}`, 'no_pin', null);
  await record.close();
  expect(refusals()).toHaveLength(11);
});

it('writes every PIN that was looked at, and counts those that came too early', async () => {
  for (let i = 0; i < 20; i += 1) await record.tried('pause', 'wrong_pin', 'terminal');
  await record.tried('pause', '', 'terminal');
  for (let i = 0; i < 400; i += 1) await record.tried('pause', 'rate_limited', 'page');
  expect(log.ofType('presence')).toHaveLength(31);
  await record.close();
  expect(refusals()).toEqual([
    'more of the same within a minute: 390 × pause (too early after wrong PINs, page)',
  ]);
});

it('says so when the count cannot be written', async () => {
  for (let i = 0; i < 12; i += 1) await record.refused('pausing', 'no_pin', null);
  log.append = () => Promise.reject(new Error('the disk is full'));
  await record.close();
  expect(String(defects[0])).toMatch(/2 × pausing .*not written down: the disk is full/);
});
