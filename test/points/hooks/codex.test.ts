import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CODEX_EVENTS, CODEX_PATIENCE_MS } from '../../../main/points/hooks/codex-events.ts';
import { codexTool } from '../../../main/points/hooks/codex-tools.ts';
import { PROBE_TOOL, probeRefusal, wasProbeRefused } from '../../../main/points/hooks/probe.ts';
import { createHookHandler } from '../../../main/points/hooks/registry.ts';
import { allowed, denied, FakeEngine } from '../../support/fake-engine.ts';
import { peerOf } from '../../support/peers.ts';
import { call, house } from './house.ts';

const captured = readFileSync(new URL('fixtures/codex-0.169.0.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('what a real run of Codex sends', () => {
  it('is understood to the last line, and a plain yes says nothing', async () => {
    const { engine, send, rows, defects, seen } = house(new FakeEngine(), 'codex');
    for (const line of captured) expect(await send(line)).toEqual({ exit: 0, stdout: '', stderr: '' });
    expect(rows).toEqual([]);
    expect(defects).toEqual([]);
    expect(new Set(seen)).toEqual(new Set(['codex']));
    expect(engine.started).toHaveLength(1);
    expect(
      engine.authorized.map((input) => [
        `${input.toolName} ${input.module}.${input.action}`,
        input.agent,
        input.claimedCwd,
        Object.keys(input.params).join(),
      ]),
    ).toEqual([
      ['Bash shell.bash', 'main', '/home/dev/work', 'command'],
      ['Bash shell.bash', 'main', '/etc', 'command'],
      ['apply_patch filesystem.patch', 'main', '/home/dev/work', 'patch'],
      ['view_image filesystem.read', 'main', '/home/dev/work', 'path'],
      ['spawn_agent agent.spawn', 'main', '/home/dev/work', 'message,agent_type'],
      ['Bash shell.bash', 'worker', '/home/dev/work', 'command'],
    ]);
    expect(engine.authorized[0]).toMatchObject({ rewrites: true, patienceMs: CODEX_PATIENCE_MS });
    // What an agent writes to a subagent is no turn of the person's.
    expect(engine.prompts).toEqual(['go']);
    // Its words come when the turn is over: too late for rules about what was said before a call.
    expect(engine.heard).toEqual([]);
  });
});

describe('answers to Codex', () => {
  const answer = async (engine: FakeEngine, body: Record<string, unknown> = call()) => {
    const { stdout, exit } = await house(engine, 'codex').send(body);
    expect(exit).toBe(0);
    return stdout === '' ? null : (JSON.parse(stdout) as Record<string, unknown>);
  };

  it('deny with a reason, never an empty one: Codex would run the tool', async () => {
    for (const [message, reason] of [
      ['Denied: no.', 'Denied: no.'],
      ['', 'Denied by Gatehouse.'],
      ['\n\t ', 'Denied by Gatehouse.'],
    ] as const)
      expect(await answer(new FakeEngine(() => denied(message)))).toEqual({
        hookSpecificOutput: {
          hookEventName: 'PreToolUse',
          permissionDecision: 'deny',
          permissionDecisionReason: reason,
        },
      });
  });

  it('allow only beside other parameters, in Codex’s own names', async () => {
    const changed = new FakeEngine(({ params }) => ({
      ...allowed(),
      params: 'patch' in params ? { patch: 'new' } : { command: 'new' },
    }));
    const wanted = (updatedInput: unknown) => ({
      hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'allow', updatedInput },
    });
    expect(await answer(changed)).toEqual(wanted({ command: 'new' }));
    expect(await answer(changed, call({ tool_name: 'apply_patch', tool_input: { command: 'old' } }))).toEqual(
      wanted({ command: 'new' }),
    );
  });

  it('tells what rules say beside a yes, after a result, at a prompt and once at the end', async () => {
    const engine = new FakeEngine();
    const say = () => engine.texts.set('main', ['Mind the gap.']);
    const context = (hookEventName: string) => ({
      hookSpecificOutput: { hookEventName, additionalContext: 'Mind the gap.' },
    });
    say();
    expect(await answer(engine)).toEqual(context('PreToolUse'));
    say();
    const ended = call({ hook_event_name: 'PostToolUse', tool_response: 'x' });
    expect(await answer(engine, ended)).toEqual(context('PostToolUse'));
    expect(await answer(engine, ended)).toBeNull();
    say();
    expect(await answer(engine, call({ hook_event_name: 'UserPromptSubmit', prompt: 'go' }))).toEqual(
      context('UserPromptSubmit'),
    );
    const stop = call({ hook_event_name: 'Stop', last_assistant_message: 'done' });
    say();
    expect(await answer(engine, { ...stop, stop_hook_active: true })).toBeNull();
    expect(await answer(engine, stop)).toEqual({ decision: 'block', reason: 'Mind the gap.' });
    expect(await answer(engine, stop)).toBeNull();
  });

  it('puts a result without what is secret in the result’s place', async () => {
    const engine = new FakeEngine();
    engine.texts.set('main', ['Mind the gap.']);
    const handler = createHookHandler({
      engine,
      log: { append: async () => undefined },
      redact: (result) => (typeof result === 'string' ? result.replaceAll('S3CRET', '') : result),
    });
    const post = async (tool_response: unknown) => {
      const { stdout } = await handler({
        agent: 'codex',
        body: Buffer.from(JSON.stringify(call({ hook_event_name: 'PostToolUse', tool_response }))),
        peer: peerOf(),
        signal: new AbortController().signal,
      });
      return stdout === '' ? null : (JSON.parse(stdout) as unknown);
    };
    expect(await post('a S3CRET b')).toEqual({ decision: 'block', reason: 'a  b\n\nMind the gap.' });
    // Codex shows the result as it was when there is no reason.
    expect(await post('S3CRET')).toEqual({ decision: 'block', reason: '(nothing)' });
    expect(await post('plain')).toBeNull();
  });

  it('refuses the probe by itself, whatever the engine says', async () => {
    const { engine, send, rows, seen } = house(new FakeEngine(), 'codex');
    const nonce = 'c'.repeat(32);
    const { stdout } = await send(call({ tool_name: PROBE_TOOL, tool_input: { nonce } }));
    expect(JSON.parse(stdout)).toMatchObject({
      hookSpecificOutput: { permissionDecision: 'deny', permissionDecisionReason: probeRefusal(nonce) },
    });
    expect(wasProbeRefused(nonce)).toBe(true);
    expect(engine.authorized).toEqual([]);
    expect(seen).toEqual([]);
    expect(rows).toMatchObject([{ type: 'security', what: 'enforcement_probe' }]);
  });

  it('blocks what it does not understand', async () => {
    const { engine, send, rows } = house(new FakeEngine(), 'codex');
    for (const body of [
      Buffer.from('{'),
      Buffer.from('[]'),
      call({ hook_event_name: 'PermissionRequest' }),
      call({ tool_input: 'ls' }),
      call({ cwd: 'work' }),
      call({ tool_use_id: 'a b' }),
      Buffer.from(JSON.stringify(call()).replace('"cwd"', '"tool_name":"x","cwd"')),
    ]) {
      const { exit, stdout, stderr } = await send(body);
      expect([exit, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^gatehouse: blocked: /);
    }
    expect(engine.authorized).toEqual([]);
    expect(rows).toHaveLength(7);
  });
});

describe('names', () => {
  it('of servers’ tools are taken apart only where they can be told', () => {
    const named = (tool: string) => Object.values(codexTool(tool)).join('.');
    expect(named('mcp__gh__wipe')).toBe('mcp_gh.wipe');
    expect(named('mcp__a__b__c')).toBe('codex.mcp__a__b__c');
    expect(named('mcp____x')).toBe('codex.mcp____x');
    expect(named('bash')).toBe('codex.bash');
    expect(named('Read')).toBe('codex.read');
    expect(named('a b')).toBe('codex.unreadable_name');
  });

  it('each event gives up before Codex does', () => {
    for (const { deadlineSeconds, timeoutSeconds } of CODEX_EVENTS)
      expect(deadlineSeconds).toBeLessThan(timeoutSeconds);
  });
});
