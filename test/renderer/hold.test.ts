import { describe, expect } from 'vitest';
import { card } from '../support/contract-scene.ts';
import { eventually, it, type Open, type Stage } from './harness.ts';

/** How long an allow of high risk must be held, in milliseconds. */
const HOLD_MS = 600;
const hold = (stage: Stage) => stage.button(/^Hold to allow/);

async function openRisky(open: Open, risk: 'high' | 'unknown' = 'high'): Promise<Stage> {
  const stage = await open({
    pending: [card('a', { risk, title: 'Run first' }), card('b', { title: 'Run second' })],
    clock: true,
  });
  await hold(stage).waitFor();
  await stage.stopClock();
  await eventually(() => hold(stage).isEnabled()).toBe(true);
  return stage;
}
async function press(stage: Stage): Promise<void> {
  const box = await hold(stage).boundingBox();
  if (box === null) throw new Error('no button');
  await stage.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await stage.page.mouse.down();
}

describe('an allow of high risk', () => {
  it('is not given by a click, a key press, or Enter; Deny is the filled button', async ({ open }) => {
    const stage = await openRisky(open, 'unknown');
    await hold(stage).click();
    for (const key of ['y', 'o', 'Y']) await stage.page.keyboard.press(key);
    await hold(stage).focus();
    await stage.page.keyboard.press('Enter');
    await stage.page.keyboard.press('Space');
    await stage.page.clock.runFor(5000);
    expect(await stage.verdicts()).toEqual([]);
    expect(await stage.button('Deny once').getAttribute('data-variant')).toBe('primary');
    await stage.page.keyboard.press('n');
    await eventually(() => stage.verdicts()).toEqual([{ kind: 'deny', reason: null }]);
  });

  it('is given when the button is held long enough, and not when it is let go before', async ({ open }) => {
    const stage = await openRisky(open);
    await press(stage);
    await stage.page.clock.runFor(HOLD_MS - 100);
    await stage.page.mouse.up();
    await stage.page.clock.runFor(5000);
    expect(await stage.verdicts()).toEqual([]);
    await press(stage);
    await stage.page.clock.runFor(HOLD_MS - 100);
    // Off the button is let go.
    await stage.page.mouse.move(5, 5);
    await stage.page.clock.runFor(5000);
    await stage.page.mouse.up();
    expect(await stage.verdicts()).toEqual([]);
    await press(stage);
    await stage.page.clock.runFor(HOLD_MS + 100);
    await eventually(() => stage.verdicts()).toEqual([{ kind: 'allow', scope: 'once' }]);
    await stage.page.mouse.up();
  });

  it('is given when Y is held, and not when anything comes between', async ({ open }) => {
    const stage = await openRisky(open);
    await stage.page.keyboard.down('y');
    await stage.page.clock.runFor(HOLD_MS - 100);
    await stage.page.keyboard.up('y');
    await stage.page.clock.runFor(5000);
    expect(await stage.verdicts()).toEqual([]);
    await stage.page.keyboard.down('y');
    await stage.page.evaluate(() => dispatchEvent(new Event('blur')));
    await stage.page.clock.runFor(5000);
    expect(await stage.verdicts()).toEqual([]);
    await stage.page.keyboard.up('y');
    await stage.page.keyboard.down('y');
    await stage.page.clock.runFor(HOLD_MS + 100);
    await eventually(() => stage.verdicts()).toEqual([{ kind: 'allow', scope: 'once' }]);
    await stage.page.keyboard.up('y');
  });

  it('is void when the request ends under the hand: the next one is not answered by it', async ({ open }) => {
    const stage = await openRisky(open);
    await press(stage);
    await stage.page.keyboard.down('y');
    await stage.page.clock.runFor(HOLD_MS - 200);
    stage.double.end('a', 'cancelled', 'Claude Code gave up before an answer');
    await stage.detail.getByRole('heading', { name: 'Run second' }).waitFor();
    await stage.page.clock.runFor(5000);
    expect(await stage.verdicts()).toEqual([]);
    // The key repeat that goes on is no new press.
    await stage.page.keyboard.down('y');
    await stage.page.mouse.up();
    expect(await stage.verdicts()).toEqual([]);
  });

  it('is void when the connection is lost meanwhile', async ({ open }) => {
    const stage = await openRisky(open);
    await press(stage);
    stage.server.cut();
    await stage.page
      .getByText(/Gatehouse does not answer/)
      .first()
      .waitFor();
    await stage.page.clock.runFor(HOLD_MS + 100);
    expect(await stage.verdicts()).toEqual([]);
    stage.excuse(/WebSocket connection/);
  });

  it('counts instead of filling where motion is not wanted', async ({ open }) => {
    const stage = await openRisky(open);
    await stage.page.emulateMedia({ reducedMotion: 'reduce' });
    await press(stage);
    await eventually(() => hold(stage).innerText()).toMatch(/0\.6 s$/m);
    await stage.page.clock.runFor(300);
    await eventually(() => hold(stage).innerText()).toMatch(/0\.[34] s$/m);
    const running = await stage.page.evaluate(() => document.getAnimations().length);
    expect(running).toBe(0);
    await stage.page.clock.runFor(400);
    await eventually(() => stage.verdicts()).toEqual([{ kind: 'allow', scope: 'once' }]);
    await stage.page.mouse.up();
  });
});
