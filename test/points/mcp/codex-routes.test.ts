/** Codex's TOML: routed and put back, to the byte, whatever the file looks like. */
import { chmodSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { describe, expect, it } from 'vitest';
import { SECRET } from './client-documents.ts';
import { DOOR, linesOf, RoutesHouse } from './routes-house.ts';

const tables = `# my settings
model = "gpt-5"   # keep
notify = ["sh", '-c', """x
"""]

[mcp_servers.files] # the files
  command = "npx"
args = [
  "-y", # yes
  'files',
]
startup_timeout_sec = 20
tool_timeout_sec = 90.0

# its environment
[mcp_servers.files.env]
KEY = "${SECRET}"
# after it

[projects."/home/me/ä b"]
trust_level = "trusted"

[mcp_servers."ünï 😀 x"]
command = "uvx"
enabled_tools = ["a"]
[mcp_servers."ünï 😀 x".tools.wipe]
approval_mode = "prompt"
[mcp_servers.remote]
url = "https://x.invalid/mcp"
http_headers = { "X-Key" = "${SECRET}" } # not for you
[tui]
theme = "dark"
`;

const inline = `[mcp_servers]
files = { command = "npx", args = ["-y"], env = { KEY = "${SECRET}" }, startup_timeout_sec = 3 }
other = {command="uvx"}
[last]
x = 1`;

const shapes: readonly (readonly [string, string, readonly string[]])[] = [
  ['tables', tables, ['files', 'n_x', 'remote']],
  ['CRLF', tables.replaceAll('\n', '\r\n'), ['files', 'n_x', 'remote']],
  ['no final newline', tables.trimEnd(), ['files', 'n_x', 'remote']],
  ['a byte order mark', `\ufeff${tables}`, ['files', 'n_x', 'remote']],
  ['inline tables', inline, ['files', 'other']],
  ['indented', '[mcp_servers.a]\n\t command = "npx"\n\n\n[b]\n', ['a']],
  ['its environment first', `[mcp_servers.a.env]\nK = "${SECRET}"\n[mcp_servers.a]\ncommand = "npx"`, ['a']],
  ['dotted environment', `[mcp_servers.a]\ncommand = 'npx'\nenv.K = '${SECRET}'\n`, ['a']],
];

const contentOf = (text: string) =>
  getStaticTOMLValue(parseTOML(text.replace(/^\ufeff/, ''))) as {
    mcp_servers: Record<string, Record<string, unknown>>;
  };

describe('codex', () => {
  it.each(shapes)('comes back to the byte: %s', async (_name, text, servers) => {
    for (const withCopy of [true, false]) {
      using house = new RoutesHouse();
      const { file } = await house.place('codex');
      expect(file).toBe(join(house.home, '.codex', 'config.toml'));
      house.write(file, text);
      chmodSync(file, 0o600);
      const before = contentOf(text);
      const plan = await house.route('codex');
      const routed = house.read(file).toString('utf8');
      expect(routed).not.toContain(SECRET);
      expect(JSON.stringify(plan)).not.toContain(SECRET);
      expect(JSON.stringify(plan)).not.toContain('not for you');
      expect(linesOf(plan, 'add')).toContain(house.pipe);
      expect(house.book.list().map(({ name }) => name)).toEqual([...servers].toSorted());
      const after = contentOf(routed);
      const { mcp_servers: entries, ...rest } = after;
      const { mcp_servers: earlier, ...others } = before;
      expect(rest).toEqual(others);
      expect(Object.keys(entries)).toEqual(Object.keys(earlier));
      for (const [name, entry] of Object.entries(entries)) {
        const { command, args, ...own } = entry;
        expect(command).toBe(house.pipe);
        expect(args).toEqual(['mcp', expect.stringMatching(/^[a-z_]+$/), '--door', DOOR]);
        expect(earlier[name]).toMatchObject(own);
      }
      expect(await house.plan('codex')).toMatchObject({ done: true, diff: [] });
      if (!withCopy)
        for (const name of house.kept()) if (name.endsWith('.backup')) rmSync(join(house.backups, name));
      await house.putBack('codex');
      expect(house.read(file).toString('utf8')).toBe(text);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(house.kept()).toEqual([]);
    }
  });

  it('leaves its own settings in the entry, and the rest of the file as it is', async () => {
    using house = new RoutesHouse();
    const { file } = await house.place('codex');
    house.write(file, tables);
    await house.route('codex');
    const text = house.read(file).toString('utf8');
    expect(text).toContain(
      `[mcp_servers.files]\ncommand = ${JSON.stringify(house.pipe)}\nargs = ["mcp", "files", "--door", "${DOOR}"]\nstartup_timeout_sec = 20\ntool_timeout_sec = 90.0\n# after it\n`,
    );
    expect(text).toContain(
      '[mcp_servers."ünï 😀 x".tools.wipe]\napproval_mode = "prompt"\n[mcp_servers.remote]',
    );
    expect(text.startsWith(tables.slice(0, tables.indexOf('[mcp_servers.files]')))).toBe(true);
    expect(text.endsWith('[tui]\ntheme = "dark"\n')).toBe(true);
    expect(house.book.find('files')).toMatchObject({
      clientTimeoutMs: 90_000,
      transport: { kind: 'stdio', args: ['-y', 'files'], env: { KEY: SECRET } },
    });
    expect(house.book.find('remote')).toMatchObject({
      transport: { kind: 'http', url: 'https://x.invalid/mcp', headers: { 'X-Key': SECRET } },
    });
  });

  it('puts entries back into a file that was changed since', async () => {
    using house = new RoutesHouse();
    const { file } = await house.place('codex');
    house.write(file, tables);
    await house.route('codex');
    const text = house.read(file).toString('utf8');
    house.write(
      file,
      text
        .replace('model = "gpt-5"', 'model = "gpt-6"')
        .replace('startup_timeout_sec = 20', 'startup_timeout_sec = 30')
        .replace(/\[mcp_servers\.remote\][\s\S]*?(?=\[tui\])/, ''),
    );
    const plan = await house.putBack('codex');
    const first = tables.replace('model = "gpt-5"', 'model = "gpt-6"');
    expect(house.read(file).toString('utf8')).toBe(
      first.replace(/\[mcp_servers\.remote\][\s\S]*?(?=\[tui\])/, ''),
    );
    expect(plan.notes.join('\n')).toMatch(
      /"startup_timeout_sec" was changed since[\s\S]*"remote" is not put back/,
    );
  });

  it('fills in what it names by variables, and leaves what only Codex knows', async () => {
    using house = new RoutesHouse();
    house.env['TOKEN'] = SECRET;
    house.env['REGION'] = 'eu';
    const { file } = await house.place('codex');
    house.write(
      file,
      `[mcp_servers.a]
url = "https://a.invalid/mcp"
bearer_token_env_var = "TOKEN"
env_http_headers = { "X-Region" = "REGION", "X-None" = "UNSET" }
[mcp_servers.b]
command = "npx"
env_vars = ["REGION", { name = "UNSET" }]
[mcp_servers.c]
url = "https://c.invalid/mcp"
bearer_token_env_var = "UNSET"
[mcp_servers.d]
command = "npx"
enabled = false
[mcp_servers.e]
url = "https://e.invalid/mcp"
scopes = ["read"]
`,
    );
    const plan = await house.route('codex');
    expect(house.book.find('a')?.transport).toEqual({
      kind: 'http',
      url: 'https://a.invalid/mcp',
      headers: { 'X-Region': 'eu', Authorization: `Bearer ${SECRET}` },
    });
    expect(house.book.find('b')?.transport).toMatchObject({ env: { REGION: 'eu' } });
    expect(house.book.list()).toHaveLength(2);
    expect(plan.notes.join('\n')).toMatch(/a is given [^\n]*TOKEN/);
    expect(plan.notes.join('\n')).toMatch(/"c" stays as it is: only the client knows what UNSET stands for/);
    expect(plan.notes.join('\n')).toMatch(/"d" stays as it is: it is switched off/);
    expect(plan.notes.join('\n')).toMatch(/"e" stays as it is: .*"scopes"/);
  });

  it.each([
    ['dotted keys', '[mcp_servers]\na.command = "npx"\n'],
    ['dotted keys at the top', 'mcp_servers.a.command = "npx"\n'],
    ['one inline table for all', 'mcp_servers = { a = { command = "npx" } }\n'],
    ['tables with others between', '[mcp_servers.a]\ncommand = "npx"\n[x]\n[mcp_servers.a.env]\nK = "v"\n'],
    ['an array of tables', '[[mcp_servers.a]]\ncommand = "npx"\n'],
    ['only a table below it', '[mcp_servers.a.env]\nK = "v"\n'],
  ])('leaves what is not written in tables of its own: %s', async (_name, text) => {
    using house = new RoutesHouse();
    const { file } = await house.place('codex');
    house.write(file, text);
    const plan = await house.plan('codex');
    expect(plan).toMatchObject({ done: true, diff: [] });
    expect(plan.notes.join('\n')).toContain('"a" stays as it is');
  });

  it.each([
    ['a = 1\na = 2\n', /config\.toml:2:1: defining a key multiple times/],
    ['[mcp_servers.a\n', /config\.toml:\d+:\d+: /],
    ['[mcp_servers.a]\ncommand = "x\n', /config\.toml:2:\d+: /],
    ['[mcp_servers.a]\n__proto__ = 1\ncommand = "x"\n', /__proto__/],
    [`a = ${'['.repeat(20_000)}`, /config\.toml:/],
  ])('changes nothing in a file that is not TOML: %j', async (text, problem) => {
    using house = new RoutesHouse();
    const { file } = await house.place('codex');
    house.write(file, text);
    await expect(house.plan('codex')).rejects.toThrow(problem);
    expect(house.read(file).toString('utf8')).toBe(text);
  });

  it('finds the file where CODEX_HOME says, and that of a project', async () => {
    using house = new RoutesHouse();
    expect((await house.place('codex', house.project)).file).toBe(
      join(house.project, '.codex', 'config.toml'),
    );
    house.env['CODEX_HOME'] = join(house.root, 'elsewhere');
    expect((await house.place('codex')).file).toBe(join(house.root, 'elsewhere', 'config.toml'));
  });
});
