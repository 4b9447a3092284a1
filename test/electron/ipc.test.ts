import type { WebContents } from 'electron';
import { beforeEach, describe, expect, it } from 'vitest';
import { bindPage } from '../../main/electron/ipc.ts';
import { CARD_CHANNELS, CARD_METHODS } from '../../preload/contract/window.ts';
import { type ChannelName, channels, methods } from '../../preload/contract.ts';
import { CALL_CHANNEL, EVENT_CHANNEL } from '../../preload/ipc-channels.ts';
import { AppDouble } from '../support/app-double.ts';
import { WebContentsStub } from '../support/electron-stub.ts';

let contents: WebContentsStub;
let app: AppDouble;

beforeEach(() => {
  contents = new WebContentsStub(1);
  app = new AppDouble();
  bindPage(contents as unknown as WebContents, app);
});

describe('a call', () => {
  it('from our own page is carried out', async () => {
    app.respond = async (method, args) => ({ ok: true, value: [method, args] });
    expect(await contents.invoke(CALL_CHANNEL, {}, 'overview', [])).toEqual({
      ok: true,
      value: ['overview', []],
    });
    expect(app.pages[0]?.options).toMatchObject({ via: 'window', origin: 'window' });
    expect(app.events).toEqual([]);
  });

  it.each([
    ['a frame that is gone', { senderFrame: null }],
    ['a frame inside the page', { senderFrame: { parent: {}, origin: 'gatehouse://app' } }],
    ['a foreign origin', { senderFrame: { parent: null, origin: 'https://evil.example' } }],
    ['a longer origin', { senderFrame: { parent: null, origin: 'gatehouse://app.evil.example' } }],
    ['an empty origin', { senderFrame: { parent: null, origin: '' } }],
    ['the null origin', { senderFrame: { parent: null, origin: 'null' } }],
    ['another window', { sender: { id: 2 } }],
  ])('from %s is refused and recorded', async (_name, event) => {
    const answer = await contents.invoke(CALL_CHANNEL, event, 'answer', [{}]);
    expect(answer).toMatchObject({ ok: false, error: { code: 'refused' } });
    expect(app.calls).toEqual([]);
    expect(app.events.map(({ what }) => what)).toEqual(['ipc_refused']);
  });

  it('without a name is refused', async () => {
    expect(await contents.invoke(CALL_CHANNEL, {}, { toString: () => 'answer' }, [])).toMatchObject({
      ok: false,
      error: { code: 'refused' },
    });
    expect(app.calls).toEqual([]);
  });

  it('that its window has no use for is refused and recorded, and nothing else is sent to it', async () => {
    contents = new WebContentsStub(7);
    app = new AppDouble();
    bindPage(contents as unknown as WebContents, app, {
      limits: { methods: CARD_METHODS, channels: CARD_CHANNELS },
    });
    app.respond = async () => ({ ok: true, value: null });
    for (const method of Object.keys(methods)) {
      const answer = await contents.invoke(CALL_CHANNEL, {}, method, []);
      expect([method, (answer as { ok: boolean }).ok]).toEqual([method, CARD_METHODS.has(method)]);
    }
    expect(await contents.invoke(CALL_CHANNEL, {}, 'constructor', [])).toMatchObject({ ok: false });
    expect(app.calls.map(({ method }) => method).toSorted()).toEqual([...CARD_METHODS].toSorted());
    expect(app.events).toHaveLength(Object.keys(methods).length - CARD_METHODS.size + 1);
    contents.emit('did-navigate');
    for (const channel of Object.keys(channels) as ChannelName[]) app.pages[0]?.options.send(channel, {});
    expect(contents.sent.map(([, channel]) => channel).toSorted()).toEqual([...CARD_CHANNELS].toSorted());
  });

  it('is handled on the one channel only', () => {
    expect([...contents.invokeHandlers.keys()]).toEqual([CALL_CHANNEL]);
  });
});

describe('the page', () => {
  it('is sent what the app has for it, but not when its process is gone', () => {
    contents.emit('did-navigate');
    app.pages[0]?.options.send('notice', { text: 'look' });
    expect(contents.sent).toEqual([[EVENT_CHANNEL, 'notice', { text: 'look' }]]);
    contents.crashed = true;
    app.pages[0]?.options.send('notice', {});
    contents.destroyed = true;
    app.pages[0]?.options.send('notice', {});
    expect(contents.sent).toHaveLength(1);
  });

  it('is attached anew for each load, in the same session, once', async () => {
    contents.emit('did-navigate');
    await contents.invoke(CALL_CHANNEL, {}, 'overview', []);
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: true });
    contents.emit('did-start-navigation', { isMainFrame: false, isSameDocument: false });
    expect(app.pages).toHaveLength(1);
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    await contents.invoke(CALL_CHANNEL, {}, 'overview', []);
    contents.emit('did-navigate');
    const [first, second] = app.pages;
    expect(app.pages).toHaveLength(2);
    expect([first?.detached, second?.detached]).toEqual([true, false]);
    expect(second?.options.session).toBe(first?.options.session);
  });

  it('is detached when its process or its window goes', () => {
    contents.emit('did-navigate');
    contents.emit('render-process-gone');
    expect(app.attached()).toEqual([]);
    contents.emit('did-navigate');
    contents.emit('destroyed');
    expect(app.attached()).toEqual([]);
  });
});
