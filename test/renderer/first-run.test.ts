import { describe, expect } from 'vitest';
import { firstOverview } from '../support/contract-scene.ts';
import { eventually, it, type Open, type Stage } from './harness.ts';

const PLAN = {
  planId: 'plan-7',
  file: '~/.claude/settings.json',
  diff: [
    { kind: 'same', text: '{' },
    { kind: 'remove', text: '  "hooks": {}' },
    { kind: 'add', text: '  "hooks": { "PreToolUse": [' },
    { kind: 'add', text: '    { "command": "/home/me/.gatehouse/bin/gatehouse hook claude-code" }' },
    { kind: 'add', text: '  ] }' },
    { kind: 'same', text: '}' },
  ],
  notes: ['A copy of the file is kept.'],
  done: false,
} as const;

const dialog = (stage: Stage) => stage.page.getByRole('dialog');
const install = (stage: Stage) =>
  dialog(stage).getByRole('button', { name: 'Add 1 hook to ~/.claude/settings.json' });

async function openFirst(open: Open): Promise<Stage> {
  const stage = await open({ overview: firstOverview() });
  stage.double.plan = { ...PLAN, diff: [...PLAN.diff], notes: [...PLAN.notes] };
  await stage.page.getByRole('heading', { name: 'Nothing is supervised yet' }).waitFor();
  return stage;
}
/** Opens the dialog and waits for the plan. */
async function planned(stage: Stage): Promise<void> {
  await stage.button('Connect').click();
  await install(stage).waitFor();
}
async function choosePin(stage: Stage, pin: string, again = pin): Promise<void> {
  await dialog(stage).getByLabel('PIN').fill(pin);
  await dialog(stage).getByLabel('Again').fill(again);
}

describe('the first screen', () => {
  it('says how things stand, shows the seven gates, and lists what was found', async ({ open }) => {
    const stage = await openFirst(open);
    const gates = stage.page.getByRole('list').filter({ hasText: '0 Active' }).getByRole('listitem');
    expect(await gates.count()).toBe(7);
    const agents = stage.page.getByRole('listitem').filter({ hasText: /Claude Code|Codex/ });
    expect(await agents.count()).toBe(2);
    expect(await stage.button('Connect').count()).toBe(1);
    expect(await agents.filter({ hasText: 'Codex' }).innerText()).toContain('Not on this computer.');
  });

  it('sends a test request, which appears in its place and is answered like any other', async ({ open }) => {
    const stage = await openFirst(open);
    await stage.page.keyboard.press('t');
    await eventually(() => stage.requests.count()).toBe(1);
    expect(await stage.detail.innerText()).toContain('Nothing runs, whatever you answer.');
    await eventually(() => stage.button('Deny once').isEnabled()).toBe(true);
    await stage.button('Deny once').click();
    await eventually(() => stage.double.answers.map(({ id }) => id)).toEqual(['test-1']);
    await stage.page.getByText(/^Denied at .* Next: connect an agent/).waitFor();
  });

  it('says why a test request could not be sent', async ({ open }) => {
    const stage = await openFirst(open);
    stage.double.fail('sendTestRequest', 'unavailable', 'Cannot write the log: the disk is full.');
    await stage.button('Send a test request').click();
    await stage.page.getByRole('alert').filter({ hasText: 'the disk is full' }).waitFor();
  });
});

describe('connecting an agent', () => {
  it('shows every line of the change before anything is written, and writes that very plan', async ({
    open,
  }) => {
    const stage = await openFirst(open);
    await planned(stage);
    expect(stage.double.called('planAgent')).toEqual([['claude-code', 'connect']]);
    const diff = dialog(stage).getByLabel('Change to ~/.claude/settings.json');
    expect((await diff.innerText()).split('\n')).toEqual([
      '  {',
      '-   "hooks": {}',
      '+   "hooks": { "PreToolUse": [',
      '+     { "command": "/home/me/.gatehouse/bin/gatehouse hook claude-code" }',
      '+   ] }',
      '  }',
    ]);
    await dialog(stage).getByText('A copy of the file is kept.').waitFor();
    expect(await install(stage).isDisabled()).toBe(true);
    await choosePin(stage, '314159', '314150');
    await dialog(stage).getByText('The two are not the same.').waitFor();
    expect(await install(stage).isDisabled()).toBe(true);
    await choosePin(stage, '314159');
    expect(stage.double.called('applyAgentPlan')).toEqual([]);
    await install(stage).click();
    await dialog(stage).getByText('Claude Code is connected.').waitFor();
    expect(stage.double.called('setPin')).toEqual([[{ pin: '314159', current: null }]]);
    expect(stage.double.called('applyAgentPlan')).toEqual([['claude-code', 'plan-7']]);
    await dialog(stage).getByRole('button', { name: 'Close' }).click();
    await stage.button('Disconnect').waitFor();
  });

  it('leaves everything as it is when the dialog is closed', async ({ open }) => {
    const stage = await openFirst(open);
    await planned(stage);
    await choosePin(stage, '314159');
    await stage.page.keyboard.press('Escape');
    await dialog(stage).waitFor({ state: 'detached' });
    expect([await stage.sent('applyAgentPlan'), await stage.sent('setPin')]).toEqual([[], []]);
    await planned(stage);
    expect(await dialog(stage).getByLabel('PIN').inputValue()).toBe('');
    await dialog(stage).getByRole('button', { name: 'Leave it as it is' }).click();
    await dialog(stage).waitFor({ state: 'detached' });
  });

  it('shows the change anew when the file has changed meanwhile, and waits for another yes', async ({
    open,
  }) => {
    const stage = await openFirst(open);
    await planned(stage);
    await choosePin(stage, '314159');
    stage.double.plan = { ...stage.double.plan, planId: 'plan-8', notes: ['This is the second plan.'] };
    await install(stage).click();
    await dialog(stage).getByText('The file changed meanwhile.').waitFor();
    await dialog(stage).getByText('This is the second plan.').waitFor();
    expect(stage.double.called('applyAgentPlan')).toEqual([['claude-code', 'plan-7']]);
    await install(stage).click();
    await dialog(stage).getByText('Claude Code is connected.').waitFor();
    expect(stage.double.called('applyAgentPlan')).toHaveLength(2);
  });

  it('says why no plan could be made', async ({ open }) => {
    const stage = await openFirst(open);
    stage.double.fail('planAgent', 'unavailable', 'Cannot read ~/.claude/settings.json: it is no JSON.');
    await stage.button('Connect').click();
    await dialog(stage).getByText('it is no JSON').waitFor();
    expect(await install(stage).count()).toBe(0);
  });
});
