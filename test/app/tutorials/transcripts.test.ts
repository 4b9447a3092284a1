/** Tutorials 2 to 4 and 7, played to their end: exactly this transcript, and exactly these rows on the log. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { rowWords } from '../../../main/app/tutorials/row-words.ts';
import { Reader } from '../../../main/audit/reader.ts';
import { AUDIT_APPLICATION_ID, AUDIT_MIGRATIONS } from '../../../main/audit/schema.ts';
import { verifyChain } from '../../../main/audit/verify.ts';
import { openDatabase } from '../../../main/store/database.ts';
import { buildOnce } from '../../support/built.ts';
import { TutorialRun } from '../../support/tutorial-run.ts';

beforeAll(buildOnce, 240_000);

/** The transcript with what differs from run to run masked. */
function masked(text: string): string {
  return text
    .replaceAll(/Gatehouse \d+\.\d+\.\d+, pid \d+/g, 'Gatehouse VERSION, pid PID')
    .replaceAll(/SHA-256 [0-9a-f]{12}…/g, 'SHA-256 HASH…')
    .replaceAll(/pid \d+, from the kernel|process unknown, in the agent's words/g, 'WHO')
    .replaceAll(/\b(?:[1-5]\d|60) s\b/g, 'NN s')
    .replaceAll(/known to have reached row \d+/g, 'known to have reached row N')
    .replaceAll(/^Kept {6}.*\n/gm, '');
}

function rowsIn(folder: string) {
  const file = join(folder, 'gh', 'data', 'audit.db');
  const database = openDatabase({
    file,
    applicationId: AUDIT_APPLICATION_ID,
    migrations: AUDIT_MIGRATIONS,
    readonly: true,
  });
  try {
    expect(verifyChain(database).ok).toBe(true);
    return new Reader(database).rowsSince(0, 1000);
  } finally {
    database.close();
  }
}

describe.concurrent('gatehouse tutorial N --auto', { timeout: 300_000 }, () => {
  it.for([2, 3, 4, 7])(
    '%i says exactly this, and the log has it row by row',
    async (number, { onTestFinished }) => {
      const tutorial = new TutorialRun();
      onTestFinished(() => tutorial.remove());
      const run = tutorial.home.run('tutorial', String(number), '--auto', '--keep');
      expect(await run.ended).toEqual({ code: 0, signal: null });
      expect(run.stderr).toBe('');
      expect(masked(run.stdout)).toBe(
        readFileSync(join(import.meta.dirname, `tutorial-${number}.txt`), 'utf8'),
      );
      const folder = /^Kept {6}(.+)$/m.exec(run.stdout)?.[1] ?? '';
      const rows = rowsIn(folder);
      const told = rows.slice(0, rows.findIndex(({ event }) => event.type === 'session.ended') + 1);
      const lines = [...run.stdout.matchAll(/^ +(\d+) {2}(\S+) /gm)].map(([, seq, mark]) => [
        Number(seq),
        mark,
      ]);
      expect(lines).toEqual(told.map((row) => [row.seq, rowWords(row).mark]));
      expect(told.filter(({ event }) => event.type === 'security')).toEqual([]);
      // What was refused left nothing behind, a secret in it neither.
      const files = { 2: ['plan.txt'], 3: ['notes.txt'], 4: [], 7: ['notes.txt'] }[number];
      expect(readdirSync(join(folder, `tutorial-${number}`))).toEqual(files);
      expect(JSON.stringify(rows)).not.toContain('QX7TUTORIAL2GATE');
    },
  );

  it('2 is refused at every gate from 1 to 6, and by a person’s yes let through once', async ({
    onTestFinished,
  }) => {
    const tutorial = new TutorialRun();
    onTestFinished(() => tutorial.remove());
    const { stdout } = await tutorial.home.done(['tutorial', '2', '--auto', '--keep']);
    const rows = rowsIn(/^Kept {6}(.+)$/m.exec(stdout)?.[1] ?? '');
    const gates = rows.flatMap(({ event }) =>
      event.type === 'call.decided' && event.decision === 'denied' ? [event.gate] : [],
    );
    expect(gates).toEqual([
      'gate1_module',
      'gate1_module',
      'gate1_hidden',
      'gate2_risk',
      'gate3_permissions',
      'gate4_policy',
      'gate5_classification',
      'gate6_rate_limit',
    ]);
  });
});
