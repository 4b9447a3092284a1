import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Agents, type AgentsPort } from '../../main/app/agents.ts';
import { protectionOf } from '../../main/app/protection.ts';
import { installRoot } from '../../main/app/resources.ts';
import { protects } from '../../main/engine/self-protection.ts';
import { GatehouseError } from '../../main/platform/errors.ts';
import type { AgentView } from '../../preload/contract.ts';
import { bash, callOf } from '../engine/calls.ts';
import { claudeCall } from '../support/door-hook.ts';
import { MemoryLog } from '../support/engine-bench.ts';
import { LETTING, RealApp, soon } from '../support/real-app.ts';

const CLAUDE = 'claude-code';

describe('what a look at the agents writes down', () => {
  let log: MemoryLog;
  let state: AgentView['state'];
  let looks: number;
  let files: readonly string[];
  let onChange: (() => void) | null;
  let agents: Agents;

  const view = (): AgentView => ({
    id: CLAUDE,
    name: 'Claude Code',
    version: null,
    state,
    note: `it is ${state}`,
    settingsFile: null,
    program: null,
    lastSeen: null,
  });
  const port: AgentsPort = {
    detect: async () => {
      looks += 1;
      await Promise.resolve();
      return [view()];
    },
    plan: () => Promise.reject(new GatehouseError('unsupported_agent', 'none')),
    apply: async () => {
      state = 'connected';
    },
    diagnose: async () => ({ ok: true, checks: [] }),
    watch: (listener) => {
      onChange = listener;
      return () => {
        onChange = null;
      };
    },
    settingsFiles: async () => ['/home/u/.claude/settings.json'],
  };
  const seenAs = async (next: AgentView['state']) => {
    state = next;
    await agents.scan();
    return log.ofType('agent.changed').map(({ change }) => change);
  };

  beforeEach(() => {
    log = new MemoryLog();
    state = 'not_connected';
    looks = 0;
    files = [];
    onChange = null;
    agents = new Agents(port, log, (found) => {
      files = found;
    });
  });

  it('is every change of what is enforced, and nothing else', async () => {
    expect(await seenAs('not_connected')).toEqual([]);
    expect(await seenAs('connected')).toEqual(['connected']);
    expect(await seenAs('connected')).toEqual(['connected']);
    expect(await seenAs('broken')).toEqual(['connected', 'broken']);
    expect(await seenAs('connected')).toEqual(['connected', 'broken', 'repaired']);
    expect((await seenAs('not_connected')).at(-1)).toBe('disconnected');
    expect((await seenAs('not_found')).length).toBe(4);
    expect((await seenAs('broken')).at(-1)).toBe('broken');
    expect((await seenAs('not_found')).at(-1)).toBe('disconnected');
  });

  it('is nothing at the start when all is in order, and a break that is found then', async () => {
    expect(await seenAs('connected')).toEqual([]);
    const other = new Agents(port, log, () => undefined);
    state = 'broken';
    await other.scan();
    expect(log.ofType('agent.changed')).toMatchObject([
      { client: CLAUDE, change: 'broken', detail: 'it is broken' },
    ]);
  });

  it('comes before anybody is told, and looks that come together are one', async () => {
    const told: number[] = [];
    agents.onChange(() => told.push(log.events.length));
    state = 'broken';
    await Promise.all([agents.scan(), agents.scan(), agents.detect()]);
    expect([looks, told]).toEqual([1, [1]]);
    expect(files).toEqual(['/home/u/.claude/settings.json']);
  });

  it('that fails leaves the last one, and the next look works', async () => {
    await seenAs('connected');
    log.fail = () => true;
    state = 'broken';
    await expect(agents.scan()).rejects.toThrow('disk is full');
    log.fail = null;
    await agents.scan();
    expect(agents.views()[0]?.state).toBe('broken');
  });

  it('after a change of a file: one more look, and none once it was stopped', async () => {
    agents.start();
    agents.start();
    state = 'broken';
    onChange?.();
    await soon(() => agents.views()[0]?.state);
    expect(agents.views()[0]?.state).toBe('broken');
    agents.stop();
    expect(onChange).toBeNull();
  });

  it('does not see half of a change that is being carried out', async () => {
    await agents.scan();
    const half = Promise.withResolvers<void>();
    const halfway = new Agents(
      {
        ...port,
        apply: async () => {
          state = 'broken';
          await half.promise;
          state = 'connected';
        },
      },
      log,
      () => undefined,
    );
    await halfway.scan();
    const applied = halfway.apply(CLAUDE, 'plan');
    const looked = halfway.scan();
    await new Promise((resolve) => setTimeout(resolve, 20));
    half.resolve();
    await Promise.all([applied, looked]);
    expect(log.ofType('agent.changed').map(({ change }) => change)).toEqual(['connected']);
  });

  it('keeps when a client was last seen, and answers how it stands after a plan', async () => {
    await agents.scan();
    expect(agents.views()[0]?.lastSeen).toBeNull();
    agents.seen(CLAUDE, 1234);
    expect(agents.views()[0]?.lastSeen).toBe(1234);
    await expect(agents.carryOut(CLAUDE, 'plan')).resolves.toMatchObject({ state: 'connected' });
    await expect(agents.carryOut('nobody', 'plan')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('Claude Code in the real app', () => {
  let real: RealApp;
  let settings: string;

  const stands = async () =>
    (await real.page('first').value('overview')).agents.find(({ id }) => id === CLAUDE)?.state;
  const connect = async () => {
    const page = real.page('first');
    const plan = await page.value('planAgent', CLAUDE, 'connect');
    return page.value('applyAgentPlan', CLAUDE, plan.planId);
  };
  const changes = async () => {
    const { rows } = await real.page('first').value('timeline', { action: ['agent.changed'] }, null, 50);
    const details = await Promise.all(
      rows.toReversed().map(({ seq }) => real.page('first').value('timelineDetail', seq)),
    );
    return details.map(({ records }) => (JSON.parse(records[0]?.json ?? '{}') as { change: string }).change);
  };

  beforeEach(async () => {
    real = await RealApp.start(LETTING);
    settings = join(real.home, '.claude', 'settings.json');
  }, 180_000);
  afterEach(() => real.remove());

  it('is connected by the plan that was shown, and by no other', async () => {
    mkdirSync(join(real.home, '.claude'));
    writeFileSync(settings, '{ "model": "sonnet" }\n');
    const page = real.page('first');
    const plan = await page.value('planAgent', CLAUDE, 'connect');
    expect(plan).toMatchObject({
      change: 'connect',
      done: false,
      file: expect.stringMatching(/\.claude\/settings\.json$/),
    });
    expect(readFileSync(settings, 'utf8')).toBe('{ "model": "sonnet" }\n');
    writeFileSync(settings, '{ "model": "opus" }\n');
    expect(await page.code('applyAgentPlan', CLAUDE, plan.planId)).toBe('changed');
    expect(await page.code('applyAgentPlan', CLAUDE, 'made-up')).toBe('changed');
    expect(await page.code('planAgent', 'qwen', 'connect')).toBe('unavailable');
    expect(readFileSync(settings, 'utf8')).toBe('{ "model": "opus" }\n');
    expect(await connect()).toMatchObject({ state: 'connected' });
    expect(JSON.parse(readFileSync(settings, 'utf8'))).toMatchObject({
      model: 'opus',
      hooks: { PreToolUse: expect.any(Array) },
    });
    const gone = await page.value('planAgent', CLAUDE, 'disconnect');
    await page.value('applyAgentPlan', CLAUDE, gone.planId);
    expect(readFileSync(settings, 'utf8')).toBe('{ "model": "opus" }\n');
    expect(await changes()).toEqual(['connected', 'disconnected']);
  });

  it('shows within a moment that its hooks were taken out, and that they are back', async () => {
    await connect();
    const page = real.page('first');
    expect((await page.value('overview')).enforcement.state).toBe('on');
    const whole = readFileSync(settings);
    writeFileSync(settings, '{}');
    const told = await soon(() =>
      page.sent.overview.findLast(({ enforcement }) => enforcement.state === 'weak'),
    );
    expect(told.enforcement.sentence).toMatch(/^Claude Code: the hooks are not as they should be/);
    writeFileSync(settings, whole);
    await soon(async () => ((await stands()) === 'connected' ? true : null));
    // The state is shown by what was found; its row follows.
    await soon(async () => ((await changes()).length > 2 ? true : null));
    expect(await changes()).toEqual(['connected', 'broken', 'repaired']);
    const { rows } = await page.value('timeline', { action: ['agent.changed'] }, null, 50);
    expect(rows.map(({ alarm }) => alarm)).toEqual([false, true, false]);
  });

  it('may read its settings through its tools, and change them through none', async () => {
    await connect();
    const whole = readFileSync(settings, 'utf8');
    const project = join(real.folder, 'project');
    mkdirSync(project);
    const ask = async (tool: string, input: object) =>
      (await real.ask(claudeCall(tool, input as Record<string, unknown>, { cwd: project }))).decision;
    for (const path of [
      settings,
      '~/.claude/settings.json',
      '.claude/settings.local.json',
      `${project}/.claude/settings.json`,
    ]) {
      expect([path, await ask('Read', { file_path: path })]).toEqual([path, 'allow']);
      expect([path, await ask('Bash', { command: `cat ${path}` })]).toEqual([path, 'allow']);
      expect([path, await ask('Write', { file_path: path, content: '{"disableAllHooks":true}' })]).toEqual([
        path,
        'deny',
      ]);
      expect([
        path,
        await ask('Edit', { file_path: path, old_string: '{', new_string: '{"disableAllHooks":true,' }),
      ]).toEqual([path, 'deny']);
      expect([path, await ask('Bash', { command: `echo '{"disableAllHooks":true}' > ${path}` })]).toEqual([
        path,
        'deny',
      ]);
      expect([path, await ask('Bash', { command: `rm -f ${path}` })]).toEqual([path, 'deny']);
    }
    expect(await ask('Write', { file_path: `${project}/.claude/commands/x.md`, content: '' })).toBe('allow');
    expect(readFileSync(settings, 'utf8')).toBe(whole);
    const { rows } = await real.page('first').value('timeline', { outcome: ['refused'] }, null, 50);
    expect(rows).toHaveLength(16);
  });

  it('wherever its settings stand: moved by its own variable, or behind a link', async () => {
    const moved = new RealApp();
    const folder = join(moved.folder, 'elsewhere');
    const target = join(moved.folder, 'dotfiles', 'agent.json');
    mkdirSync(folder);
    mkdirSync(join(moved.folder, 'dotfiles'));
    writeFileSync(target, '{}');
    symlinkSync(target, join(folder, 'settings.json'));
    moved.env['CLAUDE_CONFIG_DIR'] = folder;
    moved.writePolicy(LETTING);
    await moved.start();
    try {
      const page = moved.page('first');
      const { planId } = await page.value('planAgent', CLAUDE, 'connect');
      await page.value('applyAgentPlan', CLAUDE, planId);
      expect(readFileSync(target, 'utf8')).toMatch(/PreToolUse/);
      for (const path of [join(folder, 'settings.json'), target, realpathSync(target)]) {
        const write = claudeCall('Write', { file_path: path, content: '{}' });
        expect([path, (await moved.ask(write)).decision]).toEqual([path, 'deny']);
        expect((await moved.ask(claudeCall('Read', { file_path: path }))).decision).toBe('allow');
        expect((await moved.ask(claudeCall('Bash', { command: `tee ${path} < /dev/null` }))).decision).toBe(
          'deny',
        );
      }
    } finally {
      await moved.remove();
    }
  });

  it('that is not on this computer is said so, and is asked for in vain', async () => {
    rmSync(join(real.home, '.claude'), { recursive: true, force: true });
    const views = await real.page('first').value('scanAgents');
    expect(views.map(({ id }) => id)).toContain(CLAUDE);
    const report = await real.page('first').value('doctor', CLAUDE);
    expect(report.ok).toBe(false);
    expect(existsSync(settings)).toBe(false);
  });
});

describe('what is protected', () => {
  it('is everything of ours by its own name and by where its links end, settings for writing only', () => {
    const real = new RealApp();
    try {
      const link = join(real.folder, 'link');
      symlinkSync(real.home, link);
      const source = protectionOf({ home: real.home, paths: real.paths, installRoot, settingsFiles: [] });
      const first = source.current();
      expect(source.current()).toBe(first);
      for (const path of [
        real.paths.config,
        real.paths.data,
        real.paths.run,
        real.paths.bin,
        installRoot,
        process.execPath,
      ])
        expect([path, protects(callOf('filesystem.read', { path: `${path}/x` }), first)?.what]).toEqual([
          path,
          'own_files',
        ]);
      expect(protects(bash(`kill ${process.pid}`), first)?.what).toBe('own_processes');

      const settings = join(link, 'agent', 'settings.json');
      const write = callOf('filesystem.write', { path: join(real.home, 'agent', 'settings.json') });
      expect(protects(write, first)).toBeNull();
      source.setSettingsFiles([settings]);
      expect(source.current()).not.toBe(first);
      expect(protects(write, source.current())?.what).toBe('agent_settings');
      expect(protects(callOf('filesystem.write', { path: settings }), source.current())?.what).toBe(
        'agent_settings',
      );
      expect(protects(callOf('filesystem.read', { path: settings }), source.current())).toBeNull();
      expect(
        protects(callOf('filesystem.read', { path: `${real.paths.data}/x` }), source.current())?.what,
      ).toBe('own_files');
    } finally {
      rmSync(real.folder, { recursive: true, force: true });
    }
  });
});
