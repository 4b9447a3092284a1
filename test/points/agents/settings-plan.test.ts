import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCodeAdapter } from '../../../main/points/agents/claude-code/adapter.ts';
import { addMember } from '../../../main/points/agents/json-edit.ts';
import { applyPlan, planConnect, planDisconnect } from '../../../main/points/agents/settings-plan.ts';
import { CLAUDE_CODE_EVENTS } from '../../../main/points/hooks/claude-code-events.ts';
import { settingsText } from '../../support/json-shapes.ts';
import { type House, newHouse } from './house.ts';

const connect = async (house: House) => applyPlan(await planConnect(claudeCodeAdapter, house.context));
const disconnect = async (house: House) => applyPlan(await planDisconnect(claudeCodeAdapter, house.context));

interface Handler {
  type: string;
  command: string;
  args: string[];
  timeout: number;
  onFailure: string;
}
type Hooks = Record<string, { matcher?: string; hooks: Handler[] }[]>;

function hooksIn(house: House): Hooks {
  const text = house
    .read()
    .toString('utf8')
    .replace(/^\ufeff/, '');
  return (JSON.parse(text) as { hooks: Hooks }).hooks;
}

function expectConnected(house: House): void {
  const { bin, agentDoor } = house.context.paths;
  const hooks = hooksIn(house);
  for (const event of CLAUDE_CODE_EVENTS) {
    const tells = 'tells' in event;
    const args = ['hook', 'claude-code', '--door', agentDoor, '--deadline', String(event.deadlineSeconds)];
    const ours = (hooks[event.name] ?? []).filter((group) =>
      group.hooks.some((hook) => hook.command === join(bin, 'gatehouse')),
    );
    expect(ours).toEqual([
      {
        ...(event.matcher === null ? {} : { matcher: '*' }),
        hooks: [
          {
            type: 'command',
            command: join(bin, 'gatehouse'),
            args: tells ? [...args, '--tells'] : args,
            timeout: event.timeoutSeconds,
            ...(tells ? {} : { onFailure: 'block' }),
          },
        ],
      },
    ]);
  }
}

/** Texts that the generator would rarely meet. */
const SPECIAL: readonly string[] = [
  '{}',
  '{ }',
  '{\n}',
  '{\r\n}\r\n',
  '',
  '\n',
  ' \t\r\n ',
  '\ufeff',
  '\ufeff{}\n',
  '{"hooks":{}}',
  '{"hooks": { }}',
  '{"hooks":{\n}}',
  '{"hooks":{"PreToolUse":[]}}',
  '{\n  "hooks": {\n    "PreToolUse": [ ]\n  }\n}',
  '{\n  "hooks": {\n    "PreToolUse": [\n\n    ],\n    "Stop": []\n  },\n  "x": 1\n}',
  '{"hooks":{"PreToolUse":[{"hooks":[]}]}}',
  '{\n"a":1\n}',
  '{"a":1\n}',
  '{\n  "a": 1}',
  '{\n\n\n  "a"\n:\n1\n\n\n}\n\n\n',
  '\n\n  {"a":1}  \n',
  '{"disableAllHooks":true}',
  '{"disableAllHooks": true, "hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "x"}]}]}}',
  '{"\\u0068ooks":{}}',
  '{"a":"\\ud83d","b":"\\u0000"}',
  `{"big":"${'x'.repeat(200_000)}"}`,
];

describe('connect, then disconnect', () => {
  const shapes = [...SPECIAL, ...Array.from({ length: 120 }, (_, seed) => settingsText(seed + 1))];

  it.each(shapes.map((text, index) => [index, text] as const))(
    'gives shape %i back to the byte',
    async (_index, text) => {
      using house = newHouse();
      house.write(text);
      await connect(house);
      expectConnected(house);
      const once = house.read();
      const again = await planConnect(claudeCodeAdapter, house.context);
      expect(again.view).toMatchObject({ done: true, diff: [] });
      await applyPlan(again);
      expect(house.read().equals(once)).toBe(true);
      await disconnect(house);
      expect(house.read().equals(Buffer.from(text))).toBe(true);
      expect(readdirSync(house.context.paths.backups)).toEqual([]);
      expect((await planDisconnect(claudeCodeAdapter, house.context)).view.done).toBe(true);
    },
  );

  it.each(shapes.map((text, index) => [index, text] as const))(
    'takes only ours out of shape %i when it was edited in between',
    async (_index, text) => {
      const isBlank = text.replace('\ufeff', '').trim() === '';
      using house = newHouse();
      house.write(text);
      await connect(house);
      // The person adds a setting at the start: what is left must be as if we had never been there.
      const edited = (raw: string) => raw.replace('{', '{ "mine":{"added" :[1]},');
      const bare = (raw: string) => raw.replace(/^\ufeff/, '');
      house.write(edited(house.read().toString('utf8')));
      await disconnect(house);
      const left = house.read().toString('utf8');
      const before = isBlank ? {} : (JSON.parse(bare(text)) as object);
      expect(JSON.parse(bare(left))).toEqual({ ...before, mine: { added: [1] } });
      if (Object.keys(before).length > 0) expect(left).toBe(edited(text));
    },
  );

  it.each(shapes.map((text, index) => [index, text] as const))(
    'keeps the setting that was added after ours to shape %i',
    async (_index, text) => {
      const bare = (raw: string) => raw.replace(/^\ufeff/, '');
      using house = newHouse();
      house.write(text);
      await connect(house);
      const bom = text.startsWith('\ufeff') ? '\ufeff' : '';
      house.write(bom + addMember(bare(house.read().toString('utf8')), [], 'mine', { added: [1] }));
      await disconnect(house);
      const before = bare(text).trim() === '' ? {} : (JSON.parse(bare(text)) as object);
      const left = house.read().toString('utf8');
      expect(JSON.parse(bare(left))).toEqual({ ...before, mine: { added: [1] } });
      expect(left.startsWith('\ufeff')).toBe(bom !== '');
    },
  );

  it('makes a file that was not there, and takes it and its folder away again', async () => {
    using house = newHouse();
    const plan = await planConnect(claudeCodeAdapter, house.context);
    expect(plan.view.diff.every((line) => line.kind === 'add')).toBe(true);
    await applyPlan(plan);
    expectConnected(house);
    expect(statSync(house.settings).mode & 0o777).toBe(0o600);
    const off = await planDisconnect(claudeCodeAdapter, house.context);
    expect(off.view.notes.join(' ')).toContain('did not exist before Connect');
    await applyPlan(off);
    expect(existsSync(dirname(house.settings))).toBe(false);
  });

  it('leaves a folder in which something else came to be', async () => {
    using house = newHouse();
    await connect(house);
    writeFileSync(join(dirname(house.settings), 'history.jsonl'), 'x');
    await disconnect(house);
    expect(readdirSync(dirname(house.settings))).toEqual(['history.jsonl']);
  });

  it('keeps a file it made once there is something else in it', async () => {
    using house = newHouse();
    await connect(house);
    const text = house.read().toString('utf8');
    house.write(addMember(text, [], 'model', 'opus'));
    await disconnect(house);
    expect(JSON.parse(house.read().toString('utf8'))).toEqual({ model: 'opus' });
  });

  it('takes a file it made away also when somebody only formatted it anew', async () => {
    using house = newHouse();
    await connect(house);
    house.write(JSON.stringify(JSON.parse(house.read().toString('utf8'))));
    await disconnect(house);
    expect(existsSync(house.settings)).toBe(false);
  });

  it('works without a journal, from the settings alone', async () => {
    using house = newHouse();
    const text = '{\n  "a": 1,\n  "hooks": {\n    "Stop": [\n      { "hooks": [] }\n    ]\n  }\n}\n';
    house.write(text);
    await connect(house);
    rmSync(house.context.paths.backups, { recursive: true });
    await disconnect(house);
    expect(house.read().toString('utf8')).toBe(text);
  });

  it('works with a journal that is damaged or whose copy is gone', async () => {
    for (const damage of ['journal', 'copy', 'other copy'] as const) {
      using house = newHouse();
      const text = '{\n  "a": 1\n}\n';
      house.write(text);
      await connect(house);
      const { backups } = house.context.paths;
      const copy = readdirSync(backups).find((name) => name.endsWith('.backup')) ?? '';
      if (damage === 'journal') writeFileSync(join(backups, 'claude-code.json'), '{"v":1');
      if (damage === 'copy') rmSync(join(backups, copy));
      if (damage === 'other copy') writeFileSync(join(backups, copy), '{"evil":true}');
      await disconnect(house);
      expect(house.read().toString('utf8')).toBe(text);
    }
  });

  it('keeps the mode, edits the target of links, and leaves the link', async () => {
    using house = newHouse();
    const real = join(house.root, 'dotfiles', 'claude.json');
    mkdirSync(dirname(real));
    writeFileSync(real, '{"a":1}\n', { mode: 0o640 });
    chmodSync(real, 0o640);
    mkdirSync(dirname(house.settings));
    symlinkSync(join('..', '..', 'dotfiles', 'claude.json'), house.settings);
    const plan = await planConnect(claudeCodeAdapter, house.context);
    expect(plan.view.notes.join(' ')).toContain('is a link');
    await applyPlan(plan);
    expect(lstatSync(house.settings).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expectConnected(house);
    await disconnect(house);
    expect(readFileSync(real, 'utf8')).toBe('{"a":1}\n');
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(lstatSync(house.settings).isSymbolicLink()).toBe(true);
  });

  it('makes the target of a link that points at nothing', async () => {
    using house = newHouse();
    const real = join(house.root, 'later.json');
    mkdirSync(dirname(house.settings));
    symlinkSync(real, house.settings);
    await connect(house);
    expectConnected(house);
    await disconnect(house);
    expect(existsSync(real)).toBe(false);
    expect(lstatSync(house.settings).isSymbolicLink()).toBe(true);
  });

  it('repairs what was sabotaged and still finds the way back', async () => {
    const text = '{\n  "a": 1,\n  "hooks": {\n    "PreToolUse": [ ]\n  }\n}\n';
    const sabotages: readonly ((now: string) => string)[] = [
      (now) => now.replaceAll('"onFailure": "block"', '"onFailure": "continue"'),
      (now) => now.replaceAll(/"command": "[^"]*gatehouse"/g, '"command": "/bin/true"'),
      (now) => now.replaceAll('"matcher": "*"', '"matcher": "Nothing"'),
      (now) => now.replaceAll('"timeout": 3660', '"timeout": 0'),
      (now) => now.replaceAll('"3650"', '"1"'),
    ];
    for (const sabotage of sabotages) {
      using house = newHouse();
      house.write(text);
      await connect(house);
      const now = house.read().toString('utf8');
      expect(sabotage(now)).not.toBe(now);
      house.write(sabotage(now));
      expect((await planConnect(claudeCodeAdapter, house.context)).view.done).toBe(false);
      await connect(house);
      expectConnected(house);
      await disconnect(house);
      expect(house.read().toString('utf8')).toBe(text);
    }
  });

  it('takes our handler out of a group that holds another one too', async () => {
    using house = newHouse();
    house.write('{}');
    await connect(house);
    const settings = JSON.parse(house.read().toString('utf8')) as { hooks: Hooks };
    for (const group of settings.hooks['PreToolUse'] ?? [])
      group.hooks.unshift({
        type: 'command',
        command: 'x',
        args: [],
        timeout: 1,
        onFailure: 'block',
      });
    house.write(JSON.stringify(settings));
    await disconnect(house);
    expect(hooksIn(house)).toEqual({
      PreToolUse: [
        {
          matcher: '*',
          hooks: [{ type: 'command', command: 'x', args: [], timeout: 1, onFailure: 'block' }],
        },
      ],
    });
  });
});
