/** Gemini CLI's settings.json with our entries and without, and the shell line that both it and Codex are given. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onlyStarts, UNLESS_PROVEN } from '../../../main/platform/peer-requester.ts';
import { agentState } from '../../../main/points/agents/agent-state.ts';
import { geminiCliAdapter } from '../../../main/points/agents/gemini-cli/adapter.ts';
import { hookCommand, hookLine, lineWords } from '../../../main/points/agents/hook-line.ts';
import { applyPlan, planConnect, planDisconnect } from '../../../main/points/agents/settings-plan.ts';
import { newHouse } from './house.ts';

const SHAPES: readonly string[] = [
  '{}',
  '{\n  "hooks": {}\n}\n',
  '{"hooks":{"BeforeTool":[{"hooks":[{"type":"command","command":"mine"}]}]}}',
  '{\n\t"general": { "vimMode": true },\n\t"hooks": {\n\t\t"AfterTool": []\n\t}\n}\n',
];

function geminiHouse() {
  const house = newHouse();
  const file = join(house.context.home, '.gemini', 'settings.json');
  return {
    file,
    context: house.context,
    write: (text: string) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    read: () => readFileSync(file, 'utf8'),
    state: (projects: readonly string[] = []) =>
      agentState(geminiCliAdapter, house.context, { projects, managed: join(house.root, 'managed') }),
    connect: async () => applyPlan(await planConnect(geminiCliAdapter, house.context)),
    disconnect: async () => applyPlan(await planDisconnect(geminiCliAdapter, house.context)),
    [Symbol.dispose]: () => {
      house[Symbol.dispose]();
    },
  };
}

describe('Gemini CLI’s settings', () => {
  it.each(SHAPES)('%j comes back to the byte', async (text) => {
    using house = geminiHouse();
    house.write(text);
    await house.connect();
    expect(await house.state()).toMatchObject({ state: 'connected', problems: [] });
    const { hooks } = JSON.parse(house.read()) as {
      hooks: Record<string, { hooks: { timeout: number }[] }[]>;
    };
    // Milliseconds, and later than our own deadline.
    expect(hooks['BeforeTool']?.at(-1)?.hooks[0]?.timeout).toBe(3_660_000);
    // Somebody else's line since then stays.
    house.write(`${house.read()}\n`);
    await house.disconnect();
    expect(house.read()).toBe(`${text}\n`);
  });

  it('goes again when Connect made it', async () => {
    using house = geminiHouse();
    await house.connect();
    expect(house.read()).toContain('"name": "gatehouse"');
    await house.disconnect();
    expect(house.read).toThrow(/ENOENT/);
  });

  it.each([
    ['the time', (text: string) => text.replace('3660000', '60000'), 'timeout is 60000'],
    ['the end of the line', (text: string) => text.replace('exit 2', 'exit 0'), 'command is'],
    ['the proof', (text: string) => text.replace(' --proof; [ $? -eq 113 ] ||', ' ||'), 'command is'],
    [
      'the gate',
      (text: string) => text.replace('"BeforeTool"', '"BeforeModel"'),
      'BeforeTool: our entry is missing',
    ],
    [
      'the switch',
      (text: string) => text.replace('{', '{"hooksConfig":{"enabled":false},'),
      'hooksConfig.enabled',
    ],
    [
      'the names',
      (text: string) => text.replace('{', '{"hooksConfig":{"disabled":["gatehouse"]},'),
      'hooksConfig.disabled',
    ],
  ])('%s is seen when it is changed', async (_what, change, problem) => {
    using house = geminiHouse();
    await house.connect();
    house.write(change(house.read()));
    const { state, problems } = await house.state();
    expect(state).toBe('broken');
    expect(problems.join()).toContain(problem);
  });

  it.each([
    ['{"hooksConfig":{"enabled":false}}', 'switches all hooks off'],
    ['{"hooksConfig":{"disabled":["gatehouse"]}}', 'switches our hooks off'],
    ['{ // a remark\n}', 'may switch hooks off'],
  ])('a project’s %j is seen', async (text, problem) => {
    using house = geminiHouse();
    await house.connect();
    const project = join(house.context.home, 'proj');
    mkdirSync(join(project, '.gemini'), { recursive: true });
    writeFileSync(join(project, '.gemini', 'settings.json'), text);
    expect((await house.state([project])).problems.join()).toContain(problem);
  });
});

describe('the line that a shell is given', () => {
  const target = { program: "/home/it's me/gatehouse", door: '/run/a b.sock' };
  const gate = { deadlineSeconds: 5 };

  it('is taken apart into what it starts, also when somebody changed it', () => {
    const words = [target.program, 'hook', 'codex', '--door', target.door, '--deadline', '5'];
    expect(lineWords(hookLine('codex', gate, target))).toEqual([...words, '--proof']);
    expect(lineWords(hookLine('codex', { ...gate, tells: true }, target))).toEqual([...words, '--tells']);
    expect(lineWords('/x/gatehouse hook codex --door "/a b" || true')).toEqual([
      ...['/x/gatehouse', 'hook', 'codex', '--door', '/a b'],
    ]);
    expect(lineWords('')).toEqual(['']);
  });

  it('starts nothing else, so the shell is not who asks', () => {
    const child = ['/p/gatehouse', 'hook', 'codex', '--door', '/d'];
    const line = child.join(' ');
    // The second is the end of the lines of earlier versions, which run until the agent is connected again.
    for (const end of [UNLESS_PROVEN, ' || { echo "gatehouse: blocked" >&2; exit 2; }']) {
      expect(onlyStarts(['/bin/sh', '-c', line + end], child)).toBe(true);
      expect(onlyStarts(['/bin/sh', '-c', `${line}; evil${end}`], child)).toBe(false);
      expect(onlyStarts(['/bin/sh', '-c', `${line}${end}; evil`], child)).toBe(false);
    }
    expect(onlyStarts(['/bin/sh', '-c', `${line} || exit 0`], child)).toBe(false);
    expect(onlyStarts(['/bin/sh', '-c', `${line}; [ $? -eq 0 ]`], child)).toBe(false);
  });

  it.each([
    ['says yes', '#!/bin/sh\nexit 113\n', 0],
    ['says no', '#!/bin/sh\nexit 2\n', 2],
    ['is empty', '', 2],
    ['holds nothing but a line end', '\n', 2],
    ['is another that ends well', '#!/bin/sh\nexit 0\n', 2],
    ['fails', '#!/bin/sh\nexit 1\n', 2],
    ['is killed', '#!/bin/sh\nkill -9 $$\n', 2],
    ['is gone', null, 2],
    ['may not be run', 0o600, 2],
  ] as const)(
    'ends with the code that it must when the program %s, in every shell',
    (_what, program, exit) => {
      const folder = mkdtempSync(join(tmpdir(), "gatehouse it's a line-"));
      try {
        const target = { program: join(folder, 'gate house'), door: join(folder, 'd') };
        if (program !== null) writeFileSync(target.program, typeof program === 'string' ? program : '');
        if (program !== null) chmodSync(target.program, typeof program === 'string' ? 0o700 : program);
        const line = hookLine('codex', gate, target);
        for (const shell of ['sh', 'dash', 'bash'].filter((name) => !spawnSync(name, ['-c', ':']).error)) {
          const ended = spawnSync(shell, ['-c', line], { encoding: 'utf8' });
          expect([shell, ended.status, ended.stdout]).toEqual([shell, exit, '']);
          if (exit === 2) expect(ended.stderr).toContain('gatehouse: blocked\n');
        }
        // The shell inside is /bin/sh, whichever that is; here its line in the others as well.
        for (const shell of ['dash', 'bash'].filter((name) => !spawnSync(name, ['-c', ':']).error)) {
          const { args } = hookCommand('codex', gate, target);
          expect(spawnSync(shell, [...args]).status).toBe(exit);
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
