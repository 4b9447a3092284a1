// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is shell text
/** The whole of self-protection on calls: which parameter is looked at as what, and what each program may not do. */
import { describe, expect, it } from 'vitest';
import {
  AGENT_PACKAGES,
  AGENT_PROGRAMS,
  BY_PID,
  FAKES_A_PERSON,
} from '../../../main/engine/protection/watched-programs.ts';
import {
  protects,
  protectsNamed,
  spawnsAgent,
  spawnsAgentNamed,
} from '../../../main/engine/self-protection.ts';
import { bash, callOf, protection } from '../calls.ts';

const OURS = '/home/u/.config/gatehouse';
const SETTINGS = '/home/u/web/.claude/settings.json';
const hit = (name: string, params: object, cwd = '/home/u/web', more = {}) =>
  protects(callOf(name, params as never, { cwd, ...more }), protection)?.what ?? null;
const shell = (command: string, cwd?: string) => hit('shell.bash', { command }, cwd);

describe('parameters', () => {
  it.each<[string, object, string | null]>([
    ['filesystem.read', { file_path: SETTINGS }, null],
    ['filesystem.write', { file_path: SETTINGS }, 'agent_settings'],
    ['filesystem.write', { file_path: ` ${OURS} ` }, 'own_files'],
    ['filesystem.write', { file_path: ` ${SETTINGS}` }, 'agent_settings'],
    ['filesystem.write', { file_path: `/x${'/y'.repeat(2050)}` }, null],
    ['filesystem.copy', { source: SETTINGS, destination: '/home/u/web/x' }, null],
    ['filesystem.copy', { source: '/home/u/web/x', destination: SETTINGS }, 'agent_settings'],
    ['filesystem.move', { source: SETTINGS, destination: '/home/u/web/x' }, 'agent_settings'],
    ['filesystem.copy', { source: '/x/gatehouse', destination: '/home/u/.config' }, 'own_files'],
    ['filesystem.copy', { source: '/x/gatehouse/', destination: '/opt' }, 'own_files'],
    ['filesystem.copy', { source: 'x\\gatehouse', destination: '/opt' }, 'own_files'],
    ['filesystem.copy', { source: '/x/other', destination: '/home/u/web' }, null],
    ['filesystem.copy', { source: '/home/u', destination: '/home/u/web/copy' }, null],
    ['filesystem.copy', { destination: '/home/u' }, 'own_files'],
    ['filesystem.move', { source: '/home/u', destination: '/x' }, 'own_files'],
    ['filesystem.move', { source: '/x', destination: '/home/u' }, 'own_files'],
    ['filesystem.delete', { path: '/home/u/.config' }, 'own_files'],
    ['filesystem.delete', { path: '/home/u/web/.claude' }, 'agent_settings'],
    ['filesystem.delete', { path: '/home/u/web/src' }, null],
    ['filesystem.write', { file_path: '/home/u' }, null],
    ['filesystem.read', { file_path: '/home/u' }, null],
    ['workspace.delete', { path: '/home/u' }, 'own_files'],
    ['workspace.list', { path: '/home/u' }, null],
    ['filesystem.patch', { patch: `*** Update File: ${OURS}/x\n` }, 'own_files'],
    ['filesystem.patch', { patch: ` \t*** Update File: ${OURS}/x\n` }, 'own_files'],
    ['filesystem.patch', { input: `*** Delete File: ${SETTINGS}\n` }, 'agent_settings'],
    ['filesystem.patch', { patch: '*** Update File: src/a.ts\n', input: 5 }, null],
    ['filesystem.glob', { pattern: 'gatehouse/*', path: '/home/u/.config' }, 'own_files'],
    ['filesystem.glob', { pattern: 'gatehouse/*', path: '' }, null],
    ['filesystem.glob', { pattern: '/gatehouse/*', path: '/home/u/.config' }, null],
    ['filesystem.glob', { pattern: '~/.config/gatehouse/*' }, 'own_files'],
    ['filesystem.grep', { pattern: 'x', glob: 'gatehouse/*', path: '/home/u/.config' }, 'own_files'],
    ['filesystem.grep', { pattern: 'gatehouse/*', path: '/home/u/.config/other' }, null],
    ['filesystem.grep', { pattern: 'x', path: '/home/u' }, 'own_files'],
    ['filesystem.grep', { pattern: 'x', path: '/home/u/web' }, null],
    ['filesystem.list', { path: '/home/u' }, null],
    ['web.fetch', { url: `file://${OURS}` }, 'own_files'],
    ['web.fetch', { url: `  FILE://${OURS}` }, 'own_files'],
    ['web.fetch', { url: `https://x/${OURS}` }, null],
    ['web.fetch', { url: OURS }, null],
    ['notebook.edit', { notebook_path: SETTINGS }, 'agent_settings'],
    ['notebook.edit', { whatever: SETTINGS }, 'agent_settings'],
    ['web.search', { whatever: OURS }, null],
    ['mcp_x.y', { whatever: OURS }, 'own_files'],
    ['mcp_x.y', { whatever: 'gatehouse' }, null],
    ['mcp_x.y', { whatever: `~${'/x'.repeat(2100)}` }, null],
    ['mcp_x.y', { whatever: '.claude\\x', command: 'ls' }, null],
    ['mcp_x.y', { command: ['rm', '-r', OURS] }, 'own_files'],
    ['mcp_x.y', { deep: [{ argv: ['gdbus', 'call'] }] }, 'fakes_a_person'],
    ['mcp_x.y', { deep: { file: [SETTINGS] } }, 'agent_settings'],
    ['mcp_x.y', { n: 5, b: true, z: null }, null],
    ['other.tool', { command: 'gdbus' }, 'fakes_a_person'],
  ])('%s %j', (name, params, what) => {
    expect(hit(name, params)).toBe(what);
  });

  it('of a tool that nobody knows count from a folder of settings', () => {
    expect(hit('mcp_x.y', { name: 'settings.json' }, '/home/u/.claude')).toBe('own_files');
    expect(hit('mcp_x.y', { name: 'two words' }, '/home/u/.claude')).toBeNull();
    expect(hit('mcp_x.y', { name: 'settings.json' }, '/home/u/web/.claude')).toBe('agent_settings');
    expect(hit('mcp_x.y', { name: 'settings.json' })).toBeNull();
  });

  it('are not read beyond bounds', () => {
    const parts = (count: number) => ({ list: Array.from({ length: count }, () => 'x') });
    expect(hit('mcp_a.b', parts(19_000))).toBeNull();
    expect(hit('mcp_a.b', parts(20_100))).toBe('unreadable');
  });

  it('of a search may lie above our files where those are in the project itself', () => {
    const inProject = { ...protection, paths: ['/home/u/web/.gatehouse'] };
    const grep = (app: string) =>
      protects(callOf('filesystem.grep', { pattern: 'x', path: '.' }, { app }), inProject)?.what ?? null;
    expect([grep('/home/u/web'), grep('/home/u/other'), grep('')]).toEqual([null, 'own_files', 'own_files']);
    expect(
      protects(callOf('filesystem.grep', { pattern: 'x', path: '/home' }, { app: '/home/u/x' }), inProject)
        ?.reason,
    ).toContain('reads everything below /home, and /home/u/web/.gatehouse is in there');
  });

  it('are the same under any spelling of the name', () => {
    const call = callOf('Filesystem.Write', { file_path: OURS });
    expect(protects(call, protection)).toEqual(protectsNamed(call, 'filesystem', 'write', protection));
    expect(spawnsAgent(bash('claude -p x'), protection)).toBe(
      spawnsAgentNamed(bash('claude -p x'), 'shell', 'bash', protection),
    );
  });
});

describe('programs', () => {
  it.each([...FAKES_A_PERSON])('%s fakes a person', (program) => {
    for (const text of [program, `/usr/bin/${program} x`, `sudo ${program}`, `echo x | ${program}`])
      expect([text, shell(text)]).toEqual([text, 'fakes_a_person']);
    expect(shell(`ls ${program}`)).toBeNull();
    expect(shell(`python3 -c "run('${program}')"`)).toBe('fakes_a_person');
    expect(shell(`sed "s/a/${program}/" f`)).toBeNull();
  });

  it.each([...BY_PID])('%s may not aim at our processes', (program) => {
    expect(shell(`${program} 4321`)).toBe('own_processes');
    expect(shell(`${program} -p4322`)).toBe('own_processes');
    expect(shell(`${program} --pid=4321`)).toBe('own_processes');
    expect(shell(`${program} -4321`)).toBe('own_processes');
    expect(shell(`${program} $(pgrep gatehouse)`)).toBe('own_processes');
    if (program !== 'killall5') expect(shell(`${program} 14321 43210 x4321`)).toBeNull();
  });

  it.each<[string, string | null]>([
    ['killall5', 'own_processes'],
    ['kill -9 -1', 'own_processes'],
    ['kill -1 55', null],
    ['kill 55 -1', 'own_processes'],
    ['pkill gateh', 'own_processes'],
    ['pkill -f gate.*se', 'own_processes'],
    ['pkill vite', null],
    ['pkill -gatehouse', null],
    ['pkill "gate["', 'own_processes'],
    ['pkill $X', null],
    ['pkill ga${X}e', 'own_processes'],
    ['pkill vi${X}te', null],
    [`pkill ${'a'.repeat(201)}`, null],
    [`pkill -f '${'a'.repeat(201)} GATEHOUSE'`, 'own_processes'],
    [`pkill -f '${'a'.repeat(201)}|g[a]tehouse'`, 'own_processes'],
    [`pkill -f '${'a'.repeat(190)}|x'`, null],
    ['killall gatehouse', 'own_processes'],
    ['killall GateHouse', 'own_processes'],
    ['killall vite', null],
    ['killall -r gate', 'own_processes'],
    ['killall gate', null],
    ['killall -r -x', null],
    ['taskkill -r gat', 'own_processes'],
    ['skill gatehouse', 'own_processes'],
    ['kill gatehouse', null],
    ['kill $(pidof gatehouse)', 'own_processes'],
    ['kill $(pgrep vite)', null],
    ['kill $(pgrep -f gate)', 'own_processes'],
    ['kill $(pgrep --gatehouse)', null],
    ['kill $(xpgrep gatehouse)', null],
    ['pgrep gatehouse', null],
    ['gatehouse status', 'own_program'],
    ['gatehouse@1 status', 'own_program'],
    ['npx gatehouse@1 status', 'own_program'],
    ['gate*se x', 'own_program'],
    ['g* x', null],
    ['g?*l x', null],
    ['security find-generic-password', 'fakes_a_person'],
    ['security dump-keychain', 'fakes_a_person'],
    ['security list', null],
    ['node -e "f(\'/opt/gatehouse/x\')"', 'own_files'],
    [`node -e "f('${SETTINGS}')"`, 'agent_settings'],
    ['node -e "xdotool.x"', null],
    ['ls\r', null],
    ['rm -r ~/.config/gate\rhouse', 'own_files'],
    ['gdb\rus call', 'fakes_a_person'],
  ])('%s', (text, what) => {
    expect(shell(text)).toBe(what);
  });

  it('too long to be run are not read', () => {
    const call = bash(`echo ${'a'.repeat(131_072)}`);
    expect(protects(call, protection)?.reason).toContain('has 131077 characters; at most 131072');
    expect(shell(`echo ${'a'.repeat(131_067)}`)).toBeNull();
    expect(spawnsAgent(bash(`claude ${'a'.repeat(131_072)}`), protection)).toBeNull();
  });

  it('run in one of our folders are all stopped', () => {
    expect(shell('ls', OURS)).toBe('own_files');
    expect(shell('ls', `${OURS}/x`)).toBe('own_files');
    expect(shell('ls', '/home/u/.config')).toBeNull();
    expect(shell('tee settings.json', '/home/u/web/.claude')).toBe('agent_settings');
    expect(shell('tee settings.json', '/home/u/web')).toBeNull();
  });
});

describe('words and targets', () => {
  it.each<[string, string | null]>([
    [`echo ${OURS}`, 'own_files'],
    ['cd ~/.config; echo gatehouse', null],
    ['cd ~/.config; cat gatehouse', 'own_files'],
    ['cd ~/.config; git commit -m gatehouse', null],
    ['cd ~/.config; ls > gatehouse', 'own_files'],
    [`ls > ${OURS}`, 'own_files'],
    ['cd ~/.config; curl -o gatehouse u', 'own_files'],
    ['cd ~/.config; ln -s x gatehouse', 'own_files'],
    ['find ~ -delete', 'own_files'],
    ['find ~ -name x', null],
    ['find ~ -exec rm {} +', 'own_files'],
    ['rm -r ~', 'own_files'],
    ['ls ~', null],
    ['x=1 ls', null],
    [`A=${OURS} x`, 'own_files'],
    [`sudo tee ${SETTINGS}`, 'agent_settings'],
    [`cat ${SETTINGS}`, null],
  ])('%s', (text, what) => {
    expect(shell(text)).toBe(what);
  });
});

describe('agent programs', () => {
  const spawned = (text: string) => spawnsAgent(bash(text), protection);
  it.each([...AGENT_PROGRAMS])('%s', (program) => {
    for (const text of [
      program,
      `${program} -p x`,
      `/x/${program}`,
      `sudo ${program}`,
      `sh -c "${program} x"`,
    ])
      expect([text, spawned(text)]).toEqual([text, program]);
    expect([spawned(`ls ${program}`), spawned(`x${program}`), spawned(`${program}x`)]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it.each([...AGENT_PACKAGES])('%s', (name, program) => {
    for (const text of [
      `npx ${name}`,
      `npx -y ${name}@latest`,
      `npx ${name.toUpperCase()}`,
      `bunx ${name} x`,
    ])
      expect([text, spawned(text)]).toEqual([text, program]);
    expect(spawned(`npm install ${name}`)).toBeNull();
  });

  it('in any tool that takes a command, and in no other', () => {
    const of = (name: string, params: object) => spawnsAgent(callOf(name, params as never), protection);
    expect(of('mcp_x.run', { command: 'claude' })).toBe('claude');
    expect(of('other.run', { cmd: 'claude' })).toBe('claude');
    expect(of('other.run', { text: 'claude', command: 5 })).toBeNull();
    expect(of('filesystem.write', { command: 'claude' })).toBeNull();
    expect(of('shell.bash', { description: 'claude', command: 'ls' })).toBeNull();
  });
});
