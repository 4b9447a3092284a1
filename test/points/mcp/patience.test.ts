/** Each client is answered before it gives up: what was measured of them, as it is counted here. */
import { describe, expect, it } from 'vitest';
import { patienceMs } from '../../../main/points/mcp/patience.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe('how long a client waits', () => {
  it.each([
    // Name in initialize, longest wait that it is known to bear without and with progress.
    ['claude-code', 30 * MINUTE, Number.POSITIVE_INFINITY],
    ['codex-mcp-client', 150 * SECOND, 150 * SECOND],
    ['gemini-cli-mcp-client', 10 * MINUTE, 10 * MINUTE],
    ['github-copilot-developer', 90 * SECOND, 90 * SECOND],
    ['opencode', MINUTE, Number.POSITIVE_INFINITY],
    ['cursor-vscode', 5 * MINUTE, 5 * MINUTE],
    ['claude-ai', MINUTE, MINUTE],
    ['mcp-inspector', MINUTE, MINUTE],
    ['mcp-client', MINUTE, MINUTE],
    ['', MINUTE, MINUTE],
  ])('%s', (name, plain, withProgress) => {
    expect(patienceMs(name, false, null)).toBeLessThanOrEqual(plain);
    expect(patienceMs(name, true, null)).toBeLessThanOrEqual(withProgress);
    // A person needs time, too: no client is hurried without reason.
    expect(patienceMs(name, false, null)).toBeGreaterThanOrEqual(Math.min(plain, 29 * MINUTE));
    expect(patienceMs(name, true, null)).toBeGreaterThanOrEqual(patienceMs(name, false, null));
  });

  it('is what the person set where they set it, and progress moves that in opencode only', () => {
    for (const name of ['claude-code', 'codex-mcp-client', 'gemini-cli-mcp-client', 'cursor-vscode', 'other'])
      for (const progress of [false, true])
        expect([name, patienceMs(name, progress, 5000)]).toEqual([name, 5000]);
    expect(patienceMs('opencode', false, 5000)).toBe(5000);
    expect(patienceMs('opencode', true, 5000)).toBeGreaterThan(30 * MINUTE);
  });
});
