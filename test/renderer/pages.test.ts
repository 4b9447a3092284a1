import axe, { type AxeResults } from 'axe-core';
import { describe, expect } from 'vitest';
import { it, type Stage } from './harness.ts';
import { layoutFaults } from './layout-check.ts';
import { SCENES } from './scenes.ts';

const WIDTHS = [1280, 1100, 1000, 900, 760, 520] as const;
/** Here list and detail of the inbox are two steps. */
const NARROW = [760, 520] as const;
const HEIGHT = 720;

/** What does not fit after the page has taken on its new size. */
async function misfits(stage: Stage, widths: readonly number[]): Promise<string[]> {
  const all: string[] = [];
  for (const width of widths) {
    await stage.page.setViewportSize({ width, height: HEIGHT });
    await stage.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    const faults = await stage.page.evaluate(layoutFaults);
    all.push(...faults.map((fault) => `${width}: ${fault}`));
  }
  return all;
}

/** What axe calls serious or critical, a line for each element. */
async function barriers(stage: Stage, rules: readonly string[] = []): Promise<string[]> {
  const options = { resultTypes: ['violations'], ...(rules.length === 0 ? {} : { runOnly: rules }) };
  const results = (await stage.page.evaluate(
    (given) => (globalThis as unknown as { axe: typeof axe }).axe.run(given as never),
    options,
  )) as AxeResults;
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
}

/** Elements that would move or fade although motion is not wanted. */
function moving(stage: Stage): Promise<string[]> {
  return stage.page.evaluate(() =>
    [...document.querySelectorAll('*')]
      .filter((element) => {
        const { transitionDuration, animationName } = getComputedStyle(element);
        return /[1-9]/.test(transitionDuration) || animationName !== 'none';
      })
      .map((element) => `${element.tagName} ${element.className}`),
  );
}

describe('nothing is cut, runs over or needs sideways scrolling; axe finds nothing serious', () => {
  for (const { name, options, enter } of SCENES) {
    it(name, async ({ open }) => {
      const stage = await open(options);
      await stage.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      await enter?.(stage);
      await stage.page.evaluate(axe.source);
      expect(await barriers(stage)).toEqual([]);
      await stage.page.emulateMedia({ colorScheme: 'dark' });
      // Only the colours are others now.
      expect(await barriers(stage, ['color-contrast'])).toEqual([]);
      expect(await moving(stage)).toEqual([]);

      expect(await misfits(stage, WIDTHS)).toEqual([]);
      const listAlone = (await stage.requests.count()) > 0 && (await stage.detail.count()) === 0;
      if (listAlone && (await stage.page.getByRole('dialog').count()) === 0) {
        await stage.requests.first().click();
        await stage.detail.waitFor();
        expect(await misfits(stage, NARROW)).toEqual([]);
      }
    });
  }
});

describe('the checks', () => {
  it('find what is planted', async ({ open }) => {
    const stage = await open();
    await stage.page.evaluate(axe.source);
    await stage.page.evaluate(() => {
      const line = document.createElement('p');
      line.textContent = 'too long '.repeat(100);
      line.style.cssText = 'white-space: nowrap; width: 20px; overflow: hidden; transition: opacity 1s';
      document.querySelector('main')?.prepend(line, document.createElement('button'));
    });
    expect((await misfits(stage, [1280])).join()).toMatch(/cut at the side.*too small to hit/s);
    expect((await barriers(stage)).join()).toContain('button-name');
    expect(await moving(stage)).toEqual(expect.arrayContaining(['P ']));
  });
});
