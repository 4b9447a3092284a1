/** The governed tools in clients' files: put in beside what is there, and taken out to the byte. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KNOWN_CLIENTS } from '../../../main/points/mcp/clients/known-clients.ts';
import { ToolsSwitch } from '../../../main/points/mcp/clients/tools-switch.ts';

let folder: string;
let prepared = 0;
const file = (name: string) => join(folder, 'home', name);
const write = (name: string, text: string) => {
  mkdirSync(dirname(file(name)), { recursive: true });
  writeFileSync(file(name), text, { mode: 0o600 });
};
const read = (name: string) => readFileSync(file(name), 'utf8');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gh-tools-'));
  mkdirSync(join(folder, 'home'));
  prepared = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function tools(running = true, env: Record<string, string> = {}): ToolsSwitch {
  return new ToolsSwitch({
    home: { home: join(folder, 'home'), env },
    backups: join(folder, 'backups'),
    toolsEntry: () => ({ command: '/opt/bin/gatehouse', args: ['mcp', '--tools', '--door', '/run/a.sock'] }),
    prepare: running
      ? async () => {
          prepared += 1;
        }
      : null,
  });
}

async function turn(client: string, change: 'connect' | 'disconnect', project: string | null = null) {
  const all = tools();
  const place = all.place(client, project);
  const { view } = await all.plan(place, change);
  if (!view.done) await all.apply(place, view.planId);
  return view;
}

const FILES: Readonly<Record<string, readonly [string, string]>> = {
  'claude-code': [
    '.claude.json',
    '{\n  "numStartups": 3,\n  "mcpServers": {\n    "files": { "command": "npx", "args": ["-y", "files"] }\n  },\n  "projects": { "/p": { "mcpServers": {} } }\n}\n',
  ],
  codex: [
    '.codex/config.toml',
    '# mine\nmodel = "o"\n\n[mcp_servers.files]\ncommand = "npx" # a comment\n\n[mcp_servers.files.env]\nKEY = "x"\n',
  ],
  'gemini-cli': [
    '.gemini/settings.json',
    '{\n\t// servers\n\t"mcpServers": {\n\t\t"files": { "command": "npx" }, // first\n\t},\n}\n',
  ],
  copilot: [
    '.copilot/mcp-config.json',
    '{"mcpServers":{"files":{"type":"local","command":"npx","args":[]}}}',
  ],
  opencode: ['.config/opencode/opencode.json', '{\r\n  "theme": "x"\r\n}\r\n'],
  cursor: ['.cursor/mcp.json', '{ "mcpServers": {} }'],
};

describe('every client', () => {
  for (const { id } of KNOWN_CLIENTS) {
    const [name = '', text = ''] = FILES[id] ?? [];

    it(`${id}: is given them beside its own, reads them back, and loses them to the byte`, async () => {
      write(name, text);
      const plan = await turn(id, 'connect');
      expect(
        plan.diff
          .filter(({ kind }) => kind === 'add')
          .map(({ text: line }) => line)
          .join('\n'),
      ).toMatch(/gatehouse[\s\S]*--tools/);
      expect(plan.diff.filter(({ kind }) => kind === 'remove')).toEqual([]);
      expect(prepared).toBe(1);
      expect(read(name)).not.toBe(text);
      const own = (await tools().views()).find((one) => one.id === id);
      expect(own).toMatchObject({ on: true, installed: true, problem: null });
      expect((await turn(id, 'connect')).done).toBe(true);
      const off = await turn(id, 'disconnect');
      expect(off.diff.some(({ kind, text: line }) => kind === 'remove' && line.includes('--tools'))).toBe(
        true,
      );
      expect(read(name)).toBe(text);
      expect((await turn(id, 'disconnect')).done).toBe(true);
    });

    it(`${id}: loses only them when the file was changed since`, async () => {
      write(name, text);
      await turn(id, 'connect');
      const now = read(name);
      const changed =
        id === 'codex'
          ? `${now}\n[mcp_servers.later]\ncommand = "x"\n`
          : now
              .replace('"--tools"', '"--tools"')
              .replace(/\}\s*$/, (end) => `,"later":1${end}`)
              .replace(/,(\s*),/, ',$1');
      write(name, changed);
      const off = await turn(id, 'disconnect');
      expect(off.notes.join()).toContain('only this entry is taken out');
      expect(read(name)).not.toContain('--tools');
      expect(read(name)).toContain('later');
      if (text.includes('files')) expect(read(name)).toContain('files');
      expect((await tools().views()).find((one) => one.id === id)?.on).toBe(false);
    });

    it(`${id}: has its file made where there is none, and taken away again`, async () => {
      const plan = await turn(id, 'connect');
      expect(plan.notes[0]).toContain('The file is made');
      expect(read(name)).toContain('--tools');
      await turn(id, 'disconnect');
      expect(existsSync(file(name))).toBe(false);
    });
  }
});

describe('a client that was never started', () => {
  // Programs are looked for in these folders as well, whatever PATH says.
  const isElsewhere = [dirname(process.execPath), '/usr/local/bin', '/opt/homebrew/bin'].some((usual) =>
    existsSync(join(usual, 'codex')),
  );

  it('can be given them once its program is there, and is not offered them before', async (context) => {
    if (isElsewhere) context.skip('codex is in a folder that is always looked in: take it out of there');
    const bin = join(folder, 'bin');
    const view = async () => (await tools(true, { PATH: bin }).views()).find((one) => one.id === 'codex');
    mkdirSync(bin);
    expect(await view()).toMatchObject({ installed: false, on: false });
    writeFileSync(join(bin, 'codex'), '#!/bin/sh\n', { mode: 0o644 });
    expect(await view()).toMatchObject({ installed: false });
    chmodSync(join(bin, 'codex'), 0o755);
    expect(await view()).toMatchObject({ installed: true, on: false, problem: null });
    await turn('codex', 'connect');
    expect(await view()).toMatchObject({ installed: true, on: true });
  });
});

describe('a change', () => {
  const NAME = '.cursor/mcp.json';

  it('is made as it was shown, or not at all', async () => {
    write(NAME, '{}');
    const all = tools();
    const place = all.place('cursor', null);
    const { view } = await all.plan(place, 'connect');
    write(NAME, '{ "mcpServers": { "x": { "command": "y" } } }');
    await expect(all.apply(place, view.planId)).rejects.toMatchObject({ code: 'plan_changed' });
    expect(read(NAME)).toBe('{ "mcpServers": { "x": { "command": "y" } } }');
  });

  it('takes no name that another server has, writes no read-only file, and touches none that it cannot read', async () => {
    const all = tools();
    const place = all.place('cursor', null);
    write(NAME, '{"mcpServers":{"gatehouse":{"command":"other"}}}');
    await expect(all.plan(place, 'connect')).rejects.toMatchObject({ code: 'name_taken' });
    write(NAME, '{"mcpServers":[]}');
    await expect(all.plan(place, 'connect')).rejects.toMatchObject({ code: 'bad_client_file' });
    write(NAME, '{ nonsense');
    await expect(all.plan(place, 'connect')).rejects.toMatchObject({ code: 'bad_client_file' });
    expect((await all.views()).find(({ id }) => id === 'cursor')?.problem).toContain('mcp.json:1:3');
    write(NAME, '{}');
    chmodSync(file(NAME), 0o400);
    await expect(all.plan(place, 'connect')).rejects.toMatchObject({ code: 'read_only_settings' });
    write('.codex/config.toml', 'mcp_servers = { a = { command = "x" } }\n');
    await expect(all.plan(all.place('codex', null), 'connect')).rejects.toMatchObject({
      code: 'bad_client_file',
    });
    expect(read('.codex/config.toml')).toBe('mcp_servers = { a = { command = "x" } }\n');
  });

  it('needs a supervisor to be made, and none to be undone', async () => {
    write(NAME, '{}');
    await turn('cursor', 'connect');
    const alone = tools(false);
    const place = alone.place('cursor', null);
    const off = await alone.plan(place, 'disconnect');
    await alone.apply(place, off.view.planId);
    expect(read(NAME)).toBe('{}');
    const on = await alone.plan(place, 'connect');
    await expect(alone.apply(place, on.view.planId)).rejects.toMatchObject({ code: 'no_supervisor' });
    expect(read(NAME)).toBe('{}');
  });

  it('of a project is one of its own file, which is held and shown', async () => {
    const project = file('proj');
    mkdirSync(project);
    await turn('claude-code', 'connect', project);
    expect(JSON.parse(read('proj/.mcp.json'))).toMatchObject({
      mcpServers: { gatehouse: { type: 'stdio', command: '/opt/bin/gatehouse' } },
    });
    expect(await tools().heldFiles()).toContain(join(project, '.mcp.json'));
    const shown = (await tools().views()).find((one) => one.project !== null);
    expect(shown).toMatchObject({ project: '~/proj', on: true, file: '~/proj/.mcp.json' });
    await turn('claude-code', 'disconnect', project);
    expect(existsSync(join(project, '.mcp.json'))).toBe(false);
    expect(await tools().heldFiles()).toEqual([]);
    expect(() => tools().place('copilot', project)).toThrow('keeps no entries of its own in a project');
  });
});
