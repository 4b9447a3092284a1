import { expect } from 'vitest';
import {
  card,
  commandCard,
  HOSTILE_COMMAND,
  LONG_COMMAND,
  overview,
  sessions,
} from '../support/contract-scene.ts';
import { eventually, it, type Stage } from './harness.ts';

/** Characters that do not show, in the text of the page and in what is said of its parts; but for line breaks and tabs. */
async function hidden(stage: Stage): Promise<string[]> {
  const texts = await stage.page.evaluate(() => [
    document.title,
    document.body.innerText,
    ...[...document.querySelectorAll('*')].flatMap((element) =>
      ['title', 'aria-label', 'placeholder'].map((name) => element.getAttribute(name) ?? ''),
    ),
  ]);
  return [...texts.join(' ')].filter(
    (character) => /[\p{Cc}\p{Cf}]/u.test(character) && character !== '\n' && character !== '\t',
  );
}

it('shows every control, bidi and zero-width character by its name, wherever the text stands', async ({
  open,
}) => {
  const nasty = `x\u202Ey\u0000z`;
  const stage = await open({
    pending: [
      commandCard('a', HOSTILE_COMMAND, {
        title: `Run ${HOSTILE_COMMAND}`,
        reason: `because ${nasty}`,
        session: { id: 's_web', label: nasty },
        app: { root: `~/${nasty}`, name: nasty },
        rule: nasty,
        binding: nasty,
        cwd: nasty,
        who: [{ label: 'Says', text: nasty, code: nasty, source: 'claimed' }],
        effects: { known: true, cells: [{ label: 'Files', text: nasty, detail: nasty, tone: 'flagged' }] },
        scopes: [{ scope: 'once', label: 'once', button: `Allow ${nasty}`, unavailable: null }],
      }),
    ],
    recent: [
      {
        id: 'old',
        outcome: 'denied',
        title: nasty,
        note: nasty,
        at: Date.now(),
        byPerson: true,
        undoUntil: null,
      },
    ],
    overview: overview({ sessions: sessions().map((session) => ({ ...session, label: nasty })) }),
  });
  const command = stage.detail.getByLabel('command');
  await command.waitFor();
  expect(await command.innerText()).toBe(
    'echo U+001B[2KU+202Etxt.shU+202C U+200Brm -rf ~U+0007 # U+2066safeU+2069',
  );
  expect(await hidden(stage)).toEqual([]);
});

it('shows 20 kB without a break to its last byte, without widening the page, and with the buttons in view', async ({
  open,
}) => {
  const stage = await open({ pending: [commandCard('a', LONG_COMMAND, { risk: 'high' })] });
  const command = stage.detail.getByLabel('command');
  await command.waitFor();
  expect(await command.innerText()).toBe(LONG_COMMAND);
  for (const width of [1280, 520]) {
    await stage.page.setViewportSize({ width, height: 700 });
    // Where it is narrow, list and request are two steps.
    if (width < 800) {
      await stage.detail.waitFor({ state: 'detached' });
      await stage.requests.first().click();
    }
    await stage.button('Deny once').waitFor();
    const size = await stage.page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.scrollHeight,
    ]);
    expect(size).toEqual([width, 700]);
    const deny = await stage.button('Deny once').boundingBox();
    expect(deny).not.toBeNull();
    expect((deny?.y ?? 0) + (deny?.height ?? 0)).toBeLessThanOrEqual(700);
  }
});

it('shows markup as the text that it is', async ({ open }) => {
  const markup = '<img src=x onerror="document.title=1"><script>alert(1)</script>&amp;';
  const stage = await open({ pending: [commandCard('a', markup)] });
  const command = stage.detail.getByLabel('command');
  await command.waitFor();
  expect(await command.innerText()).toBe(markup);
  expect(await stage.page.locator('img, script:not([src])').count()).toBe(0);
  stage.double.notice(`${markup}`, 'stop');
  await stage.page.getByRole('alert').filter({ hasText: markup }).waitFor();
  stage.double.arrive(card('b', { title: markup }));
  await eventually(() => stage.requests.count()).toBe(2);
  expect(await stage.page.locator('img').count()).toBe(0);
});
