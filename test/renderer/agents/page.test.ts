import { describe, expect } from 'vitest';
import { agent, overview } from '../../support/contract-scene.ts';
import { it } from '../harness.ts';

const broken = () =>
  overview({ agents: [agent({ state: 'broken', note: 'Its hook points at a program that is gone.' })] });

describe('agents', () => {
  it('are checked on demand, and the report names what is good and what is bad', async ({ open }) => {
    const stage = await open({ at: 'agents', overview: broken() });
    stage.double.once('doctor', async () => ({
      ok: true,
      value: {
        ok: false,
        checks: [
          { name: 'settings', ok: true, detail: 'The hooks are in the file.', hint: null },
          { name: 'program', ok: false, detail: 'There is no such program.', hint: 'Press Repair.' },
        ],
      },
    }));
    await stage.page.getByText('Its hook points at a program that is gone.').waitFor();
    await stage.button('Check').click();
    await stage.page.getByRole('heading', { name: 'Claude Code is not enforced' }).waitFor();
    const checks = stage.page.getByRole('listitem').filter({ hasText: /good|bad/ });
    expect(await checks.allInnerTexts()).toEqual([
      expect.stringMatching(/settings[\s\S]*in the file[\s\S]*good/),
      expect.stringMatching(/program[\s\S]*no such program[\s\S]*Press Repair[\s\S]*bad/),
    ]);
    expect(stage.double.called('doctor')).toEqual([['claude-code']]);
  });

  it('are looked for again, and what was found is shown at once', async ({ open }) => {
    const stage = await open({ at: 'agents', overview: overview({ agents: [] }) });
    await stage.page.getByText('No agent program').waitFor();
    stage.double.once('scanAgents', async () => ({ ok: true, value: [agent({ state: 'not_connected' })] }));
    await stage.button('Look again').click();
    await stage.button('Connect').waitFor();
    stage.double.fail('scanAgents', 'unavailable', 'Cannot read the program folders.');
    await stage.button('Look again').click();
    await stage.page.getByRole('alert').filter({ hasText: 'Cannot read the program folders.' }).waitFor();
  });

  it('are repaired with the same plan that connecting shows, without another PIN', async ({ open }) => {
    const stage = await open({ at: 'agents', overview: broken(), pin: '314159' });
    await stage.page.getByLabel('PIN').fill('314159');
    await stage.button('Unlock this page').click();
    await stage.button('Repair').click();
    const dialog = stage.page.getByRole('dialog', { name: 'Connect Claude Code' });
    await dialog.getByText('No line changes').waitFor();
    expect(await dialog.getByLabel('PIN').count()).toBe(0);
    expect(stage.double.called('planAgent')).toEqual([['claude-code', 'connect']]);
  });
});
