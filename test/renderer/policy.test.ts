import type { Locator } from 'playwright';
import { describe, expect } from 'vitest';
import { policyFiles, policyLayer, projectLayer } from '../support/policy-views.ts';
import { eventually, it } from './harness.ts';

/** Writes a new text by keys, as a person does it: fill() types before the editor has read what was selected. */
async function rewrite(editor: Locator, text: string): Promise<void> {
  await editor.press('ControlOrMeta+a');
  await editor.press('Delete');
  await editor.page().keyboard.insertText(text);
}

describe('the policy page', () => {
  it('shows an error under its line, repairs it, and saves what has none', async ({ open }) => {
    const stage = await open({ at: 'policy' });
    const editor = stage.page.getByRole('textbox', { name: /^Policy file/ });
    await editor.getByText('default_policy').waitFor();
    await rewrite(editor, 'tools:\n  capabilities:\n    default_polic: approve\n');
    const message = stage.page.getByText(/unknown field "default_polic".*did you mean default_policy/);
    await message.waitFor();
    expect(await stage.button('Save and put in force').isDisabled()).toBe(true);
    await stage.page.getByRole('status').getByText('1 error, not saved').waitFor();
    await stage.button('Change to default_policy').click();
    await message.waitFor({ state: 'detached' });
    await stage.button('Save and put in force').click();
    await stage.page.getByText('Saved, and in force.').waitFor();
    expect(stage.double.called('savePolicy')).toEqual([
      [{ text: 'tools:\n  capabilities:\n    default_policy: approve\n', over: 'own' }],
    ]);
  });

  it('completes keys and values from the schema', async ({ open }) => {
    const stage = await open({ at: 'policy' });
    const editor = stage.page.getByRole('textbox', { name: /^Policy file/ });
    // By keys, as a person does it: fill() types before the editor has read what was selected.
    await editor.press('ControlOrMeta+a');
    await editor.press('Delete');
    await editor.pressSequentially('tools:\n  capabilities:\n  max_r');
    const offered = stage.page.getByRole('option', { name: 'max_risk_level' });
    // Not before the schema is there, and no click in the list's first moment: a person would ask again.
    await eventually(async () => {
      if (await offered.isVisible()) await offered.click({ timeout: 1000 }).catch(() => undefined);
      else await editor.press('Control+Space');
      return editor.textContent();
    }).toMatch(/max_risk_level/);
    await editor.pressSequentially('me');
    await stage.page.getByRole('option', { name: 'medium' }).waitFor();
  });

  it('keeps a draft while other pages are open, and drops it on a word', async ({ open }) => {
    const stage = await open({ at: 'policy' });
    const editor = stage.page.getByRole('textbox', { name: /^Policy file/ });
    await editor.getByText('default_policy').waitFor();
    await rewrite(editor, 'tools: {}\n');
    await stage.button('Drop the draft').waitFor();
    await stage.page.getByRole('link', { name: 'Timeline' }).click();
    await stage.page.getByRole('link', { name: 'Policy' }).click();
    await editor.getByText('tools: {}').waitFor();
    await stage.button('Drop the draft').click();
    await editor.getByText('default_policy').waitFor();
  });

  it('shows what a project’s file would give before it is trusted', async ({ open }) => {
    const stage = await open({ at: 'policy', policy: policyFiles(policyLayer(), projectLayer()) });
    await stage.page.getByRole('button', { name: /^web\/gatehouse\.yaml/ }).click();
    const trust = stage.page.getByRole('region', { name: 'Trust' });
    await trust.getByText('Without a question: shell.bash').waitFor();
    await trust.getByText('Denied: everything of web').waitFor();
    await stage.button('Trust this file…').click();
    expect(stage.double.called('trustPolicy')).toEqual([]);
    await stage.button('Trust exactly this file').click();
    await trust.getByText('Trusted, as long as the file stays as it is.').waitFor();
    expect(stage.double.called('trustPolicy')).toEqual([[{ id: '/home/dev/web', hash: 'a'.repeat(64) }]]);
    await stage.button('End the trust').click();
    await stage.button('Trust this file…').waitFor();
  });

  it('asks anew about another file, and never about one with errors', async ({ open }) => {
    const other = projectLayer({ id: '/home/dev/shop', app: 'shop', file: '~/shop/gatehouse.yaml' });
    const broken = projectLayer({ id: '/home/dev/api', app: 'api', state: 'broken', changes: [] });
    const stage = await open({
      at: 'policy',
      policy: policyFiles(policyLayer(), projectLayer(), other, broken),
    });
    const file = (name: string) =>
      stage.page.getByRole('button', { name: new RegExp(`^${name}/gatehouse\\.yaml`) });
    const sure = stage.button('Trust exactly this file');
    await file('web').click();
    await stage.page.getByText('~/web/gatehouse.yaml, only shown here').waitFor();
    await stage.button('Trust this file…').click();
    await sure.waitFor();
    await file('shop').click();
    await stage.page.getByText('~/shop/gatehouse.yaml, only shown here').waitFor();
    expect(await sure.count()).toBe(0);
    await stage.button('Trust this file…').waitFor();
    await file('api').click();
    await stage.page.getByRole('region', { name: 'Trust' }).getByText('Not trusted').waitFor();
    expect(await stage.button(/^Trust/).count()).toBe(0);
  });

  it('shows an explanation only under the question that it answers', async ({ open }) => {
    const stage = await open({ at: 'policy', policy: policyFiles(policyLayer(), projectLayer()) });
    const value = stage.page.getByLabel('Command, path or address');
    const panel = stage.page.getByRole('region', { name: 'Explain one call' });
    await value.fill('git push');
    await stage.button('Explain').click();
    await panel.getByText('Asks you').waitFor();
    await stage.page.getByRole('button', { name: /^web\/gatehouse\.yaml/ }).click();
    await panel.getByText('by Claude Code in web').waitFor();
    await panel.getByText('Asks you').waitFor({ state: 'detached' });
    await stage.page.getByRole('button', { name: 'yours' }).click();
    await panel.getByText('Asks you').waitFor();
    await value.fill('git pull');
    await panel.getByText('Asks you').waitFor({ state: 'detached' });
  });

  it('explains a call, and takes a preset as a draft', async ({ open }) => {
    const stage = await open({ at: 'policy' });
    await stage.page.getByLabel('Command, path or address').fill('git push');
    await stage.button('Explain').click();
    const panel = stage.page.getByRole('region', { name: 'Explain one call' });
    await panel.getByText('Asks you').waitFor();
    await panel.getByText('Add { module: shell, actions: [bash] } to grant').waitFor();
    expect(stage.double.called('explainCall')).toEqual([
      [{ tool: 'shell.bash', value: 'git push', client: 'claude-code', app: null, draft: null }],
    ]);
    await stage.page.getByRole('combobox', { name: 'Preset' }).selectOption('coding');
    await stage.button('Take it as a draft').click();
    await stage.page.getByText('A draft without errors. It is not in force.').waitFor();
  });

  it('replays past calls under a draft, what widens in red, and says when the draft has moved on', async ({
    open,
  }) => {
    const stage = await open({ at: 'policy' });
    const editor = stage.page.getByRole('textbox', { name: /^Policy file/ });
    await editor.getByText('default_policy').waitFor();
    const panel = stage.page.getByRole('region', { name: 'Past calls under this draft' });
    expect(await panel.count()).toBe(0);
    const draft = 'tools:\n  capabilities:\n    default_policy: auto\n';
    await rewrite(editor, draft);
    await panel.getByRole('button', { name: 'Replay the last 30 days' }).click();
    const calls = panel.getByRole('list', { name: 'Decided otherwise' }).getByRole('listitem');
    await calls.first().waitFor();
    expect(stage.double.called('replayPolicy')).toEqual([[{ draft, days: 30 }]]);
    expect(await calls.first().innerText()).toMatch(
      /^rm -rf \/srv\/data\s+refused → let through in web, row 900/,
    );
    expect(await panel.locator('.t-stop').allInnerTexts()).toEqual([
      '1 refused → let through',
      'refused → let through',
    ]);
    await panel.getByText(/^34 left out/).waitFor();
    const moved = panel.getByText('The draft has changed since.');
    expect(await moved.count()).toBe(0);
    await editor.press('ControlOrMeta+End');
    await editor.pressSequentially('# more');
    await moved.waitFor();
    expect(stage.double.called('savePolicy')).toEqual([]);
    await rewrite(editor, 'tools: [');
    await eventually(() => panel.getByRole('button').isDisabled()).toBe(true);
  });
});
