import { describe, expect } from 'vitest';
import { card } from '../support/contract-scene.ts';
import { eventually, it, type Stage } from './harness.ts';

const deny = (stage: Stage) => stage.detail.getByRole('button', { name: 'Deny once' });

describe('a page that was opened anew', () => {
  it('shows what waits, decides nothing, and asks for the PIN', async ({ open }) => {
    const stage = await open({ pending: [card('a'), card('b', { risk: 'high' })], pin: '271828' });
    await stage.page.getByText('Enter the PIN to answer requests here.').waitFor();
    await eventually(() => stage.requests.count()).toBe(2);
    // Not the dead time, which passes by itself: the button is off.
    expect(await deny(stage).getAttribute('disabled')).not.toBeNull();
    for (const key of ['n', 'y', 'o']) await stage.page.keyboard.press(key);
    expect(await stage.verdicts()).toEqual([]);

    await stage.page.getByLabel('PIN').fill('271829');
    await stage.page.keyboard.press('Enter');
    await stage.page.getByText('the PIN is not right').waitFor();
    expect(await stage.page.getByLabel('PIN').inputValue()).toBe('');
    expect(await deny(stage).isDisabled()).toBe(true);

    await stage.page.getByLabel('PIN').fill('271828');
    await stage.button('Unlock this page').click();
    await eventually(() => deny(stage).isEnabled()).toBe(true);
    expect(await stage.page.getByLabel('PIN').count()).toBe(0);
    await deny(stage).click();
    await eventually(() => stage.double.answers.length).toBe(1);
  });

  it('is locked again the moment another page sets a new PIN', async ({ open }) => {
    const stage = await open({ pending: [card('a')] });
    await eventually(() => deny(stage).isEnabled()).toBe(true);
    const other = await stage.page.context().newPage();
    await other.goto(stage.server.link());
    await other.getByText('Another page was opened first').waitFor();
    expect(await other.getByLabel('PIN').count()).toBe(0);
    expect(await other.getByRole('button', { name: 'Deny once' }).isDisabled()).toBe(true);
    await stage.page.evaluate(() => {
      location.hash = 'settings';
    });
    await stage.page.getByLabel('New PIN').fill('271828');
    await stage.page.getByLabel('Again').fill('271828');
    await stage.button('Set the PIN').click();
    await other.getByText('Enter the PIN to answer requests here.').waitFor();
    await other.getByLabel('PIN').fill('271828');
    await other.getByRole('button', { name: 'Unlock this page' }).click();
    await eventually(() => other.getByRole('button', { name: 'Deny once' }).isEnabled()).toBe(true);
  });

  it('types no PIN into a decision', async ({ open }) => {
    const stage = await open({ pending: [card('a')], pin: 'nyoj-nyoj' });
    await stage.page.getByLabel('PIN').focus();
    await stage.page.keyboard.type('nyoj-nyoj');
    expect(await stage.verdicts()).toEqual([]);
    await stage.page.keyboard.press('Enter');
    await eventually(() => deny(stage).isEnabled()).toBe(true);
    expect(await stage.verdicts()).toEqual([]);
  });
});
