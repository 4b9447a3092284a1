/** Both hook programs at the real door, with input that no agent should send: the real adapter's no comes through. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Door, openDoor } from '../../main/points/door/door-server.ts';
import { createHookHandler } from '../../main/points/hooks/registry.ts';
import { allowed, FakeEngine } from '../support/fake-engine.ts';
import { hookClients, privateFolder, runHook, startHook } from './hook-clients.ts';

const CALL = {
  session_id: 'session',
  cwd: '/tmp',
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input: { command: 'echo hi' },
  tool_use_id: 'toolu_1',
};
const text = JSON.stringify(CALL);

let path = '';
let remove: () => Promise<void>;
let door: Door;
let engine: FakeEngine;

beforeEach(async () => {
  const made = await privateFolder();
  remove = made.remove;
  path = `${made.folder}/agent.sock`;
  engine = new FakeEngine(() => allowed());
  const handler = createHookHandler({ engine, log: { append: async () => undefined } });
  door = await openDoor({ path, kind: 'agent', handler });
});

afterEach(async () => {
  await door.close('the test is over');
  await remove();
});

const BAD: Record<string, Buffer | string> = {
  nothing: '',
  'a line break': '\n',
  'a call that is cut off': text.slice(0, -10),
  'two calls': `${text}\n${text}`,
  'a byte that is no UTF-8': Buffer.from(text.replace('echo hi', 'echo \u00ff'), 'latin1'),
  'half of a UTF-8 character': Buffer.concat([Buffer.from(text), Buffer.from([0xe2, 0x82])]),
  'UTF-16': Buffer.from(text, 'utf16le'),
  'a byte order mark': Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]),
  'a NUL after the call': `${text}\0`,
  'an answer': '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}',
  '20 MB of one command': text.replace('echo hi', 'x'.repeat(20_000_000)),
  '20 MB of noise': Buffer.alloc(20_000_000, 0xff),
  'brackets, a hundred thousand deep': '['.repeat(100_000),
};

describe.each(hookClients)('$name at the real door', (client) => {
  it('gets a yes for a good call', async () => {
    const result = await runHook(client, path, text);
    expect(result).toMatchObject({ exit: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toMatchObject({ hookSpecificOutput: { permissionDecision: 'allow' } });
    expect(engine.authorized).toHaveLength(1);
  });

  it.each(Object.keys(BAD))('blocks %s', async (name) => {
    const result = await runHook(client, path, BAD[name] ?? '');
    expect(result).toMatchObject({ exit: 2, signal: null, stdout: '' });
    expect(result.stderr).toMatch(/^gatehouse: [^\n]+\n$/);
    expect(engine.authorized).toEqual([]);
  });

  it('blocks an agent that the supervisor does not know', async () => {
    const words = ['hook', 'no-such-agent', '--door', path];
    const result = await startHook(client, words, text).ended;
    expect(result).toMatchObject({ exit: 2, stdout: '' });
    expect(result.stderr).toMatch(/^gatehouse: [^\n]+\n$/);
    expect(engine.authorized).toEqual([]);
  });

  it('blocks when the supervisor stops while the call waits', async () => {
    const asked = Promise.withResolvers<void>();
    engine.answer = () => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    const waiting = runHook(client, path, text);
    await asked.promise;
    await door.close('Gatehouse stops');
    const result = await waiting;
    expect(result).toMatchObject({ exit: 2, stdout: '' });
    expect(result.stderr).toMatch(/^gatehouse: [^\n]+\n$/);
  });
});
