/** What Copilot CLI, opencode and Cursor are connected by: our file of the first two, our entries in the third's. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireAdapter } from '../../../main/points/agents/adapters.ts';
import { agentState } from '../../../main/points/agents/agent-state.ts';
import { detectAgents } from '../../../main/points/agents/detect.ts';
import { diagnose } from '../../../main/points/agents/doctor.ts';
import { pluginRuns, pluginText } from '../../../main/points/agents/opencode/plugin.ts';
import { applyPlan, planConnect, planDisconnect } from '../../../main/points/agents/settings-plan.ts';
import { newHouse } from './house.ts';

type Id = 'copilot' | 'opencode' | 'cursor';
const PLACES: Readonly<Record<Id, readonly string[]>> = {
  copilot: ['.copilot', 'hooks', 'gatehouse.json'],
  opencode: ['.config', 'opencode', 'plugins', 'gatehouse.js'],
  cursor: ['.cursor', 'hooks.json'],
};

function clientHouse(id: Id, env: Readonly<Record<string, string>> = {}) {
  const house = newHouse();
  const adapter = requireAdapter(id, 'test');
  const context = { ...house.context, env: { ...house.context.env, ...env } };
  const file = join(context.home, ...PLACES[id]);
  const put = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  return {
    ...{ house, context, file, put },
    write: (text: string) => put(file, text),
    read: () => readFileSync(file, 'utf8'),
    state: (projects: readonly string[] = []) => agentState(adapter, context, { projects }),
    plan: () => planConnect(adapter, context),
    connect: async () => applyPlan(await planConnect(adapter, context)),
    disconnect: async () => applyPlan(await planDisconnect(adapter, context)),
    [Symbol.dispose]: () => {
      house[Symbol.dispose]();
    },
  };
}

describe.each<Id>(['copilot', 'opencode', 'cursor'])('%s', (id) => {
  it('is connected by a file that goes again, with the folders made for it', async () => {
    using made = clientHouse(id);
    expect(await made.state()).toMatchObject({ state: 'not_connected' });
    const { view } = await made.plan();
    expect(view.diff.length).toBeGreaterThan(0);
    await made.connect();
    expect(await made.state()).toMatchObject({ state: 'connected', problems: [] });
    expect((await made.plan()).view.done).toBe(true);
    await made.disconnect();
    expect(existsSync(join(made.context.home, PLACES[id][0] ?? ''))).toBe(false);
    expect(await made.state()).toMatchObject({ state: 'not_connected' });
  });

  it('is broken when its file is changed or taken away, and mended by connecting again', async () => {
    using made = clientHouse(id);
    await made.connect();
    const text = made.read();
    made.write(text.replace('3650', '3651'));
    expect((await made.state()).state).toBe('broken');
    await made.connect();
    expect(made.read()).toBe(text);
    made.write('');
    expect((await made.state()).state).toBe('broken');
    await made.connect();
    await made.disconnect();
    expect((await made.state()).state).toBe('not_connected');
  });

  it('is another Gatehouse’s while that one is there', async () => {
    using made = clientHouse(id);
    const other = join(made.house.root, 'other');
    made.put(join(other, 'gatehouse'), 'x');
    const target = { program: join(other, 'gatehouse'), door: join(other, 'agent.sock') };
    made.write(requireAdapter(id, 'test').format.added('', target, made.file).text);
    await expect(made.connect()).rejects.toMatchObject({ code: 'connected_elsewhere' });
    await expect(made.disconnect()).rejects.toMatchObject({ code: 'connected_elsewhere' });
  });

  it('is shown as one that can be connected', async () => {
    using made = clientHouse(id);
    const bin = join(made.house.root, 'bin');
    const program = { copilot: 'copilot', opencode: 'opencode', cursor: 'cursor' }[id];
    made.put(join(bin, program), '#!/bin/sh\nexit 1\n');
    spawnSync('chmod', ['+x', join(bin, program)]);
    const look = async () =>
      (await detectAgents({ ...made.context, env: { PATH: bin } })).find((view) => view.id === id);
    expect(await look()).toMatchObject({
      state: 'not_connected',
      note: expect.stringContaining(`Connect adds hooks to ~/${PLACES[id].join('/')}`),
    });
    await made.connect();
    expect(await look()).toMatchObject({ state: 'connected' });
  });
});

describe.each<Id>(['copilot', 'opencode'])('a file of somebody else’s under our name (%s)', (id) => {
  it('stays theirs', async () => {
    using made = clientHouse(id);
    made.write('mine\n');
    await expect(made.connect()).rejects.toMatchObject({ code: 'bad_settings' });
    expect(made.read()).toBe('mine\n');
  });
});

describe('Copilot CLI', () => {
  it('gets its times written out, later than our own', async () => {
    using made = clientHouse('copilot');
    await made.connect();
    const { hooks } = JSON.parse(made.read()) as {
      hooks: Record<string, { exec: string; args: string[]; timeoutSec: number }[]>;
    };
    for (const [entry] of Object.values(hooks)) {
      const own = Number(entry?.args[entry.args.indexOf('--deadline') + 1]);
      expect(entry?.timeoutSec).toBeGreaterThan(own);
    }
    expect(hooks['PreToolUse']?.[0]?.args).not.toContain('--tells');
    expect(hooks['permissionRequest']?.[0]?.args).not.toContain('--tells');
  });

  it.each([
    ['.github/copilot/settings.json', '{"disableAllHooks": true}'],
    ['.github/copilot/settings.local.json', '{"disableAllHooks": "yes"}'],
    ['.claude/settings.local.json', '{"disableAllHooks": true}'],
    ['.claude/settings.json', '{"disableAllHooks": true, "disableAllHooks": false}'],
  ])('is red when %s of a project says %s', async (name, text) => {
    using made = clientHouse('copilot');
    await made.connect();
    const project = join(made.house.root, 'project');
    made.put(join(project, name), text);
    expect((await made.state([project])).state).toBe('broken');
    expect((await made.state()).state).toBe('connected');
  });

  it('is red when the person’s own settings name hooks that are off', async () => {
    using made = clientHouse('copilot');
    await made.connect();
    made.put(join(made.context.home, '.copilot', 'settings.json'), '{"disabledHooks": ["abc"]}');
    expect((await made.state()).problems.join()).toContain('disabledHooks');
  });

  it('is connected where COPILOT_HOME says', async () => {
    using made = clientHouse('copilot', { COPILOT_HOME: '/nowhere/copilot' });
    const { view } = await made.plan();
    expect(view.file).toBe('/nowhere/copilot/hooks/gatehouse.json');
    expect(view.notes.join(' ')).toContain('COPILOT_HOME is set');
  });
});

describe('opencode’s plugin', () => {
  it('is a module that loads and says what it runs, whatever is in the paths', () => {
    const target = { program: `/a b/'q"\\/gatehouse`, door: '/run/${x}/`y`/agent.sock' };
    const text = pluginText(target);
    expect(pluginRuns(text)).toEqual(target);
    const loaded = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `${text}\nconst hooks = await Gatehouse({}); console.log(Object.keys(hooks).join());`,
      ],
      { encoding: 'utf8', env: {} },
    );
    expect(loaded.stderr).toBe('');
    expect(loaded.stdout).toContain('tool.execute.before');
  });

  it('needs nothing but Node’s own modules, and reads no variable', () => {
    const text = pluginText({ program: '/p', door: '/d' });
    expect([...text.matchAll(/^import .* from '(.*)';$/gm)].map(([, from]) => from)).toEqual([
      'node:child_process',
    ]);
    expect(text).not.toMatch(/process\.env|require\(|import\(|fetch\(/);
  });

  it('is named by the doctor beside others', async () => {
    using made = clientHouse('opencode');
    await made.connect();
    made.put(join(made.context.home, '.opencode', 'plugin', 'a.ts'), 'x');
    const { checks } = await diagnose('opencode', made.context, { inSupervisor: false });
    expect(checks.find(({ name }) => name === 'Other plugins')?.detail).toContain('~/.opencode/plugin/a.ts');
  });
});

describe('Cursor’s hooks.json', () => {
  it.each([
    '{}',
    '{\n  "version": 1,\n  "hooks": {}\n}\n',
    '{"version":1,"hooks":{"preToolUse":[{"command":"mine"}]}}',
    '{\n\t"version": 1,\n\t"hooks": {\n\t\t"stop": [{ "command": "x" }],\n\t\t"beforeReadFile": []\n\t}\n}\n',
  ])('%j comes back to the byte', async (text) => {
    using made = clientHouse('cursor');
    made.write(text);
    await made.connect();
    expect(await made.state()).toMatchObject({ state: 'connected' });
    // Somebody else's line since then stays.
    made.write(`${made.read()}\n`);
    await made.disconnect();
    expect(made.read()).toBe(`${text}\n`);
  });

  it('fails closed on every hook that decides', async () => {
    using made = clientHouse('cursor');
    await made.connect();
    const { version, hooks } = JSON.parse(made.read()) as {
      version: number;
      hooks: Record<string, { command: string; failClosed?: boolean }[]>;
    };
    expect(version).toBe(1);
    for (const name of ['preToolUse', 'beforeShellExecution', 'beforeMCPExecution', 'beforeReadFile'])
      expect(hooks[name]?.[0]).toMatchObject({
        failClosed: true,
        command: expect.stringContaining('exit 2'),
      });
  });

  it.each([
    ['the switch', (text: string) => text.replace('"failClosed": true', '"failClosed": false')],
    ['the command', (text: string) => text.replace('exit 2', 'exit 0')],
    ['the proof', (text: string) => text.replace(' --proof; [ $? -eq 113 ] ||', ' ||')],
    ['an event', (text: string) => text.replace('"preToolUse"', '"postToolUze"')],
  ])('is red when somebody changes %s', async (_name, change) => {
    using made = clientHouse('cursor');
    await made.connect();
    made.write(change(made.read()));
    expect((await made.state()).state).toBe('broken');
  });

  it('is said to have never run, before it is connected and wherever it is', async () => {
    using made = clientHouse('cursor');
    const bin = join(made.house.root, 'bin');
    made.put(join(bin, 'cursor'), '#!/bin/sh\nexit 1\n');
    chmodSync(join(bin, 'cursor'), 0o755);
    const before = (await detectAgents({ ...made.context, env: { PATH: bin } })).find(
      (one) => one.id === 'cursor',
    );
    expect(before).toMatchObject({
      state: 'not_connected',
      note: expect.stringContaining('never run in a real Cursor'),
    });
    expect((await made.plan()).view.notes.join(' ')).toContain('never run in a real Cursor');
    await made.connect();
    const view = (await detectAgents(made.context)).find((one) => one.id === 'cursor');
    expect(view?.note).toContain('never run in a real Cursor');
    const { checks } = await diagnose('cursor', made.context, { inSupervisor: false });
    expect(checks.map(({ detail }) => detail).join()).toContain('never run in a real Cursor');
  });
});
