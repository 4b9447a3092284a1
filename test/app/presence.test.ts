import { beforeEach, describe, expect, it } from 'vitest';
import { Presence, type PresenceStore } from '../../main/app/presence.ts';

let now: number;
let stored: string | null;
const store: PresenceStore = {
  read: () => stored,
  write: (json) => {
    stored = json;
  },
};

beforeEach(() => {
  now = 1_780_000_000_000;
  stored = null;
});

const presence = () => new Presence(store, () => now);
const coded = (code: string) => expect.objectContaining({ code });

describe('the presence factor', () => {
  it('takes the right PIN and no other', async () => {
    const it = presence();
    await it.set('granite-7', null);
    await expect(it.check('granite-7', 'page')).resolves.toBeUndefined();
    await expect(it.check('granite-8', 'page')).rejects.toEqual(coded('wrong_pin'));
  });

  it('keeps no text of the PIN', async () => {
    await presence().set('granite-7', null);
    expect(stored).not.toContain('granite');
  });

  it('changes only with the current PIN', async () => {
    const it = presence();
    await it.set('granite-7', null);
    await expect(it.set('basalt-99', null)).rejects.toEqual(coded('wrong_pin'));
    await expect(it.set('basalt-99', 'granite-7')).resolves.toBeUndefined();
    await expect(it.check('granite-7', 'page')).rejects.toEqual(coded('wrong_pin'));
  });

  it('refuses a PIN that is short or repeats', async () => {
    await expect(presence().set('12345', null)).rejects.toEqual(coded('weak_pin'));
    await expect(presence().set('111111111', null)).rejects.toEqual(coded('weak_pin'));
  });

  it('says when none is set', async () => {
    await expect(presence().check('whatever', 'page')).rejects.toEqual(coded('no_pin'));
  });

  it('slows down wrong tries, also across a restart, and takes no right one meanwhile', async () => {
    await presence().set('granite-7', null);
    for (let i = 0; i < 5; i += 1)
      await expect(presence().check('wrong-pin', 'page')).rejects.toEqual(coded('wrong_pin'));
    await expect(presence().check('granite-7', 'page')).rejects.toEqual(coded('rate_limited'));
    now += 10_001;
    await expect(presence().check('wrong-pin', 'page')).rejects.toEqual(coded('wrong_pin'));
    now += 10_001;
    await expect(presence().check('granite-7', 'page')).rejects.toEqual(coded('rate_limited'));
    now += 10_001;
    await expect(presence().check('granite-7', 'page')).resolves.toBeUndefined();
    await expect(presence().check('granite-7', 'page')).resolves.toBeUndefined();
  });

  it('keeps nobody out of the page by wrong tries in a terminal, and lets no right one lift those', async () => {
    await presence().set('granite-7', null);
    for (let i = 0; i < 5; i += 1)
      await expect(presence().check('wrong-pin', 'terminal')).rejects.toEqual(coded('wrong_pin'));
    await expect(presence().check('granite-7', 'terminal')).rejects.toEqual(coded('rate_limited'));
    await expect(presence().check('granite-7', 'new_page')).resolves.toBeUndefined();
    await expect(presence().check('granite-7', 'page')).resolves.toBeUndefined();
    await expect(presence().check('granite-7', 'terminal')).rejects.toEqual(coded('rate_limited'));
  });

  it('takes fifteen guesses a way in the first hour and no more, however they are spread', async () => {
    await presence().set('granite-7', null);
    const end = now + 3600 * 1000;
    let guesses = 0;
    for (; now < end; now += 60_000)
      for (const door of ['terminal', 'new_page', 'page'] as const)
        for (let tries = 0; tries < 7; tries += 1)
          await presence()
            .check('wrong-pin', door)
            .catch(({ code }: { code: string }) => {
              guesses += code === 'wrong_pin' ? 1 : 0;
            });
    expect(guesses).toBeGreaterThan(3 * 5);
    expect(guesses).toBeLessThanOrEqual(3 * 15);
  }, 180_000);

  it('counts tries that come at once', async () => {
    const it = presence();
    await it.set('granite-7', null);
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => it.check('wrong-pin', 'page')));
    const codes = results.map((result) =>
      result.status === 'rejected' ? (result.reason as { code: string }).code : 'ok',
    );
    expect(codes.filter((code) => code === 'wrong_pin')).toHaveLength(5);
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(3);
  });

  it('does not wait longer than its bound when the clock was put back', async () => {
    await presence().set('granite-7', null);
    for (let i = 0; i < 5; i += 1)
      await presence()
        .check('wrong-pin', 'page')
        .catch(() => undefined);
    now -= 365 * 24 * 3600 * 1000;
    await expect(presence().check('granite-7', 'page')).rejects.toThrow(/in 900 s/);
  });

  it('does not take a damaged verifier for none', async () => {
    stored = '{"kdf":"none"}';
    await expect(presence().check('x', 'page')).rejects.toEqual(coded('presence_damaged'));
  });
});
