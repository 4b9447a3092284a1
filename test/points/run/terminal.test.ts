/** A person's terminal: the command gets one of its own, and keys, Ctrl-C and the exit code pass as they should. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { launcherMissing } from '../../support/launcher.ts';
import { RealApp, soon } from '../../support/real-app.ts';
import { CLIENT } from '../../support/run-client.ts';

const missing = launcherMissing();
let real: RealApp;
beforeEach(async (context) => {
  if (missing !== null) context.skip(missing);
  real = await RealApp.start();
  mkdirSync(join(real.home, 'p'));
});
afterEach(async () => {
  await real?.remove();
});

it('keys go in, what is shown comes out, Ctrl-C ends what runs, and the code is the command’s', async () => {
  const words = `${CLIENT} run --door ${real.paths.agentDoor} --level strict -- sh -i`;
  // util-linux's script makes a terminal and passes on what it is given.
  const child = spawn('script', ['-qefc', words, '/dev/null'], {
    cwd: join(real.home, 'p'),
    env: { PATH: '/usr/bin:/bin', TERM: 'dumb' },
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const until = (text: string) => soon(() => (shown.includes(text) ? true : null));
  child.stdin.write('tty; echo "sum $((40+2))"\n');
  await until('sum 42');
  expect(shown).toContain('/dev/pts/0');
  // Said by what is to be ended: a shell that says it itself may get the Ctrl-C before its child is in front.
  child.stdin.write("sh -c 'echo begins; exec sleep 1000'\n");
  await until('begins\r\n');
  child.stdin.write('\u0003');
  child.stdin.write('echo "after $((1+1))"\n');
  await until('after 2');
  child.stdin.write('exit 6\n');
  expect(await ended).toBe(6);
});
