/** An agent that answers its own request with the terminal's command, from wherever it hides in the process tree. */
import { execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot, runFile } from '../support/built.ts';
import { LiveHouse } from '../support/live-house.ts';
import { soon } from '../support/real-app.ts';

const WAYS: readonly (readonly [string, string])[] = [
  ['a child', '! "$@"'],
  ['a grandchild whose parent has gone', '( "$@" & ) ; sleep 0.1'],
  ['one that left the process tree', 'setsid -f "$@"'],
];

describe.each([false, true])('approving oneself, with a PIN set: %s', { timeout: 180_000 }, (pinSet) => {
  let house: LiveHouse;
  let agent: ReturnType<typeof spawn>;

  beforeEach(async () => {
    house = await LiveHouse.open();
    if (pinSet) await house.call('setPin', { pin: '4711-violet', current: null });
    const hook = {
      session_id: 'abc',
      transcript_path: '/dev/null',
      cwd: house.user,
      hook_event_name: 'PreToolUse',
      tool_name: 'Bash',
      tool_input: { command: 'touch made' },
      tool_use_id: 'toolu_1',
      permission_mode: 'default',
    };
    agent = spawn(process.execPath, [runFile, 'hook', 'claude-code'], {
      cwd: projectRoot,
      env: house.home.env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    agent.stdin?.end(JSON.stringify(hook));
    await soon(async () => ((await house.waiting()) > 0 ? true : null));
  }, 300_000);
  afterEach(async () => {
    agent.kill('SIGKILL');
    await house.remove();
  });

  it.each(WAYS)(
    'is refused from %s, decides nothing, and is on the timeline with who tried',
    async (_where, script) => {
      const { pending } = await house.call<{ pending: { id: string }[] }>('inbox');
      const id = pending[0]?.id ?? '';
      const said = join(house.home.folder, 'said');
      writeFileSync(said, '');
      const command = `"${process.execPath}" "${runFile}" approvals approve ${id} >>"${said}" 2>&1 </dev/null`;
      await promisify(execFile)('sh', ['-c', script, 'sh', 'sh', '-c', command], {
        cwd: projectRoot,
        env: house.home.env,
      });
      await soon(() => (readFileSync(said, 'utf8').includes('was not done') ? true : null));
      expect(readFileSync(said, 'utf8')).toMatch(pinSet ? /there is no terminal to ask on/ : /no PIN is set/);
      expect(await house.waiting()).toBe(1);
      const { rows } = await house.call<{ rows: { seq: number; alarm: boolean; summary: string }[] }>(
        'timeline',
        {},
        null,
        50,
      );
      const row = rows.find(({ summary }) => summary.includes('was tried from a terminal and refused'));
      expect(row).toMatchObject({
        alarm: true,
        summary: expect.stringContaining('approving: Run touch made'),
      });
      const detail = await house.call<object>('timelineDetail', row?.seq);
      expect(JSON.stringify(detail)).toMatch(/node/);
    },
  );
});
