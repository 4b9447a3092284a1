/**
 * 48: a large log is checked while calls are decided: none waits for the check. How long a million rows take is the
 * benchmark's to say (`npm run bench -- audit-million`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AuditLog, openAuditLog } from '../../main/audit/log.ts';
import { decided } from '../support/audit-events.ts';
import { fillLog } from '../support/filled-log.ts';

/** The check of so many takes hundreds of times as long as a row does. */
const ROWS = 60_000;
const BESIDE = 5;

let folder: string;
let log: AuditLog;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-beside-'));
  const file = join(folder, 'audit.db');
  await fillLog(file, ROWS);
  log = await openAuditLog({ file });
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

it('48 rows of decisions are durable long before the check of the whole log ends', async () => {
  let checked = false;
  const check = log.verify().then((report) => {
    checked = true;
    return report;
  });
  for (let at = 0; at < BESIDE; at += 1) {
    const { seq } = await log.append(decided(`beside_${at}`));
    expect([seq, checked]).toEqual([ROWS + at + 1, false]);
  }
  await expect(check).resolves.toMatchObject({ ok: true });
  await expect(log.verify()).resolves.toMatchObject({ ok: true, rows: ROWS + BESIDE });
}, 180_000);
