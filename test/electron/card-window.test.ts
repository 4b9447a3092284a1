import type { Session } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CardWindow, cardBounds, cardOptions } from '../../main/electron/card-window.ts';
import { BrowserWindow, resetElectron, SessionStub, screen } from '../support/electron-stub.ts';

const session = new SessionStub('gatehouse') as unknown as Session;
const given = { preload: '/install/dist/preload/index.cjs', session, packaged: true };
const AREA = { x: 0, y: 30, width: 1920, height: 1050 };
let now: number;
let card: CardWindow;
let window: BrowserWindow;
const onReview = vi.fn();
const onNote = vi.fn();

beforeEach(() => {
  resetElectron();
  vi.resetAllMocks();
  now = 10_000;
  card = new CardWindow({ ...given, onCreated: vi.fn(), onReview, onNote, now: () => now });
  window = BrowserWindow.all[0] as BrowserWindow;
});

describe('the card is made', () => {
  it.each([
    ['width', 360],
    ['height', 224],
    ['useContentSize', true],
    ['show', false],
    ['frame', false],
    ['resizable', false],
    ['minimizable', false],
    ['maximizable', false],
    ['fullscreenable', false],
    ['skipTaskbar', true],
    ['alwaysOnTop', true],
    ['focusable', false],
    ['acceptFirstMouse', false],
  ] as const)('with %s: %s', (option, value) => {
    expect(cardOptions(given)[option]).toBe(value);
  });

  it('with a page that is kept in like that of the window', () => {
    expect(cardOptions(given).webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      devTools: false,
      preload: given.preload,
      session,
    });
  });

  it('as a panel on macOS, which makes no app the active one', () => {
    expect(cardOptions(given, 'darwin').type).toBe('panel');
    expect(cardOptions(given, 'linux').type).toBeUndefined();
  });

  it('above other windows, on every desktop, and not seen', () => {
    expect(window.did).toEqual([
      'removeMenu',
      'setAlwaysOnTop true floating',
      'setVisibleOnAllWorkspaces true',
    ]);
    expect(window.loaded).toEqual(['gatehouse://app/#card']);
  });
});

describe('the card comes up', () => {
  it('when something waits, without the focus, and goes when nothing does', () => {
    card.waits(['a']);
    expect(window.did.slice(-1)).toEqual(['showInactive']);
    card.waits(['a', 'b']);
    card.waits(['b']);
    expect(window.did.filter((did) => did === 'showInactive')).toHaveLength(1);
    card.waits([]);
    expect(window.did.at(-1)).toBe('hide');
    for (const never of ['show', 'focus', 'setFocusable true']) expect(window.did).not.toContain(never);
  });

  it('not again for what was put away, but for the next one', () => {
    card.waits(['a']);
    card.act({ kind: 'put_away' });
    expect(window.visible).toBe(false);
    card.waits(['a']);
    expect(window.visible).toBe(false);
    card.waits(['a', 'b']);
    expect(window.visible).toBe(true);
  });

  it('also when it was closed: that puts it away and decides nothing', () => {
    card.waits(['a']);
    const event = { preventDefault: vi.fn() };
    window.emit('close', event);
    expect(event.preventDefault).toHaveBeenCalledOnce();
    expect([window.visible, window.destroyed]).toEqual([false, false]);
    card.waits(['b']);
    expect(window.visible).toBe(true);
  });

  it('goes away for the window that shows the request', () => {
    card.waits(['a']);
    card.act({ kind: 'review', request: 'a' });
    expect(onReview).toHaveBeenCalledExactlyOnceWith('a');
    expect(window.visible).toBe(false);
  });

  it('is given up when its page dies twice, and everything else goes on', () => {
    for (const reason of ['crashed', 'crashed'])
      window.webContents.emit('render-process-gone', {}, { reason });
    expect(window.destroyed).toBe(true);
    expect(onNote).toHaveBeenLastCalledWith("the card is gone: the page's process ended: crashed");
    card.waits(['a']);
    card.act({ kind: 'pointer', over: true });
    expect(card.refusal()).toBe('the card is not shown');
  });
});

describe('the card can have the focus', () => {
  it('only while the pointer is over it', () => {
    card.waits(['a']);
    card.act({ kind: 'pointer', over: true });
    expect(window.did.at(-1)).toBe('setFocusable true');
    window.focused = true;
    card.act({ kind: 'pointer', over: false });
    expect(window.did.slice(-2)).toEqual(['setFocusable false', 'blur']);
  });

  it('never while it is not seen', () => {
    card.act({ kind: 'pointer', over: true });
    expect(window.did.at(-1)).toBe('setFocusable false');
    card.waits(['a']);
    card.act({ kind: 'pointer', over: true });
    card.waits([]);
    expect(window.did.slice(-2)).toEqual(['setFocusable false', 'hide']);
  });
});

describe('an answer from the card counts', () => {
  it('from 400 ms after it came up', () => {
    expect(card.refusal()).not.toBeNull();
    card.waits(['a']);
    now += 399;
    expect(card.refusal()).toContain('read it, then answer');
    now += 1;
    expect(card.refusal()).toBeNull();
  });

  it.each(['move', 'resize'])('from 400 ms after a %s', (event) => {
    card.waits(['a']);
    now += 1000;
    window.emit(event);
    now += 399;
    expect(card.refusal()).not.toBeNull();
    now += 1;
    expect(card.refusal()).toBeNull();
  });

  it('from 400 ms after the screen changed under it, and it was put in its place again', () => {
    card.waits(['a']);
    now += 1000;
    screen.workArea = { x: 0, y: 0, width: 1000, height: 700 };
    screen.emit('display-metrics-changed');
    expect(window.bounds).toMatchObject({ x: 624, width: 360, height: 224 });
    expect(card.refusal()).not.toBeNull();
  });
});

describe('its place', () => {
  it('is on the screen with the pointer, in the part that is free, at the right', () => {
    const pointer = { x: 100, y: 500 };
    expect(cardBounds(AREA, pointer, 'linux')).toEqual({ x: 1544, y: 46, width: 360, height: 224 });
    expect(cardBounds(AREA, pointer, 'darwin')).toEqual({ x: 1544, y: 46, width: 360, height: 224 });
    expect(cardBounds(AREA, pointer, 'win32')).toEqual({ x: 1544, y: 840, width: 360, height: 224 });
    expect(cardBounds({ x: -1280, y: 0, width: 1280, height: 720 }, { x: -5, y: 700 }, 'linux').x).toBe(-376);
  });

  it('is never under the pointer', () => {
    for (const platform of ['linux', 'win32', 'darwin'] as const)
      for (const y of [40, 60, 250, 850, 1000]) {
        const bounds = cardBounds(AREA, { x: 1700, y }, platform);
        expect(y >= bounds.y && y <= bounds.y + bounds.height).toBe(false);
      }
  });

  it('is on the screen also where that is smaller than the card', () => {
    expect(cardBounds({ x: 5, y: 5, width: 300, height: 200 }, { x: 0, y: 0 }, 'linux')).toMatchObject({
      x: 5,
    });
  });
});
