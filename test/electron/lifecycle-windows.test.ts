import { describe, expect, it, vi } from 'vitest';
import { BusNotifier } from '../../main/app/desktop/bus-notifier.ts';
import { ElectronNotifier } from '../../main/electron/notifications.ts';
import { ElectronTray } from '../../main/electron/tray.ts';
import type { AppDouble } from '../support/app-double.ts';
import { card, electronStart, windows } from '../support/electron-start.ts';
import { app, order } from '../support/electron-stub.ts';

vi.mock(import('../../main/app/page-files.ts'), async (original) => ({
  ...(await original()),
  readPageFiles: () => new Map(),
}));

const life = electronStart();
const started = () => life.now.started();

describe('a link', () => {
  it('shows a place of the page and decides nothing, without taking the focus', async () => {
    const window = await started();
    window.did.length = 0;
    app.emit('second-instance', {}, ['/opt/Gatehouse/gatehouse-desktop', 'gatehouse://open/request/ap_1']);
    expect(window.loaded.at(-1)).toBe('gatehouse://app/#inbox/ap_1');
    expect(window.did).toEqual(['showInactive', 'moveTop', 'flashFrame true']);
    expect(life.now.supervisor.calls).toEqual([]);
    expect(life.now.supervisor.events).toEqual([]);
  });

  it.each([
    'gatehouse://approve/ap_1',
    'gatehouse://open/request/ap_1?verdict=allow',
    'gatehouse://app/#inbox',
    'gatehouse:open',
  ])('of another form is not followed and recorded: %s', async (link) => {
    const window = await started();
    app.emit('second-instance', {}, ['gatehouse-desktop', link]);
    expect(window.loaded).toEqual(['gatehouse://app/']);
    expect(life.now.supervisor.events.map(({ what }) => what)).toEqual(['link_refused']);
    expect(life.now.supervisor.calls).toEqual([]);
  });

  it('of macOS that comes before the window is followed when there is one', async () => {
    let start: (app: AppDouble) => void = () => undefined;
    void life.now.run(() => new Promise((resolve) => (start = resolve)));
    await expect.poll(() => order).toContain('startApp');
    const event = { preventDefault: vi.fn() };
    app.emit('open-url', event, 'gatehouse://open/timeline');
    expect(event.preventDefault).toHaveBeenCalledOnce();
    start(life.now.supervisor);
    await expect.poll(() => life.now.printed).toHaveLength(1);
    expect(windows()[0]?.loaded.at(-1)).toBe('gatehouse://app/#timeline');
  });

  it('of another start that comes before the window is followed when there is one, and none is lost', async () => {
    let start: (app: AppDouble) => void = () => undefined;
    void life.now.run(() => new Promise((resolve) => (start = resolve)));
    await expect.poll(() => order).toContain('startApp');
    app.emit('second-instance', {}, ['gatehouse-desktop', 'gatehouse://open/request/ap_3']);
    app.emit('second-instance', {}, ['gatehouse-desktop', 'gatehouse://approve/ap_3']);
    app.emit('second-instance', {}, ['gatehouse-desktop', 'gatehouse://open/timeline']);
    start(life.now.supervisor);
    await expect.poll(() => life.now.printed).toHaveLength(1);
    expect(windows()[0]?.loaded.slice(-2)).toEqual([
      'gatehouse://app/#inbox/ap_3',
      'gatehouse://app/#timeline',
    ]);
    expect(life.now.supervisor.events.map(({ what }) => what)).toEqual(['link_refused']);
    expect(life.now.supervisor.calls).toEqual([]);
  });

  it('that starts it opens the window there', async () => {
    void life.now.run(async () => life.now.supervisor, { link: 'gatehouse://open/request/ap_2' });
    await expect.poll(() => life.now.printed).toHaveLength(1);
    expect(windows()[0]?.loaded).toEqual(['gatehouse://app/#inbox/ap_2']);
  });
});

describe('the window', () => {
  it('is kept out of pictures of the screen while a secret is shown, and after a reload no more', async () => {
    const window = await started();
    window.webContents.emit('did-navigate');
    const page = () => life.now.supervisor.pages.filter(({ options }) => options.act !== undefined).at(-1);
    const protection = () => window.did.filter((what) => what.startsWith('setContentProtection'));
    page()?.options.act?.({ kind: 'secret', shown: true });
    page()?.options.act?.({ kind: 'review', request: 'a' });
    expect(protection()).toEqual(['setContentProtection true']);
    page()?.options.act?.({ kind: 'secret', shown: false });
    page()?.options.act?.({ kind: 'secret', shown: true });
    window.webContents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: true });
    expect(protection().at(-1)).toBe('setContentProtection true');
    window.webContents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    expect(protection().at(-1)).toBe('setContentProtection false');
  });
});

describe('the card', () => {
  const waits = (...ids: string[]) =>
    life.now.supervisor.pages
      .at(0)
      ?.options.send('inbox', { pending: ids.map((id) => ({ id })), recent: [], lastQuestionAt: null });

  it('is bound like every page, and comes up for what waits', async () => {
    await started();
    card()?.webContents.emit('did-navigate');
    expect(card()?.loaded).toEqual(['gatehouse://app/#card']);
    expect(card()?.webContents.listenerCount('will-navigate')).toBe(1);
    waits('a');
    expect(card()?.did.at(-1)).toBe('showInactive');
    waits();
    expect(card()?.did.at(-1)).toBe('hide');
  });

  it('stays away while the person is at the window', async () => {
    const window = await started();
    card()?.webContents.emit('did-navigate');
    window.emit('focus');
    waits('a');
    expect(card()?.visible).toBe(false);
    window.emit('blur');
    expect(card()?.visible).toBe(true);
    window.emit('focus');
    expect(card()?.visible).toBe(false);
  });

  it('refuses answers in the first moment, and passes on everything else', async () => {
    await started();
    card()?.webContents.emit('did-navigate');
    waits('a');
    expect(await card()?.webContents.invoke('gatehouse:call', {}, 'answer', [{}])).toMatchObject({
      ok: false,
      error: { code: 'too_soon' },
    });
    expect(life.now.supervisor.calls).toEqual([]);
    expect(await card()?.webContents.invoke('gatehouse:call', {}, 'inbox', [])).toMatchObject({ ok: true });
  });

  it('may call what it needs and nothing else', async () => {
    await started();
    card()?.webContents.emit('did-navigate');
    for (const method of ['revealCredential', 'setPin', 'pause', 'timeline', 'makeToken'])
      expect(await card()?.webContents.invoke('gatehouse:call', {}, method, [])).toMatchObject({ ok: false });
    expect(life.now.supervisor.calls).toEqual([]);
    expect(new Set(life.now.supervisor.events.map(({ what }) => what))).toEqual(new Set(['ipc_refused']));
  });

  it('opens the window at the request that the person wants to look at', async () => {
    const window = await started();
    card()?.webContents.emit('did-navigate');
    waits('a');
    life.now.supervisor.pages[0]?.options.act?.({ kind: 'review', request: 'a' });
    expect(window.loaded.at(-1)).toBe('gatehouse://app/#inbox/a');
    expect(window.did.slice(-2)).toEqual(['show', 'focus']);
    expect(card()?.visible).toBe(false);
  });
});

describe('the desktop', () => {
  const attached = async () => {
    const window = await started();
    const [desktop] = life.now.supervisor.desktops;
    if (desktop === undefined) throw new Error('no desktop');
    return { window, desktop };
  };

  it('has a tray, and notifications: of the session bus on Linux, of Electron elsewhere', async () => {
    const { desktop } = await attached();
    expect(desktop.tray).toBeInstanceOf(ElectronTray);
    expect(desktop.notifier).toBeInstanceOf(process.platform === 'linux' ? BusNotifier : ElectronNotifier);
    await desktop.notifier?.close();
  });

  it('opens the window at a request, and where a press can be pretended without the focus', async () => {
    const { window, desktop } = await attached();
    window.did.length = 0;
    desktop.open('ap_1');
    expect(window.loaded.at(-1)).toBe('gatehouse://app/#inbox/ap_1');
    expect(window.did.includes('focus')).toBe(process.platform !== 'linux');
    desktop.open(null);
    expect(window.loaded.at(-1)).toBe('gatehouse://app/#inbox/ap_1');
    expect(life.now.supervisor.calls).toEqual([]);
  });

  it('quits as from anywhere else: the supervisor is stopped first', async () => {
    const { desktop } = await attached();
    desktop.quit();
    await expect.poll(() => app.exits).toEqual([0]);
    expect(life.now.supervisor.stops).toEqual(['quit']);
  });
});
