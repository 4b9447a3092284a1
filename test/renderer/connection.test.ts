import { describe, expect } from 'vitest';
import { card, cards } from '../support/contract-scene.ts';
import { eventually, it, type Stage } from './harness.ts';

const LOST = /Gatehouse does not answer/;
/** Chromium's own word about a WebSocket that could not be opened. */
const UNREACHABLE = /WebSocket connection to .* failed/;

async function answerable(stage: Stage): Promise<void> {
  await eventually(() => stage.button('Deny once').isEnabled()).toBe(true);
}

describe('a connection that is lost', () => {
  it('is said at once; nothing can be answered, and nothing is sent', async ({ open }) => {
    const stage = await open({ pending: cards(3) });
    await answerable(stage);
    stage.server.cut();
    await stage.page.getByRole('alert').filter({ hasText: LOST }).waitFor();
    const answers = stage.detail.getByRole('button', { name: /Deny|Allow|Hold/ });
    await eventually(async () => (await answers.all()).length).toBeGreaterThan(2);
    for (const answer of await answers.all()) expect(await answer.getAttribute('disabled')).not.toBeNull();
    for (const key of ['n', 'y', 'o']) await stage.page.keyboard.press(key);
    await stage.button('Deny once').click({ force: true });
    expect(await stage.verdicts()).toEqual([]);
    expect(stage.double.answers).toEqual([]);
    stage.excuse(UNREACHABLE);
  });

  it('comes back by itself, with what waits by then, and answers again', async ({ open }) => {
    const stage = await open({ pending: [card('a', { title: 'Run first' })] });
    await answerable(stage);
    stage.server.cut();
    await stage.page.getByRole('alert').filter({ hasText: LOST }).waitFor();
    stage.double.arrive(card('b', { title: 'Run second' }));
    expect(await stage.requests.count()).toBe(1);
    stage.server.mend();
    await eventually(() => stage.requests.count()).toBe(2);
    await stage.page.getByRole('alert').filter({ hasText: LOST }).waitFor({ state: 'detached' });
    await answerable(stage);
    await stage.page.keyboard.press('n');
    await eventually(() => stage.double.answers.map(({ id }) => id)).toEqual(['a']);
    stage.excuse(UNREACHABLE);
  });

  it('fails an answer that was on its way, and says so when the page is back', async ({ open }) => {
    const stage = await open({ pending: [card('a')] });
    const held = stage.double.hold('answer');
    await answerable(stage);
    await stage.page.keyboard.press('n');
    await held.called;
    stage.server.cut();
    await stage.page.getByRole('alert').filter({ hasText: LOST }).first().waitFor();
    held.release();
    stage.server.mend();
    await stage.page
      .getByText(/Nothing waits/)
      .first()
      .waitFor();
    expect(stage.double.answers).toHaveLength(1);
    stage.excuse(UNREACHABLE);
  });
});

describe('the link', () => {
  it('is needed, is gone from the address, and a reload needs no other', async ({ open }) => {
    const stage = await open({ pending: [card('a')] });
    expect(new URL(stage.page.url()).hash).toBe('#inbox');
    await stage.page.reload();
    await eventually(() => stage.requests.count()).toBe(1);
    expect(await stage.page.evaluate(() => [localStorage.length, document.cookie])).toEqual([0, '']);
    const stranger = await stage.page.context().newPage();
    await stranger.goto(stage.server.origin);
    await stranger.getByText('This page was opened without a link.').waitFor();
  });

  it('may name the request that it opens at', async ({ open }) => {
    const stage = await open({
      pending: [card('req_a', { risk: 'high' }), card('req_b', { title: 'Run second' })],
    });
    await stage.page.goto('about:blank');
    await stage.page.goto(`${stage.server.link()}/req_b`);
    await stage.detail.getByText('Run second').first().waitFor();
    expect(new URL(stage.page.url()).hash).toMatch(/^#inbox/);
  });

  it('opens nothing a second time', async ({ open }) => {
    const stage = await open();
    const link = stage.server.link();
    const [first, second] = [await stage.page.context().newPage(), await stage.page.context().newPage()];
    await first.goto(link);
    await first.getByRole('navigation', { name: 'Pages' }).waitFor();
    await second.goto(link);
    await second.getByRole('heading', { name: 'This link does not open Gatehouse' }).waitFor();
    expect(await second.getByRole('main').innerText()).toContain('gatehouse open');
    // The supervisor records it; here that is the double.
    expect(stage.double.defects.splice(0)).toEqual([expect.stringContaining('link_reused')]);
  });

  it('that was used does not cost a tab the session it has', async ({ open }) => {
    const stage = await open({ pending: [card('a')] });
    const used = stage.server.link();
    const other = await stage.page.context().newPage();
    await other.goto(used);
    await other.getByRole('navigation', { name: 'Pages' }).waitFor();
    await stage.page.goto('about:blank');
    await stage.page.goto(used);
    await eventually(() => stage.requests.count()).toBe(1);
    await answerable(stage);
    await stage.page.keyboard.press('n');
    await eventually(() => stage.double.answers.length).toBe(1);
    expect(await stage.page.getByRole('alert').count()).toBe(0);
    expect(stage.double.defects.splice(0)).toEqual([expect.stringContaining('link_reused')]);
  });

  it('that is new works in a tab that was refused, although only the part after # changes', async ({
    open,
  }) => {
    const stage = await open({ pending: [card('a')] });
    await stage.page.evaluate(() => sessionStorage.setItem('gatehouse.session', 'x'.repeat(43)));
    await stage.page.reload();
    await stage.page.getByRole('heading', { name: 'This link does not open Gatehouse' }).waitFor();
    await stage.page.goto(stage.server.link());
    await eventually(() => stage.requests.count()).toBe(1);
    expect(new URL(stage.page.url()).hash).toBe('#inbox');
  });
});
