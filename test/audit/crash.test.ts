import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../main/audit/filter.ts';
import { openAuditLog } from '../../main/audit/log.ts';
import { started } from '../support/audit-events.ts';

const APPENDER = join(import.meta.dirname, '..', 'support', 'audit-appender.ts');
const ROUNDS = 6;

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-crash-'));
  file = join(folder, 'audit.db');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Appends until so many rows were told to be durable, then is killed. Answers the last one that was told. */
function killedAfter(rows: number, name: string): Promise<{ last: number; told: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [APPENDER, file, name], { stdio: ['ignore', 'pipe', 'pipe'] });
    let told = '';
    let count = 0;
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text;
      count += text.split('\n').length - 1;
      if (count >= rows) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.once('close', (_code, signal) => {
      // The last line may have been cut by the kill.
      const seqs = told.split('\n').slice(0, -1).map(Number);
      if (signal === 'SIGKILL') resolve({ last: Math.max(0, ...seqs), told: seqs.length });
      else reject(new Error(`it ended by itself: ${complaint}`));
    });
  });
}

describe('a writer that is killed in the middle of its batches', () => {
  it('leaves a log that verifies, with every row that was told to be durable, and that goes on', async () => {
    let before = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { last, told } = await killedAfter(1 + round * 400, `round${round}`);
      expect(told).toBeGreaterThan(0);
      const log = await openAuditLog({ file });
      try {
        expect(log.stats().state).toBe('intact');
        const report = await log.verify();
        expect(report).toMatchObject({ ok: true, problem: null });
        expect(report.rows).toBeGreaterThanOrEqual(last);
        expect(last).toBeGreaterThan(before);
        // The lines for reading are those of the rows, no more and no fewer.
        const page = await log.timeline(EVERYTHING, null, 1);
        expect(page.total).toBe(report.rows);
        const { seq } = await log.append(started());
        expect(seq).toBe(report.rows + 1);
        before = seq;
      } finally {
        await log.close();
      }
    }
  }, 300_000);
});
