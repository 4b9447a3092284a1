import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { StartOptions } from '../../main/app/shell-port.ts';
import { becomeCommand, runLifecycle } from '../../main/electron/lifecycle.ts';
import { GatehouseError } from '../../main/platform/errors.ts';
import { electronStart, windows } from '../support/electron-start.ts';
import {
  app,
  BrowserWindow,
  crashReports,
  dialog,
  dialogs,
  order,
  sessions,
  utilityProcesses,
} from '../support/electron-stub.ts';

vi.mock(import('../../main/app/page-files.ts'), async (original) => ({
  ...(await original()),
  readPageFiles: () => new Map(),
}));

const life = electronStart();
const started = () => life.now.started();

describe('the start', () => {
  it('does everything in its order: what must come before ready does', async () => {
    await started();
    expect(order).toEqual([
      'setPath userData',
      'setPath crashDumps',
      'lock',
      'crashReporter',
      'enableSandbox',
      'registerSchemes',
      'ready',
      'startApp',
      'session',
      'window',
      'window',
      'closeMemory',
    ]);
    expect(app.paths['userData']).toBe('/data/electron');
  });

  it('keeps the page in a session of its own that is never written down', async () => {
    const window = await started();
    expect(sessions[0]?.partition).toBe('gatehouse');
    expect(sessions[0]?.partition.startsWith('persist:')).toBe(false);
    expect(sessions[0]?.options).toEqual({ cache: false });
    expect(window.options.webPreferences?.session).toBe(sessions[0]);
  });

  it('has locked the session and the window down before the page loads', async () => {
    const window = await started();
    const [session] = sessions;
    expect(
      [
        session?.permissionRequest,
        session?.permissionCheck,
        session?.devicePermission,
        session?.displayMedia,
        session?.beforeRequest,
      ].includes(null),
    ).toBe(false);
    expect(session?.handlers.has('gatehouse')).toBe(true);
    expect(window.webContents.listenerCount('will-navigate')).toBe(1);
    expect(window.webContents.windowOpen).not.toBeNull();
  });

  it('says that it runs, as the program that started it expects', async () => {
    await started();
    expect(life.now.printed[0]).toMatch(/^Gatehouse is running\. Nothing is supervised yet\.\n/);
  });

  it('names a preload that the build makes', async () => {
    const window = await started();
    const root = join(import.meta.dirname, '..', '..');
    expect(window.options.webPreferences?.preload).toBe(join(root, 'dist', 'preload', 'index.cjs'));
    expect(existsSync(join(root, 'preload', 'index.ts'))).toBe(true);
  });

  it('a second time ends at once and starts nothing', async () => {
    app.lock = false;
    await life.now.run();
    expect(app.exits).toEqual([0]);
    expect(order).toEqual(['setPath userData', 'setPath crashDumps', 'lock']);
    expect(life.now.printed).toEqual(['Gatehouse is running already: its window was brought up.']);
  });

  it('that fails says why in one line and ends with 1', async () => {
    await life.now.run(() =>
      Promise.reject(new GatehouseError('unsafe_folder', 'x is not safe to use: y', { hint: 'z' })),
    );
    expect(app.exits).toEqual([1]);
    expect(life.now.complaints).toEqual(['gatehouse: x is not safe to use: y; hint: z']);
    expect(BrowserWindow.all).toEqual([]);
  });

  it('that fails by a defect shows no stack', async () => {
    await life.now.run(() => Promise.reject(new Error('boom\n    at somewhere')));
    expect(life.now.complaints).toEqual(['gatehouse: start: an internal fault; hint: the log file has more']);
    expect(life.now.logged[0]).toContain('boom');
  });
});

describe('while it runs', () => {
  it('closing the window ends nothing and decides nothing', async () => {
    const window = await started();
    window.destroy();
    expect(app.listenerCount('window-all-closed')).toBe(1);
    app.emit('window-all-closed');
    expect(app.exits).toEqual([]);
    expect(life.now.supervisor.stops).toEqual([]);
    expect(life.now.supervisor.calls).toEqual([]);
  });

  it('a second start and gatehouse open bring the window up, and leave the focus where it is', async () => {
    const window = await started();
    window.did.length = 0;
    app.emit('second-instance', {}, ['/opt/Gatehouse/gatehouse-desktop']);
    expect(window.did).toEqual(['showInactive', 'moveTop', 'flashFrame true']);
    expect(await life.now.supervisor.open?.()).toEqual({ url: 'gatehouse://app/' });
    expect(window.did).not.toContain('focus');
    window.destroy();
    await life.now.supervisor.open?.();
    windows()[1]?.emit('ready-to-show');
    expect(windows()[1]?.did).toEqual(['removeMenu', 'showInactive', 'moveTop', 'flashFrame true']);
    expect(life.now.supervisor.calls).toEqual([]);
  });

  it('a click on the dock brings it back with the focus', async () => {
    const window = await started();
    app.emit('activate');
    expect(window.did.slice(-2)).toEqual(['show', 'focus']);
    window.destroy();
    app.emit('activate');
    expect(windows()).toHaveLength(2);
  });

  it('what the page is stopped from doing is on the timeline', async () => {
    const window = await started();
    window.webContents.windowOpen?.({ url: 'https://evil.example/' });
    expect(life.now.supervisor.events).toEqual([
      { what: 'page_window', detail: 'the page tried to open https://evil.example/' },
    ]);
  });

  it('a page that tries for ever fills no log: the rest of a minute is one event', async () => {
    const window = await started();
    for (let time = 0; time < 500; time += 1)
      window.webContents.windowOpen?.({ url: `https://evil.example/${time}` });
    for (let time = 0; time < 500; time += 1)
      await window.webContents.invoke('gatehouse:call', { senderFrame: null }, 'answer', [{}]);
    expect(life.now.supervisor.events).toHaveLength(21);
    expect(life.now.supervisor.events.at(-1)?.what).toBe('flood');
    expect(life.now.supervisor.calls).toEqual([]);
  });

  it('quitting stops the supervisor first', async () => {
    await started();
    const event = { preventDefault: vi.fn() };
    app.emit('before-quit', event);
    expect(event.preventDefault).toHaveBeenCalledOnce();
    await expect.poll(() => app.exits).toEqual([0]);
    expect(life.now.supervisor.stops).toEqual(['quit']);
  });

  it('quitting ends also when the supervisor does not come to an end', async () => {
    await started();
    vi.spyOn(life.now.supervisor, 'stop').mockReturnValue(new Promise(() => undefined));
    app.emit('before-quit', { preventDefault: vi.fn() });
    await expect.poll(() => app.exits).toEqual([0]);
  });

  it('a signal stops the supervisor and ends with 0', async () => {
    await started();
    process.emit('SIGTERM');
    await expect.poll(() => app.exits).toEqual([0]);
    expect(life.now.supervisor.stops).toEqual(['stopped by SIGTERM']);
  });

  it('a fault of ours stops the supervisor, ends with 1 and shows no stack', async () => {
    await started();
    // Taken off for the moment: vitest itself listens, and would count the fault as a failure of this file.
    const own = life.before.get('uncaughtException') ?? [];
    for (const listener of own) process.removeListener('uncaughtException', listener as never);
    process.emit('uncaughtException', new Error('boom\n    at somewhere'));
    for (const listener of own) process.on('uncaughtException', listener as never);
    await expect.poll(() => app.exits).toEqual([1]);
    expect(life.now.supervisor.stops).toEqual(['an internal fault']);
    expect(life.now.complaints.join('\n')).not.toContain('at somewhere');
    expect(life.now.logged.join('\n')).toContain('boom');
  });
});

describe('what breaks', () => {
  it('no crash report leaves the machine, and dumps lie in our own folder', async () => {
    await started();
    expect(crashReports).toEqual([{ uploadToServer: false }]);
    expect(app.paths['crashDumps']).toBe(join('/data/electron', 'crashes'));
  });

  it('a page whose process dies twice is said, and opened again only when the person says so', async () => {
    const window = await started();
    window.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    window.webContents.emit('render-process-gone', {}, { reason: 'oom' });
    expect(dialogs[0]).toMatchObject({
      type: 'error',
      detail: expect.stringContaining("The page's process ended: oom. Agents are still supervised"),
    });
    expect(window.destroyed).toBe(true);
    await Promise.resolve();
    expect(windows()).toHaveLength(1);
    dialog.response = 0;
    app.emit('activate');
    for (const reason of ['crashed', 'crashed'])
      windows()[1]?.webContents.emit('render-process-gone', {}, { reason });
    await expect.poll(() => windows()).toHaveLength(3);
    expect(life.now.supervisor.stops).toEqual([]);
    expect(app.exits).toEqual([]);
  });

  it('a process of Chromium that ends is written to the log file', async () => {
    await started();
    app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed' });
    app.emit('child-process-gone', {}, { type: 'Utility', name: 'Network Service', reason: 'clean-exit' });
    expect(life.now.logged).toEqual(['a process of Chromium ended: GPU: crashed']);
  });
});

describe('started at login', () => {
  it('shows no window until somebody asks for it', async () => {
    void life.now.run(async () => life.now.supervisor, { hidden: true });
    await expect.poll(() => life.now.printed).toHaveLength(1);
    expect(windows()).toEqual([]);
    app.emit('activate');
    expect(windows()).toHaveLength(1);
  });
});

describe('a command', () => {
  it('has a folder of its own and asks for no lock', () => {
    becomeCommand('/data/electron-command');
    expect(order).toEqual(['setPath userData']);
    expect(app.paths['userData']).toBe('/data/electron-command');
    expect(app.policies).toEqual(process.platform === 'darwin' ? ['accessory'] : []);
  });
});

it('starts processes of its own as utility processes, and itself at login where it is packed', async () => {
  let given: StartOptions | null = null;
  app.isPackaged = true;
  void runLifecycle({
    env: { PATH: '/bin' },
    userData: '/data/electron',
    hidden: false,
    link: null,
    startApp: async (options) => {
      given = options;
      return life.now.supervisor;
    },
    closeMemory: () => ['it is open'],
    log: (text) => life.now.logged.push(text),
    print: (text) => life.now.printed.push(text),
    complain: (text) => life.now.complaints.push(text),
  });
  await expect.poll(() => life.now.printed).toHaveLength(1);
  const options = given as StartOptions | null;
  options?.children?.start('keychain');
  expect(utilityProcesses.map(({ file, options: { env } }) => [basename(file), env])).toEqual([
    ['child.ts', { PATH: '/bin' }],
  ]);
  expect(options?.startup).not.toBeNull();
  expect(life.now.logged).toContain('it is open');
});
