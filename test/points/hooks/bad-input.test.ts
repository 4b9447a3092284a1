import { describe, expect, it } from 'vitest';
import { FakeEngine } from '../../support/fake-engine.ts';
import { call, house } from './house.ts';

describe('bad input is blocked with one line', () => {
  const text = JSON.stringify(call());
  const without = (key: string) => {
    const { [key]: _, ...rest } = call() as Record<string, unknown>;
    return rest;
  };
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ['nothing', Buffer.alloc(0), /found the end of the text/],
    ['half of it', Buffer.from(text.slice(0, 60)), /JSON line 1/],
    ['two values', Buffer.from(`${text}${text}`), /after the value/],
    ['a byte order mark', Buffer.from(`\ufeff${text}`), /expected a value/],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /not UTF-8/],
    ['UTF-16', Buffer.from(text, 'utf16le'), /JSON line 1|not UTF-8/],
    ['an array', [], /object/],
    ['null', null, /object/],
    ['a string', 'deny', /object/],
    ['no event', without('hook_event_name'), /hook_event_name/],
    ['no session', without('session_id'), /session_id/],
    ['no cwd', without('cwd'), /cwd/],
    ['no tool', without('tool_name'), /tool_name/],
    ['no parameters', without('tool_input'), /tool_input/],
    ['no call id', without('tool_use_id'), /tool_use_id/],
    ['a number for the session', call({ session_id: 7 }), /session_id/],
    ['an empty session', call({ session_id: '' }), /session_id/],
    ['a session with a line break', call({ session_id: 'a\nb' }), /session_id/],
    ['a relative cwd', call({ cwd: 'work' }), /cwd: must be an absolute path/],
    ['a cwd of a megabyte', call({ cwd: `/${'x'.repeat(1_000_000)}` }), /cwd/],
    ['an array of parameters', call({ tool_input: ['ls'] }), /tool_input: must be an object/],
    ['a string of parameters', call({ tool_input: '{"command":"ls"}' }), /tool_input/],
    ['null parameters', call({ tool_input: null }), /tool_input/],
    ['a tool that is no string', call({ tool_name: { toString: 1 } }), /tool_name/],
    [
      'a key twice',
      Buffer.from(text.replace('"tool_name"', '"tool_name":"Read","tool_name"')),
      /stands twice/,
    ],
    [
      'a parameter twice',
      Buffer.from(text.replace('{"command"', '{"command":"ls","command"')),
      /stands twice/,
    ],
    ['__proto__', Buffer.from(text.replace('{"command"', '{"__proto__":{"x":1},"command"')), /__proto__/],
    ['NUL', Buffer.from(text.replace('echo hi', String.raw`echo\u0000hi`)), /U\+0000/],
    ['a raw NUL', Buffer.from(text.replace('echo hi', 'echo\u0000hi')), /must be escaped/],
    ['half a surrogate', Buffer.from(text.replace('echo hi', String.raw`echo \ud800`)), /surrogate/],
    ['half a surrogate in a key', Buffer.from(text.replace('"command"', String.raw`"\ud800"`)), /surrogate/],
    ['a number out of range', Buffer.from(text.replace('"echo hi"', '1e999')), /out of range/],
    ['a depth bomb', Buffer.from(text.replace('"echo hi"', '['.repeat(100_000))), /nested deeper/],
    [
      'a deep value',
      Buffer.from(text.replace('"echo hi"', `${'['.repeat(200)}${']'.repeat(200)}`)),
      /nested deeper/,
    ],
    [
      'a million values',
      Buffer.from(text.replace('"echo hi"', `[${'0,'.repeat(1_000_000)}0]`)),
      /more than 200000 values/,
    ],
    [
      '20 MB of parameters',
      call({ tool_input: { command: 'x'.repeat(20 * 1024 * 1024) } }),
      /it is 20 MiB long; at most 16 MiB are taken; hint: /,
    ],
    [
      'an event that is not installed',
      call({ hook_event_name: 'PermissionRequest' }),
      /not installed for the event/,
    ],
    ['an event in other letters', call({ hook_event_name: 'preToolUse' }), /not installed for the event/],
    ['a prompt that is no string', call({ hook_event_name: 'UserPromptSubmit', prompt: ['go'] }), /prompt/],
  ];

  it.each(cases)('%s', async (_name, body, why) => {
    const { engine, rows, defects, send } = house();
    const answer = await send(body);
    expect(answer.exit).toBe(2);
    expect(answer.stdout).toBe('');
    expect(answer.stderr).toMatch(/^gatehouse: blocked: [^\n]+\n$/);
    expect(answer.stderr).toMatch(why);
    expect(answer.stderr.length).toBeLessThan(1100);
    expect(engine.authorized).toEqual([]);
    expect(rows).toMatchObject([{ type: 'security' }]);
    expect(defects).toEqual([]);
  });

  it.each([null, '', 'windsurf', 'Claude-Code', '__proto__', 'constructor', '../x'])(
    'agent %j',
    async (agent) => {
      const { engine, rows, send } = house(new FakeEngine(), agent);
      const answer = await send(call());
      expect(answer).toMatchObject({ exit: 2, stdout: '' });
      expect(answer.stderr).toContain('hint: known are: claude-code');
      expect(engine.authorized).toEqual([]);
      expect(rows).toMatchObject([{ type: 'security', what: 'hook_unknown_agent' }]);
    },
  );
});
