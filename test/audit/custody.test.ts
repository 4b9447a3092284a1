/** The log's key and newest row in a keychain: what that finds, and what becomes of the log when it cannot be asked. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeychainDouble } from '../support/keychain-double.ts';
import type { Kept } from '../support/sealed-folder.ts';
import { DATABASE, DAY_MS, PARTS, SealedFolder } from '../support/sealed-folder.ts';

// Each test starts several logs, each with a thread of its own.
vi.setConfig({ testTimeout: 300_000 });

let folder: SealedFolder;
let keychain: KeychainDouble;
beforeEach(() => {
  folder = new SealedFolder();
  keychain = new KeychainDouble();
  folder.keychain = keychain;
});
afterEach(() => folder.remove());

const inOrder = { kind: 'in_order' };
const withLog = async (work: (kept: Kept) => Promise<void>) => {
  const kept = await folder.open();
  try {
    await work(kept);
  } finally {
    await kept.log.close();
  }
};

describe('a keychain that can be asked', () => {
  it('holds the key and the newest row, and no key lies beside the log', async () => {
    await folder.session(async (kept) => {
      await kept.write(3, 'a');
      expect(kept.seal.state()).toMatchObject({
        signedTo: 3,
        why: null,
        custody: { place: 'keychain', notedTo: 3, sentence: expect.stringMatching('put back, is found') },
      });
    });
    expect(existsSync(folder.path('key'))).toBe(false);
    expect([...keychain.items.keys()].map((name) => name.replace(/[0-9a-f]{32}/, '*')).toSorted()).toEqual([
      'log-at/*',
      'log/*/head',
      'log/*/key',
    ]);
    expect(await folder.verified()).toMatchObject({ ok: true, signedTo: 3 });
  });

  it('takes a key that lay beside the log, and the file goes', async () => {
    folder.keychain = null;
    await folder.session((kept) => kept.write(3, 'a'));
    const before = readFileSync(folder.path('key'), 'utf8');
    folder.keychain = keychain;
    await folder.session(async (kept) => {
      await kept.write(2, 'b');
      expect(kept.seal.state()).toMatchObject({ signedTo: 5, why: null, custody: { place: 'keychain' } });
    });
    expect(existsSync(folder.path('key'))).toBe(false);
    expect(keychain.items.get(keychain.account('key'))).toBe(before);
  });

  it('keeps the next day’s key and forgets the one before', async () => {
    await folder.session((kept) => kept.write(3, 'a'));
    const { current } = JSON.parse(keychain.items.get(keychain.account('key')) ?? '') as { current: string };
    folder.clock.advance(DAY_MS);
    await folder.session((kept) => kept.write(3, 'b'));
    expect([...keychain.items.values()].join()).not.toContain(current);
    expect(await folder.verified()).toMatchObject({ ok: true, signedTo: 6 });
  });

  it('22 finds the whole folder put back to an older copy, at the start and in a check', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.save('older');
    await folder.session((kept) => kept.write(10, 'b'));
    folder.putBack('older', PARTS);
    await withLog(async (kept) => {
      expect(await kept.seal.open()).toMatchObject({
        kind: 'broken',
        problem: { kind: 'rolled_back', seq: 11 },
      });
      expect((await kept.seal.verify()).problem).toMatchObject({ kind: 'rolled_back', seq: 11 });
    });
  });

  it('finds an older copy of the whole folder that was continued without it', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.save('older');
    await folder.session((kept) => kept.write(10, 'b'));
    folder.putBack('older', PARTS);
    keychain.trouble = 'locked';
    await folder.session((kept) => kept.write(25, 'c'));
    keychain.trouble = null;
    expect(await folder.started()).toMatchObject({ kind: 'broken', problem: { kind: 'rewritten', seq: 20 } });
  });

  it('finds another log in the folder', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    for (const part of PARTS) rmSync(folder.path(part), { force: true });
    expect(await folder.started()).toEqual({ kind: 'another', seq: 10 });
  });

  it('a person may take the log as it was put back, on the record', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.save('older');
    await folder.session((kept) => kept.write(10, 'b'));
    folder.putBack('older', PARTS);
    await withLog(async (kept) => {
      expect((await kept.seal.open()).kind).toBe('broken');
      expect(kept.seal.state().found).toMatchObject({ kind: 'rolled_back' });
      await kept.seal.reseal();
      expect(kept.seal.state()).toMatchObject({ found: null, why: null, signedTo: 10 });
      expect(await kept.seal.verify()).toMatchObject({ ok: true, signedTo: 10 });
    });
    expect(await folder.started()).toEqual(inOrder);
  });
});

describe('a keychain that was changed', () => {
  const first = () => folder.session((kept) => kept.write(10, 'a'));
  const opened = async (work: (kept: Kept) => Promise<void>) =>
    withLog(async (kept) => {
      expect(await kept.seal.open()).toEqual(inOrder);
      await work(kept);
    });

  it('its note deleted: named, and noted again', async () => {
    await first();
    keychain.items.delete(keychain.account('head'));
    await opened(async (kept) => {
      expect(kept.seal.takeAlarms()).toEqual([
        { what: 'log_note_gone', detail: expect.stringMatching('it knew of row 10') },
      ]);
      await kept.write(1, 'b');
      expect(kept.seal.state().custody).toMatchObject({ place: 'keychain', notedTo: 11 });
    });
  });

  it('its note put back to an older one: named', async () => {
    await first();
    const head = keychain.account('head');
    const older = keychain.items.get(head) ?? '';
    await folder.session((kept) => kept.write(10, 'b'));
    keychain.items.set(head, older);
    await opened(async (kept) => {
      expect(kept.seal.takeAlarms().map(({ what }) => what)).toEqual(['log_note_older']);
    });
  });

  it('its key deleted: named, the log goes on unsigned, a copy beside the log is not believed; a person begins anew', async () => {
    folder.keychain = null;
    await first();
    folder.save('file', ['key']);
    folder.keychain = keychain;
    await folder.session((kept) => kept.write(1, 'b'));
    keychain.items.delete(keychain.account('key'));
    folder.putBack('file', ['key']);
    await opened(async (kept) => {
      expect(kept.seal.takeAlarms().map(({ what }) => what)).toEqual(['log_key_gone']);
      await kept.write(1, 'c');
      expect(kept.seal.state()).toMatchObject({
        signedTo: 11,
        why: expect.stringMatching('does not hold the log.s key any more'),
      });
      await kept.seal.reseal();
      expect(kept.seal.state()).toMatchObject({ signedTo: 12, why: null, custody: { place: 'keychain' } });
    });
    expect(await folder.started()).toEqual(inOrder);
  });

  it.each([
    ['another key', () => foreignKey()],
    ['what is no key', () => 'rubbish'],
  ])('its key replaced by %s: named, and nothing is signed with it', async (_name, make) => {
    await first();
    keychain.items.set(keychain.account('key'), make());
    await opened(async (kept) => {
      await kept.write(1, 'b');
      expect(kept.seal.takeAlarms().map(({ what }) => what)).toEqual(['log_key_replaced']);
      expect(kept.seal.state()).toMatchObject({ signedTo: 10, why: expect.stringMatching('another key') });
    });
    expect((await folder.verified()).problem).toBeNull();
  });

  it('rubbish in the place of its note is no note', async () => {
    await first();
    keychain.items.set(keychain.account('head'), '{"v":');
    await opened(async (kept) =>
      expect(kept.seal.takeAlarms().map(({ what }) => what)).toEqual(['log_note_gone']),
    );
  });
});

function foreignKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const current = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
  return JSON.stringify({ v: 1, current, next: null });
}

describe('a keychain that cannot be asked', () => {
  it.each(['locked', 'denied', 'no_service', 'timed_out', 'failed'] as const)(
    '%s from the first start on: the log is signed with a key beside it, and says what that proves',
    async (trouble) => {
      keychain.trouble = trouble;
      await folder.session(async (kept) => {
        await kept.write(3, 'a');
        expect(kept.seal.state()).toMatchObject({
          signedTo: 3,
          why: null,
          custody: { place: 'files', notedTo: 0, sentence: expect.stringMatching('is not found') },
        });
      });
      expect(existsSync(folder.path('key'))).toBe(true);
    },
  );

  it('later: rows go on, are not signed, and are when it can be asked again', async () => {
    await folder.session((kept) => kept.write(3, 'a'));
    keychain.trouble = 'locked';
    await folder.session(async (kept) => {
      await kept.write(2, 'b');
      expect(kept.seal.state()).toMatchObject({
        signedTo: 3,
        why: expect.stringMatching('the keychain is locked'),
        custody: { place: 'pending' },
      });
      expect(existsSync(folder.path('key'))).toBe(false);
      keychain.trouble = null;
      folder.clock.advance(70_000);
      await kept.seal.tick();
      await expect.poll(() => kept.seal.tick()).toBeNull();
      await expect.poll(async () => (await kept.seal.tick(), kept.seal.state().signedTo)).toBe(5);
      expect(kept.seal.state()).toMatchObject({ why: null, custody: { place: 'keychain' } });
    });
    expect(await folder.verified()).toMatchObject({ ok: true, last: 5, signedTo: 5 });
  });

  it('gone in the middle of a run: signed on with the key in memory, over a day’s end too', async () => {
    await folder.session(async (kept) => {
      await kept.write(3, 'a');
      keychain.trouble = 'no_service';
      await kept.write(2, 'b');
      folder.clock.advance(DAY_MS);
      await kept.write(2, 'c');
      expect(kept.seal.state()).toMatchObject({ signedTo: 7, custody: { place: 'pending' } });
      expect(existsSync(folder.path('key'))).toBe(false);
    });
    keychain.trouble = null;
    await folder.session((kept) => kept.write(1, 'd'));
    expect(await folder.verified()).toMatchObject({ ok: true, last: 8, signedTo: 8 });
  });

  it('that hangs holds up a start no longer than it may, and counts when it answers', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.save('older', [...DATABASE, 'checkpoints', 'anchor']);
    await folder.session((kept) => kept.write(10, 'b'));
    folder.putBack('older', [...DATABASE, 'checkpoints', 'anchor']);
    keychain.trouble = 'hangs';
    folder.startMs = 50;
    await withLog(async (kept) => {
      expect(await kept.seal.open()).toEqual(inOrder);
      await kept.write(1, 'c');
      await kept.seal.flush();
      expect(kept.seal.state()).toMatchObject({
        custody: { place: 'pending', sentence: expect.stringMatching('has not answered yet') },
      });
      keychain.wake();
      await expect
        .poll(() => kept.seal.tick())
        .toMatchObject({
          kind: 'broken',
          problem: { kind: 'rolled_back', seq: 12 },
        });
    });
  });

  it('is not asked again soon where a person said no', async () => {
    keychain.trouble = 'denied';
    await folder.session(async (kept) => {
      const { asked } = keychain;
      folder.clock.advance(10 * 60_000);
      await kept.seal.tick();
      expect(keychain.asked).toBe(asked);
      folder.clock.advance(30 * 60_000);
      await kept.seal.tick();
      expect(keychain.asked).toBeGreaterThan(asked);
    });
  });
});
