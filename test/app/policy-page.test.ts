/** The policy page's methods on a real supervisor: files, saving, trust, and explanations of calls and of rows. */
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PolicyLayerView } from '../../preload/contract.ts';
import { claudeCall } from '../support/door-hook.ts';
import { ASKING, LETTING, policyText, RealApp } from '../support/real-app.ts';

let real: RealApp;
let page: ReturnType<RealApp['page']>;

beforeEach(async () => {
  real = await RealApp.start(ASKING);
  page = real.page('first');
});
afterEach(() => real.remove());

const layer = (layers: readonly PolicyLayerView[], id: string) => layers.find((each) => each.id === id);

describe('the policy page', () => {
  it('saves what compiles over the file it was opened from, and nothing else', async () => {
    const { layers, presets, tools } = await page.value('policyFiles');
    const own = layer(layers, 'user');
    expect(own).toMatchObject({ state: 'in_force', text: ASKING, errors: [] });
    expect(presets.map(({ name }) => name)).toEqual([
      'careful',
      'coding',
      'research',
      'locked-down',
      'observe',
    ]);
    expect(tools).toContain('shell.bash');
    const over = own?.hash ?? null;
    expect(await page.call('savePolicy', { text: 'tools: [', over })).toMatchObject({ ok: false });
    expect(await page.call('savePolicy', { text: LETTING, over: 'another' })).toMatchObject({ ok: false });
    expect(readFileSync(real.paths.policyFile, 'utf8')).toBe(ASKING);
    const saved = await page.value('savePolicy', { text: LETTING, over });
    expect(layer(saved.layers, 'user')).toMatchObject({ text: LETTING, state: 'in_force' });
    expect(readFileSync(real.paths.policyFile, 'utf8')).toBe(LETTING);
  });

  it('says what a draft is wrong in', async () => {
    expect(await page.value('checkPolicy', 'tools: { modules: { shel: {} } }')).toMatchObject({
      errors: [{ line: 1, column: 21, path: 'tools.modules.shel' }],
    });
  });

  it('explains a call under what is in force, and under a draft', async () => {
    const wish = { tool: 'shell.bash', value: 'ls', client: 'claude-code', app: null };
    expect(await page.value('explainCall', { ...wish, draft: null })).toMatchObject({ decision: 'approve' });
    expect(await page.value('explainCall', { ...wish, draft: LETTING })).toMatchObject({
      decision: 'allow',
      steps: { length: 9 },
    });
    expect(await page.call('explainCall', { ...wish, draft: 'tools: [' })).toMatchObject({ ok: false });
  });

  it('trusts nothing in a folder in which no agent has worked', async () => {
    const folder = join(realpathSync(real.folder), 'web');
    mkdirSync(folder);
    writeFileSync(join(folder, 'gatehouse.yaml'), 'tools: { capabilities: { deny: [web], grant: [lsp] } }\n');
    expect((await page.value('policyFiles')).layers.map(({ id }) => id)).not.toContain(folder);
    expect(await page.call('trustPolicy', { id: folder, hash: 'x' })).toMatchObject({ ok: false });
  });

  it('explains a row of the timeline by what is in force now', async () => {
    await page.value('savePolicy', {
      text: LETTING,
      over: layer((await page.value('policyFiles')).layers, 'user')?.hash ?? null,
    });
    await real.ask(claudeCall('Read', { file_path: '/tmp/a' }));
    const { rows } = await page.value('timeline', { action: ['filesystem'] }, null, 10);
    const seq = rows[0]?.seq ?? -1;
    expect(await page.value('explainRow', seq)).toMatchObject({
      decision: 'allow',
      caveats: [expect.stringMatching(/Rates/)],
    });
    expect(await page.call('explainRow', 1)).toMatchObject({ ok: false });
  });

  it('explains a row that a rate refused as it stood then, and offers to raise that rate', async () => {
    await page.value('savePolicy', {
      text: policyText('default_policy: auto\nrate_limits: { filesystem.read: 1, filesystem: 9 }'),
      over: layer((await page.value('policyFiles')).layers, 'user')?.hash ?? null,
    });
    await real.ask(claudeCall('Read', { file_path: '/tmp/a' }));
    await real.ask(claudeCall('Read', { file_path: '/tmp/b' }));
    const { rows } = await page.value('timeline', { outcome: ['refused'] }, null, 10);
    expect(rows).toHaveLength(1);
    expect(await page.value('explainRow', rows[0]?.seq ?? -1)).toMatchObject({
      decision: 'deny',
      gate: 'gate6_rate_limit',
      changes: [
        {
          text: 'Raise or take out rate_limits["filesystem.read"]',
          place: 'policy.yaml:6',
          becomes: 'allow',
        },
      ],
      caveats: [expect.stringMatching(/^Other rates/)],
    });
  });
});
