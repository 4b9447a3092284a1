/**
 * What Cursor would be answered, by the forms in its documentation. No Cursor ran for this: it proves what we say, not
 * what Cursor makes of it.
 */
import { describe, expect, it } from 'vitest';
import { allowed, denied, FakeEngine } from '../../support/fake-engine.ts';
import { house } from './house.ts';

const common = {
  conversation_id: 'conv-1',
  generation_id: 'gen-1',
  model: 'm',
  cursor_version: '2.4.0',
  workspace_roots: ['/home/dev/work'],
  user_email: 'somebody@example.org',
};
const shell = (more: Record<string, unknown> = {}) => ({
  ...common,
  hook_event_name: 'beforeShellExecution',
  command: 'echo hi',
  cwd: '/home/dev/work',
  ...more,
});
const tool = (tool_name: string, tool_input: unknown, more: Record<string, unknown> = {}) => ({
  ...common,
  hook_event_name: 'preToolUse',
  tool_name,
  tool_input,
  tool_use_id: 'tu-1',
  ...more,
});
const cursorHouse = (answer: ConstructorParameters<typeof FakeEngine>[0]) =>
  house(new FakeEngine(answer), 'cursor');

describe('gates', () => {
  it('allow in so many words: a hook that prints nothing is a failure to Cursor', async () => {
    const { engine, send } = cursorHouse(() => allowed());
    expect(await send(shell())).toEqual({ exit: 0, stdout: '{"permission":"allow"}', stderr: '' });
    expect(engine.authorized).toMatchObject([
      { client: 'cursor', module: 'shell', action: 'bash', claimedCwd: '/home/dev/work' },
    ]);
  });

  it('deny in every documented way at once', async () => {
    const { send } = cursorHouse(() => denied('Denied: no.'));
    const { exit, stdout, stderr } = await send(shell());
    expect(exit).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      permission: 'deny',
      user_message: 'Denied: no.',
      agent_message: 'Denied: no.',
      decision: 'deny',
      reason: 'Denied: no.',
    });
    expect(stderr).toBe('Denied: no.\n');
  });

  it.each([
    [
      tool('Write', { file_path: '/w/a', contents: 'x' }),
      'filesystem',
      'write',
      { file_path: '/w/a', content: 'x' },
    ],
    [tool('StrReplace', '{"path":"/w/a"}'), 'filesystem', 'edit', { file_path: '/w/a' }],
    [tool('Delete', { target_file: '/w/a' }), 'filesystem', 'delete', { file_path: '/w/a' }],
    // None of two that may be the file is lost.
    [
      tool('Write', { path: '/w/a', target_file: '/w/b' }),
      'filesystem',
      'write',
      { file_path: '/w/a', target_file: '/w/b' },
    ],
    [
      { ...common, hook_event_name: 'beforeReadFile', file_path: '/w/a', content: '\ud800' },
      'filesystem',
      'read',
      { file_path: '/w/a' },
    ],
    [tool('MCP:wipe', { x: 1 }), 'mcp_unnamed', 'wipe', { x: 1 }],
    [tool('Brand New', {}), 'cursor', 'unreadable_name', {}],
    [tool('Fresh', {}), 'cursor', 'fresh', {}],
  ])('%j', async (input, module, action, params) => {
    const { engine, send } = cursorHouse(() => allowed());
    await send(input);
    expect(engine.authorized).toMatchObject([{ module, action, params }]);
  });

  it('know our own gateway in how a server is started', async () => {
    const { engine, send } = cursorHouse(() => allowed());
    const mcp = {
      ...common,
      hook_event_name: 'beforeMCPExecution',
      tool_name: 'wipe',
      tool_input: '{"x":1}',
    };
    await send({ ...mcp, command: "'/home/dev/.local/gatehouse' mcp my-srv --door '/run/agent.sock'" });
    await send({ ...mcp, command: 'npx some-server', tool_input: '{"x":2}' });
    await send({
      ...mcp,
      command: 'sh -c "evil # /opt/gatehouse mcp my-srv --door /run/agent.sock"',
      tool_input: '{"x":3}',
    });
    await send({ ...mcp, url: 'https://x', tool_input: '' });
    expect(engine.authorized.map(({ module }) => module)).toEqual([
      'mcp_my-srv',
      'mcp_unnamed',
      'mcp_unnamed',
      'mcp_unnamed',
    ]);
  });
});

describe('a call that comes twice', () => {
  it.each([
    [shell(), tool('Shell', { command: 'echo hi', working_directory: '/w' })],
    [tool('Shell', { command: 'echo hi' }), shell()],
    [
      tool('Read', { path: '/w/a' }),
      { ...common, hook_event_name: 'beforeReadFile', file_path: '/w/a', content: '' },
    ],
  ])('is decided once: %j', async (first, second) => {
    const { engine, send } = cursorHouse(() => allowed());
    await send(first);
    expect((await send(second)).exit).toBe(0);
    expect(engine.authorized).toHaveLength(1);
    // The next such call is another one.
    await send(second);
    expect(engine.authorized).toHaveLength(2);
  });

  it('stays refused', async () => {
    const { engine, send } = cursorHouse(() => denied());
    await send(tool('Shell', { command: 'echo hi' }));
    expect((await send(shell())).exit).toBe(2);
    expect(engine.authorized).toHaveLength(1);
  });

  it('is another one when anything that matters differs', async () => {
    const { engine, send } = cursorHouse(() => allowed());
    await send(tool('Shell', { command: 'echo hi' }));
    await send(shell({ command: 'echo ho' }));
    await send(shell({ conversation_id: 'conv-2' }));
    expect(engine.authorized).toHaveLength(3);
  });
});

it('records a result for the call it belongs to', async () => {
  const { engine, send } = cursorHouse(() => allowed());
  await send(tool('Shell', { command: 'echo hi' }));
  await send({ ...tool('Shell', { command: 'echo hi' }), hook_event_name: 'postToolUse', tool_output: 'hi' });
  expect(engine.completed).toMatchObject([
    { claimedCallId: engine.authorized[0]?.claimedCallId, success: true, result: 'hi' },
  ]);
});

it('keeps nothing of the person’s mail address', async () => {
  const { engine, rows, send } = cursorHouse(() => allowed());
  await send(shell());
  await send({ ...common, hook_event_name: 'beforeSubmitPrompt', prompt: 'go' });
  await send({ ...shell(), hook_event_name: 'surprise' });
  expect(JSON.stringify([engine.authorized, engine.prompts, rows])).not.toContain('example.org');
});

describe('what cannot be understood ends in exit code 2', () => {
  it.each([
    ['no object', '[]'],
    ['no conversation', JSON.stringify(shell({ conversation_id: undefined }))],
    ['no command', JSON.stringify(shell({ command: undefined }))],
    ['parameters that are no JSON', JSON.stringify(tool('Write', '{"a":'))],
    ['parameters with a key twice', JSON.stringify(tool('Write', '{"path":"/a","path":"/b"}'))],
    ['parameters that are a list', JSON.stringify(tool('Write', []))],
    ['an unknown event', JSON.stringify(shell({ hook_event_name: 'afterwards' }))],
  ])('%s', async (_name, body) => {
    const { engine, send } = cursorHouse(() => allowed());
    expect(await send(Buffer.from(body))).toMatchObject({ exit: 2, stdout: '' });
    expect(engine.authorized).toEqual([]);
  });
});
