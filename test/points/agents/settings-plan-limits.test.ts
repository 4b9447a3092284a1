import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCodeAdapter } from '../../../main/points/agents/claude-code/adapter.ts';
import { applyPlan, planConnect, planDisconnect } from '../../../main/points/agents/settings-plan.ts';
import { type House, newHouse } from './house.ts';

const connect = async (house: House) => applyPlan(await planConnect(claudeCodeAdapter, house.context));
const disconnect = async (house: House) => applyPlan(await planDisconnect(claudeCodeAdapter, house.context));

describe('what is refused, with nothing changed', () => {
  const bad: readonly (readonly [string, string | Buffer, RegExp])[] = [
    ['a comment', '{\n  // mine\n  "a": 1\n}', /settings\.json:2:3: expected a key in quotes, found "\/"/],
    ['a trailing comma', '{"a":1,}', /settings\.json:1:8/],
    ['half a file', '{"a":', /settings\.json:1:6/],
    ['a key twice', '{"hooks":{},\n"hooks":{}}', /settings\.json:2:1: the key "hooks" stands twice/],
    ['an array', '[]', /settings\.json:1:1: expected an object/],
    ['a word', 'null', /settings\.json:1:1: expected an object/],
    ['hooks that are an array', '{"hooks":[]}', /settings\.json:1:10: "hooks" must be an object/],
    [
      'an event that is an object',
      '{"hooks":{\n"PreToolUse":{}}}',
      /settings\.json:2:14: "hooks.PreToolUse" must be an array/,
    ],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /is not UTF-8/],
    ['5 MB', ' '.repeat(5 * 1024 * 1024), /larger than/],
  ];
  it.each(bad)('%s', async (_name, text, message) => {
    using house = newHouse();
    house.write(text);
    await expect(planConnect(claudeCodeAdapter, house.context)).rejects.toThrow(message);
    expect(house.read().equals(Buffer.from(text))).toBe(true);
    expect(existsSync(house.context.paths.backups)).toBe(false);
  });

  it('a read-only file, whoever asks', async () => {
    using house = newHouse();
    house.write('{}');
    chmodSync(house.settings, 0o444);
    await expect(planConnect(claudeCodeAdapter, house.context)).rejects.toThrow(
      /is read-only; hint: nothing was changed/,
    );
  });

  it('a folder in the file’s place, and links that never end', async () => {
    using house = newHouse();
    mkdirSync(house.settings, { recursive: true });
    await expect(planConnect(claudeCodeAdapter, house.context)).rejects.toThrow(/not a regular file/);
    rmSync(house.settings, { recursive: true });
    symlinkSync(house.settings, house.settings);
    await expect(planConnect(claudeCodeAdapter, house.context)).rejects.toThrow();
  });

  it('a plan whose file was changed, made or removed since', async () => {
    for (const change of ['changed', 'removed'] as const) {
      using house = newHouse();
      house.write('{"a":1}');
      const plan = await planConnect(claudeCodeAdapter, house.context);
      if (change === 'changed') house.write('{"a":2}');
      else rmSync(house.settings);
      await expect(applyPlan(plan)).rejects.toMatchObject({ code: 'plan_changed' });
      if (change === 'changed') expect(house.read().toString('utf8')).toBe('{"a":2}');
      else expect(existsSync(house.settings)).toBe(false);
      expect(existsSync(house.context.paths.backups)).toBe(false);
    }
    using house = newHouse();
    const plan = await planConnect(claudeCodeAdapter, house.context);
    house.write('{}');
    await expect(applyPlan(plan)).rejects.toMatchObject({ code: 'plan_changed' });
  });

  it('a hook program that is not there', async () => {
    using house = newHouse();
    rmSync(house.context.source.file);
    await expect(planConnect(claudeCodeAdapter, house.context)).rejects.toMatchObject({ code: 'no_program' });
  });

  it('a second install at another place', async () => {
    using house = newHouse();
    await connect(house);
    const moved = {
      ...house.context,
      env: { ...house.context.env, CLAUDE_CONFIG_DIR: join(house.root, 'elsewhere') },
    };
    await expect(planConnect(claudeCodeAdapter, moved)).rejects.toMatchObject({
      code: 'connected_elsewhere',
    });
  });
});

describe('what another home’s Gatehouse connected', () => {
  const foreign = (house: House) => {
    const root = join(house.root, 'other');
    const bin = join(root, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'gatehouse'), 'theirs', { mode: 0o700 });
    const paths = { bin, backups: join(root, 'backups'), agentDoor: join(root, 'agent.sock') };
    return { ...house.context, paths };
  };

  it('is neither taken away nor redirected, and not a byte changes', async () => {
    using house = newHouse();
    await connect(house);
    const before = house.read();
    for (const plan of [planConnect, planDisconnect]) {
      await expect(plan(claudeCodeAdapter, foreign(house))).rejects.toMatchObject({
        code: 'connected_elsewhere',
        message: expect.stringContaining(house.context.paths.agentDoor),
      });
    }
    expect(house.read().equals(before)).toBe(true);
    await disconnect(house);
    expect(existsSync(house.settings)).toBe(false);
  });

  it('may be taken over when nothing of it is left but the entries', async () => {
    using house = newHouse();
    await connect(house);
    rmSync(join(house.context.paths.bin, 'gatehouse'));
    const other = foreign(house);
    await applyPlan(await planConnect(claudeCodeAdapter, other));
    expect(house.read().toString('utf8')).toContain(other.paths.agentDoor);
  });
});

describe('the plan that is shown', () => {
  it('names the change, the file and what it means', async () => {
    using house = newHouse();
    house.write('{\n  "model": "opus",\n  "disableAllHooks": true\n}\n');
    const { view } = await planConnect(claudeCodeAdapter, house.context);
    expect(view).toMatchObject({
      agent: 'claude-code',
      change: 'connect',
      file: '~/.claude/settings.json',
      done: false,
    });
    expect(view.diff.slice(0, 4)).toEqual([
      { kind: 'same', text: '{' },
      { kind: 'same', text: '  "model": "opus",' },
      { kind: 'remove', text: '  "disableAllHooks": true' },
      { kind: 'add', text: '  "disableAllHooks": true,' },
    ]);
    expect(view.notes.join('\n')).toContain('Line 3 of the file switches all hooks off');
  });

  it('has another id for every other change', async () => {
    using house = newHouse();
    house.write('{}');
    const first = await planConnect(claudeCodeAdapter, house.context);
    expect((await planConnect(claudeCodeAdapter, house.context)).view.planId).toBe(first.view.planId);
    writeFileSync(house.context.source.file, 'another program');
    const second = await planConnect(claudeCodeAdapter, house.context);
    house.write('{ }');
    const third = await planConnect(claudeCodeAdapter, house.context);
    const off = await planDisconnect(claudeCodeAdapter, house.context);
    expect(new Set([first, second, third, off].map((plan) => plan.view.planId)).size).toBe(4);
  });

  it('says that CLAUDE_CONFIG_DIR was honoured, and writes there', async () => {
    using house = newHouse();
    const moved = {
      ...house.context,
      env: { ...house.context.env, CLAUDE_CONFIG_DIR: join(house.root, 'elsewhere') },
    };
    const plan = await planConnect(claudeCodeAdapter, moved);
    expect(plan.view.notes.join('\n')).toContain('CLAUDE_CONFIG_DIR is set');
    await applyPlan(plan);
    expect(existsSync(join(house.root, 'elsewhere', 'settings.json'))).toBe(true);
    expect(existsSync(house.settings)).toBe(false);
    // Without the variable, as the plain command in another shell, the install is still found and undone.
    await disconnect(house);
    expect(existsSync(join(house.root, 'elsewhere'))).toBe(false);
  });
});

describe('what is kept', () => {
  it('is readable by nobody else', async () => {
    using house = newHouse();
    house.write('{"env":{"TOKEN":"secret"}}');
    await connect(house);
    const { backups, bin } = house.context.paths;
    expect(statSync(backups).mode & 0o777).toBe(0o700);
    expect(statSync(bin).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(backups)) expect(statSync(join(backups, name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(bin, 'gatehouse')).mode & 0o7777).toBe(0o700);
    expect(readdirSync(bin)).toEqual(['gatehouse']);
    expect(readdirSync(dirname(house.settings))).toEqual(['settings.json']);
  });

  it('leaves no second copy behind after repairs', async () => {
    using house = newHouse();
    house.write('{"a":1}');
    await connect(house);
    house.write(
      house
        .read()
        .toString('utf8')
        .replace('"a":1', '"a":2')
        .replace('"onFailure":"block"', '"onFailure":"continue"'),
    );
    await connect(house);
    expect(readdirSync(house.context.paths.backups)).toHaveLength(2);
    await disconnect(house);
    expect(house.read().toString('utf8')).toBe('{"a":2}');
  });
});
