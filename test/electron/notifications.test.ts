import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NotificationView } from '../../main/app/desktop-port.ts';
import { ElectronNotifier } from '../../main/electron/notifications.ts';
import { Notification, resetElectron } from '../support/electron-stub.ts';

const onStale = vi.fn();
let told: unknown[];

beforeEach(() => {
  resetElectron();
  vi.resetAllMocks();
  told = [];
});
afterEach(() => vi.useRealTimers());

function started(platform: NodeJS.Platform = 'darwin'): ElectronNotifier {
  const notifier = new ElectronNotifier({ onStale, platform });
  notifier.start({
    onKey: (id, key) => told.push(['key', id, key]),
    onClosed: (id) => told.push(['closed', id]),
    onReplaced: (id) => told.push(['replaced', id]),
    onVoided: () => told.push(['voided']),
    onStatus: () => told.push(['status']),
    onSuspicion: (what) => told.push(['suspicion', what]),
  });
  return notifier;
}

const VIEW: NotificationView = {
  id: 'a1',
  title: 'Push 2 commits',
  body: 'Claude Code in web',
  buttons: [
    { key: 'k-allow', label: 'Allow once' },
    { key: 'k-deny', label: 'Deny' },
  ],
  press: 'k-look',
};
const last = () => Notification.all.at(-1) as Notification;

async function shown(notifier: ElectronNotifier, view: NotificationView = VIEW): Promise<Notification> {
  const taken = notifier.show(view);
  last().emit('show', {});
  expect(await taken).toBe(true);
  return last();
}

describe('a notification', () => {
  it('has the words and buttons it is given, in their order', async () => {
    const made = await shown(started('win32'));
    expect(made.options).toEqual({
      id: 'a1',
      groupId: 'gatehouse',
      title: 'Push 2 commits',
      body: 'Claude Code in web',
      actions: [
        { type: 'button', text: 'Allow once' },
        { type: 'button', text: 'Deny' },
      ],
      timeoutType: 'never',
    });
    expect(made.did).toEqual(['show']);
  });

  it.each([
    ['action', 0, 'k-allow'],
    ['action', 1, 'k-deny'],
    ['click', undefined, 'k-look'],
  ] as const)('tells of the press %s %s by its key, once', async (event, index, key) => {
    const made = await shown(started());
    made.emit(event, {}, index);
    made.emit(event, {}, index);
    made.emit('close', {});
    expect(told).toEqual([['key', 'a1', key]]);
  });

  it('tells nothing of a button that it does not have', async () => {
    const made = await shown(started());
    made.emit('action', {}, 2);
    made.emit('action', {}, -1);
    expect(told).toEqual([]);
  });

  it('that is put away decided nothing', async () => {
    const made = await shown(started());
    made.emit('close', {});
    expect(told).toEqual([['closed', 'a1']]);
  });

  it('that is withdrawn says nothing any more', async () => {
    const notifier = started();
    const made = await shown(notifier);
    notifier.withdraw('a1');
    made.emit('action', {}, 0);
    expect(made.did).toEqual(['show', 'close']);
    expect(Notification.removed).toContain('a1');
    expect(told).toEqual([]);
  });

  it('takes the place of the one of the same id, whose keys are void then', async () => {
    const notifier = started();
    const first = await shown(notifier);
    const second = await shown(notifier, { ...VIEW, buttons: [{ key: 'k-new', label: 'Deny' }] });
    first.emit('action', {}, 0);
    first.emit('close', {});
    expect(told).toEqual([]);
    second.emit('action', {}, 0);
    expect(told).toEqual([['key', 'a1', 'k-new']]);
  });
});

describe('the service', () => {
  it('that takes none is a state with a way out, until it takes one', async () => {
    const notifier = started();
    expect(notifier.status()).toMatchObject({ state: 'ready', buttons: true, trusted: true, service: null });
    const taken = notifier.show(VIEW);
    last().emit('failed', {}, 'not allowed');
    expect(await taken).toBe(false);
    expect(notifier.status()).toMatchObject({
      state: 'absent',
      detail: 'The system took no notification: not allowed.',
      buttons: false,
    });
    await shown(notifier);
    expect(notifier.status().state).toBe('ready');
    expect(told).toEqual([['status'], ['status']]);
  });

  it('that never answers took none', async () => {
    vi.useFakeTimers();
    const taken = started().show(VIEW);
    vi.advanceTimersByTime(3000);
    expect(await taken).toBe(false);
  });

  it('that is not there is a state as well', async () => {
    Notification.supported = false;
    const notifier = started();
    expect(await notifier.show(VIEW)).toBe(false);
    expect(notifier.status()).toMatchObject({ state: 'absent', buttons: false });
    expect(Notification.all).toEqual([]);
  });
});

describe('what an earlier run left', () => {
  it('is taken away at the start', () => {
    started();
    expect(Notification.removed).toEqual(['group gatehouse']);
  });

  it('is asked to go on macOS alone: Electron has no such function elsewhere', async () => {
    const notifier = started('win32');
    const made = await shown(notifier);
    notifier.withdraw(VIEW.id);
    expect(made.did).toEqual(['show', 'close']);
    expect(Notification.removed).toEqual([]);
  });

  it('shows the window when it is pressed on Windows, whatever was pressed', async () => {
    const notifier = started('win32');
    Notification.activation?.({ type: 'action', actionIndex: 0, arguments: 'x' });
    expect(onStale).toHaveBeenCalledOnce();
    expect(told).toEqual([]);
    await shown(notifier);
    Notification.activation?.({ type: 'click', arguments: 'x' });
    expect(onStale).toHaveBeenCalledOnce();
  });
});

it('everything goes when it is closed', async () => {
  const notifier = started();
  const made = await shown(notifier);
  await notifier.close();
  expect(made.did).toEqual(['show', 'close']);
  expect(told).toEqual([]);
  expect(await notifier.show(VIEW)).toBe(false);
});
