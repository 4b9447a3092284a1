/** What our plugin in opencode is answered, and what ends in a no. */
import { describe, expect, it } from 'vitest';
import { allowed, denied, FakeEngine } from '../../support/fake-engine.ts';
import { house } from './house.ts';

const place = { session: 'ses_root', inner: 'ses_root', agent: 'build', cwd: '/home/dev/work' };
const asks = (more: Record<string, unknown> = {}) => ({
  event: 'before',
  ...place,
  call: 'call_1',
  tool: 'bash',
  args: { command: 'echo hi', description: 'x' },
  ...more,
});
const ended = (more: Record<string, unknown> = {}) => ({
  event: 'after',
  ...place,
  call: 'call_1',
  success: true,
  result: 'it is hunter2',
  ...more,
});
const inSubagent = { inner: 'ses_child', agent: 'general' };

describe('before a tool', () => {
  it('says allow and nothing else', async () => {
    const engine = new FakeEngine(() => allowed());
    const { send } = house(engine, 'opencode');
    expect(await send(asks())).toEqual({ exit: 0, stdout: '{"decision":"allow"}', stderr: '' });
    expect(engine.authorized).toMatchObject([
      {
        ...{ client: 'opencode', claimedSession: 'ses_root', claimedCallId: 'call_1', agent: 'main' },
        ...{ module: 'shell', action: 'bash', point: 'hook', claimedCwd: '/home/dev/work' },
      },
    ]);
  });

  it('denies with the reason', async () => {
    const { send } = house(new FakeEngine(() => denied('Denied: no.')), 'opencode');
    expect(JSON.parse((await send(asks())).stdout)).toEqual({ decision: 'deny', reason: 'Denied: no.' });
  });

  it('has other parameters run under the names that opencode knows, and tells what rules say', async () => {
    const engine = new FakeEngine(() => ({
      ...allowed(),
      params: { file_path: '/w/a', content: 'clean' },
      notices: ['[BEHAVIOR WARNING] careful'],
    }));
    const { send } = house(engine, 'opencode');
    const { stdout } = await send(asks({ tool: 'write', args: { filePath: '/w/a', content: 'secret' } }));
    expect(engine.authorized[0]?.params).toEqual({ file_path: '/w/a', content: 'secret' });
    expect(JSON.parse(stdout)).toEqual({
      decision: 'allow',
      args: { filePath: '/w/a', content: 'clean' },
      notes: '[BEHAVIOR WARNING] careful',
    });
  });

  it('keeps a subagent’s calls apart, in the session that it belongs to', async () => {
    const engine = new FakeEngine(() => allowed());
    const { send } = house(engine, 'opencode');
    await send(asks());
    await send(asks(inSubagent));
    expect(
      engine.authorized.map(({ claimedSession, claimedCallId, agent }) => [
        claimedSession,
        claimedCallId,
        agent,
      ]),
    ).toEqual([
      ['ses_root', 'call_1', 'main'],
      ['ses_root', 'ses_child/call_1', 'general'],
    ]);
  });

  it.each([
    ['patch', { patchText: '*** Begin Patch' }, 'filesystem', 'patch'],
    ['webfetch', { url: 'http://x' }, 'web', 'fetch'],
    ['task', { prompt: 'p' }, 'agent', 'spawn'],
    ['my_srv_wipe', {}, 'mcp_my_srv', 'wipe'],
    ['read_all', {}, 'opencode', 'read_all'],
    ['toString', {}, 'opencode', 'tostring'],
    ['never heard of', {}, 'opencode', 'unreadable_name'],
  ])('%s of %j is %s.%s', async (tool, args, module, action) => {
    const engine = new FakeEngine(() => allowed());
    const { send } = house(engine, 'opencode', { mcpServers: async () => ['my srv'] });
    await send(asks({ tool, args }));
    expect(engine.authorized).toMatchObject([{ module, action }]);
  });
});

describe('after it', () => {
  it('records the result and takes out what is secret', async () => {
    const engine = new FakeEngine(() => allowed());
    const { send } = house(engine, 'opencode', {
      redact: (result) => (typeof result === 'string' ? result.replace('hunter2', '[secret]') : result),
    });
    await send(asks(inSubagent));
    const { stdout } = await send(ended(inSubagent));
    expect(JSON.parse(stdout)).toEqual({ result: 'it is [secret]' });
    expect(engine.completed).toMatchObject([
      { claimedCallId: 'ses_child/call_1', success: true, result: 'it is hunter2', source: 'claimed' },
    ]);
  });

  it('records a failure', async () => {
    const { engine, send } = house(new FakeEngine(() => allowed()), 'opencode');
    await send(ended({ success: false, result: 'no such file' }));
    expect(engine.completed).toMatchObject([{ success: false, result: 'no such file' }]);
  });
});

it('begins a turn for the person’s prompt, hears what is said, and ends', async () => {
  const { engine, send } = house(new FakeEngine(), 'opencode');
  await send({ event: 'prompt', ...place, text: 'go' });
  await send({ event: 'prompt', ...place, ...inSubagent, text: 'SUBTASK' });
  await send({ event: 'text', ...place, part: 'prt_1', text: 'done' });
  await send({ event: 'end', ...place });
  expect(engine.prompts).toEqual(['go']);
  expect(engine.heard).toMatchObject([{ messageId: 'prt_1', text: 'done', final: true, late: true }]);
  expect(engine.ended).toHaveLength(1);
});

describe('what cannot be understood ends in exit code 2', () => {
  it.each([
    ['no object', '"before"'],
    ['a key twice', '{"event":"end","event":"before"}'],
    ['an unknown event', JSON.stringify({ ...asks(), event: 'surprise' })],
    ['no call id', JSON.stringify(asks({ call: '' }))],
    ['parameters that are a list', JSON.stringify(asks({ args: [] }))],
    ['no folder', JSON.stringify(asks({ cwd: null }))],
    ['half a character', JSON.stringify(asks({ args: { command: '\udfff' } }))],
  ])('%s', async (_name, body) => {
    const { engine, send } = house(new FakeEngine(() => allowed()), 'opencode');
    expect(await send(Buffer.from(body))).toMatchObject({ exit: 2, stdout: '' });
    expect(engine.authorized).toEqual([]);
  });
});
