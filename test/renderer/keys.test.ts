import { describe, expect } from 'vitest';
import { card } from '../support/contract-scene.ts';
import { eventually, it, type Stage } from './harness.ts';

const three = () => [
  card('a', { title: 'Run first' }),
  card('b', { title: 'Run second' }),
  card('c', { title: 'Run third' }),
];

async function answerable(stage: Stage): Promise<void> {
  await eventually(() => stage.button('Deny once').isEnabled()).toBe(true);
}
async function selection(stage: Stage): Promise<string> {
  return (await stage.selected.innerText()).split('\n')[0] ?? '';
}

describe('keys on requests', () => {
  it('J and K move the selection, and stop at the ends', async ({ open }) => {
    const stage = await open({ pending: three() });
    const { keyboard } = stage.page;
    await stage.selected.waitFor();
    expect(await selection(stage)).toContain('first');
    await keyboard.press('k');
    expect(await selection(stage)).toContain('first');
    await keyboard.press('j');
    expect(await selection(stage)).toContain('second');
    await keyboard.press('j');
    await keyboard.press('j');
    expect(await selection(stage)).toContain('third');
    await keyboard.press('k');
    expect(await selection(stage)).toContain('second');
    expect(await stage.detail.getByRole('heading', { level: 1 }).innerText()).toContain('second');
    expect(await stage.verdicts()).toEqual([]);
  });

  it('N denies the selected one once', async ({ open }) => {
    const stage = await open({ pending: three() });
    await stage.selected.waitFor();
    await stage.page.keyboard.press('j');
    await answerable(stage);
    await stage.page.keyboard.press('n');
    await eventually(() => stage.requests.count()).toBe(2);
    await eventually(() => stage.double.answers).toMatchObject([
      { id: 'b', verdict: { kind: 'deny', reason: null } },
    ]);
  });

  it('Y allows it once; after S, for the session; the next one is asked anew, and U takes it back', async ({
    open,
  }) => {
    const stage = await open({ pending: three() });
    await answerable(stage);
    await stage.page.keyboard.press('y');
    await eventually(() => stage.requests.count()).toBe(2);
    await answerable(stage);
    await stage.page.keyboard.press('s');
    await stage.button(/until the session ends/).waitFor();
    await answerable(stage);
    await stage.page.keyboard.press('y');
    await eventually(() => stage.requests.count()).toBe(1);
    expect(await stage.page.getByRole('radio', { name: 'once' }).isChecked()).toBe(true);
    expect(await stage.verdicts()).toEqual([
      { kind: 'allow', scope: 'once' },
      {
        kind: 'allow',
        scope: 'session',
        remember: { choice: 'exact', digest: 'd-exact', forSeconds: null },
      },
    ]);
    await stage.button('Undo').waitFor();
    await stage.page.keyboard.press('u');
    await eventually(() => stage.sent('undo')).toEqual([['b']]);
  });

  it('R opens the reason, and Esc leaves it and the request undecided', async ({ open }) => {
    const stage = await open({ pending: three() });
    await answerable(stage);
    await stage.page.keyboard.press('r');
    const field = stage.page.getByLabel(/is told/);
    await eventually(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
    expect(await field.inputValue()).toBe('');
    await stage.page.keyboard.press('Escape');
    await field.waitFor({ state: 'detached' });
    expect(await stage.verdicts()).toEqual([]);
    await stage.page.keyboard.press('Escape');
    expect(await stage.requests.count()).toBe(3);
  });
});

describe('keys that decide nothing', () => {
  it('letters with Control, Alt or Meta, and a key that was held down before', async ({ open }) => {
    const stage = await open({ pending: three() });
    await answerable(stage);
    for (const modifier of ['Control', 'Alt', 'Meta'])
      for (const key of ['n', 'y', 'o']) await stage.page.locator('body').press(`${modifier}+${key}`);
    expect(await stage.verdicts()).toEqual([]);
    await stage.page.keyboard.down('n');
    await eventually(() => stage.requests.count()).toBe(2);
    await answerable(stage);
    // A second "down" without an "up" is what the system's key repeat makes.
    await stage.page.keyboard.down('n');
    expect(await stage.verdicts()).toHaveLength(1);
  });

  it('everything that is typed into the reason', async ({ open }) => {
    const stage = await open({ pending: [card('a', { risk: 'high' }), card('b')] });
    await answerable(stage);
    await stage.page.keyboard.press('r');
    await stage.page.getByLabel(/is told/).waitFor();
    await stage.page.keyboard.type('no, only you may: jkynrosxu?/ YNO');
    expect(await stage.verdicts()).toEqual([]);
    expect(await stage.page.getByLabel(/is told/).inputValue()).toBe('no, only you may: jkynrosxu?/ YNO');
    expect(await stage.requests.count()).toBe(2);
  });

  it('letters, once they are switched off; the buttons still do', async ({ open }) => {
    const stage = await open({ pending: three(), at: 'settings' });
    await stage.page.getByLabel('Single letters').selectOption('are off');
    await stage.page.getByRole('link', { name: /Inbox/ }).click();
    await answerable(stage);
    for (const key of ['j', 'n', 'y', 'o', 'r', 'u']) await stage.page.keyboard.press(key);
    expect(await selection(stage)).toContain('first');
    expect(await stage.verdicts()).toEqual([]);
    await stage.button('Deny once').click();
    await eventually(() => stage.verdicts()).toHaveLength(1);
  });
});

describe('?', () => {
  it('shows every key; Esc closes it, and nothing behind it acts meanwhile', async ({ open }) => {
    const stage = await open({ pending: three() });
    await answerable(stage);
    await stage.page.keyboard.press('?');
    const dialog = stage.page.getByRole('dialog');
    await dialog.waitFor();
    const words = await dialog.innerText();
    for (const key of ['J', 'K', 'Y', 'N', 'R', 'O', 'S', 'U', 'Esc', '/', '?'])
      expect(words.split(/\s+/)).toContain(key);
    for (const key of ['n', 'y', 'o', 'j']) await stage.page.keyboard.press(key);
    expect(await stage.verdicts()).toEqual([]);
    await stage.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await selection(stage)).toContain('first');
    await stage.page.keyboard.press('j');
    expect(await selection(stage)).toContain('second');
  });
});
