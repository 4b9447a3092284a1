import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HookClient, nativeClient, relay, runHook } from '../native/hook-clients.ts';
import { claudeCall, takenAs } from '../support/door-hook.ts';
import { LETTING, RealApp } from '../support/real-app.ts';

const MB = 1_000_000;

let real: RealApp;

beforeAll(async () => {
  real = await RealApp.start(LETTING);
});
afterAll(() => real.remove());

const write = (bytes: number) =>
  claudeCall('Write', { file_path: '/tmp/large.txt', content: 'x'.repeat(bytes) });

/** Through the door itself, and through the programs that agents run. */
const ways: readonly (readonly [string, HookClient | null])[] = [
  ['the door', null],
  ['the relay', relay],
  ...(nativeClient === null ? [] : [['the native client', nativeClient] as const]),
];

describe.each(ways)('a large call through %s', (_name, client) => {
  const ask = async (body: Buffer) =>
    client === null
      ? real.ask(body)
      : takenAs((await program(client, body)) as Parameters<typeof takenAs>[0]);
  const program = async (hook: HookClient, body: Buffer) => {
    const { exit, stdout, stderr } = await runHook(hook, real.paths.agentDoor, body);
    return { exit: exit ?? -1, stdout, stderr };
  };

  it('of 15 MB is decided', async () => {
    expect(await ask(write(15 * MB))).toEqual({
      decision: 'allow',
      reason: expect.stringMatching(/^Allowed by Gatehouse/),
    });
  });

  it('of 20 MB is refused with one line that says how long it may be', async () => {
    const { decision, reason } = await ask(write(20 * MB));
    expect(decision).toBe('exit 2');
    expect(reason).toMatch(
      /^gatehouse: [^\n]*it is 19\.1 MiB long; at most 16 MiB are taken; hint: [^\n]+\n$/,
    );
  });

  it('of 40 MB is refused with one line too', async () => {
    const { decision, reason } = await ask(write(40 * MB));
    expect(decision).toBe('exit 2');
    expect(reason).toMatch(/^gatehouse: this call was not run: it is larger than 32 MiB; hint: [^\n]+\n$/);
  });
});

describe('after them', () => {
  it('small calls are decided as ever, and the log has what came in', async () => {
    await expect(real.ask(claudeCall('Write', { file_path: '/tmp/a', content: '' }))).resolves.toMatchObject({
      decision: 'allow',
    });
    const page = real.page('one');
    const { rows } = await page.value('timeline', { text: 'large.txt' }, null, 50);
    expect(rows.map(({ outcome, action }) => [outcome, action])).toEqual(
      ways.map(() => ['allowed', 'filesystem.write']),
    );
    const events = (await page.value('timeline', { action: ['security'] }, null, 50)).rows;
    expect(events.filter(({ summary, reason }) => /oversize/.test(summary + reason))).toHaveLength(
      ways.length,
    );
  });
});
