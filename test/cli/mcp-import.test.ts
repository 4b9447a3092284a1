/** `mcp import` and `mcp export` as README has them: through the door of a supervisor that runs, and without one. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runPrivately } from '../../main/app/private.ts';
import { callDoor } from '../../main/platform/door-client.ts';
import { buildOnce } from '../support/built.ts';
import { freePort, PageClient } from '../support/headless-rig.ts';
import { Home, linkIn } from '../support/supervisor-process.ts';

const PIN = '4711-violet';
let home: Home;
let file: string;
let original: string;
beforeAll(buildOnce, 240_000);
beforeEach(() => {
  home = new Home();
  file = join(home.folder, 'home', '.gemini', 'settings.json');
  mkdirSync(join(home.folder, 'home', '.gemini'));
  original = `{"theme":"x",\n\t"mcpServers": {"Node":{"command":${JSON.stringify(process.execPath)},"env":{"KEY":"sk-hidden"},"trust":true}}}`;
  writeFileSync(file, original);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await home.remove();
});

/** Asks the supervisor as the program does, with a person who types these. */
async function typing(replies: readonly string[], ...argv: readonly string[]) {
  const questions: string[] = [];
  const answer = await callDoor({
    path: join(home.gatehouse, 'run', 'supervisor.sock'),
    argv,
    cwd: home.folder,
    onQuestion: async (prompt) => {
      questions.push(prompt);
      return replies[questions.length - 1] ?? null;
    },
  });
  return { ...answer, questions };
}

describe('mcp import and export', { timeout: 300_000 }, () => {
  it('routes with the PIN while Gatehouse runs, and puts back to the byte when it does not', async () => {
    const run = await home.start('--headless', '--port', String(await freePort()));
    const { port, token } = linkIn(run.stdout);
    const { client } = await PageClient.hello(port, { link: token });
    expect(await client.call(1, 'setPin', [{ pin: PIN, current: null }])).toMatchObject({ ok: true });
    client.end();
    const refused = await typing(['y', 'wrong-pin'], 'mcp', 'import', 'gemini-cli');
    expect([refused.exit, readFileSync(file, 'utf8')]).toEqual([1, original]);
    const { exit, stderr, stdout, questions } = await typing(['y', PIN], 'mcp', 'import', 'gemini-cli');
    expect([exit, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Undo it: npx --no-install gatehouse mcp export gemini-cli');
    expect(questions[0]).toContain('~/.gemini/settings.json');
    expect(questions.join('') + stdout).not.toContain('sk-hidden');
    const program = join(home.gatehouse, 'data', 'bin', 'gatehouse');
    const door = join(home.gatehouse, 'run', 'agent.sock');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      theme: 'x',
      mcpServers: { Node: { command: program, args: ['mcp', 'node', '--door', door], trust: true } },
    });
    // The same in TOML, with the reader that ships.
    const codex = join(home.folder, 'home', '.codex', 'config.toml');
    const toml = `# mine\n[mcp_servers.other]\ncommand = ${JSON.stringify(process.execPath)} # node\n`;
    mkdirSync(join(home.folder, 'home', '.codex'));
    writeFileSync(codex, toml);
    expect(await typing(['y', PIN], 'mcp', 'import', 'codex')).toMatchObject({ exit: 0, stderr: '' });
    expect(readFileSync(codex, 'utf8')).toBe(
      `# mine\n[mcp_servers.other]\ncommand = ${JSON.stringify(program)}\nargs = ["mcp", "other", "--door", ${JSON.stringify(door)}] # node\n`,
    );
    expect(await typing(['y', PIN], 'mcp', 'export', 'codex')).toMatchObject({ exit: 0, stderr: '' });
    expect(readFileSync(codex, 'utf8')).toBe(toml);
    const tools = await home.done(['mcp', 'tools', '--known']);
    expect([tools.code, tools.stdout]).toEqual([
      0,
      'node\n  its tools are known once a client has used it\nother\n  its tools are known once a client has used it\n',
    ]);
    run.child.kill('SIGTERM');
    await run.ended;

    const routed = readFileSync(file, 'utf8');
    const alone = await home.done(['mcp', 'export', 'gemini-cli', '--yes']);
    expect([alone.code, readFileSync(file, 'utf8')]).toEqual([1, routed]);
    expect(alone.stderr).toMatch(/it needs the PIN, and there is no terminal to ask on\n$/);
    vi.stubEnv('HOME', join(home.folder, 'home'));
    const back = await runPrivately(['mcp', 'export', 'gemini-cli', '--yes'], home.env, async () => PIN);
    expect([back.exit, back.stderr]).toEqual([0, '']);
    expect(readFileSync(file, 'utf8')).toBe(original);
    const rows = await home.done(['audit', 'query', '--json', '--limit', '50']);
    expect(rows.stdout).toContain('The MCP server node is reached past Gatehouse by a client again');
  });

  it('says what it needs while nothing runs, and does nothing', async () => {
    const done = await home.done(['mcp', 'import', 'gemini-cli', '--yes']);
    expect([done.code, done.stdout, readFileSync(file, 'utf8')]).toEqual([1, '', original]);
    expect(done.stderr).toMatch(/Gatehouse is not running; hint: start it with/);
    const help = await home.done(['mcp', '--help']);
    expect(help.stdout).toMatch(/CLIENT is one of claude-code, codex, gemini-cli/);
  });
});
