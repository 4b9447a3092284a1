import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../support/engine-bench.ts';
import { McpScene, mcpPolicy } from '../../support/mcp-scene.ts';

const ASKS = mcpPolicy('default_policy: approve');
const LETS = mcpPolicy('default_policy: auto');
const MIXED = mcpPolicy(`default_policy: block
grant: [{ module: mcp_test, actions: [echo, slow, die] }]
deny: [{ module: mcp_test, actions: [wipe] }]
hidden_actions: [mcp_test.sample]`);

let scene: McpScene;
const open = async (policy = ASKS) => {
  scene = new McpScene(policy);
  await scene.register();
};
afterEach(() => scene.remove());

const call = (name: string, text = '') => ({ name, arguments: { text } });
const textOf = (result: unknown) => {
  const { content, isError } = result as { content: readonly { text: string }[]; isError?: boolean };
  return { text: content[0]?.text ?? '', isError: isError ?? false };
};

describe('a call through the gateway', () => {
  it('waits for a person, runs once after the yes, and its result is told as observed', async () => {
    await open();
    const client = await scene.client();
    const waiting = client.callTool(call('echo', 'hello'));
    await until(() => scene.engine.desk.pending().length === 1);
    expect(scene.ran()).toEqual([]);
    expect(scene.engine.desk.pending()[0]?.call).toMatchObject({
      module: 'mcp_test',
      action: 'echo',
      params: { text: 'hello' },
      client: 'test-client',
      point: 'mcp',
    });
    await scene.answer('allow');
    expect(textOf(await waiting)).toEqual({ text: 'hello', isError: false });
    expect(scene.ran()).toEqual(['echo hello']);
    expect(scene.log.ofType('call.completed')).toMatchObject([{ success: true, source: 'observed' }]);
  });

  it('does not run after a no; the model reads why', async () => {
    await open();
    const client = await scene.client();
    const waiting = client.callTool(call('echo'));
    await scene.answer('deny');
    const { text, isError } = textOf(await waiting);
    expect(isError).toBe(true);
    expect(text).toContain('not this');
    expect(scene.ran()).toEqual([]);
  });

  it('has what behaviour rules say of it behind its own result, once', async () => {
    await open(
      mcpPolicy(
        'default_policy: auto',
        `security: { behavior: { rule_definitions: [
          { id: before, trigger: [mcp_test.echo], condition: { consecutive_gte: 2 }, message: "Again?" },
          { id: after, trigger: [mcp_test.echo], when: post_tool, action: remind, message: "Look at it." }] } }`,
      ),
    );
    const client = await scene.client();
    const texts = async () =>
      ((await client.callTool(call('echo', 'x'))).content as { text: string }[]).map(({ text }) => text);
    expect(await texts()).toEqual(['x', '[BEHAVIOR REMINDER] Look at it.\nRule: after']);
    expect(await texts()).toEqual([
      'x',
      '[BEHAVIOR WARNING] Again?\nRule: before',
      '[BEHAVIOR REMINDER] Look at it.\nRule: after',
    ]);
  });

  it('never runs once it was cancelled, whether it waited or ran', async () => {
    await open();
    const client = await scene.client();
    const abort = new AbortController();
    const waiting = client.callTool(call('echo'), { signal: abort.signal });
    await until(() => scene.engine.desk.pending().length === 1);
    const [approval] = scene.engine.desk.pending();
    abort.abort();
    await expect(waiting).rejects.toThrow();
    await until(() => scene.engine.desk.pending().length === 0);
    await expect(
      scene.engine.answer(approval?.id ?? '', approval?.fingerprint ?? '', {
        kind: 'allow',
        scope: 'once',
        via: 'page',
      }),
    ).rejects.toMatchObject({ code: 'already_decided' });
    expect(scene.ran()).toEqual([]);
    expect(scene.log.ofType('approval.resolved')).toMatchObject([{ outcome: 'cancelled' }]);

    scene.policy = LETS;
    const later = new AbortController();
    const running = client.callTool(call('slow'), { signal: later.signal });
    await until(() => scene.ran().length === 1);
    later.abort();
    await expect(running).rejects.toThrow();
    await until(() => scene.cancelled().length === 1);
  });

  it('that is cancelled takes no other with it that needs the same list of tools', async () => {
    await open(LETS);
    const client = scene.raw();
    const ask = (id: number, method: string, params: object) =>
      JSON.stringify({ jsonrpc: '2.0', id, method, params });
    client.send(
      ask(1, 'initialize', {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'c', version: '1' },
      }),
    );
    await client.until('"id":1');
    client.send(
      [
        ask(2, 'tools/call', call('echo', 'given up')),
        ask(3, 'tools/call', call('echo', 'wanted')),
        '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}',
      ].join('\n'),
    );
    expect(JSON.parse(await client.until('"id":3'))).toMatchObject({
      result: { content: [{ type: 'text', text: 'wanted' }] },
    });
    expect(scene.ran()).toEqual(['echo wanted']);
    expect(client.lines.filter((line) => line.includes('"id":2'))).toEqual([]);
  });

  it('that is cancelled while the server does not list leaves room for the next', async () => {
    await open(LETS);
    const client = scene.raw();
    const send = (message: object) => client.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
    const clientInfo = { name: 'c', version: '1' };
    send({
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
    });
    await client.until('"id":1');
    writeFileSync(join(scene.folder, 'lists-not'), '');
    send({ id: 2, method: 'tools/call', params: call('echo', 'given up') });
    await until(() => existsSync(join(scene.folder, 'asked-to-list')));
    send({ method: 'notifications/cancelled', params: { requestId: 2 } });
    // What is answered behind it shows that it was read before the server lists again.
    send({ id: 3, method: 'ping' });
    await client.until('"id":3');
    rmSync(join(scene.folder, 'lists-not'));
    send({ id: 2, method: 'tools/call', params: call('echo', 'wanted') });
    expect(JSON.parse(await client.until('"id":2'))).toMatchObject({
      result: { content: [{ type: 'text', text: 'wanted' }] },
    });
    expect(scene.ran()).toEqual(['echo wanted']);
  });

  it('tells a client that listens every few seconds that a person is asked', async () => {
    await open();
    const client = await scene.client();
    const heard: string[] = [];
    const waiting = client.callTool(call('echo'), { onprogress: ({ message }) => heard.push(message ?? '') });
    await until(() => heard.length > 0);
    expect(heard[0]).toBe('Waits for a person in Gatehouse');
    await scene.answer('allow');
    await waiting;
  });
});

describe('what a client is shown', () => {
  it('hides what is hidden or denied, refuses it all the same, and writes that down', async () => {
    await open(MIXED);
    const client = await scene.client();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['echo', 'slow', 'die']);
    for (const name of ['wipe', 'sample'])
      await expect(client.callTool(call(name))).rejects.toThrow(/Unknown tool/);
    expect(scene.ran()).toEqual([]);
    expect(scene.log.ofType('call.decided').map(({ gate, call: { action } }) => `${action} ${gate}`)).toEqual(
      ['wipe gate4_policy', 'sample gate1_hidden'],
    );
    await expect(client.readResource({ uri: 'test://one' })).rejects.toThrow();
    expect((await client.listResources()).resources).toEqual([]);
    expect((await client.listPrompts()).prompts).toEqual([]);
  });

  it('is told to list again when the policy changes', async () => {
    await open(LETS);
    const client = await scene.client();
    expect((await client.listTools()).tools).toHaveLength(5);
    let told = 0;
    client.setNotificationHandler('notifications/tools/list_changed', () => {
      told += 1;
    });
    scene.policy = MIXED;
    scene.mcp.policyChanged();
    await until(() => told === 1);
    expect((await client.listTools()).tools).toHaveLength(3);
  });

  it('asks before a resource is read or a prompt is fetched', async () => {
    await open();
    const client = await scene.client();
    const reading = client.readResource({ uri: 'test://one' });
    await scene.answer('allow');
    expect(await reading).toMatchObject({ contents: [{ text: 'the text' }] });
    const fetching = client.getPrompt({ name: 'hello' });
    await scene.answer('deny');
    await expect(fetching).rejects.toThrow();
  });
});

describe('who speaks', () => {
  it('refuses a server that nobody registered', async () => {
    await open();
    expect(() => scene.raw('other')).toThrow(/no MCP server other is registered/);
  });

  it('answers server/discover at once, and speaks no version that has no initialize', async () => {
    await open(LETS);
    const raw = scene.raw();
    raw.send('{"jsonrpc":"2.0","id":1,"method":"server/discover"}');
    expect(JSON.parse(await raw.until('"id":1'))).toMatchObject({ error: { code: -32601 } });
    raw.send(
      '{"jsonrpc":"2.0","id":2,"method":"initialize","params":{"protocolVersion":"2026-07-28","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}',
    );
    expect(JSON.parse(await raw.until('"id":2'))).toMatchObject({
      result: { protocolVersion: '2025-06-18' },
    });
  });

  it.each([
    ['no JSON', '{"jsonrpc"', -32700],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
    ['no version', '{"id":1,"method":"ping"}', -32600],
    ['parameters that are a list', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}', -32602],
    ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"shell/run","params":{}}', -32601],
    ['a tool without a name', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}', -32602],
    [
      'arguments that are text',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":"x"}}',
      -32602,
    ],
  ])('refuses %s', async (_what, line, code) => {
    await open(LETS);
    const raw = scene.raw();
    raw.send(line);
    expect(JSON.parse(await raw.until('"error"'))).toMatchObject({ error: { code } });
    expect(scene.ran()).toEqual([]);
  });

  it('does not let a client answer what the server did not ask, nor use an id twice', async () => {
    await open();
    const raw = scene.raw();
    raw.send('{"jsonrpc":"2.0","id":"model","result":{"role":"assistant"}}');
    raw.send('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}');
    await until(() => scene.engine.desk.pending().length === 1);
    raw.send('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wipe"}}');
    expect(JSON.parse(await raw.until('under way'))).toMatchObject({ id: 1, error: { code: -32600 } });
    expect(scene.engine.desk.pending()).toHaveLength(1);
    raw.end();
    await until(() => scene.engine.desk.pending().length === 0);
    expect(scene.log.ofType('approval.resolved')).toMatchObject([{ outcome: 'cancelled' }]);
  });

  it('asks before a server uses the client’s model', async () => {
    await open(mcpPolicy('default_policy: approve\ngrant: [{ module: mcp_test, actions: [sample] }]'));
    const client = await scene.client();
    const waiting = client.callTool(call('sample'));
    await scene.answer('deny');
    expect(textOf(await waiting).text).toContain('no model: Denied by a person');
  });
});

describe('a hook and the gateway about one call', () => {
  it('ask once and write one decision; the result is the observed one', async () => {
    await open();
    const client = await scene.client();
    const input = {
      client: 'claude-code',
      claimedSession: 'abc',
      claimedCallId: 'toolu_1',
      claimedCwd: scene.folder,
      peer: (await import('../../support/peers.ts')).peerOf({ cwd: scene.folder }),
      agent: 'main',
      toolName: 'mcp__test__echo',
      module: 'mcp_test',
      action: 'echo',
      params: { text: 'both' },
      caller: 'llm' as const,
      point: 'hook' as const,
      patienceMs: 60_000,
    };
    const hooked = scene.engine.authorize(input, new AbortController().signal);
    await scene.answer('allow');
    expect(await hooked).toMatchObject({ kind: 'allow' });
    expect(textOf(await client.callTool(call('echo', 'both')))).toEqual({ text: 'both', isError: false });
    expect(
      await scene.engine.complete({
        ...input,
        success: true,
        result: 'claimed',
        durationMs: 1,
        source: 'claimed',
      }),
    ).toBe('recorded');
    expect(scene.log.ofType('call.decided')).toHaveLength(1);
    expect(scene.log.ofType('call.completed')).toMatchObject([{ source: 'observed' }]);
    expect(scene.log.ofType('security')).toEqual([]);

    const again = client.callTool(call('echo', 'both'));
    await scene.answer('deny');
    expect(textOf(await again).isError).toBe(true);
    expect(scene.ran()).toEqual(['echo both']);
  });
});

describe('many at once', () => {
  it('answers a thousand calls, each with its own answer', async () => {
    await open(LETS);
    const client = await scene.client();
    const texts = Array.from({ length: 1000 }, (_, index) => `call ${index}`);
    const results = await Promise.all(
      texts.map((text) => client.callTool(call('echo', text), { timeout: 60_000 })),
    );
    expect(results.map((result) => textOf(result).text)).toEqual(texts);
    expect(scene.log.ofType('call.completed')).toHaveLength(1000);
  }, 180_000);
});
