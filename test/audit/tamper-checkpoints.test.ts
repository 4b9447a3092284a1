/** Whoever can write the file of checkpoints, or the key: found, and called by its name. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyName, noRecordHash, recordHash, signedLine } from '../../main/audit/checkpoint.ts';
import { makeThreeDays, SealedFolder } from '../support/sealed-folder.ts';

vi.setConfig({ testTimeout: 300_000 });

let ready: SealedFolder;
let folder: SealedFolder;
beforeAll(async () => {
  ready = await makeThreeDays();
}, 300_000);
afterAll(() => ready.remove());
beforeEach(() => {
  folder = new SealedFolder(ready.clock);
});
afterEach(() => folder.remove());

/** The three days, made once. */
const threeDays = () => folder.fillFrom(ready);

describe('tampering with the checkpoints and keys', () => {
  const edit = (at: number, change: (record: Record<string, unknown>) => void) => {
    const all = folder.lines();
    const record = JSON.parse(all.at(at) ?? '') as Record<string, unknown>;
    change(record);
    folder.setLines(
      all.with(
        at,
        JSON.stringify(
          record,
          Object.keys(record).toSorted((a, b) => (a < b ? -1 : 1)),
        ),
      ),
    );
  };
  const cases: readonly [string, () => void, string][] = [
    ['a head edited', () => edit(-1, (record) => (record['head'] = '0'.repeat(64))), 'checkpoint_edited'],
    ['a row number edited', () => edit(-1, (record) => (record['seq'] = 59)), 'checkpoint_edited'],
    ['a time edited', () => edit(1, (record) => (record['at'] = 1)), 'checkpoint_edited'],
    ['a signature edited', () => edit(-1, (record) => (record['sig'] = 'A'.repeat(86))), 'checkpoint_edited'],
    [
      'a line of garbage',
      () => folder.setLines([...folder.lines().slice(0, -1), 'garbage']),
      'checkpoint_edited',
    ],
    ['the last record cut off', () => folder.setLines(folder.lines().slice(0, -1)), 'checkpoints_cut'],
    ['a hand-over cut out', () => folder.setLines(folder.lines().toSpliced(1, 1)), 'foreign_key'],
    ['all of it gone', () => rmSync(folder.path('checkpoints')), 'checkpoints_cut'],
    ['all of it emptied', () => folder.setLines([]), 'checkpoints_cut'],
    ['a record twice', () => folder.setLines([...folder.lines(), folder.lines().at(-1) ?? '']), 'forked'],
    [
      'a file of somebody else’s key',
      () => {
        const { privateKey } = generateKeyPairSync('ed25519');
        const { log } = JSON.parse(folder.lines()[0] ?? '') as { log: string };
        const key = keyName(privateKey);
        const base = { v: 1 as const, log, day: 0, at: 1, key };
        const begin = signedLine({ ...base, kind: 'begin', i: 0, prev: noRecordHash(log) }, privateKey);
        const head = sqlHead();
        const more = { kind: 'checkpoint' as const, i: 1, prev: recordHash(begin), seq: 60, head };
        folder.setLines([begin, signedLine({ ...base, ...more }, privateKey)]);
      },
      'foreign_key',
    ],
    [
      'a checkpoint signed with a key that nobody handed over to',
      () => {
        const { privateKey } = generateKeyPairSync('ed25519');
        const all = folder.lines();
        const { sig: _sig, ...last } = JSON.parse(all.at(-1) ?? '') as Parameters<typeof signedLine>[0] & {
          sig: string;
        };
        folder.setLines(
          all.with(-1, signedLine({ ...last, key: keyName(privateKey) } as typeof last, privateKey)),
        );
      },
      'foreign_key',
    ],
    [
      'the key of an older day used again',
      () => {
        const { current } = JSON.parse(readFileSync(folder.path('key.first'), 'utf8')) as { current: string };
        const old = createPrivateKey({ key: Buffer.from(current, 'base64'), format: 'der', type: 'pkcs8' });
        const all = folder.lines();
        const { sig: _sig, ...last } = JSON.parse(all.at(-1) ?? '') as Parameters<typeof signedLine>[0] & {
          sig: string;
        };
        folder.setLines(all.with(-1, signedLine({ ...last, key: keyName(old) } as typeof last, old)));
      },
      'foreign_key',
    ],
  ];
  const sqlHead = () => {
    const database = new Database(folder.path('audit.db'), { readonly: true });
    const head = database.prepare('SELECT hash FROM rows ORDER BY seq DESC').pluck().get() as string;
    database.close();
    return head;
  };
  it.each(cases)('%s', async (_name, tamper, kind) => {
    threeDays();
    tamper();
    const kept = await folder.open();
    try {
      expect((await kept.seal.verify()).problem).toMatchObject({ kind });
      expect(await kept.seal.open()).toMatchObject({ kind: 'broken', problem: { kind } });
    } finally {
      await kept.log.close();
    }
  });

  it('the key replaced: the log goes on, is not signed, and says so; a person begins anew', async () => {
    threeDays();
    const { privateKey } = generateKeyPairSync('ed25519');
    const current = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
    writeFileSync(folder.path('key'), JSON.stringify({ v: 1, current, next: null }));
    const kept = await folder.open();
    try {
      expect(await kept.seal.open()).toEqual({ kind: 'in_order' });
      await kept.write(1, 'unsigned');
      expect(kept.seal.state()).toMatchObject({
        signedTo: 60,
        why: expect.stringMatching('another key is kept in the place of its own'),
      });
      expect(await kept.seal.verify()).toMatchObject({ ok: true, last: 61, signedTo: 60 });
      const root = await kept.seal.reseal();
      expect(kept.seal.state()).toMatchObject({ signedTo: 61, root, why: null, found: null });
      expect(await kept.seal.verify()).toMatchObject({ ok: true, signedTo: 61 });
    } finally {
      await kept.log.close();
    }
  });
});
