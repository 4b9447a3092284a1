/** Files that people keep by hand, with comments: routed and put back, to the byte. */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SECRET } from './client-documents.ts';
import { linesOf, RoutesHouse } from './routes-house.ts';

const opencode = `// mine
{
  /* servers */
  "mcp": {
    "files": { // the files
      "type": "local",
      "command": ["npx", "-y",], // not "uvx"
      // "environment": { "KEY": "old-${SECRET}" },
      "environment": { "KEY": "${SECRET}", },
      "enabled": true, /* on */
    },
    // "off": {},
  },
  "theme": "system", // {"mcp": 1}
}
// end`;

describe('opencode.jsonc', () => {
  it.each([
    ['as it is', opencode],
    ['CRLF', opencode.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${opencode}\n`],
  ])('comes back to the byte: %s', async (_name, text) => {
    for (const withCopy of [true, false]) {
      using house = new RoutesHouse();
      const file = join(dirname((await house.place('opencode')).file), 'opencode.jsonc');
      house.write(file, text);
      expect((await house.place('opencode')).file).toBe(file);
      const plan = await house.route('opencode');
      const routed = house.read(file).toString('utf8');
      expect(routed).not.toContain(SECRET);
      expect(JSON.stringify(plan)).not.toContain(SECRET);
      expect(linesOf(plan, 'add')).toContain(house.pipe);
      expect(routed).toContain('// "off": {},');
      expect(routed).toContain('"theme": "system", // {"mcp": 1}');
      expect(routed).toContain('"enabled": true');
      expect(house.book.find('files')?.transport).toMatchObject({ args: ['-y'], env: { KEY: SECRET } });
      expect(await house.plan('opencode')).toMatchObject({ done: true });
      if (!withCopy)
        for (const name of house.kept()) if (name.endsWith('.backup')) rmSync(join(house.backups, name));
      await house.putBack('opencode');
      expect(house.read(file).toString('utf8')).toBe(text);
      expect(house.kept()).toEqual([]);
    }
  });

  it('stands beside opencode.json: each is routed and put back, one after the other', async () => {
    using house = new RoutesHouse();
    const first = (await house.place('opencode')).file;
    const second = join(dirname(first), 'opencode.jsonc');
    const plain = '{"mcp":{"plain":{"type":"local","command":["uvx"]}}}';
    house.write(first, plain);
    house.write(second, opencode);
    expect((await house.routes.views()).map(({ id, direct }) => [id, direct])).toEqual([
      ['opencode', ['plain']],
      [expect.stringMatching(/^opencode-[0-9a-f]{16}$/), ['files']],
    ]);
    await house.route('opencode');
    expect((await house.place('opencode')).file).toBe(second);
    await house.route('opencode');
    expect(house.book.list().map(({ name }) => name)).toEqual(['files', 'plain']);
    await house.putBack('opencode');
    await house.putBack('opencode');
    expect(house.read(first).toString('utf8')).toBe(plain);
    expect(house.read(second).toString('utf8')).toBe(opencode);
    expect(house.kept()).toEqual([]);
  });

  it('is found in a project', async () => {
    using house = new RoutesHouse();
    const file = join(house.project, 'opencode.jsonc');
    house.write(file, opencode);
    expect((await house.place('opencode', house.project)).file).toBe(file);
    await house.route('opencode', house.project);
    expect((await house.place('opencode', house.project, 'disconnect')).file).toBe(file);
    await house.putBack('opencode', house.project);
    expect(house.read(file).toString('utf8')).toBe(opencode);
  });

  it('says where a comment does not end, and changes nothing', async () => {
    using house = new RoutesHouse();
    const { file } = await house.place('opencode');
    house.write(file, '{\n  "mcp": {} /* x\n}');
    await expect(house.plan('opencode')).rejects.toThrow(/opencode\.json:2:13: a comment that does not end/);
  });
});

describe('a client that reads no comments', () => {
  it('has none edited around', async () => {
    using house = new RoutesHouse();
    const { file } = await house.place('claude-code', house.project);
    house.write(file, '{\n  // mine\n  "mcpServers": {}\n}');
    await expect(house.plan('claude-code', house.project)).rejects.toThrow(
      /\.mcp\.json:2:3: the file holds comments/,
    );
  });
});
