import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProgramSource } from '../../../main/points/agents/agent-context.ts';
import { claudeCodeAdapter } from '../../../main/points/agents/claude-code/adapter.ts';
import { detectAgents } from '../../../main/points/agents/detect.ts';
import { diagnose } from '../../../main/points/agents/doctor.ts';
import { applyPlan, planConnect } from '../../../main/points/agents/settings-plan.ts';
import { type Door, openDoor } from '../../../main/points/door/door-server.ts';
import { createHookHandler } from '../../../main/points/hooks/registry.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import { nativeProgram, relayProgram } from '../../support/hook-program.ts';
import { type House, newHouse } from './house.ts';

const built = mkdtempSync(join(tmpdir(), 'gatehouse-native-'));
let native: ProgramSource | null = null;
beforeAll(async () => {
  native = await nativeProgram(built);
}, 180_000);
afterAll(() => {
  rmSync(built, { recursive: true, force: true });
});

const handler = createHookHandler({ engine: new FakeEngine(), log: { append: async () => undefined } });

interface Case {
  readonly house: House;
  readonly door: Door;
}

/** A connected Claude Code of a supported version, with a supervisor at the door. */
async function connected(source: ProgramSource, work: (built: Case) => Promise<void>): Promise<void> {
  using house = newHouse({ source });
  const door = await openDoor({ path: house.context.paths.agentDoor, kind: 'agent', handler });
  try {
    installClaude(house, '2.1.330');
    await applyPlan(await planConnect(claudeCodeAdapter, house.context));
    await work({ house, door });
  } finally {
    await door.close('the test is over');
  }
}

function installClaude(house: House, version: string): void {
  const folder = join(house.root, 'nowhere');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@anthropic-ai/claude-code', version }));
  writeFileSync(join(folder, 'claude'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
}

async function examine(house: House, projects: readonly string[] = []) {
  const report = await diagnose('claude-code', house.context, {
    inSupervisor: true,
    managed: house.managed,
    projects,
  });
  return { ...report, red: report.checks.filter((check) => !check.ok) };
}

const edit = (house: House, from: string | RegExp, to: string) => {
  const before = house.read().toString('utf8');
  const after = before.replaceAll(from, to);
  expect(after).not.toBe(before);
  house.write(after);
};

describe.each(['native', 'relay'] as const)('with the %s program', (kind) => {
  it('is green when all is as installed, and enforcement is proved', async () => {
    const source = kind === 'native' ? native : relayProgram();
    if (source === null) return expect(kind).toBe('native');
    await connected(source, async ({ house }) => {
      const report = await examine(house);
      expect(report.red).toEqual([]);
      expect(report.ok).toBe(true);
      expect(report.checks.map((check) => check.name)).toEqual([
        'Settings file',
        'Hook PreToolUse',
        'Hook PostToolUse',
        'Hook PostToolUseFailure',
        'Hook UserPromptSubmit',
        'Hook MessageDisplay',
        'Hook Stop',
        'Hook ConfigChange',
        'Hook SessionStart',
        'Hook SessionEnd',
        'Hooks switched on',
        'Hook program',
        'Claude Code version',
        'Agent door',
        'A call that must be denied is denied',
        'Broken input is blocked',
        'A broken answer is blocked',
        'No supervisor: blocked',
      ]);
    });
  }, 180_000);
});

describe('sabotage', () => {
  const program = (house: House) => join(house.context.paths.bin, 'gatehouse');
  const cases: readonly (readonly [string, (built: Case) => Promise<void> | void, string])[] = [
    ['the settings are gone', ({ house }) => rmSync(house.settings), 'Settings file'],
    ['the settings are empty', ({ house }) => house.write(''), 'Settings file'],
    ['the settings are broken', ({ house }) => house.write('{"hooks":'), 'Settings file'],
    ['the settings hold a key twice', ({ house }) => edit(house, /\}\s*$/g, ',"hooks":{}}'), 'Settings file'],
    ['all hooks were taken out', ({ house }) => house.write('{}'), 'Hook PreToolUse'],
    [
      'PreToolUse was renamed',
      ({ house }) => edit(house, '"PreToolUse"', '"PreToolUse2"'),
      'Hook PreToolUse',
    ],
    [
      'PostToolUse was taken out',
      ({ house }) => edit(house, '"PostToolUse"', '"Nothing"'),
      'Hook PostToolUse',
    ],
    ['/bin/true in its place', ({ house }) => edit(house, program(house), '/bin/true'), 'Hook PreToolUse'],
    [
      'a look-alike in its place',
      ({ house }) => edit(house, program(house), '/tmp/gatehouse'),
      'Hook PreToolUse',
    ],
    ['the shell form', ({ house }) => edit(house, '"args"', '"argz"'), 'Hook PreToolUse'],
    ['onFailure taken out', ({ house }) => edit(house, /,\s*"onFailure": "block"/g, ''), 'Hook PreToolUse'],
    ['onFailure continue', ({ house }) => edit(house, '"block"', '"continue"'), 'Hook PreToolUse'],
    ['timeout 0', ({ house }) => edit(house, '3660', '0'), 'Hook PreToolUse'],
    ['timeout 1', ({ house }) => edit(house, '3660', '1'), 'Hook PreToolUse'],
    ['another deadline', ({ house }) => edit(house, '"3650"', '"36500"'), 'Hook PreToolUse'],
    ['a narrower matcher', ({ house }) => edit(house, '"*"', '"Read"'), 'Hook PreToolUse'],
    [
      'an if',
      ({ house }) => edit(house, '"type": "command"', '"if": "Bash(x)", "type": "command"'),
      'Hook PreToolUse',
    ],
    [
      'async',
      ({ house }) => edit(house, '"type": "command"', '"async": true, "type": "command"'),
      'Hook PreToolUse',
    ],
    [
      'once',
      ({ house }) => edit(house, '"type": "command"', '"once": true, "type": "command"'),
      'Hook PreToolUse',
    ],
    ['another agent', ({ house }) => edit(house, '"claude-code"', '"codex"'), 'Hook PreToolUse'],
    ['another door', ({ house }) => edit(house, 'agent.sock', 'other.sock'), 'Hook PreToolUse'],
    ['disableAllHooks', ({ house }) => edit(house, /^\{/g, '{"disableAllHooks": true,'), 'Hooks switched on'],
    [
      'disableAllHooks as a word',
      ({ house }) => edit(house, /^\{/g, '{"disableAllHooks": "yes",'),
      'Hooks switched on',
    ],
    [
      'LD_PRELOAD for hooks',
      ({ house }) => edit(house, /^\{/g, '{"env": {"LD_PRELOAD": "/tmp/x.so"},'),
      'Hooks switched on',
    ],
    [
      'managed settings that admit only theirs',
      ({ house }) => {
        mkdirSync(join(house.managed, 'managed-settings.d'), { recursive: true });
        writeFileSync(join(house.managed, 'managed-settings.d', '10.json'), '{"allowManagedHooksOnly":true}');
      },
      'Hooks switched on',
    ],
    ['the program is gone', ({ house }) => rmSync(program(house)), 'Hook program'],
    [
      'the program was replaced',
      ({ house }) => {
        rmSync(program(house));
        copyFileSync('/bin/true', program(house));
        chmodSync(program(house), 0o700);
      },
      'Hook program',
    ],
    [
      'the program is a link',
      ({ house }) => {
        rmSync(program(house));
        symlinkSync('/bin/true', program(house));
      },
      'Hook program',
    ],
    ['others can run the program', ({ house }) => chmodSync(program(house), 0o755), 'Hook program'],
    ['nobody can run the program', ({ house }) => chmodSync(program(house), 0o600), 'Hook program'],
    ['the door is gone', ({ door }) => door.close('gone'), 'Agent door'],
    ['the agent is too old', ({ house }) => installClaude(house, '2.1.197'), 'Claude Code version'],
  ];

  it.each(cases)(
    '%s: red',
    async (_name, sabotage, check) => {
      await connected(native ?? relayProgram(), async (built) => {
        await sabotage(built);
        const report = await examine(built.house);
        expect(report.ok).toBe(false);
        expect(report.red.map(({ name }) => name)).toContain(check);
        for (const red of report.red) expect(red.hint).not.toBeNull();
      });
    },
    60_000,
  );

  it('a project that switches hooks off, in any spelling that Claude Code might take: red', async () => {
    await connected(native ?? relayProgram(), async ({ house }) => {
      const project = join(house.root, 'project');
      const local = join(project, '.claude', 'settings.local.json');
      mkdirSync(dirname(local), { recursive: true });
      expect((await examine(house, [project])).ok).toBe(true);
      for (const text of [
        '{"disableAllHooks":true}',
        '{"disableAllHooks":false,"disableAllHooks":true}',
        '{"__proto__":{},"disableAllHooks":true}',
      ]) {
        writeFileSync(local, text);
        const report = await examine(house, [project]);
        expect(report.red.map(({ name }) => name)).toEqual(['Hooks switched on']);
      }
      writeFileSync(local, '{"disableAllHooks":false}');
      expect((await examine(house, [project])).ok).toBe(true);
    });
  }, 180_000);

  it('never runs a command line that is not ours', async () => {
    await connected(native ?? relayProgram(), async ({ house }) => {
      const mark = join(house.root, 'ran');
      const trap = join(house.root, 'gatehouse');
      writeFileSync(trap, `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o700 });
      edit(house, join(house.context.paths.bin, 'gatehouse'), trap);
      expect((await examine(house)).ok).toBe(false);
      expect(existsSync(mark)).toBe(false);
      copyFileSync(trap, join(house.context.paths.bin, 'gatehouse'));
      edit(house, trap, join(house.context.paths.bin, 'gatehouse'));
      expect((await examine(house)).ok).toBe(false);
      expect(existsSync(mark)).toBe(false);
    });
  }, 180_000);

  it('a supervisor that lets the probe through, or another one that answers: red', async () => {
    using house = newHouse({ source: native ?? relayProgram() });
    const allow =
      '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow","permissionDecisionReason":"-"}}';
    let stdout = allow;
    const door = await openDoor({
      path: house.context.paths.agentDoor,
      kind: 'agent',
      handler: async (request) => {
        const nonce = /"nonce":"([0-9a-f]+)"/.exec(request.body.toString('utf8'))?.[1] ?? '';
        return { exit: 0, stdout: stdout.replace('NONCE', nonce), stderr: '' };
      },
    });
    try {
      await applyPlan(await planConnect(claudeCodeAdapter, house.context));
      const name = 'A call that must be denied is denied';
      const detail = async () => (await examine(house)).red.find((check) => check.name === name)?.detail;
      expect(await detail()).toMatch(/^not denied/);
      stdout = '';
      expect(await detail()).toMatch(/^not denied/);
      stdout = allow.replace('allow', 'deny');
      expect(await detail()).toBe('somebody else answered the probe');
      stdout = allow
        .replace('allow', 'deny')
        .replace('"-"', '"Refused by Gatehouse: this is the enforcement probe NONCE, which never runs."');
      expect(await detail()).toBe('the probe never reached this supervisor');
    } finally {
      await door.close('the test is over');
    }
  }, 180_000);

  it('names the commands as this install is called', async () => {
    using house = newHouse();
    const hints = async (program?: string) => {
      const context = program === undefined ? house.context : { ...house.context, program };
      const { checks } = await diagnose('claude-code', context, {
        inSupervisor: false,
        managed: house.managed,
      });
      return checks.flatMap(({ hint }) => hint ?? []);
    };
    const own = await hints('npx --no-install gatehouse');
    expect(new Set(own)).toEqual(
      new Set([
        'connect again: npx --no-install gatehouse agents install claude-code',
        'start Gatehouse: npx --no-install gatehouse start',
      ]),
    );
    expect(await hints()).toEqual(own.map((hint) => hint.replace('npx --no-install ', '')));
  });

  it('knows only the agents it can connect', async () => {
    using house = newHouse();
    await expect(diagnose('qwen', house.context, { inSupervisor: false })).rejects.toMatchObject({
      code: 'unsupported_agent',
    });
  });
});

describe('detection', () => {
  it('tells every state', async () => {
    using house = newHouse();
    const look = async () => {
      const views = await detectAgents(house.context, { managed: house.managed });
      return views.find((view) => view.id === 'claude-code');
    };
    expect(await look()).toMatchObject({ state: 'not_found', version: null, program: null });
    installClaude(house, '2.1.330');
    expect(await look()).toMatchObject({
      state: 'not_connected',
      version: '2.1.330',
      settingsFile: '~/.claude/settings.json',
      note: 'Connect adds hooks to ~/.claude/settings.json.',
    });
    await applyPlan(await planConnect(claudeCodeAdapter, house.context));
    expect(await look()).toMatchObject({ state: 'connected', note: 'Every action passes Gatehouse.' });
    installClaude(house, '2.1.294');
    expect(await look()).toMatchObject({ state: 'broken' });
    installClaude(house, '2.1.330');
    edit(house, '"onFailure": "block"', '"onFailure": "continue"');
    const broken = await look();
    expect(broken?.state).toBe('broken');
    expect(broken?.note).toContain('PreToolUse: our entry was changed: onFailure is "continue". And 6 more.');
    house.write('{}');
    expect(await look()).toMatchObject({ state: 'broken' });
    house.write('{');
    expect(await look()).toMatchObject({ state: 'broken' });
  });
});
