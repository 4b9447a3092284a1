import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const lifetime = join(import.meta.dirname, '..', '..', 'main', 'platform', 'lifetime.ts');

/** A process that is held open, runs `body` and tells what happens; `stop` is what it closes. */
async function run(body: string, stop = 'async (reason) => console.log("stop: " + reason)') {
  const script = `
    import { watchLifetime } from ${JSON.stringify(lifetime)};
    const life = watchLifetime({ log: (text) => console.log('log: ' + text.split('\\n')[0]), complain: (line) => console.error(line) });
    setInterval(() => {}, 1000);
    ${body.includes('onStop') ? '' : `life.onStop(${stop});`}
    ${body}
    console.log('ready');
    process.exit(await life.ended);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (text.includes('ready')) child.emit('ready');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{
    code: number | null;
    signal: NodeJS.Signals | null;
    stdout: string;
    stderr: string;
  }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  await Promise.race([new Promise((resolve) => child.once('ready', resolve)), ended]);
  return { child, ended };
}

describe('a supervisor process', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'closes what it has on %s and ends with 0',
    async (signal) => {
      const { child, ended } = await run('');
      child.kill(signal);
      expect(await ended).toMatchObject({
        code: 0,
        stdout: `ready\nstop: stopped by ${signal}\n`,
        stderr: '',
      });
    },
  );

  it('stops once although one Ctrl-C arrives three times', async () => {
    const { child, ended } = await run(
      '',
      'async (reason) => { await new Promise((r) => setTimeout(r, 200)); console.log("stop: " + reason); }',
    );
    child.kill('SIGINT');
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0, stdout: 'ready\nstop: stopped by SIGINT\n' });
  });

  it('ends although closing hangs', async () => {
    const { child, ended } = await run('', '() => new Promise(() => {})');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, signal: null });
  });

  it('ends although closing fails', async () => {
    const { child, ended } = await run('', 'async () => { throw new Error("no"); }');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stdout: 'ready\nlog: stopping: no\n' });
  });

  it('closes what comes to be after the end was asked for', async () => {
    const { child, ended } = await run(
      'setTimeout(() => life.onStop(async (reason) => console.log("late: " + reason)), 300);',
    );
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stdout: 'ready\nlate: stopped by SIGTERM\n' });
  });

  it.each([
    [
      'throws where nothing catches',
      'setTimeout(() => { throw new Error("boom\\n    at secret/place"); }, 50);',
    ],
    [
      'rejects where nothing catches',
      'setTimeout(() => { Promise.reject(new Error("boom\\n    at secret/place")); }, 50);',
    ],
    ['throws what is no error', 'setTimeout(() => { throw "boom"; }, 50);'],
  ])('that %s closes what it has, ends with 1 and shows no stack', async (_name, body) => {
    const { ended } = await run(body);
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/log: fault: .*boom[\s\S]*stop: an internal fault/);
    expect(stderr).toBe(
      'gatehouse: stopping: an internal fault: boom; hint: the log file has more; start it again\n',
    );
  });
});
