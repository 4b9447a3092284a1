import axe, { type AxeResults } from 'axe-core';
import { describe, expect } from 'vitest';
import { card, commandCard, HOSTILE_COMMAND, LONG_COMMAND } from '../support/contract-scene.ts';
import { eventually, it, type Open, type OpenOptions, type Stage } from './harness.ts';
import { layoutFaults } from './layout-check.ts';

const SIZE = { width: 360, height: 224 } as const;

/** The page as the card's window shows it. */
async function openCard(open: Open, options: OpenOptions): Promise<Stage> {
  const stage = await open(options);
  await stage.page.evaluate(() => {
    location.hash = 'card';
  });
  await stage.page.setViewportSize(SIZE);
  await stage.page.reload();
  await stage.page.getByRole('main').waitFor();
  await stage.settled();
  return stage;
}

const EFFECTS = {
  known: true,
  cells: [
    { label: 'Project', text: 'reads 9 files, writes none', detail: null, tone: 'plain' },
    { label: 'Outside', text: '14 KB to github.com; reads 1 file', detail: null, tone: 'flagged' },
    { label: 'Undo', text: 'no: others can fetch it before you revert', detail: null, tone: 'destructive' },
    { label: 'Runs', text: 'code of the workspace', detail: null, tone: 'flagged' },
  ],
} as const;
const push = card('push', {
  title: 'Push 2 commits to github.com',
  params: [
    {
      name: 'command',
      kind: 'command',
      value: 'git push origin HEAD:feature/login',
      bytes: 34,
      truncated: false,
    },
  ],
  effects: { ...EFFECTS, cells: [...EFFECTS.cells] },
});

const buttons = (stage: Stage) =>
  stage.page.locator('footer button').evaluateAll((all) => all.map((button) => button.textContent));

describe('the card', () => {
  it('offers to deny, to look and to allow once; with a high risk only to deny and to look', async ({
    open,
  }) => {
    const stage = await openCard(open, { pending: [push, card('b')] });
    await stage.page.getByRole('heading', { name: 'Push 2 commits to github.com' }).waitFor();
    expect(await buttons(stage)).toEqual(['Deny onceN', 'Review↵', 'Allow onceY']);
    await stage.page.getByText('1 of 2').waitFor();
    for (const risk of ['high', 'unknown'] as const) {
      const high = await openCard(open, { pending: [card('h', { risk })] });
      await high.page.getByRole('heading').waitFor();
      expect(await buttons(high)).toEqual(['Deny onceN', 'Review↵']);
      await eventually(() => high.button('Deny once').getAttribute('aria-disabled')).toBe(null);
      await high.page.keyboard.press('y');
      expect(await high.verdicts()).toEqual([]);
    }
  });

  it.for([
    ['is longer than the card', commandCard('l', LONG_COMMAND)],
    [
      'has more lines than fit',
      commandCard('m', Array.from({ length: 9 }, (_, at) => `step ${at}`).join('\n')),
    ],
    [
      'has a parameter that is not shown',
      card('p', { params: [...push.params, { ...push.params[0], name: 'cwd' } as never] }),
    ],
    ['was cut', card('t', { params: [{ ...push.params[0], truncated: true } as never] })],
  ] as const)('offers no yes to a call that %s', async ([, request], { open }) => {
    const stage = await openCard(open, { pending: [request] });
    await stage.page.getByText('Not all of it fits here. Review shows it.').waitFor();
    expect(await buttons(stage)).toEqual(['Deny onceN', 'Review↵']);
    await eventually(() => stage.button('Deny once').getAttribute('aria-disabled')).toBe(null);
    await stage.page.keyboard.press('y');
    expect(await stage.verdicts()).toEqual([]);
  });

  it.for([
    ['n', { kind: 'deny', reason: null }],
    ['y', { kind: 'allow', scope: 'once' }],
  ] as const)('answers with the key %s, once', async ([key, verdict], { open }) => {
    const stage = await openCard(open, { pending: [push] });
    await eventually(() => stage.button('Deny once').getAttribute('aria-disabled')).toBe(null);
    await stage.page.keyboard.press(key);
    await stage.page.keyboard.press(key);
    await eventually(() => stage.verdicts()).toEqual([verdict]);
    await eventually(() => stage.double.answers.map(({ id }) => id)).toEqual(['push']);
  });

  it('is dead for a moment after it came up, and after another request took the place', async ({ open }) => {
    const stage = await openCard(open, { pending: [card('a'), card('b')], clock: true });
    const isDead = () => stage.button('Deny once').getAttribute('aria-disabled');
    // Its time runs from when it came up: with the clock stopped before, it would stay dead.
    await stage.page.getByText('1 of 2').waitFor();
    await stage.stopClock();
    await eventually(isDead).toBe(null);
    stage.double.end('a', 'expired');
    await stage.page.getByText('1 of 1').waitFor();
    await stage.page.keyboard.press('y');
    await stage.page.clock.runFor(399);
    await stage.page.keyboard.press('y');
    expect(await stage.verdicts()).toEqual([]);
    await stage.page.clock.runFor(200);
    await eventually(isDead).toBe(null);
    await stage.page.keyboard.press('y');
    await eventually(() => stage.double.answers.map(({ id }) => id)).toEqual(['b']);
  });

  it('stays at its request when a riskier one comes', async ({ open }) => {
    const stage = await openCard(open, { pending: [push] });
    stage.double.arrive(card('worse', { risk: 'high', title: 'Delete everything' }));
    await stage.page.getByText('2 of 2').waitFor();
    await stage.page.getByRole('heading', { name: 'Push 2 commits to github.com' }).waitFor();
  });

  it('asks its window to show the request, and is put away without a decision', async ({ open }) => {
    const stage = await openCard(open, { pending: [push] });
    await stage.button('Review').click();
    await eventually(() => stage.sent('windowAct')).toContainEqual([{ kind: 'review', request: 'push' }]);
    await stage.page.keyboard.press('Escape');
    await eventually(() => stage.sent('windowAct')).toContainEqual([{ kind: 'put_away' }]);
    expect(await stage.verdicts()).toEqual([]);
    expect(await stage.page.getByRole('heading').count()).toBe(0);
    stage.double.arrive(card('next', { title: 'Run next' }));
    await stage.page.getByRole('heading', { name: 'Run next' }).waitFor();
    await stage.page.getByText('1 of 1').waitFor();
  });

  it('tells its window when the pointer comes and goes', async ({ open }) => {
    const stage = await openCard(open, { pending: [push] });
    await stage.page.mouse.move(100, 100);
    await eventually(() => stage.sent('windowAct')).toContainEqual([{ kind: 'pointer', over: true }]);
  });

  it('says why it cannot answer', async ({ open }) => {
    const stage = await openCard(open, { pending: [push], pin: 'a good 7 pin' });
    await stage.page.getByText('This page may look, not decide.').waitFor();
    expect(await stage.button('Deny once').isDisabled()).toBe(true);
  });

  for (const [name, request] of [
    ['a request with effects', push],
    ['effects that are not known', card('u')],
    ['hostile text', commandCard('h', HOSTILE_COMMAND, { risk: 'high' })],
    ['a very long command', commandCard('l', LONG_COMMAND)],
    ['no parameter', card('p', { params: [] })],
  ] as const)
    it(`fits, light and dark, with ${name}`, async ({ open }) => {
      const stage = await openCard(open, { pending: [request, card('z')] });
      await stage.page.getByRole('heading').waitFor();
      await stage.page.evaluate(axe.source);
      for (const colorScheme of ['light', 'dark'] as const) {
        await stage.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const { violations } = (await stage.page.evaluate(() =>
          (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }),
        )) as AxeResults;
        expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
        // The text of the call is cut on purpose where it does not fit, and the card says so.
        const faults = await stage.page.evaluate(layoutFaults);
        expect(faults.filter((fault) => !/pre\.cl /.test(fault))).toEqual([]);
        const overflow = await stage.page.evaluate(() => {
          const box = document.querySelector('footer')?.getBoundingClientRect();
          return [document.documentElement.scrollHeight, Math.round(box?.bottom ?? 0) <= innerHeight];
        });
        expect(overflow).toEqual([SIZE.height, true]);
        if (process.env['CARD_PICTURES'] !== undefined)
          await stage.page.screenshot({
            path: `${process.env['CARD_PICTURES']}/${request.id}-${colorScheme}.png`,
          });
      }
    });
});

it('a link of #inbox/ID opens the inbox at that request, once', async ({ open }) => {
  const stage = await open({
    pending: [card('a', { title: 'Run first' }), card('b', { title: 'Run second' })],
  });
  await stage.detail.getByRole('heading', { name: 'Run first' }).waitFor();
  await stage.go('inbox/b' as never);
  await stage.detail.getByRole('heading', { name: 'Run second' }).waitFor();
  expect(await stage.page.evaluate(() => location.hash)).toBe('#inbox');
  await stage.page.keyboard.press('k');
  await stage.detail.getByRole('heading', { name: 'Run first' }).waitFor();
  await stage.go('inbox/b' as never);
  await stage.detail.getByRole('heading', { name: 'Run second' }).waitFor();
  await stage.go('inbox/gone' as never);
  await stage.detail.getByRole('heading', { name: 'Run second' }).waitFor();
});
