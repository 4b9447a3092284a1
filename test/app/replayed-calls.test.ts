/** An agent that says again what was let through, says it of other bytes, or tells results of what it never did. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claudeCall, hookAtDoor } from '../support/door-hook.ts';
import { ASKING, answerTo, RealApp, readCard, type TestPage } from '../support/real-app.ts';

let real: RealApp;
let page: TestPage;
beforeAll(async () => {
  real = await RealApp.start(ASKING);
  page = real.page('window', { via: 'window' });
});
afterAll(() => real.remove());

const bash = (command: string, id: string) => claudeCall('Bash', { command }, { tool_use_id: id });
const told = (command: string, id: string) =>
  claudeCall(
    'Bash',
    { command },
    { tool_use_id: id, hook_event_name: 'PostToolUse', tool_response: { stdout: 'done', stderr: '' } },
  );
const tell = (body: Uint8Array) => hookAtDoor(real.paths.agentDoor, body);
const rows = async (reason: string) =>
  (await page.value('timeline', { action: ['security'] }, null, 200)).rows.filter(
    (row) => row.reason === reason,
  );
const completed = async (command: string) => {
  const { rows: all } = await page.value('timeline', {}, null, 200);
  const row = all.find(({ summary }) => summary.includes(command));
  return row === undefined ? null : page.value('timelineDetail', row.seq);
};
/** Lets the request that waits run, or not, and hands out what the agent was told. */
const answered = async (asked: Promise<{ decision: string }>, verdict: 'allow' | 'deny') => {
  const card = await readCard(page);
  await page.value(
    'answer',
    answerTo(
      card,
      verdict === 'allow' ? { kind: 'allow', scope: 'once' } : { kind: 'deny', reason: 'not this' },
    ),
  );
  return (await asked).decision;
};

it('asks again about the very same bytes: one yes is one call', async () => {
  const body = bash('touch once', 'toolu_same');
  expect(await answered(real.ask(body), 'allow')).toBe('allow');
  expect(await answered(real.ask(body), 'deny')).toBe('deny');
});

it('asks about other parameters under an id that was let through, and shows those', async () => {
  expect(await answered(real.ask(bash('touch good', 'toolu_id')), 'allow')).toBe('allow');
  const other = real.ask(bash('rm -rf /srv/other', 'toolu_id'));
  const card = await readCard(page, 'rm -rf /srv/other');
  await page.value('answer', answerTo(card, { kind: 'deny', reason: 'not this' }));
  expect((await other).decision).toBe('deny');
});

it('lets the one go that was answered when two wait under one id', async () => {
  const first = real.ask(bash('touch first', 'toolu_two'));
  const card = await readCard(page, 'touch first');
  const second = real.ask(bash('rm -rf /srv/second', 'toolu_two'));
  const other = await readCard(page, 'rm -rf /srv/second');
  await page.value('answer', answerTo(card));
  expect((await first).decision).toBe('allow');
  expect((await page.value('inbox')).pending.map(({ id }) => id)).toEqual([other.id]);
  // Nor does the yes of one fit the other: it is bound to its bytes.
  const mixed = { ...answerTo(other), fingerprint: card.fingerprint };
  expect(await page.code('answer', mixed)).not.toBe('ok');
  await page.value('answer', answerTo(other, { kind: 'deny', reason: 'not this' }));
  expect((await second).decision).toBe('deny');
});

it('takes no result of a call that was denied, never asked, or told already', async () => {
  expect(await answered(real.ask(bash('touch denied', 'toolu_no')), 'deny')).toBe('deny');
  const before = (await rows('result_unmatched')).length;
  await tell(told('touch denied', 'toolu_no'));
  await tell(told('touch never', 'toolu_never'));
  expect((await rows('result_unmatched')).length).toBe(before + 2);
  expect((await completed('touch denied'))?.row.outcome).toBe('denied');

  expect(await answered(real.ask(bash('touch yes', 'toolu_yes')), 'allow')).toBe('allow');
  const repeated = (await rows('result_repeated')).length;
  await tell(told('touch yes', 'toolu_yes'));
  await tell(told('touch yes', 'toolu_yes'));
  expect((await rows('result_repeated')).length).toBe(repeated + 1);
});

it.runIf(process.platform === 'linux')(
  'takes no result from another process than the one that called',
  async () => {
    expect(await answered(real.ask(bash('touch mine', 'toolu_mine')), 'allow')).toBe('allow');
    const before = (await rows('result_unmatched')).length;
    const body = told('touch mine', 'toolu_mine').toString('base64');
    // Another agent of the same user, which has read session and id.
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { hookAtDoor } from ${JSON.stringify(new URL('../support/door-hook.ts', import.meta.url).href)};
       await hookAtDoor(${JSON.stringify(real.paths.agentDoor)}, Buffer.from(${JSON.stringify(body)}, 'base64')).catch(() => undefined);`,
      ],
      { stdio: 'inherit' },
    );
    await new Promise((resolve) => child.once('close', resolve));
    expect((await rows('result_unmatched')).length).toBe(before + 1);
    await tell(told('touch mine', 'toolu_mine'));
    expect((await rows('result_unmatched')).length).toBe(before + 1);
  },
);
