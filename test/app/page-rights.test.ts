import { beforeEach, describe, expect, it } from 'vitest';
import { DEAD_TIME_MS, type Page } from '../../main/app/pages.ts';
import type { GatehouseError } from '../../main/platform/errors.ts';
import { methods, type Result } from '../../preload/contract.ts';
import { CALLS } from '../support/method-calls.ts';
import { codeOf, METHODS, PagesBench } from '../support/pages-bench.ts';

let bench: PagesBench;

beforeEach(() => {
  bench = new PagesBench();
});

describe('who may decide', () => {
  const deciding = METHODS.filter((name) => methods[name].decides);
  const codes = async (handle: { call(method: string, args: unknown): Promise<Result<unknown>> }) => {
    const all = await Promise.all(deciding.map((method) => handle.call(method, CALLS[method])));
    return new Set(all.map(codeOf));
  };
  const setPin = () => bench.presence.set('granite-7', null);

  it('has methods that decide, and some that do not', () => {
    expect(deciding).toEqual(expect.arrayContaining(['answer', 'undo', 'applyAgentPlan', 'reloadPolicy']));
    expect(deciding.length).toBeLessThan(METHODS.length);
  });

  it('without a PIN the first page of the start may, and every later one only looks', async () => {
    const first = bench.attach('one');
    const second = bench.attach('two');
    expect(await codes(first.handle)).toEqual(new Set(['ok']));
    expect(await codes(second.handle)).toEqual(new Set(['locked']));
    expect(bench.locked).toEqual(deciding);
    expect(codeOf(await second.handle.call('overview', []))).toBe('ok');
    expect(bench.pages.lockedReason(second.page)).toMatch(/Another page was opened first.*choose a PIN/);
  });

  it('the first stays the first after a reload, and when it has gone nobody takes its place', async () => {
    const first = bench.attach('one');
    first.handle.detach();
    const reloaded = bench.attach('one');
    const other = bench.attach('two');
    expect(await codes(reloaded.handle)).toEqual(new Set(['ok']));
    reloaded.handle.detach();
    expect(await codes(other.handle)).toEqual(new Set(['locked']));
  });

  it('a link that was made later lets nobody decide, also when it is opened before the first', async () => {
    const later = bench.attach('later', { origin: 'open-link' });
    expect(await codes(later.handle)).toEqual(new Set(['locked']));
    expect(bench.pages.lockedReason(later.page)).toMatch(/came by a link that was made later/);
    const first = bench.attach('one');
    expect(await codes(first.handle)).toEqual(new Set(['ok']));
    expect(await codes(later.handle)).toEqual(new Set(['locked']));
  });

  it('our own window always may, and does not count as the first page', async () => {
    const window = bench.attach('window', { via: 'window', origin: 'window' });
    const page = bench.attach('one');
    expect(await codes(window.handle)).toEqual(new Set(['ok']));
    expect(await codes(page.handle)).toEqual(new Set(['ok']));
  });

  it('with a PIN a page must have shown it, the first one too', async () => {
    const first = bench.attach('one');
    await setPin();
    expect(await codes(first.handle)).toEqual(new Set(['locked']));
    expect(bench.pages.lockedReason(first.page)).toMatch(/Enter the PIN/);
    bench.pages.unlock(first.page);
    expect(await codes(first.handle)).toEqual(new Set(['ok']));
    const later = bench.attach('later', { origin: 'open-link' });
    expect(await codes(later.handle)).toEqual(new Set(['locked']));
    bench.pages.unlock(later.page);
    expect(await codes(later.handle)).toEqual(new Set(['ok']));
  });

  it('an unlocked session stays so over a reload, until somebody sets a new PIN', async () => {
    await setPin();
    const one = bench.attach('one');
    const two = bench.attach('two');
    const window = bench.attach('window', { via: 'window', origin: 'window' });
    bench.pages.unlock(one.page);
    bench.pages.unlock(two.page);
    one.handle.detach();
    const reloaded = bench.attach('one');
    expect(await codes(reloaded.handle)).toEqual(new Set(['ok']));
    bench.pages.lockOthers(two.page);
    expect(await codes(reloaded.handle)).toEqual(new Set(['locked']));
    expect(await codes(two.handle)).toEqual(new Set(['ok']));
    expect(await codes(window.handle)).toEqual(new Set(['ok']));
  });

  it('wrong PINs of a page of a later link count apart, until it has shown the right one', async () => {
    await setPin();
    const first = bench.attach('one');
    const later = bench.attach('later', { origin: 'open-link' });
    const window = bench.attach('window', { via: 'window', origin: 'window' });
    const doors = () => [first, later, window].map(({ page }) => bench.pages.doorOf(page));
    expect(doors()).toEqual(['page', 'new_page', 'page']);
    bench.pages.unlock(later.page);
    expect(doors()).toEqual(['page', 'page', 'page']);
  });

  it('arguments are looked at first: a locked page learns nothing from them', async () => {
    bench.attach('one');
    const second = bench.attach('two');
    expect(codeOf(await second.handle.call('answer', ['no']))).toBe('bad_argument');
    expect(bench.locked).toEqual([]);
  });

  it('a page that is closed does nothing any more', async () => {
    const first = bench.attach('one');
    first.handle.detach();
    first.handle.detach();
    for (const method of METHODS)
      expect([method, codeOf(await first.handle.call(method, CALLS[method]))]).toEqual([
        method,
        'unavailable',
      ]);
    expect(bench.called).toEqual([]);
    expect(bench.pages.list()).toEqual([]);
  });
});

describe('the nonce of a card', () => {
  const checked = (page: Page, id: string, nonce: string) => {
    try {
      bench.pages.checkShown(page, id, nonce);
      return 'ok';
    } catch (error) {
      return (error as GatehouseError).code;
    }
  };

  it('is of 128 random bits, one for each card and page, and the same as long as the card stands there', () => {
    const [one, two] = [bench.attach('one').page, bench.attach('two').page];
    const nonces = [one, two].flatMap((page) => ['a', 'b'].map((id) => bench.pages.nonceFor(page, id)));
    expect(new Set(nonces).size).toBe(4);
    for (const nonce of nonces) expect(Buffer.from(nonce, 'base64url')).toHaveLength(16);
    expect(bench.pages.nonceFor(one, 'a')).toBe(nonces[0]);
  });

  it('holds for its page and its card only', () => {
    const [one, two] = [bench.attach('one').page, bench.attach('two').page];
    const nonce = bench.pages.nonceFor(one, 'a');
    bench.pages.nonceFor(two, 'a');
    bench.now += DEAD_TIME_MS;
    expect(checked(one, 'a', nonce)).toBe('ok');
    expect(checked(two, 'a', nonce)).toBe('changed');
    expect(checked(one, 'b', nonce)).toBe('changed');
    expect(checked(one, 'a', '')).toBe('changed');
    expect(checked(one, 'a', `${nonce} `)).toBe('changed');
  });

  it('is no good in the first 400 ms, by the clock of the supervisor', () => {
    const { page } = bench.attach('one');
    const nonce = bench.pages.nonceFor(page, 'a');
    bench.now += DEAD_TIME_MS - 1;
    expect(checked(page, 'a', nonce)).toBe('too_soon');
    bench.pages.nonceFor(page, 'a');
    bench.now += 1;
    expect(checked(page, 'a', nonce)).toBe('ok');
  });

  it('does not outlive the page: after a reload the card is shown anew', () => {
    const first = bench.attach('one');
    const nonce = bench.pages.nonceFor(first.page, 'a');
    first.handle.detach();
    const { page } = bench.attach('one');
    bench.now += DEAD_TIME_MS;
    expect(checked(page, 'a', nonce)).toBe('changed');
    const fresh = bench.pages.nonceFor(page, 'a');
    expect(fresh).not.toBe(nonce);
    expect(checked(page, 'a', fresh)).toBe('too_soon');
  });
});

describe('what a page is sent', () => {
  const notice = { id: 'n', tone: 'plain', text: 't', at: 1 } as const;

  it('comes to every page that is open, whatever one of them does with it', () => {
    const broken = bench.attach('broken', {
      send: () => {
        throw new Error('the pipe is gone');
      },
    });
    const one = bench.attach('one');
    const gone = bench.attach('gone');
    gone.handle.detach();
    bench.pages.broadcast('notice', () => notice);
    expect(one.sent).toEqual([{ channel: 'notice', payload: notice }]);
    expect(gone.sent).toEqual([]);
    expect(bench.defects).toEqual(['sending notice: Error: the pipe is gone']);
    expect(bench.pages.list()).toHaveLength(2);
    expect(broken.sent).toEqual([]);
  });

  it('is made for each page apart', () => {
    const [one, two] = [bench.attach('one'), bench.attach('two')];
    bench.pages.broadcast('notice', (page) => ({ ...notice, text: page.session }));
    expect([one, two].map(({ sent }) => sent[0]?.payload)).toMatchObject([{ text: 'one' }, { text: 'two' }]);
  });

  it('greets it once it can be sent to, and survives a greeting that fails', async () => {
    const one = bench.attach('one');
    expect(one.greeted()).toBeNull();
    await Promise.resolve();
    expect(one.greeted()).toBe(one.page);
    bench.pages.attach({ via: 'page', origin: 'start-link', session: 'x', send: () => undefined }, () => {
      throw new Error('no greeting');
    });
    await Promise.resolve();
    expect(bench.defects).toEqual(['greeting a page: Error: no greeting']);
  });
});
