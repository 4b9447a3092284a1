/** `agents install` as README has it: with a supervisor that runs, at a terminal that is asked. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { printable } from '../../main/cli/terminal.ts';
import { callDoor } from '../../main/platform/door-client.ts';
import { buildOnce } from '../support/built.ts';
import { freePort } from '../support/headless-rig.ts';
import { Home } from '../support/supervisor-process.ts';

let home: Home;
let settings: string;
beforeAll(buildOnce, 240_000);
beforeEach(() => {
  home = new Home();
  settings = join(home.folder, 'home', '.claude', 'settings.json');
});
afterEach(() => home.remove());

/** Asks the supervisor as the program does, with a person who types this. */
async function typing(reply: string, ...argv: readonly string[]) {
  const questions: string[] = [];
  const answer = await callDoor({
    path: join(home.gatehouse, 'run', 'supervisor.sock'),
    argv,
    cwd: home.folder,
    onQuestion: async (prompt) => {
      questions.push(prompt);
      return reply;
    },
  });
  return { ...answer, questions };
}

describe('agents install at a terminal, while Gatehouse runs', { timeout: 180_000 }, () => {
  beforeEach(async () => {
    await home.start('--headless', '--port', String(await freePort()));
  });

  it('shows the change first, and makes it after a yes', async () => {
    const { questions, exit, stdout } = await typing('y', 'agents', 'install', 'claude-code');
    expect(questions).toHaveLength(1);
    const lines = (questions[0] ?? '').split('\n');
    expect(lines[0]).toBe('~/.claude/settings.json');
    expect(lines.filter((line) => line.includes('"onFailure": "block"'))).toHaveLength(7);
    expect(lines.at(-1)).toBe('Change it? [y/N] ');
    expect([exit, stdout.split('\n')[0]]).toEqual([
      0,
      'claude-code is connected. Check it: npx --no-install gatehouse agents doctor claude-code',
    ]);
    expect(readFileSync(settings, 'utf8')).toContain('"PreToolUse"');
    const off = await typing('yes', 'agents', 'uninstall', 'claude-code');
    expect([off.exit, existsSync(settings)]).toEqual([0, false]);
  });

  it.each(['', 'n', 'no', 'yess', 'x'])('changes nothing after %j', async (reply) => {
    const { exit, stdout, stderr } = await typing(reply, 'agents', 'install', 'claude-code');
    expect([exit, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^gatehouse: nothing was changed(: there was no answer; hint: [^\n]+)?\n$/);
    expect(existsSync(settings)).toBe(false);
  });

  it('asks about a change of any size, with nothing in it that moves a terminal', async () => {
    mkdirSync(join(settings, '..'));
    // One line a hook, each far wider than a terminal and full of what it would obey.
    const hooks = Array.from({ length: 400 }, (_, at) => ({
      type: 'command',
      command: `${at}\u009b2J\u202e${'ü'.repeat(300)}`,
    }));
    const before = JSON.stringify({ hooks: { PreToolUse: [{ matcher: '*', hooks }] } }, null, '\t');
    writeFileSync(settings, before);
    const { questions, exit } = await typing('y', 'agents', 'install', 'claude-code');
    expect([questions.length, exit]).toEqual([1, 0]);
    expect(questions[0]).not.toMatch(/[^\P{C}\n]/u);
    expect((await typing('y', 'agents', 'uninstall', 'claude-code')).exit).toBe(0);
    expect(readFileSync(settings, 'utf8')).toBe(before);
  });
});

describe('what reaches the terminal of a question', () => {
  it('is its lines, and nothing that a terminal obeys', () => {
    expect(printable('a\nb\u001b[2J\r\u009b1m\u202ec\u0000\t\u2028d')).toBe('a\nb[2J1mcd');
  });
});
