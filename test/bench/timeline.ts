/**
 * The timeline over a million rows: a page, filters, words and places through the worker, against the budget of
 * 20 ms; and scrolling it in a real browser beside an empty list in the same run. Prints one line of JSON.
 *
 * `GATEHOUSE_BENCH_LINES` makes the log of another size. The log is made once, below the temporary folder.
 */
import { join } from 'node:path';
import type { Page } from 'playwright';
import { success } from '../../main/app/pages.ts';
import { timelineRowView } from '../../main/app/views/timeline-view.ts';
import { millis } from '../../main/app/views/words.ts';
import { EVERYTHING, type TimelineFilter } from '../../main/audit/filter.ts';
import { LogMap } from '../../main/audit/log-map.ts';
import { buildOnce, projectRoot } from '../support/built.ts';
import { launchChromium, noBrowser } from '../support/chromium.ts';
import { ContractDouble } from '../support/contract-double.ts';
import { largeLog } from '../support/large-log.ts';
import { openPageServer } from '../support/page-server.ts';
import { rounded, summary } from '../support/samples.ts';

const LINES = Number(process.env.GATEHOUSE_BENCH_LINES ?? 1_000_000);
const ROUNDS = 12;
const PAGE = 200;
const SCROLL_MS = 4000;

const FILTERS: Readonly<Record<string, Partial<TimelineFilter>>> = {
  all: {},
  refused: { outcome: ['refused'] },
  client: { client: ['codex'] },
  module_and_risk: { action: ['shell.*'], risk: ['high'] },
  rule: { rule: ['default_policy'] },
  failed: { success: false },
  session: { session: ['ses_300'] },
  gate_and_agent: { gate: [5], agent: ['main'] },
  app_and_decision: { app: ['project-2'], decision: ['approval_required'] },
};
const WORDS = ['zanzibar', 'component-31', 'feature 900', 'git log', 'docs example'] as const;

const file = largeLog(LINES);
const map = new LogMap(file);
try {
  process.stdout.write(`${JSON.stringify({ name: 'timeline', lines: LINES, ...(await measure()) })}\n`);
} finally {
  await map.close();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function measure(): Promise<object> {
  process.stderr.write('timeline: reading the lines\n');
  const load = await timed(() => map.page(EVERYTHING, null, PAGE));
  process.stderr.write('timeline: pages, filters, words\n');
  const times = {
    page: [] as number[],
    filter: [] as number[],
    search: [] as number[],
    strip: [] as number[],
  };
  let dice = 7;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const part of Object.values(FILTERS)) {
      const filter = { ...EVERYTHING, ...part };
      // What the page waits for when a filter is set: the newest rows. Then their places.
      times.filter.push(await timed(() => map.newest(filter, PAGE)));
      const { matched } = await map.page(filter, null, 1);
      dice = (Math.imul(dice, 1_664_525) + 1_013_904_223) >>> 0;
      const first = Math.floor((dice / 2 ** 32) * Math.max(1, matched - PAGE));
      times.page.push(await timed(() => map.page(filter, first, PAGE)));
      times.strip.push(await timed(() => map.density(filter, null, null, 150)));
    }
    for (const text of WORDS) times.search.push(await timed(() => map.newest({ ...EVERYTHING, text }, PAGE)));
  }
  return {
    load_ms: rounded(load, 0),
    any_page: summary(times.page),
    filter: summary(times.filter),
    search: summary(times.search),
    strip: summary(times.strip),
    budget_p95_ms: 20,
    scrolling: noBrowser === null ? await scrolling() : noBrowser,
  };
}

async function scrolling(): Promise<object> {
  process.stderr.write('timeline: scrolling\n');
  await buildOnce();
  const browser = await launchChromium();
  try {
    const full = await scroll(await browser.newPage({ viewport: { width: 1280, height: 800 } }), true);
    const empty = await scroll(await browser.newPage({ viewport: { width: 1280, height: 800 } }), false);
    return {
      full,
      empty,
      long_tasks_ratio: rounded((full.long_tasks_ms + 1) / (empty.long_tasks_ms + 1)),
      dropped_ratio: rounded((full.dropped + 1) / (empty.dropped + 1)),
    };
  } finally {
    await browser.close();
  }
}

/** Wheels through the list for a while, and jumps; tells what the browser could not keep up with. */
async function scroll(page: Page, withRows: boolean) {
  const double = new ContractDouble();
  if (withRows) serve(double);
  const server = await openPageServer(double, join(projectRoot, 'dist', 'renderer'));
  try {
    await page.goto(server.link());
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.evaluate(() => {
      location.hash = 'timeline';
    });
    await page.getByRole('grid').waitFor();
    if (withRows) await page.locator('[data-seq]').first().waitFor();
    // What the page does at its start is no scrolling.
    await page.waitForTimeout(1500);
    return await page.evaluate(async (length) => {
      const grid = document.querySelector('[role="grid"]');
      if (grid === null) throw new Error('no list');
      const long: number[] = [];
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) long.push(entry.duration);
      });
      observer.observe({ entryTypes: ['longtask'] });
      const frames: number[] = [];
      const start = performance.now();
      for (let last = start; performance.now() - start < length; ) {
        const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
        frames.push(now - last);
        last = now;
        grid.scrollTop += 90;
        // Every so often to another part of the log.
        if (frames.length % 60 === 0) grid.scrollTop = grid.scrollHeight * Math.abs(Math.sin(frames.length));
      }
      observer.disconnect();
      const sorted = frames.toSorted((a, b) => a - b);
      return {
        frames: frames.length,
        frame_p95_ms: Math.round((sorted[Math.floor(sorted.length * 0.95)] ?? 0) * 10) / 10,
        dropped: frames.filter((frame) => frame > 34).length,
        long_tasks: long.length,
        long_tasks_ms: Math.round(long.reduce((sum, one) => sum + one, 0)),
        rows_on_screen: document.querySelectorAll('[data-seq]').length,
      };
    }, SCROLL_MS);
  } finally {
    await page.close();
    await server.close();
  }
}

/** The double answers from the real map of the large log. */
function serve(double: ContractDouble): void {
  const take = (count: number) => {
    double.once('timeline', async (_page, filter, _before, limit) => {
      const found = await map.newest(filter, limit);
      return success({
        ...(found ?? { matched: null, total: 0, stopped: 0, asked: 0 }),
        rows: (found?.rows ?? []).map(timelineRowView),
      });
    });
    double.once('timelineAt', async (_page, filter, first, limit) => {
      take(1);
      const found = await map.page(filter, first, limit);
      return success({ ...found, rows: found.rows.map(timelineRowView) });
    });
    double.once('timelineDensity', async (_page, filter, _span, buckets) => {
      const found = await map.density(filter, null, null, buckets);
      const { through, asked, stopped } = found;
      return success({
        from: millis(found.from),
        to: millis(found.to),
        through: [...through],
        asked: [...asked],
        stopped: [...stopped],
      });
    });
    if (count > 1) take(count - 1);
  };
  take(20);
}
