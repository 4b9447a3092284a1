import { describe, expect } from 'vitest';
import { card } from '../support/contract-scene.ts';
import { eventually, it, type Open, type Stage } from './harness.ts';

/** What the page must let pass before an answer, in milliseconds. */
const DEAD_MS = 400;
const deny = (stage: Stage) => stage.button('Deny once');

/** The page's time stands still and moves only when a test moves it. */
async function openStopped(open: Open): Promise<Stage> {
  const stage = await open({
    pending: [card('a', { title: 'Run first' }), card('b', { title: 'Run second' })],
    clock: true,
  });
  await deny(stage).waitFor();
  await stage.stopClock();
  await eventually(() => deny(stage).isEnabled()).toBe(true);
  return stage;
}
/** Tries every way to answer. */
async function tryAll(stage: Stage): Promise<void> {
  for (const key of ['n', 'y', 'o']) await stage.page.keyboard.press(key);
  const box = await deny(stage).boundingBox();
  if (box !== null) await stage.page.mouse.click(box.x + 5, box.y + 5);
  await stage
    .button(/^Allow/)
    .first()
    .click({ force: true });
  await deny(stage).focus();
  await stage.page.keyboard.press('Enter');
}
async function expectDeadThenAlive(stage: Stage): Promise<void> {
  await tryAll(stage);
  await stage.page.clock.runFor(DEAD_MS - 1);
  await tryAll(stage);
  expect(await stage.verdicts()).toEqual([]);
  await stage.page.clock.runFor(200);
  await eventually(() => deny(stage).isEnabled()).toBe(true);
  await stage.page.keyboard.press('n');
  await eventually(() => stage.verdicts()).toHaveLength(1);
}

describe('a request cannot be answered', () => {
  it('in the moment after another one took its place', async ({ open }) => {
    const stage = await openStopped(open);
    stage.double.end('a', 'expired');
    await stage.detail.getByRole('heading', { name: 'Run second' }).waitFor();
    await expectDeadThenAlive(stage);
    await eventually(() => stage.double.answers.map(({ id }) => id)).toEqual(['b']);
  });

  it('in the moment after it was chosen', async ({ open }) => {
    const stage = await openStopped(open);
    await stage.page.keyboard.press('j');
    await stage.detail.getByRole('heading', { name: 'Run second' }).waitFor();
    await expectDeadThenAlive(stage);
  });

  it('by the click that brought the window to the front', async ({ open }) => {
    const stage = await openStopped(open);
    await stage.page.evaluate(() => dispatchEvent(new Event('focus')));
    await expectDeadThenAlive(stage);
  });

  it('in the moment after its buttons moved', async ({ open }) => {
    const stage = await openStopped(open);
    const before = await stage.button(/^Allow/).boundingBox();
    await stage.page.setViewportSize({ width: 1150, height: 700 });
    await eventually(() => deny(stage).isEnabled()).toBe(false);
    expect(await stage.button(/^Allow/).boundingBox()).not.toEqual(before);
    await expectDeadThenAlive(stage);
  });

  it('in the moment after another scope changed what a button does', async ({ open }) => {
    const stage = await openStopped(open);
    await stage.page.keyboard.press('s');
    await stage.button(/until the session ends/).waitFor();
    await eventually(() => deny(stage).isEnabled()).toBe(false);
    await expectDeadThenAlive(stage);
  });
});
