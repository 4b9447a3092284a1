/** What behaviour rules have to say, by Claude Code's own ways of telling its model. */
import { describe, expect, it } from 'vitest';
import { allowed, denied, FakeEngine } from '../../support/fake-engine.ts';
import { call, house } from './house.ts';

const WARNING = '[BEHAVIOR WARNING] Read it first.\nRule: read_before_edit';
const REMINDER = '[BEHAVIOR REMINDER] Run the tests.\nRule: test_after_changes';

function outputOf({ stdout }: { readonly stdout: string }): unknown {
  return stdout === '' ? null : JSON.parse(stdout).hookSpecificOutput;
}

const event = (name: string, more: Record<string, unknown> = {}) => ({
  session_id: 's1',
  cwd: '/home/dev/work',
  hook_event_name: name,
  ...more,
});

describe('texts of behaviour rules', () => {
  it('go beside the answer that lets a call run, with what has waited', async () => {
    const engine = new FakeEngine(() => ({ ...allowed(), notices: [WARNING] }));
    engine.texts.set('main', [REMINDER]);
    const { send } = house(engine);
    expect(outputOf(await send(call()))).toMatchObject({
      permissionDecision: 'allow',
      additionalContext: `${WARNING}\n\n${REMINDER}`,
    });
    expect(outputOf(await send(call()))).toMatchObject({ additionalContext: WARNING });
  });

  it('of a blocked call are its reason, in lines; any other reason stays one line', async () => {
    const blocked =
      '[BEHAVIOR BLOCKED] No.\nRule: r\nThe tool call was NOT executed. Fix the violation first.';
    const { send } = house(new FakeEngine(() => denied(blocked)));
    expect(outputOf(await send(call()))).toMatchObject({
      permissionDecision: 'deny',
      permissionDecisionReason: blocked,
    });
    const other = house(new FakeEngine(() => denied('Denied. The person says: a\nRule: b')));
    expect(outputOf(await other.send(call()))).toMatchObject({
      permissionDecisionReason: 'Denied. The person says: a Rule: b',
    });
  });

  it('hold nothing that acts', async () => {
    const { send } = house(
      new FakeEngine(() => ({
        ...allowed(),
        notices: ['[BEHAVIOR WARNING] a\u001b[2J\u202e\nRule: r\nx\ny\nz'],
      })),
    );
    expect(outputOf(await send(call()))).toMatchObject({
      additionalContext: '[BEHAVIOR WARNING] a\\u{1b}[2J\\u{202e}\nRule: r\nx',
    });
  });

  it.each([
    ['PostToolUse', { tool_use_id: 't', tool_response: {} }],
    ['PostToolUseFailure', { tool_use_id: 't', error: 'x' }],
    ['UserPromptSubmit', { prompt: 'go' }],
  ])('are told after %s, each once', async (name, more) => {
    const engine = new FakeEngine();
    engine.texts.set('main', [REMINDER]);
    const { send } = house(engine);
    expect(outputOf(await send(event(name, more)))).toEqual({
      hookEventName: name,
      additionalContext: REMINDER,
    });
    expect(await send(event(name, more))).toEqual({ exit: 0, stdout: '', stderr: '' });
  });

  it('for a subagent go to that subagent', async () => {
    const engine = new FakeEngine();
    engine.texts.set('Explore', [REMINDER]);
    const { send } = house(engine);
    const done = { tool_use_id: 't', tool_response: {} };
    expect(outputOf(await send(event('PostToolUse', done)))).toBeNull();
    expect(
      outputOf(await send(event('PostToolUse', { ...done, agent_id: 'a1', agent_type: 'Explore' }))),
    ).toMatchObject({
      additionalContext: REMINDER,
    });
  });
});

describe('what the agent says', () => {
  it('is heard piece by piece', async () => {
    const { engine, send } = house();
    const said = (delta: string, final: boolean) =>
      event('MessageDisplay', { message_id: 'm1', index: 0, delta, final });
    expect(await send(said('I will ', false))).toEqual({ exit: 0, stdout: '', stderr: '' });
    await send(said('look.', true));
    expect(engine.heard).toEqual([
      { messageId: 'm1', text: 'I will ', final: false },
      { messageId: 'm1', text: 'look.', final: true },
    ]);
  });

  it('at its end is worth going on for once, and only for what is urgent', async () => {
    const engine = new FakeEngine();
    engine.texts.set('main', [WARNING, REMINDER]);
    const { send } = house(engine);
    const stop = (active: boolean) =>
      send(event('Stop', { stop_hook_active: active, last_assistant_message: 'not sure' }));
    expect(outputOf(await stop(true))).toBeNull();
    expect(outputOf(await stop(false))).toEqual({ hookEventName: 'Stop', additionalContext: WARNING });
    expect(outputOf(await stop(false))).toBeNull();
    expect(engine.heard[0]).toEqual({ messageId: 'stop', text: 'not sure', final: true, again: true });
  });
});
