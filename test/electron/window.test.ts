import type { BrowserWindow as RealWindow, Session } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { bringUp, createWindow, windowOptions } from '../../main/electron/window.ts';
import { BrowserWindow, resetElectron, SessionStub } from '../support/electron-stub.ts';

const session = new SessionStub('gatehouse') as unknown as Session;
const given = { preload: '/install/dist/preload/index.cjs', session, packaged: true };

beforeEach(() => resetElectron());

function made() {
  const onBroken = vi.fn();
  const onCreated = vi.fn();
  const onNote = vi.fn();
  createWindow({ ...given, onBroken, onCreated, onNote }, 'focus', null);
  const window = BrowserWindow.all[0];
  if (window === undefined) throw new Error('no window');
  return { window, onBroken, onCreated, onNote };
}

describe('the window is made with', () => {
  it.each([
    ['contextIsolation', true],
    ['sandbox', true],
    ['nodeIntegration', false],
    ['nodeIntegrationInWorker', false],
    ['nodeIntegrationInSubFrames', false],
    ['webSecurity', true],
    ['allowRunningInsecureContent', false],
    ['experimentalFeatures', false],
    ['webviewTag', false],
    ['spellcheck', false],
    ['safeDialogs', true],
    ['navigateOnDragDrop', false],
    ['devTools', false],
    ['preload', given.preload],
    ['session', session],
  ] as const)('%s: %s', (option, value) => {
    expect(windowOptions(given).webPreferences?.[option]).toBe(value);
  });

  it('nothing that opens it again', () => {
    const { webPreferences } = windowOptions(given);
    for (const option of [
      'enableBlinkFeatures',
      'additionalArguments',
      'nodeIntegrationInWorker',
      'partition',
      'plugins',
    ] as const)
      expect(webPreferences?.[option] ?? false).toBe(false);
  });

  it('developer tools only when it is not packaged', () => {
    expect(windowOptions({ ...given, packaged: false }).webPreferences?.devTools).toBe(true);
  });
});

describe('the window', () => {
  it('is not seen before it has something to show', () => {
    const { window } = made();
    expect(window.options.show).toBe(false);
    expect(window.did).toEqual(['removeMenu']);
    window.emit('ready-to-show');
    expect(window.did).toEqual(['removeMenu', 'show', 'focus']);
  });

  it('is bound before it loads, and loads our own address', () => {
    const onCreated = vi.fn((created: RealWindow) =>
      expect((created as unknown as BrowserWindow).loaded).toEqual([]),
    );
    createWindow({ ...given, onCreated, onBroken: vi.fn(), onNote: vi.fn() }, 'focus', 'inbox/a1');
    expect(onCreated).toHaveBeenCalledOnce();
    expect(BrowserWindow.all[0]?.loaded).toEqual(['gatehouse://app/#inbox/a1']);
  });

  it('is loaded again once when its process dies, and then given up', () => {
    const { window, onBroken } = made();
    window.webContents.emit('render-process-gone', {}, { reason: 'clean-exit' });
    expect(window.webContents.reloads).toBe(0);
    window.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    expect([window.webContents.reloads, onBroken.mock.calls.length]).toEqual([1, 0]);
    window.webContents.emit('render-process-gone', {}, { reason: 'oom' });
    expect(window.webContents.reloads).toBe(1);
    expect(onBroken).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('oom'));
  });

  it('that cannot load says so', async () => {
    const loadURL = vi
      .spyOn(BrowserWindow.prototype, 'loadURL')
      .mockRejectedValueOnce(new Error('ERR_FAILED'));
    const { onBroken } = made();
    await expect.poll(() => onBroken).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('ERR_FAILED'));
    loadURL.mockRestore();
  });

  it('comes to the front, also from the dock', () => {
    const { window } = made();
    window.minimized = true;
    bringUp(window as unknown as RealWindow, 'focus', null);
    expect(window.did).toEqual(['removeMenu', 'restore', 'show', 'focus']);
    expect(window.loaded).toEqual(['gatehouse://app/']);
  });

  it('comes up without the focus when it was not the person at it who asked', () => {
    const { window } = made();
    bringUp(window as unknown as RealWindow, 'quiet', 'timeline');
    expect(window.did).toEqual(['removeMenu', 'showInactive', 'moveTop', 'flashFrame true']);
    expect(window.loaded.at(-1)).toBe('gatehouse://app/#timeline');
  });

  it('that hangs is ended after ten seconds and loaded again; one that answers in time is not', () => {
    vi.useFakeTimers();
    try {
      const { window, onNote } = made();
      window.emit('unresponsive');
      vi.advanceTimersByTime(9999);
      window.emit('responsive');
      vi.advanceTimersByTime(60_000);
      expect(window.webContents.reloads).toBe(0);
      window.emit('unresponsive');
      window.emit('unresponsive');
      vi.advanceTimersByTime(10_000);
      expect(window.webContents.reloads).toBe(1);
      expect(onNote).toHaveBeenCalledWith('the page does not answer');
      window.emit('unresponsive');
      window.destroy();
      vi.advanceTimersByTime(60_000);
      expect(window.webContents.reloads).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('tells the log file of faults in the page, cut, and of nothing else it says', () => {
    const { window, onNote } = made();
    window.webContents.emit('console-message', { level: 'info', message: 'hello' });
    window.webContents.emit('console-message', { level: 'error', message: 'x'.repeat(5000) });
    window.webContents.emit('preload-error', {}, '/preload', new Error('no bridge'));
    expect(onNote.mock.calls.map(([line]) => line)).toEqual([
      `page: ${'x'.repeat(1000)}`,
      'preload: no bridge',
    ]);
  });
});
