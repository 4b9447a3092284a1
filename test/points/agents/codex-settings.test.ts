/** Codex's config.toml with our entries and without, to the byte. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentState } from '../../../main/points/agents/agent-state.ts';
import { codexAdapter } from '../../../main/points/agents/codex/adapter.ts';
import { trustHash } from '../../../main/points/agents/codex/trust.ts';
import { targetOf } from '../../../main/points/agents/installed-program.ts';
import { applyPlan, planConnect, planDisconnect } from '../../../main/points/agents/settings-plan.ts';
import { type House, newHouse } from './house.ts';

interface CodexHouse extends House {
  readonly file: string;
}

function codexHouse(): CodexHouse {
  const house = newHouse();
  const file = join(house.context.home, '.codex', 'config.toml');
  return {
    ...house,
    file,
    write: (text) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    read: () => readFileSync(file),
    [Symbol.dispose]: () => {
      house[Symbol.dispose]();
    },
  };
}

const connect = async ({ context }: House) => applyPlan(await planConnect(codexAdapter, context));
const disconnect = async ({ context }: House) => applyPlan(await planDisconnect(codexAdapter, context));
const state = async ({ context }: House, projects: readonly string[] = []) =>
  agentState(codexAdapter, context, { projects, managed: join(context.home, 'managed') });

const THEIRS = `[[hooks.PreToolUse]]
matcher = "Bash"

[[hooks.PreToolUse.hooks]]
type = "command"
command = "mine"
`;

const SHAPES: readonly string[] = [
  'model = "gpt-5.5"\n',
  'model = "gpt-5.5"',
  '# only a remark\n',
  'a = 1\r\n\r\n[b]\r\nc = 2\r\n',
  '\ufeffmodel = "x"\n',
  `model = "x"\n\n${THEIRS}\n[hooks.state."/x/config.toml:stop:0:0"]\ntrusted_hash = "y"\n`,
  '[projects."/w"]\ntrust_level = "trusted"\n\n\n\n',
  '[mcp_servers.a]\ncommand = "b" # c\n\n# the end',
];

describe('connect, then disconnect', () => {
  it.each(SHAPES)('gives %j back to the byte', async (text) => {
    using house = codexHouse();
    house.write(text);
    await connect(house);
    expect(await state(house)).toMatchObject({ state: 'connected', problems: [] });
    const plan = await planConnect(codexAdapter, house.context);
    expect(plan.view.done).toBe(true);
    await disconnect(house);
    expect(house.read().toString('utf8')).toBe(text);
    expect((await state(house)).state).toBe('not_connected');
  });

  it.each(SHAPES)('leaves what came in since then of %j, and nothing else', async (text) => {
    using house = codexHouse();
    house.write(text);
    await connect(house);
    // Codex writes such tables itself, at the end.
    const later = '\n[projects."/later"]\ntrust_level = "trusted"\n';
    house.write(house.read().toString('utf8') + later);
    expect(await state(house)).toMatchObject({ state: 'connected' });
    await disconnect(house);
    const end = /\n$/.test(text) ? '' : '\n';
    expect(house.read().toString('utf8')).toBe(text + end + later);
  });

  it('takes a file away that was not there, with its folder', async () => {
    using house = codexHouse();
    await connect(house);
    expect(await state(house)).toMatchObject({ state: 'connected' });
    await disconnect(house);
    expect(() => house.read()).toThrow(/ENOENT/);
  });

  it('names the folder in both ways in which Codex may', async () => {
    using house = codexHouse();
    const real = join(house.root, 'elsewhere');
    mkdirSync(real);
    symlinkSync(real, dirname(house.file));
    await connect(house);
    const text = house.read().toString('utf8');
    expect(text).toContain(`[hooks.state."${house.file}:pre_tool_use:0:0"]`);
    expect(text).toContain(`[hooks.state."${join(real, 'config.toml')}:pre_tool_use:0:0"]`);
    await disconnect(house);
    expect(() => house.read()).toThrow(/ENOENT/);
  });

  it.each([
    'hooks = { PreToolUse = [] }\n',
    '[hooks]\nPreToolUse = [{ hooks = [] }]\n',
    '[hooks]\nstate = { a = { trusted_hash = "x" } }\n',
    'a = \n',
    'a = 1\na = 2\n',
  ])('refuses %j and changes nothing', async (text) => {
    using house = codexHouse();
    house.write(text);
    await expect(planConnect(codexAdapter, house.context)).rejects.toMatchObject({ code: 'bad_settings' });
    expect(house.read().toString('utf8')).toBe(text);
  });

  it('counts the groups that stand before ours', async () => {
    using house = codexHouse();
    house.write(THEIRS);
    await connect(house);
    expect(house.read().toString('utf8')).toContain(':pre_tool_use:1:0"]');
    expect(house.read().toString('utf8')).toContain(':post_tool_use:0:0"]');
  });

  it('says before Disconnect which of the person’s own hooks Codex will not trust any more', async () => {
    using house = codexHouse();
    const notes = async () =>
      (await planDisconnect(codexAdapter, house.context)).view.notes.filter((note) =>
        note.includes('/hooks'),
      );
    house.write(THEIRS);
    await connect(house);
    expect(await notes()).toEqual([]);
    house.write(`${house.read().toString('utf8')}\n${THEIRS}`);
    expect(await notes()).toEqual([expect.stringContaining('behind ours (PreToolUse)')]);
  });

  it('shows the exact command and says that trust is recorded', async () => {
    using house = codexHouse();
    const { view } = await planConnect(codexAdapter, house.context);
    const { program, door } = targetOf(house.context);
    expect(view.notes.join('\n')).toContain(`${program} hook codex --door ${door} --deadline 3650`);
    expect(view.notes.join('\n')).toContain('trusted_hash');
    expect(view.diff.some(({ kind, text }) => kind === 'add' && text.startsWith('trusted_hash'))).toBe(true);
  });
});

describe('what is wrong is seen', () => {
  const sabotage: readonly (readonly [string, (text: string) => string, string])[] = [
    ['the trust', (text) => text.replace(/sha256:./, 'sha256:z'), 'does not trust our entry'],
    ['all trust', (text) => text.replace(/\n\[hooks\.state[\s\S]*$/, '\n'), 'does not trust our entry'],
    ['the switch', (text) => text.replace(/(trusted_hash = )/, 'enabled = false\n$1'), 'switched off'],
    ['the timeout', (text) => text.replace('timeout = 3660', 'timeout = 1'), 'was changed'],
    ['the end of the line', (text) => text.replace('exit 2', 'exit 0'), 'was changed'],
    ['the proof', (text) => text.replace(' --proof; [ $? -eq 113 ] ||', ' ||'), 'was changed'],
    ['the matcher', (text) => text.replace('matcher = "*"', 'matcher = "Edit"'), 'was changed'],
    ['an event', (text) => text.replaceAll('hooks.PreToolUse', 'hooks.PreCompact'), 'is missing'],
    ['the features', (text) => `[features]\nhooks = false\n${text}`, 'features.hooks'],
    ['the old name', (text) => `[features]\ncodex_hooks = false\n${text}`, 'features.codex_hooks'],
    ['a profile', (text) => `[profiles.x.features]\nhooks = false\n${text}`, 'of the profile x'],
    ['a group before ours', (text) => `${THEIRS}\n${text}`, 'does not trust our entry'],
  ];
  it.each(sabotage)('%s', async (_what, change, problem) => {
    using house = codexHouse();
    house.write('model = "x"\n');
    await connect(house);
    house.write(change(house.read().toString('utf8')));
    const stands = await state(house);
    expect(stands.state).toBe('broken');
    expect(stands.problems.join()).toContain(problem);
    await connect(house);
    // What is not ours stays for the person to take out.
    if (!/features|profile/.test(problem)) expect((await state(house)).problems).toEqual([]);
  });

  it.each([
    ['proj/.codex/config.toml', '[features]\nhooks = false\n', 'features.hooks'],
    ['proj/.codex/config.toml', 'a = 1\na = 2\n', 'may switch hooks off'],
    ['.codex/fast.config.toml', '[features]\nhooks = false\n', 'features.hooks'],
    ['managed/requirements.toml', 'allow_managed_hooks_only = true\n', 'managed hooks only'],
  ])('%s', async (name, text, problem) => {
    using house = codexHouse();
    await connect(house);
    const file = join(house.context.home, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    expect((await state(house, [join(house.context.home, 'proj')])).problems.join()).toContain(problem);
  });
});

it('hashes a hook as Codex 0.169.0 does', () => {
  // Told by its hooks/list for exactly these hooks.
  expect(trustHash({ event: 'UserPromptSubmit', matcher: null, command: 'echo', timeout: 600 })).toBe(
    'sha256:3a65c808895bb282707986453f6eccaccedf859dd04df59cbbf92149464ed850',
  );
  const command = "'/tmp/a b/gatehouse' hook codex --door /x || exit 2";
  expect(trustHash({ event: 'PreToolUse', matcher: '*', command, timeout: 3660 })).toBe(
    'sha256:6bc7be1c8c75c6dd47ce819b3c2024d37408440d3a1ac6c4baa2565f092e28fd',
  );
});
