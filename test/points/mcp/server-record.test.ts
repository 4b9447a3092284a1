import { describe, expect, it } from 'vitest';
import { canonicalServerName } from '../../../main/platform/server-name.ts';
import { ServerBook } from '../../../main/points/mcp/server-book.ts';
import { draftFromEntry } from '../../../main/points/mcp/server-record.ts';

const memory = (text: string | null = null) => {
  const kept = { text };
  return {
    kept,
    read: () => kept.text,
    write: (json: string) => {
      kept.text = json;
    },
  };
};
const stdio = (program: string) => ({
  name: 'one',
  transport: { kind: 'stdio' as const, program, args: [], env: {}, cwd: null },
  clientTimeoutMs: null,
});

describe('what a person pastes', () => {
  it.each([
    [
      'a whole file',
      '{"mcpServers":{"My Files":{"command":"npx","args":["-y","x"],"env":{"TOKEN":"t"}}}}',
      'my-files',
    ],
    [
      'one entry with its name',
      '{"git_hub":{"command":"npx","args":["-y","x"],"env":{"TOKEN":"t"}}}',
      'git_hub',
    ],
    [
      'VS Code’s form',
      '{"servers":{"a":{"type":"stdio","command":"npx","args":["-y","x"],"env":{"TOKEN":"t"}}}}',
      'a',
    ],
  ])('is understood: %s', (_what, text, name) => {
    expect(draftFromEntry(text, null)).toEqual({
      name,
      transport: { kind: 'stdio', program: 'npx', args: ['-y', 'x'], env: { TOKEN: 't' }, cwd: null },
      clientTimeoutMs: null,
    });
  });

  it('takes a bare entry with the name that is given, and a client’s own limit', () => {
    expect(draftFromEntry('{"command":"x","timeout":5000}', 'Mine')).toMatchObject({
      name: 'mine',
      clientTimeoutMs: 5000,
    });
    expect(draftFromEntry('{"httpUrl":"https://a.example/mcp"}', 'b')).toMatchObject({
      transport: { kind: 'http', url: 'https://a.example/mcp', headers: {} },
    });
  });

  it.each([
    ['no JSON', 'npx -y x', /not JSON/],
    ['no object', '[]', /not an object/],
    ['several servers', '{"mcpServers":{"a":{"command":"x"},"b":{"command":"y"}}}', /2 servers/],
    ['none', '{"mcpServers":{}}', /no server/],
    ['no name', '{"command":"x"}', /no name/],
    ['neither command nor url', '{"a":{"args":[]}}', /neither a command nor a url/],
    ['both', '{"a":{"command":"x","url":"https://a.example"}}', /both/],
    ['the old transport', '{"a":{"type":"sse","url":"https://a.example"}}', /SSE/],
    ['arguments that are no texts', '{"a":{"command":"x","args":[1]}}', /args/],
  ])('is refused with a reason: %s', (_what, text, why) => {
    expect(() => draftFromEntry(text, null)).toThrow(why);
  });

  it('makes every name one that rules can write', () => {
    expect(['My Server!', '__a__b__', 'UPPER_case', '-x-'].map(canonicalServerName)).toEqual([
      'my-server',
      'a_b',
      'upper_case',
      'x',
    ]);
  });
});

describe('the book of servers', () => {
  it('looks a bare name up once and keeps the absolute path and the digest', async () => {
    const store = memory();
    const book = new ServerBook(store);
    const server = await book.add(stdio('sh'), { PATH: 'relative:/bin:/usr/bin' }, 1);
    expect(server.transport).toMatchObject({
      program: '/bin/sh',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(new ServerBook(store).list()).toEqual([server]);
  });

  it.each([
    ['./evil', 'bad_server'],
    ['no-such-program', 'server_missing'],
    ['/no/such/program', 'server_missing'],
    ['/tmp', 'server_missing'],
  ])('does not take %s', async (program, code) => {
    await expect(new ServerBook(memory()).add(stdio(program), { PATH: '/bin' }, 1)).rejects.toMatchObject({
      code,
    });
  });

  it.each(['add', 'Upper', 'a__b', '', 'a b', '-a', 'a'.repeat(65)])(
    'does not take the name %j',
    async (name) => {
      await expect(new ServerBook(memory()).add({ ...stdio('/bin/sh'), name }, {}, 1)).rejects.toMatchObject({
        code: 'bad_server',
      });
    },
  );

  it('replaces no server by another of the same name', async () => {
    const book = new ServerBook(memory());
    await book.add(stdio('/bin/sh'), {}, 1);
    await expect(book.add(stdio('/bin/ls'), {}, 1)).rejects.toMatchObject({ code: 'server_known' });
  });

  it('says so when what was registered cannot be read, and starts none of it', () => {
    const book = new ServerBook(memory('{"not":"a list"}'));
    expect(book.list()).toEqual([]);
    expect(book.problem).toMatch(/cannot be read/);
  });
});
