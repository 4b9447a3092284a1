import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { projectRoot } from '../support/built.ts';
import { cards, desktopView, noPause, overview } from '../support/contract-scene.ts';
import { eventually, it, type Stage } from './harness.ts';

const PAUSED = overview({
  enforcement: { state: 'paused', sentence: 'Paused until 15:00. Calls run and are recorded.', problems: [] },
  pause: noPause({
    running: [{ agent: null, until: 0, sentence: 'Paused until 15:00. Calls run and are recorded.' }],
  }),
});

/** Both themes, for looking at. */
async function pictures(stage: Stage, name: string): Promise<void> {
  const folder = join(projectRoot, 'test-results', 'pages');
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await stage.page.emulateMedia({ colorScheme });
    await stage.page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
  }
}

describe('pausing', () => {
  it('is chosen with its end in words, and is shown with the way back on every page', async ({ open }) => {
    const stage = await open({ pending: cards(2) });
    await stage.button('Pause or stop…').click();
    const dialog = stage.page.getByRole('dialog');
    await dialog.waitFor();
    await pictures(stage, 'pause-dialog');
    await stage.button('1 hour, until 15:45').click();
    await dialog.waitFor({ state: 'detached' });
    expect(await stage.sent('pause')).toEqual([[null, '1h']]);
    await stage.go('timeline');
    await stage.page.getByText('Paused until 15:45. Calls run and are recorded.').first().waitFor();
    await stage.button('Resume now').click();
    await stage.button('Resume now').waitFor({ state: 'detached' });
  });

  it('stops everything and lets agents work again', async ({ open }) => {
    const stage = await open({ pending: cards(2) });
    await stage.button('Pause or stop…').click();
    await stage.button('Stop everything, deny 2').click();
    await stage.page.getByText('Everything is stopped.').waitFor();
    await pictures(stage, 'stopped');
    expect(await stage.button('Pause or stop…').count()).toBe(0);
    await stage.button('Let agents work again').click();
    await stage.page.getByText('Everything is stopped.').waitFor({ state: 'detached' });
  });

  it('that the tray asks for is confirmed here, or not', async ({ open }) => {
    const stage = await open({ overview: overview({ pause: noPause({ wished: '15m' }) }) });
    await stage.page.getByText('The tray asks to pause all agents until 15:00.').waitFor();
    await pictures(stage, 'pause-wished');
    await stage.button('Do not pause').click();
    await stage.button('Do not pause').waitFor({ state: 'detached' });
    expect(await stage.sent('pause')).toEqual([]);
  });

  it('cannot be begun by a page that may only look', async ({ open }) => {
    const stage = await open({ pin: '314159' });
    await stage.button('Pause or stop…').click();
    expect(await stage.button('15 minutes, until 15:00').isDisabled()).toBe(true);
    expect(await stage.button('Stop everything').isDisabled()).toBe(false);
    await stage.page.keyboard.press('Escape');
    await stage.page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('shows at the foot, over the page and in the empty inbox', async ({ open }) => {
    const stage = await open({ overview: PAUSED });
    const said = stage.page.getByText('Paused until 15:00. Calls run and are recorded.');
    await eventually(() => said.count()).toBe(3);
    await pictures(stage, 'paused');
  });
});

describe('notifications', () => {
  it('are switched, and given hours', async ({ open }) => {
    const stage = await open({ at: 'settings' });
    await stage.page.getByText('dunst 1.9.0 (/usr/bin/dunst) shows notifications.').waitFor();
    await stage.page.getByLabel('At low and medium risk').selectOption('offer Deny and Review');
    await stage.page.getByLabel('Do not disturb').selectOption('at these hours');
    await stage.page.getByLabel('From').fill('21:30');
    await eventually(async () => (await stage.sent('setNotifications')).at(-1)).toEqual([
      { enabled: true, approve: false, quiet: { from: '21:30', to: '07:00' } },
    ]);
    await stage.page.getByRole('heading', { name: 'Notifications' }).scrollIntoViewIfNeeded();
    await pictures(stage, 'notifications');
  });

  it('are chosen one after the other, also before the first choice is answered', async ({ open }) => {
    const stage = await open({ at: 'settings' });
    const { settings } = desktopView();
    const held = stage.double.hold('setNotifications');
    await stage.page.getByLabel('At low and medium risk').selectOption('offer Deny and Review');
    await held.called;
    await stage.page.getByLabel('Do not disturb').selectOption('at these hours');
    await eventually(() => stage.sent('setNotifications')).toEqual([
      [{ ...settings, approve: false }],
      [{ ...settings, approve: false, quiet: { from: '22:00', to: '07:00' } }],
    ]);
    held.release();
  });

  it('of a service that is not known may not allow until it is agreed to', async ({ open }) => {
    const notifier = {
      ...desktopView().notifier,
      trusted: false,
      hint: 'it is not the program of the system that was there first: agree to it under Settings before it may approve',
    };
    const stage = await open({ at: 'settings', desktop: desktopView({ notifier }) });
    const agree = stage.button('This is my notification service: let it show Allow');
    await agree.scrollIntoViewIfNeeded();
    await pictures(stage, 'notifications-unknown');
    await agree.click();
    await agree.waitFor({ state: 'detached' });
    expect(await stage.sent('trustNotifier')).toEqual([['1/:1.5']]);
  });
});
