/** Edges of self-protection: names that only begin alike, other homes and file systems, and what the analysis finds. */
import { describe, expect, it } from 'vitest';
import type { CallAnalysis } from '../../../main/analysis/result.ts';
import { protectsNested } from '../../../main/engine/nested-protection.ts';
import { AgentSettings } from '../../../main/engine/protection/agent-settings.ts';
import { ProtectedPaths } from '../../../main/engine/protection/paths.ts';
import { type Protection, protects, spawnsAgent } from '../../../main/engine/self-protection.ts';
import { bash, callOf, PROJECT, protection } from '../calls.ts';
import { analysisOf, commandFrom } from '../remembered/made.ts';

const OURS = '/home/u/.config/gatehouse';
const SETTINGS = `${PROJECT}/.claude/settings.json`;
const hit = (name: string, params: object, more: Partial<Protection> = {}) =>
  protects(callOf(name, params as never), { ...protection, ...more })?.what ?? null;

describe('calls', () => {
  it.each<[string, object, string | null]>([
    ['workspace.restore', { path: '/home/u' }, 'own_files'],
    ['workspace.xdelete', { path: '/home/u' }, null],
    ['workspace.restorex', { path: '/home/u' }, null],
    ['filesystem.delete_tree', { path: '/home/u' }, 'own_files'],
    ['filesystem.xmove', { path: '/home/u' }, null],
    ['filesystem.movex', { path: '/home/u' }, null],
    ['notebook.delete', { path: '/home/u' }, null],
    ['mcp_fs.copy', { source: SETTINGS }, 'agent_settings'],
    ['filesystem.copy', { source: '/x/settings.json', destination: `${PROJECT}/.claude` }, 'agent_settings'],
    ['filesystem.move', { source: '/x/gatehouse', destination: '/home/u/.config' }, 'own_files'],
    ['web.fetch', { url: 'xfile:///opt/gatehouse' }, null],
    ['mcp_x.y', { list: [1, 'a'], after: OURS }, 'own_files'],
    ['mcp_x.y', { list: ['a', { b: [OURS] }] }, 'own_files'],
    ['filesystem.grep', { pattern: 'x', glob: '*.ts', path: '/home/u' }, 'own_files'],
    ['filesystem.grep', { pattern: 'x', glob: '../.config/gatehouse/*', path: PROJECT }, 'own_files'],
    ['filesystem.grep', { pattern: 'x', glob: '../.config/gatehouse/*', path: '' }, 'own_files'],
    ['filesystem.grep', { pattern: 'x', glob: '../.config/other/*', path: '' }, null],
    ['filesystem.glob', { pattern: '../.config/gatehouse/*' }, 'own_files'],
    ['filesystem.glob', { pattern: '../.config/gatehouse/*', path: 5 }, 'own_files'],
    ['filesystem.read', { pattern: '../.config/other/*' }, null],
  ])('%s %j', (name, params, what) => {
    expect(hit(name, params)).toBe(what);
  });

  it('start the agent that any of their commands starts', () => {
    expect(spawnsAgent(callOf('mcp_x.y', { cmd: 'ls', command: 'claude' }), protection)).toBe('claude');
  });

  it('in plain words name our files by whatever they are called', () => {
    const paths = ['/srv/vault', '/srv/a+b', '/srv/x.y'];
    for (const path of paths)
      expect([path, hit('shell.bash', { command: `cat ${path}/db` }, { paths })]).toEqual([
        path,
        'own_files',
      ]);
    expect(hit('shell.bash', { command: 'cat /srv/other/db' }, { paths })).toBeNull();
    const settings = ['/home/u/.agent/hooks.toml'];
    const changed = (command: string) => hit('shell.bash', { command }, { settings });
    expect(changed('tee /home/u/.agent/hooks.toml')).toBe('agent_settings');
    expect(changed('rmdir /home/u/.agent')).toBe('agent_settings');
    expect(changed('touch /home/u/.agent/hooks.tomlx')).toBeNull();
  });
});

describe('what only the analysis finds', () => {
  const nested = (what: Partial<CallAnalysis>) =>
    protectsNested(bash('x'), analysisOf(what), protection)?.what ?? null;
  const run = (words: readonly string[], via: readonly string[] = []) => ({
    ...commandFrom('x'),
    words,
    via,
  });
  const many = Array.from({ length: 60 }, () => run(['ls', 'a']));

  it.each<[string, Partial<CallAnalysis>, string | null]>([
    ['a command', { commands: [run(['rm', '-r', OURS])] }, 'own_files'],
    ['a later one', { commands: [run(['ls', 'a']), run(['rm', '-r', OURS])] }, 'own_files'],
    ['one that is started by another', { commands: [run(['gdbus'], ['sudo'])] }, 'fakes_a_person'],
    ['a lone word, which has been read', { commands: [run(['gdbus'])] }, null],
    ['no word', { commands: [run([], ['sudo'])] }, null],
    ['words with blanks, which are one', { commands: [run(['cat', `x ${OURS}`])] }, null],
    ['words with quotes', { commands: [run(['cat', `it's`, OURS])] }, 'own_files'],
    ['a word that would be run', { commands: [run(['ls', '; gdbus call'])] }, null],
    ['a word that begins like one', { commands: [run(['ls', 'a;gdbus'])] }, null],
    ['the sixtieth', { commands: [...many.slice(1), run(['gdbus', 'call'])] }, 'fakes_a_person'],
    ['none beyond', { commands: [...many, run(['gdbus', 'call'])] }, null],
    ['a file that is written', { effects: [{ kind: 'write', path: `${OURS}/x`, at: 'home' }] }, 'own_files'],
    [
      'settings that go',
      { effects: [{ kind: 'delete', path: SETTINGS, at: 'workspace' }] },
      'agent_settings',
    ],
    ['settings that are read', { effects: [{ kind: 'read', path: SETTINGS, at: 'workspace' }] }, null],
    [
      'a later file',
      {
        effects: [
          { kind: 'write', path: `${PROJECT}/a`, at: 'workspace' },
          { kind: 'write', path: `${OURS}/x`, at: 'home' },
        ],
      },
      'own_files',
    ],
  ])('%s', (_, what, wanted) => {
    expect(nested(what)).toBe(wanted);
  });
});

describe('agents’ settings', () => {
  const settings = (...own: readonly string[]) =>
    new AgentSettings({ paths: [], pids: [], home: '/home/u', settings: own });
  const two = settings('/home/u/.vendor/agent.toml', '/home/u/.other/rules.json');

  it('are known by their files and folders', () => {
    expect(two.names).toEqual(['agent.toml', 'rules.json', '.vendor', '.other']);
    expect(two.files).toEqual([...settings().files, 'agent.toml', 'rules.json']);
    expect(settings().names).toEqual([]);
    expect(settings().files).toEqual(
      expect.arrayContaining(['settings.json', 'settings.local.json', 'config.toml', 'hooks.json']),
    );
    expect(new AgentSettings({ paths: [], pids: [], home: '/home/u' }).names).toEqual([]);
  });

  it('are round a folder that is theirs, or in theirs', () => {
    const around = (folder: string, which = two) => which.around(folder);
    expect(['/home/u/.vendor', '/home/u/.other/x', '/p/.claude/x'].map((folder) => around(folder))).toEqual([
      ...[true, true, true],
    ]);
    expect(
      ['/home/u', '/home/u/.vendorx', '/home/x/.vendor', '/x/u/.vendor', '/'].map((folder) => around(folder)),
    ).toEqual(Array(5).fill(false));
    expect(around('/home/u', settings())).toBe(false);
    expect(around('/x', settings('/hooks.json'))).toBe(false);
  });

  it('are one file deep in their folder', () => {
    expect(two.hit('/p/.claude/x/settings.json', '/p')).toBeNull();
    expect(two.hit('/p/.claude/settings.json/x', '/p')).toBeNull();
    expect(two.hit('', '/p')).toBeNull();
    expect(two.hit('/p/.[abc]laude/settings.json', '/p')).not.toBeNull();
    expect(two.hit('/p/[abcdefg]*/settings.json', '/p')).toBeNull();
  });

  it('are those of each agent’s own folder', () => {
    for (const named of ['.codex/config.toml', '.codex/hooks.json', '.gemini/settings.json', '.cod*/conf*'])
      expect(two.hit(named, '/p')).not.toBeNull();
    for (const named of ['.codex/settings.json', '.gemini/config.toml', '.claude/hooks.json', 'config.toml'])
      expect(two.hit(named, '/p')).toBeNull();
    expect(two.hit('config.toml', '/p/.codex')).not.toBeNull();
  });
});

describe('paths', () => {
  const OPT = ['/opt/gatehouse', '/home/u/.x'];
  const linux = new ProtectedPaths({ paths: OPT, pids: [42], home: '/home/u' });
  it.each<[string, string | null]>([
    ['/x/42', null],
    ['/42', null],
    ['/proc/xself/root/opt/gatehouse', null],
    ['/proc/selfx/root/opt/gatehouse', null],
    ['/proc/12/root/opt/gatehouse', '/opt/gatehouse'],
    ['/proc/1x/root/opt/gatehouse', null],
    ['/x/self/root/opt/gatehouse', null],
    ['/proc/self/root/../opt/gatehouse', '/opt/gatehouse'],
    ['xfile:/opt/gatehouse', null],
    ['file:///opt//gatehouse?a\nb', '/opt/gatehouse'],
    ['file:///opt//gatehouse/a//b', '/opt/gatehouse'],
    ['~u/.x', '/home/u/.x'],
    ['~u', null],
    ['C:/opt/gatehouse', null],
    ['xC:/opt/gatehouse', null],
    ['.\\.x', null],
    ['/opt/gatehouse/', '/opt/gatehouse'],
    ['/opt//gatehouse//x', '/opt/gatehouse'],
    ['/opt', null],
    ['/', null],
  ])('%s', (text, wanted) => {
    expect(linux.hit(text, '/w')).toBe(wanted);
  });

  it('lie within a folder, or inside it', () => {
    const within = (text: string, folder: string) => linux.within(text, folder, '/w');
    expect([within('/a/b', '/a'), within('/a', '/a'), within('b', '.'), within('../w/b', '/w')]).toEqual([
      ...[true, true, true, true],
    ]);
    expect([within('/ab', '/a'), within('', '/a'), within('/a', ''), within('/b', '/a')]).toEqual([
      ...[false, false, false, false],
    ]);
    expect([linux.inside('~u', '/'), linux.inside('~', '/'), linux.inside('~v', '/')]).toEqual([
      ...['/home/u/.x', '/home/u/.x', null],
    ]);
    expect(linux.lastSegments).toEqual(['gatehouse', '.x']);
  });

  it.each(['C:\\Users\\u', 'C:/Users/u', '\\\\server\\u'])('of Windows, with the home %s', (home) => {
    const root = home.replaceAll('\\', '/');
    const windows = new ProtectedPaths({ paths: [`${home}\\App`], pids: [], home });
    for (const [text, cwd] of [
      [`${home}\\App\\x`, 'C:\\'],
      [`${root}/App`, 'C:/'],
      ['~\\App', 'C:\\x'],
      ['~/App', 'C:/x'],
      ['~u\\App', 'C:/x'],
      ['$HOME\\App', 'C:/x'],
      ['App', home],
      ['..\\u\\App', home],
    ] as const)
      expect([text, windows.hit(text, cwd)]).toEqual([text, `${home}\\App`]);
    expect(windows.hit('~\\Apps', 'C:/x')).toBeNull();
  });

  it('of a file system that folds case are the same in any', () => {
    const folding = new ProtectedPaths({
      paths: ['/Users/U/App'],
      pids: [],
      home: '/Users/U',
      caseInsensitive: true,
    });
    expect([
      folding.hit('/users/u/APP/x', '/'),
      folding.hit('~/app', '/'),
      folding.hit('/users/u/apps', '/'),
    ]).toEqual([...['/Users/U/App', '/Users/U/App', null]]);
  });
});
