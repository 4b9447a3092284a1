import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UnnamedCalls } from '../../../main/points/hooks/gemini-cli-calls.ts';
import { GEMINI_CLI_EVENTS } from '../../../main/points/hooks/gemini-cli-events.ts';
import { geminiCliParams, geminiCliTool } from '../../../main/points/hooks/gemini-cli-tools.ts';
import { PROBE_TOOL, probeRefusal, wasProbeRefused } from '../../../main/points/hooks/probe.ts';
import { allowed, denied, FakeEngine } from '../../support/fake-engine.ts';
import { house } from './house.ts';

const captured = readFileSync(new URL('fixtures/gemini-cli-0.61.0.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Record<string, unknown>);

const call = (overrides: Record<string, unknown> = {}) => ({
  session_id: 's1',
  cwd: '/home/dev/work',
  hook_event_name: 'BeforeTool',
  tool_name: 'run_shell_command',
  tool_input: { command: 'echo hi' },
  ...overrides,
});

describe('what a real run of Gemini CLI sends', () => {
  it('is understood to the last line, and each result finds its call', async () => {
    const { engine, send, rows, defects, seen } = house(new FakeEngine(), 'gemini-cli');
    for (const line of captured) {
      const { exit, stdout, stderr } = await send(line);
      expect([exit, stderr]).toEqual([0, '']);
      expect(stdout).toBe(line['hook_event_name'] === 'BeforeTool' ? '{"decision":"allow"}' : '');
    }
    expect([rows, defects]).toEqual([[], []]);
    expect(new Set(seen)).toEqual(new Set(['gemini-cli']));
    const five = [
      ['run_shell_command shell.bash', 'command,description'],
      ['write_file filesystem.write', 'content,file_path'],
      ['replace filesystem.edit', 'file_path,instruction,new_string,old_string'],
      ['grep_search filesystem.grep', 'path,pattern'],
      ['web_fetch web.fetch', 'prompt,url'],
    ];
    expect(
      engine.authorized.map(({ toolName, module, action, params }) => [
        `${toolName} ${module}.${action}`,
        Object.keys(params).toSorted().join(),
      ]),
    ).toEqual([
      ...five,
      ['invoke_agent agent.spawn', 'agent_name,prompt'],
      // The subagent's own.
      ...five,
      ['mcp_gh_wipe mcp_gh.wipe', 'x'],
    ]);
    expect(engine.prompts).toEqual(['go']);
    const ids = engine.authorized.map(({ claimedCallId }) => claimedCallId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(engine.completed.map(({ claimedCallId }) => claimedCallId)).toEqual([
      ...[...ids.slice(0, 5), ...ids.slice(6, 11)],
      ids[5],
    ]);
    expect(engine.completed.map(({ success }) => success)).toEqual([
      ...[true, true, true, true, false],
      ...[true, true, true, true, false],
      true,
    ]);
    // Its words come when the turn is over: too late for rules about what was said before a call.
    expect(engine.heard).toEqual([]);
    expect(engine.ended).toHaveLength(1);
  });
});

describe('answers to Gemini CLI', () => {
  const answer = async (engine: FakeEngine, body: Record<string, unknown> = call()) => {
    const { stdout, exit } = await house(engine, 'gemini-cli').send(body);
    expect(exit).toBe(0);
    return stdout === '' ? null : (JSON.parse(stdout) as Record<string, unknown>);
  };

  it('deny with a reason, never an empty one', async () => {
    expect(await answer(new FakeEngine(() => denied('Denied: no.')))).toEqual({
      decision: 'deny',
      reason: 'Denied: no.',
    });
    expect(await answer(new FakeEngine(() => denied(' \n')))).toEqual({
      decision: 'deny',
      reason: 'Denied by Gatehouse.',
    });
  });

  it('give other parameters in its own names, and deny where it cannot be given them', async () => {
    const changed = (params: Record<string, string>) => new FakeEngine(() => ({ ...allowed(), params }));
    const list = call({ tool_name: 'list_directory', tool_input: { dir_path: 'a' } });
    expect(await answer(changed({ path: 'b' }), list)).toEqual({
      decision: 'allow',
      hookSpecificOutput: { hookEventName: 'BeforeTool', tool_input: { dir_path: 'b' } },
    });
    // What it is told is laid over what it asked for: nothing can be taken away.
    expect(await answer(changed({ description: 'x' }))).toMatchObject({ decision: 'deny' });
    // The address stands in a text, which stays as it is.
    const fetch = call({ tool_name: 'web_fetch', tool_input: { prompt: 'read http://a.example/' } });
    expect(
      await answer(changed({ prompt: 'read http://a.example/', url: 'http://b.example/' }), fetch),
    ).toMatchObject({ decision: 'deny' });
    expect(
      await answer(changed({ prompt: 'read http://a.example/ now', url: 'http://a.example/' }), fetch),
    ).toMatchObject({
      decision: 'allow',
      hookSpecificOutput: { tool_input: { prompt: 'read http://a.example/ now' } },
    });
  });

  it('tell what rules say with the result, at a prompt and once at the end', async () => {
    const engine = new FakeEngine(() => ({ ...allowed(), notices: ['Mind the gap.'] }));
    expect(await answer(engine)).toEqual({ decision: 'allow' });
    const ended = call({ hook_event_name: 'AfterTool', tool_response: { llmContent: 'x' } });
    const context = (hookEventName: string) => ({
      hookSpecificOutput: { hookEventName, additionalContext: 'Mind the gap.' },
    });
    expect(await answer(engine, ended)).toEqual(context('AfterTool'));
    const say = () => engine.texts.set('main', ['Mind the gap.']);
    say();
    expect(await answer(engine, call({ hook_event_name: 'BeforeAgent', prompt: 'go' }))).toEqual(
      context('BeforeAgent'),
    );
    const stop = call({ hook_event_name: 'AfterAgent', prompt_response: 'done' });
    say();
    expect(await answer(engine, { ...stop, stop_hook_active: true })).toBeNull();
    expect(await answer(engine, stop)).toEqual({ decision: 'deny', reason: 'Mind the gap.' });
    expect(await answer(engine, stop)).toBeNull();
  });

  it('refuse the probe by themselves, and block what they do not understand', async () => {
    const { engine, send, rows, seen } = house(new FakeEngine(), 'gemini-cli');
    const nonce = 'd'.repeat(32);
    const { stdout } = await send(call({ tool_name: PROBE_TOOL, tool_input: { nonce } }));
    expect(JSON.parse(stdout)).toEqual({ decision: 'deny', reason: probeRefusal(nonce) });
    expect(wasProbeRefused(nonce)).toBe(true);
    expect(seen).toEqual([]);
    for (const body of [
      Buffer.from('{"hook_event_name":'),
      call({ hook_event_name: 'BeforeModel' }),
      call({ tool_input: [] }),
      call({ mcp_context: { server_name: 1 } }),
    ]) {
      const { exit, stdout: nothing, stderr } = await send(body);
      expect([exit, nothing]).toEqual([2, '']);
      expect(stderr).toMatch(/^gatehouse: blocked: /);
    }
    expect(engine.authorized).toEqual([]);
    expect(rows).toHaveLength(5);
  });
});

describe('names and parameters', () => {
  const named = (tool: string, mcp: [string, string] | null = null) =>
    Object.values(geminiCliTool(tool, mcp === null ? null : { server_name: mcp[0], tool_name: mcp[1] })).join(
      '.',
    );

  it('no stranger takes a built-in tool’s name', () => {
    expect(named('mcp_gh_wipe')).toBe('gemini_cli.mcp_gh_wipe');
    expect(named('Bash')).toBe('gemini_cli.bash');
    expect(named('run_shell_command', ['gh', 'run_shell_command'])).toBe('mcp_gh.run_shell_command');
    expect(named('mcp_a__b_c', ['a__b', 'c'])).toBe('gemini_cli.mcp_a__b_c');
    expect(named('mcp_x_y', ['my server', 'y'])).toBe('mcp_my_server.y');
    expect(named('mcp_x_y', ['x', 'a b'])).toBe('gemini_cli.mcp_x_y');
    expect(named('a b')).toBe('gemini_cli.unreadable_name');
  });

  it('every address in a text counts', () => {
    const fetch = (prompt: string) => geminiCliParams('web_fetch', { prompt });
    expect(fetch('nothing')).toEqual({ prompt: 'nothing' });
    expect(fetch('a HTTP://x/ b "https://y/z" http://x2')).toMatchObject({
      url: 'HTTP://x/',
      urls: ['HTTP://x/', 'https://y/z', 'http://x2'],
    });
    // Beside an address of the call's own, under whatever name is free.
    expect(geminiCliParams('web_fetch', { prompt: 'see http://x/', url: 'http://y/', urls: 1 })).toEqual({
      prompt: 'see http://x/',
      url: 'http://y/',
      urls: 1,
      urls_: ['http://x/'],
    });
  });

  it.each([
    ['https://ref.example"@evil.example/x', 'https://ref.example%22@evil.example/x'],
    ['https:\\\\evil.example/?x=https://ref.example/', 'https://evil.example/?x=https://ref.example/'],
    ['https:evil.example/://', 'https://evil.example/://'],
    ['https:///evil.example/', 'https://evil.example/'],
  ])('%s is an address of the host that Gemini CLI would ask', (word, url) => {
    expect(geminiCliParams('web_fetch', { prompt: `see ${word} now` })['url']).toBe(url);
  });

  it('results go to the oldest call that is like them, and none is kept for ever', () => {
    const calls = new UnnamedCalls();
    const begin = (id: string, tool: string, params = {}) =>
      calls.began('s', { id, tool, params, notices: [] });
    begin('1', 'grep', { a: 1 });
    begin('2', 'grep', { a: 2 });
    begin('3', 'ls');
    expect(calls.ended('s', 'grep', { a: 2 })?.id).toBe('2');
    expect(calls.ended('s', 'grep', { a: 1, filled: true })?.id).toBe('1');
    expect(calls.ended('s', 'grep', { a: 1 })).toBeNull();
    expect(calls.ended('other', 'ls', {})).toBeNull();
    for (let at = 0; at < 300; at += 1) begin(`n${at}`, 'cat');
    expect(calls.ended('s', 'ls', {})).toBeNull();
    expect(calls.ended('s', 'cat', {})?.id).toBe('n100');
  });

  it('each event gives up before Gemini CLI does', () => {
    for (const { deadlineSeconds, timeoutSeconds } of GEMINI_CLI_EVENTS)
      expect(deadlineSeconds).toBeLessThan(timeoutSeconds);
  });
});
