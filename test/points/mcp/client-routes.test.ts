/** Routing and putting back, to the byte, whatever the file looks like and whatever happens in between. */
import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../main/platform/json-syntax.ts';
import { entriesOf } from '../../../main/points/mcp/clients/client-entries.ts';
import { edited } from '../../../main/points/mcp/clients/entry-text.ts';
import { KNOWN_CLIENTS } from '../../../main/points/mcp/clients/known-clients.ts';
import { bytesOf, documentOf, ROUTED, SECRET, SHAPES } from './client-documents.ts';
import { DOOR, linesOf, RoutesHouse } from './routes-house.ts';

/** TOML has a test of its own. */
const JSON_CLIENTS = KNOWN_CLIENTS.filter(({ syntax }) => syntax !== 'toml').map(({ id }) => id);

describe.each(JSON_CLIENTS)('%s', (client) => {
  it.each(SHAPES.map((shape) => [shape.name, shape] as const))(
    'comes back to the byte: %s',
    async (_name, shape) => {
      using house = new RoutesHouse();
      const { file } = await house.place(client);
      const original = bytesOf(documentOf(client), shape);
      house.write(file, original);
      chmodSync(file, 0o640);
      const plan = await house.route(client);
      const now = house.read(file);
      const text = now.toString('utf8');
      // It is JSON in which every entry runs the pipe, and nothing else is changed.
      const value = JSON.parse(text.replace(/^\ufeff/, '')) as Record<
        string,
        Record<string, { command: unknown }>
      >;
      expect(text).not.toContain(SECRET);
      expect(text.match(/"mcp", "[a-z_-]+", "--door"/g) ?? text.match(/"mcp",\s*"[a-z_-]+"/g)).toHaveLength(
        ROUTED[client] ?? 5,
      );
      expect(withoutCommands(value)).toEqual(withoutCommands(documentOf(client)));
      expect(skeletonOf(client, text)).toBe(skeletonOf(client, original.toString('utf8')));
      // The whole of it is shown, without what is secret.
      expect(JSON.stringify(plan)).not.toContain(SECRET);
      expect(linesOf(plan, 'remove')).toContain('npx');
      expect(linesOf(plan, 'add')).toContain(house.pipe);
      expect(statSync(file).mode & 0o777).toBe(0o640);
      expect(house.book.list().map(({ name }) => name)).toContain('files');
      expect(JSON.stringify(house.book.list())).toContain(SECRET);
      const second = await house.plan(client);
      expect(second).toMatchObject({ done: true, diff: [] });

      const back = await house.putBack(client);
      expect(house.read(file).equals(original)).toBe(true);
      expect(JSON.stringify(back)).not.toContain(SECRET);
      expect(statSync(file).mode & 0o777).toBe(0o640);
      expect(house.kept()).toEqual([]);
    },
  );

  it('comes back to the byte without the copy, entry by entry', async () => {
    for (const shape of SHAPES) {
      using house = new RoutesHouse();
      const { file } = await house.place(client);
      const original = bytesOf(documentOf(client), shape);
      house.write(file, original);
      await house.route(client);
      for (const name of house.kept()) if (name.endsWith('.backup')) rmSync(join(house.backups, name));
      await house.putBack(client);
      expect(house.read(file).equals(original), shape.name).toBe(true);
    }
  });
});

/** A text with the value of every entry cut out. */
function skeletonOf(client: string, text: string): string {
  const known = KNOWN_CLIENTS.find(({ id }) => id === client);
  if (known === undefined) throw new Error(`no client ${client}`);
  const plain = text.replace(/^\ufeff/, '');
  const entries = entriesOf(known, parseJson(plain).root, null);
  expect(entries).toHaveLength(ROUTED[client] ?? 5);
  const cut = entries.map(({ node: { start, end } }) => ({ start, end, text: '…' }));
  return edited(plain, cut);
}

/** A value without what routing changes of its entries. */
function withoutCommands(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      ['command', 'args', 'env', 'environment', 'headers', 'url', 'type'].includes(key) ? undefined : item,
    ),
  );
}

describe('what happens in between', () => {
  const FILE = '.mcp.json';
  const entry = (more = '') => `{ "command": "npx", "args": ["-y", "files"]${more} }`;
  const scene = async (text: string) => {
    const house = new RoutesHouse();
    const file = join(house.project, FILE);
    house.write(file, text);
    return { house, file, text: () => house.read(file).toString('utf8') };
  };

  it('a client that rewrote the file: our pipes get their text back, every other byte stays', async () => {
    const original = `{"mcpServers":{"files":${entry(',"env":{"A":"1"}')},"gone":${entry()},"kept":${entry()}},"n":1}`;
    const { house, file, text } = await scene(original);
    using _ = house;
    await house.route('claude-code', house.project);
    const value = JSON.parse(text()) as { mcpServers: Record<string, unknown>; n: number };
    delete value.mcpServers['gone'];
    value.mcpServers['kept'] = { command: 'mine' };
    value.mcpServers['added'] = { command: 'other' };
    const rewritten = `${JSON.stringify({ first: true, ...value, n: 2 }, null, 2)}\n`;
    house.write(file, rewritten);
    const plan = await house.putBack('claude-code', house.project);
    const pipe = JSON.stringify({ command: house.pipe, args: ['mcp', 'files', '--door', DOOR] }, null, 2);
    const indented = pipe.replaceAll('\n', '\n    ');
    expect(rewritten).toContain(indented);
    expect(text()).toBe(rewritten.replace(indented, entry(',"env":{"A":"1"}')));
    expect(plan.notes.join('\n')).toMatch(/"gone" is not put back[\s\S]*"kept" is not put back/);
    expect(house.kept()).toEqual([]);
  });

  it('an entry that was renamed, and one whose own settings were changed', async () => {
    const { house, file, text } = await scene(`{"mcpServers":{"files":${entry(', "timeout": 5')}}}`);
    using _ = house;
    await house.route('claude-code', house.project);
    house.write(file, text().replace('"files":', '"notes":').replace('"timeout": 5', '"timeout": 6'));
    const plan = await house.putBack('claude-code', house.project);
    expect(text()).toBe(`{"mcpServers":{"notes":${entry(', "timeout": 5')}}}`);
    expect(plan.notes.join('\n')).toContain('"notes": "timeout" was changed since');
  });

  it('a crash between the journal and the file undoes to nothing', async () => {
    const original = `{"mcpServers":{"files":${entry()}}}`;
    const { house, file, text } = await scene(original);
    using _ = house;
    await house.route('claude-code', house.project);
    // The journal is written first: this is what a crash right after it leaves.
    house.write(file, original);
    expect(house.kept()).toHaveLength(2);
    expect(await house.routes.heldFiles()).toEqual([]);
    const plan = await house.putBack('claude-code', house.project);
    expect([text(), plan.diff, house.kept()]).toEqual([original, [], []]);
    await house.route('claude-code', house.project);
    await house.putBack('claude-code', house.project);
    expect(text()).toBe(original);
  });

  it('a crash in a second import leaves the first one’s way back', async () => {
    const { house, file, text } = await scene(`{"mcpServers":{"files":${entry()}}}`);
    using _ = house;
    await house.route('claude-code', house.project);
    const between = text().replace('}}}', `},"more":${entry(', "cwd": "/"')}}}`);
    house.write(file, between);
    await house.route('claude-code', house.project);
    expect(text().match(/"--door"/g)).toHaveLength(2);
    house.write(file, between);
    await house.putBack('claude-code', house.project);
    expect(text()).toBe(`{"mcpServers":{"files":${entry()},"more":${entry(', "cwd": "/"')}}}`);
  });

  it('a second import takes in what was added, and all of it comes back', async () => {
    const { house, file, text } = await scene(
      `{\r\n\t"mcpServers": {\r\n\t\t"files": ${entry()}\r\n\t}\r\n}`,
    );
    using _ = house;
    await house.route('claude-code', house.project);
    house.write(
      file,
      text()
        .replace('{\r\n\t"mcp', `{\r\n\t"x": 1,\r\n\t"mcp`)
        .replace('"files"', `"more": ${entry(', "env": {"B": "2"}')},\r\n\t\t"files"`),
    );
    const plan = await house.route('claude-code', house.project);
    expect(linesOf(plan, 'remove')).toContain('"more"');
    expect(linesOf(plan, 'remove')).not.toContain('"files": {');
    expect(text().match(/"--door"/g)).toHaveLength(2);
    await house.putBack('claude-code', house.project);
    expect(text()).toBe(
      `{\r\n\t"x": 1,\r\n\t"mcpServers": {\r\n\t\t"more": ${entry(', "env": {"B": "2"}')},\r\n\t\t"files": ${entry()}\r\n\t}\r\n}`,
    );
  });

  it('an entry that was made anew by hand is routed anew', async () => {
    const { house, file, text } = await scene(`{"mcpServers":{"files":${entry()}}}`);
    using _ = house;
    await house.route('claude-code', house.project);
    const anew = `{"mcpServers":{"files":${entry(', "alwaysLoad": true')}}}`;
    house.write(file, anew);
    await house.route('claude-code', house.project);
    await house.putBack('claude-code', house.project);
    expect(text()).toBe(anew);
  });

  it('a file that changed, went away or became a link after the plan was shown', async () => {
    for (const change of ['changed', 'removed', 'linked'] as const) {
      for (const way of ['connect', 'disconnect'] as const) {
        const { house, file, text } = await scene(`{"mcpServers":{"files":${entry()}}}`);
        using _ = house;
        if (way === 'disconnect') await house.route('claude-code', house.project);
        const place = await house.place('claude-code', house.project, way);
        const plan = await house.routes.plan(place, way);
        const before = text();
        rmSync(file);
        if (change === 'changed') house.write(file, `${before} `);
        if (change === 'linked') {
          house.write(`${file}.real`, before);
          symlinkSync(`${file}.real`, file);
        }
        await expect(house.routes.apply(place, plan.planId)).rejects.toMatchObject({ code: 'plan_changed' });
        if (change === 'changed') expect(text()).toBe(`${before} `);
        if (change === 'linked') expect(house.read(`${file}.real`).toString('utf8')).toBe(before);
        expect(house.book.list()).toHaveLength(way === 'connect' ? 0 : 1);
        expect(house.kept()).toHaveLength(way === 'connect' ? 0 : 2);
      }
    }
  });

  it('a server that was registered otherwise after the plan was shown', async () => {
    const { house, text } = await scene(`{"mcpServers":{"files":${entry()}}}`);
    using _ = house;
    const place = await house.place('claude-code', house.project);
    const plan = await house.routes.plan(place, 'connect');
    const before = text();
    await house.book.add(
      {
        name: 'files',
        transport: { kind: 'stdio', program: 'uvx', args: [], env: {}, cwd: null },
        clientTimeoutMs: null,
      },
      house.env,
      1,
    );
    await expect(house.routes.apply(place, plan.planId)).rejects.toMatchObject({ code: 'plan_changed' });
    expect(text()).toBe(before);
  });

  it('a file that cannot be written: nothing is registered, nothing is kept', async () => {
    using house = new RoutesHouse();
    // The file's own path just fits; that of the new bytes beside it does not.
    let project = house.project;
    while (4095 - `${project}/`.length - FILE.length > 255) project = join(project, 'd'.repeat(100));
    project = join(project, 'd'.repeat(4095 - `${project}//`.length - FILE.length));
    mkdirSync(project, { recursive: true });
    const file = join(project, FILE);
    const original = `{"mcpServers":{"files":${entry()}}}`;
    house.write(file, original);
    await expect(house.route('claude-code', project)).rejects.toMatchObject({ code: 'settings_not_written' });
    expect(house.read(file).toString('utf8')).toBe(original);
    expect([house.book.list(), house.kept()]).toEqual([[], []]);
  });

  it('a journal that cannot be written: the file is not touched, for it comes after', async () => {
    const original = `{"mcpServers":{"files":${entry()}}}`;
    const { house, text } = await scene(original);
    using _ = house;
    house.register.prepare = async () => house.write(house.backups, 'a file where the folder should be');
    await expect(house.route('claude-code', house.project)).rejects.toThrow();
    expect([text(), house.book.list()]).toEqual([original, []]);
  });

  it('a file that is gone, or not JSON any more, when it is put back', async () => {
    const { house, file } = await scene(`{"mcpServers":{"files":${entry()}}}`);
    using _ = house;
    await house.route('claude-code', house.project);
    house.write(file, '{');
    await expect(house.putBack('claude-code', house.project)).rejects.toMatchObject({
      code: 'bad_client_file',
    });
    expect(house.kept()).toHaveLength(2);
    rmSync(file);
    await house.putBack('claude-code', house.project);
    expect(house.kept()).toEqual([]);
  });
});
