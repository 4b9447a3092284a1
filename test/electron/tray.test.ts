import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TrayAction, TrayView } from '../../main/app/desktop-port.ts';
import { ElectronTray } from '../../main/electron/tray.ts';
import { app, nativeTheme, resetElectron, Tray } from '../support/electron-stub.ts';

const icons = join(import.meta.dirname, '..', '..', 'resources', 'icons', 'tray');
const onWaiting = vi.fn();
let actions: TrayAction[];
let statuses: number;

beforeEach(() => {
  resetElectron();
  vi.resetAllMocks();
  [actions, statuses] = [[], 0];
});

function started(platform: NodeJS.Platform): ElectronTray {
  const tray = new ElectronTray({ icons, onWaiting, platform });
  tray.start({
    onAction: (action) => actions.push(action),
    onStatus: () => {
      statuses += 1;
    },
  });
  return tray;
}

const VIEW: TrayView = {
  state: 'waiting',
  bars: 'half',
  dot: true,
  waiting: 2,
  title: 'Gatehouse: 2 wait',
  tooltip: 'Two agents are supervised.',
  menu: [
    { kind: 'label', text: 'Guarding 2 agents' },
    { kind: 'separator' },
    { kind: 'action', text: 'Push a && b & c', action: { kind: 'review', request: 'a1' } },
    {
      kind: 'submenu',
      text: 'Pause',
      items: [{ kind: 'action', text: 'For 15 minutes', action: { kind: 'pause', length: '15m' } }],
    },
    { kind: 'action', text: 'Stop everything', action: { kind: 'panic' } },
    { kind: 'action', text: 'Quit', action: { kind: 'quit' } },
  ],
};
const CALM: TrayView = { ...VIEW, state: 'calm', dot: false, waiting: 0, title: 'Gatehouse', menu: [] };

const menu = (): MenuItemConstructorOptions[] => Tray.all[0]?.menus.at(-1) ?? [];
const click = (item: MenuItemConstructorOptions | undefined) =>
  item?.click?.({} as never, undefined, {} as never);

describe('the menu', () => {
  it('says what the supervisor says, word for word, and does nothing by itself', () => {
    started('linux').render(VIEW);
    expect(menu().map(({ type, label, enabled }) => [type, label, enabled])).toEqual([
      [undefined, 'Guarding 2 agents', false],
      ['separator', undefined, undefined],
      [undefined, 'Push a &&&& b && c', undefined],
      [undefined, 'Pause', undefined],
      [undefined, 'Stop everything', undefined],
      [undefined, 'Quit', undefined],
    ]);
    expect(menu().some(({ role }) => role !== undefined)).toBe(false);
    expect(actions).toEqual([]);
  });

  it('tells what was chosen, also in a menu inside', () => {
    started('linux').render(VIEW);
    click(menu()[2]);
    const inner = (menu()[3]?.submenu ?? []) as MenuItemConstructorOptions[];
    click(inner[0]);
    click(menu()[5]);
    expect(actions).toEqual([
      { kind: 'review', request: 'a1' },
      { kind: 'pause', length: '15m' },
      { kind: 'quit' },
    ]);
  });

  it('is made anew for every change: desktops of Linux keep the one they have', () => {
    const tray = started('linux');
    tray.render(VIEW);
    tray.render(CALM);
    expect(Tray.all).toHaveLength(1);
    expect(Tray.all[0]?.menus).toHaveLength(2);
    expect(menu()).toEqual([]);
  });
});

describe('the icon', () => {
  it.each([
    ['half', false, 'guarding'],
    ['half', true, 'guarding-waiting'],
    ['down', false, 'blocked'],
    ['down', true, 'blocked-waiting'],
    ['up', false, 'paused'],
    ['up', true, 'paused-waiting'],
  ] as const)('with the bars %s and the dot %s is %s, and is there in both densities', (bars, dot, name) => {
    for (const [platform, tone] of [
      ['darwin', 'ink'],
      ['win32', 'ink'],
      ['linux', 'edged'],
    ] as const) {
      resetElectron();
      started(platform).render({ ...VIEW, bars, dot });
      const image = Tray.all[0]?.image;
      expect(image?.path).toBe(join(icons, `${name}-${tone}-22.png`));
      expect(image?.representations.map(({ scaleFactor, buffer }) => [scaleFactor, String(buffer)])).toEqual([
        [2, join(icons, `${name}-${tone}-44.png`)],
      ]);
      for (const size of [22, 44]) expect(existsSync(join(icons, `${name}-${tone}-${size}.png`))).toBe(true);
      expect(image?.template).toBe(platform === 'darwin');
    }
  });

  it('follows the taskbar of Windows when that changes', () => {
    started('win32').render(CALM);
    nativeTheme.shouldUseDarkColorsForSystemIntegratedUI = true;
    nativeTheme.emit('updated');
    expect(Tray.all[0]?.image.path).toBe(join(icons, 'guarding-paper-22.png'));
  });

  it('opens the page when it is clicked', () => {
    started('win32').render(CALM);
    Tray.all[0]?.emit('click');
    expect(actions).toEqual([{ kind: 'open' }]);
  });

  it('tells the count: in words, as a badge, and beside it on macOS', () => {
    const tray = started('darwin');
    tray.render(VIEW);
    expect([Tray.all[0]?.toolTip, Tray.all[0]?.title]).toEqual([
      'Gatehouse: 2 wait\nTwo agents are supervised.',
      '2',
    ]);
    tray.render({ ...CALM, tooltip: '' });
    expect([Tray.all[0]?.toolTip, Tray.all[0]?.title]).toEqual(['Gatehouse', '']);
    expect(app.badges).toEqual([2, 0]);
    expect(onWaiting.mock.calls.map(([count]) => count)).toEqual([2, 0]);
    resetElectron();
    started('linux').render(VIEW);
    expect(Tray.all[0]?.title).toBeNull();
  });
});

describe('the tray', () => {
  it('is trusted where only the person can press it', () => {
    expect(
      ['darwin', 'win32', 'linux'].map((platform) => started(platform as NodeJS.Platform).trusted),
    ).toEqual([true, true, false]);
  });

  it('that no desktop shows is a state with a way out, and is there again when one does', () => {
    const tray = started('linux');
    tray.render(VIEW);
    expect(tray.status().state).toBe('ready');
    tray.hostIs(false);
    tray.hostIs(false);
    expect(tray.status()).toMatchObject({ state: 'absent', detail: 'This desktop shows no tray.' });
    tray.hostIs(true);
    expect(tray.status()).toMatchObject({ state: 'ready', hint: null });
    expect(statuses).toBe(3);
  });

  it('that the system does not give is a state, not an error', () => {
    Tray.broken = 'no status area';
    const tray = started('win32');
    expect(tray.status().state).toBe('ready');
    tray.render(VIEW);
    tray.render(CALM);
    expect(tray.status()).toMatchObject({
      state: 'absent',
      detail: 'The system shows no tray: no status area.',
    });
    expect(statuses).toBe(1);
    expect(app.badges).toEqual([2, 0]);
  });

  it('goes when it is closed, and is not painted again', async () => {
    const tray = started('win32');
    tray.render(VIEW);
    await tray.close();
    expect(Tray.all[0]?.destroyed).toBe(true);
    nativeTheme.emit('updated');
    expect(Tray.all).toHaveLength(1);
    expect(nativeTheme.listenerCount('updated')).toBe(0);
  });
});
