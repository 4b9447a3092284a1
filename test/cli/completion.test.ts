import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../main/app/commands/run.ts';
import { completionScript, completionTable, SHELLS, type ShellName } from '../../main/cli/completion.ts';
import { OWN_COMMANDS } from '../../main/cli/help.ts';

const table = completionTable({ ...OWN_COMMANDS, ...COMMANDS });
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gh-completion-'));
  for (const shell of SHELLS) writeFileSync(join(folder, shell), completionScript(shell, table));
  writeFileSync(join(folder, 'policy.yaml'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a real shell offers after these words; the last is what is being typed. */
function offered(shell: ShellName, ...words: readonly string[]): string[] {
  const script = join(folder, shell);
  const line = {
    bash: [
      '-c',
      `source "${script}"; COMP_WORDS=(gatehouse "$@"); COMP_CWORD=$#; _gatehouse; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      ...words,
    ],
    // The editor's own function is played: what it would be given is printed, and cut as it would cut it.
    zsh: [
      '-fc',
      `compadd() { shift; print -l -- "$@" }; _files() { print -l -- *(N) }; source "${script}"; words=(gatehouse "$@"); CURRENT=$#words; _gatehouse`,
      'zsh',
      ...words,
    ],
    fish: ['--no-config', '-c', `source "${script}"; complete -C "gatehouse ${words.join(' ')}"`],
  }[shell];
  const home = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const text = execFileSync(shell, line, { encoding: 'utf8', cwd: folder, env: home });
  return text
    .split('\n')
    .map((one) => one.split('\t', 1)[0] ?? '')
    .filter((one) => one !== '' && one.startsWith(words.at(-1) ?? ''));
}

describe('what can be completed', () => {
  it('is every command that --help names, with its words and options', () => {
    expect(table.commands.words).toEqual([
      ...Object.keys({ ...OWN_COMMANDS, ...COMMANDS }),
      '--help',
      '--version',
    ]);
    for (const [name, { usage }] of Object.entries({ ...OWN_COMMANDS, ...COMMANDS })) {
      const known = [...table.places]
        .filter(([place]) => place === name || place.startsWith(`${name} `))
        .flatMap(([, { words }]) => words);
      const options = usage.flatMap((line) => line.split(/ {3,}/)[0]?.match(/--[a-z][a-z-]*/g) ?? []);
      expect(known).toEqual(expect.arrayContaining([...new Set(options)]));
    }
  });
});

describe.each(SHELLS)('in %s', (shell) => {
  it('the words stand where they belong', (context) => {
    if (spawnSync('sh', ['-c', `command -v ${shell}`]).status !== 0)
      context.skip(`${shell} missing: apt-get install bash zsh fish`);
    expect(offered(shell, 'app')).toEqual(['approvals']);
    expect(offered(shell, 'approvals', '')).toEqual(expect.arrayContaining(['list', 'approve', 'deny']));
    expect(offered(shell, 'approvals', 'approve', '--s')).toEqual(['--scope']);
    expect(offered(shell, 'approvals', 'approve', 'x', '--scope', '').toSorted()).toEqual([
      'always',
      'once',
      'project',
      'session',
    ]);
    expect(offered(shell, 'pause', 'cla')).toEqual(['claude-code']);
    expect(offered(shell, 'pause', '--for', '').toSorted()).toEqual(['15m', '1h', 'tomorrow']);
    expect(offered(shell, 'completion', '')).toEqual(expect.arrayContaining([...SHELLS]));
    expect(offered(shell, 'policy', 'eval', '--policy', 'pol')).toEqual(['policy.yaml']);
    expect(offered(shell, 'no-such', '')).toEqual([]);
  });
});
