/** Routing and putting back, to the byte, whatever the file looks like and whatever happens in between. */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RoutesHouse } from './routes-house.ts';

describe('what is refused, with nothing changed', () => {
  const good = '{"mcpServers":{"files":{"command":"npx"}}}';
  const bad: readonly (readonly [string, string | Buffer, RegExp])[] = [
    ['a comment', '{\n  // mine\n  "mcpServers": {}\n}', /mcp\.json:2:3: the file holds comments/],
    ['a comment at the end', `${good} /* x */`, /the file holds comments/],
    ['a trailing comma', '{"mcpServers":{},}', /mcp\.json:1:18/],
    ['half a file', '{"mcpServers":', /mcp\.json:1:15/],
    [
      'a key twice',
      '{"mcpServers":{},\n"mcpServers":{}}',
      /mcp\.json:2:1: the key "mcpServers" stands twice/,
    ],
    ['a list', '[]', /must hold a JSON object/],
    ['nothing', '', /mcp\.json:1:1/],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /is not UTF-8/],
    ['17 MB', ' '.repeat(17 * 1024 * 1024), /larger than/],
  ];
  it.each(bad)('%s', async (_name, text, message) => {
    using house = new RoutesHouse();
    const file = join(house.home, '.cursor', 'mcp.json');
    house.write(file, text);
    await expect(house.plan('cursor')).rejects.toThrow(message);
    const [view] = await house.routes.views();
    expect(view).toMatchObject({ id: 'cursor', problem: expect.stringMatching(message) });
    expect(house.read(file).equals(Buffer.from(text))).toBe(true);
    expect(house.kept()).toEqual([]);
  });

  it('a read-only file, a link, a folder, no file', async () => {
    using house = new RoutesHouse();
    const file = join(house.home, '.cursor', 'mcp.json');
    await expect(house.plan('cursor')).rejects.toMatchObject({ code: 'no_entries' });
    house.write(file, good);
    chmodSync(file, 0o444);
    await expect(house.plan('cursor')).rejects.toThrow(/is read-only; hint: nothing was changed/);
    rmSync(file);
    house.write(`${file}.real`, good);
    symlinkSync(`${file}.real`, file);
    await expect(house.plan('cursor')).rejects.toThrow(/is a symbolic link/);
    rmSync(file);
    mkdirSync(file);
    await expect(house.plan('cursor')).rejects.toThrow(/not a regular file/);
    expect(house.kept()).toEqual([]);
  });

  it('a folder that is a link is followed', async () => {
    using house = new RoutesHouse();
    house.write(join(house.root, 'dotfiles', 'mcp.json'), good);
    symlinkSync(join(house.root, 'dotfiles'), join(house.home, '.cursor'));
    await house.route('cursor');
    expect(await house.routes.heldFiles()).toEqual([
      join(house.home, '.cursor', 'mcp.json'),
      join(house.root, 'dotfiles', 'mcp.json'),
    ]);
    await house.putBack('cursor');
    expect(house.read(join(house.root, 'dotfiles', 'mcp.json')).toString('utf8')).toBe(good);
    expect(await house.routes.heldFiles()).toEqual([]);
  });

  it('an unknown client, a project where there is none', async () => {
    using house = new RoutesHouse();
    await expect(house.plan('emacs')).rejects.toThrow(/there is no client "emacs"; hint: known: claude-code/);
    await expect(house.plan('copilot', house.project)).rejects.toThrow(/no entries of its own in a project/);
  });

  it('routing without a supervisor', async () => {
    using house = new RoutesHouse();
    house.write(join(house.home, '.cursor', 'mcp.json'), good);
    const place = await house.place('cursor');
    await expect(house.reopened(false).plan(place, 'connect')).rejects.toMatchObject({
      code: 'no_supervisor',
    });
  });
});

describe('the places', () => {
  const text = '{"mcpServers":{"files":{"command":"npx"}}}';

  it('follow CLAUDE_CONFIG_DIR, and are found again without it', async () => {
    using house = new RoutesHouse();
    const moved = join(house.root, 'elsewhere');
    house.env['CLAUDE_CONFIG_DIR'] = moved;
    house.write(join(moved, '.claude.json'), text);
    await house.route('claude-code');
    delete house.env['CLAUDE_CONFIG_DIR'];
    await house.putBack('claude-code');
    expect(house.read(join(moved, '.claude.json')).toString('utf8')).toBe(text);
  });

  it('are those of every client, of the projects at work, and of what was routed before', async () => {
    using house = new RoutesHouse();
    house.write(join(house.home, '.gemini', 'settings.json'), text);
    house.write(join(house.project, '.mcp.json'), text);
    house.write(
      join(house.root, 'old', 'opencode.json'),
      '{"mcp":{"files":{"type":"local","command":["npx"]}}}',
    );
    await house.route('opencode', join(house.root, 'old'));
    house.projects.push(house.project, house.home);
    const views = await house.routes.views();
    expect(views.map(({ name, direct, routed, canPutBack }) => [name, direct, routed, canPutBack])).toEqual([
      ['Gemini CLI', ['files'], [], false],
      ['Claude Code', ['files'], [], false],
      ['opencode', [], ['files'], true],
    ]);
    for (const { id } of views) {
      expect(id).toMatch(/^[a-z0-9-]{1,32}$/);
      expect((await house.routes.placeById(id)).id).toBe(id);
    }
    await expect(house.routes.placeById('claude-code-0000000000000000')).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
