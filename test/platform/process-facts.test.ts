import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import {
  parseStat,
  processRuns,
  readCommandLine,
  readProcessLink,
  readStat,
  startedBefore,
  terminalName,
} from '../../main/platform/process-facts.ts';

const children: ChildProcess[] = [];

/** A Node that lives until it is killed; resolves once it runs. */
async function sleeper(...words: string[]): Promise<ChildProcess & { readonly pid: number }> {
  const script = "process.stdout.write('up'); process.stdin.resume();";
  const child = spawn(process.execPath, ['-e', script, '--', ...words], {
    cwd: tmpdir(),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  children.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  if (child.pid === undefined) throw new Error('it did not start');
  return child as ChildProcess & { readonly pid: number };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve));
}

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await ended(child);
  }
});

/** A line of /proc/PID/stat with this name; state S, parent 7, terminal 34819, start time 4242. */
const statLine = (name: string) => `123 (${name}) S 7 123 123 34819 123 4194304 ${'0 '.repeat(12)}4242 0 0\n`;

describe('a line of /proc/PID/stat', () => {
  it('is taken apart', () => {
    expect(parseStat(statLine('node'))).toEqual({
      pid: 123,
      name: 'node',
      state: 'S',
      parent: 7,
      terminal: 34819,
      startTime: '4242',
    });
  });

  it.each(['a b', ') S 1 1 1', 'a) R 99 (b', '((', '))', '', ' ', 'x\n1 (y) S'])(
    'is not fooled by a process that calls itself %j',
    (name) => {
      expect(parseStat(statLine(name))).toMatchObject({ pid: 123, state: 'S', parent: 7, startTime: '4242' });
    },
  );

  it('shows no control or direction characters of a name', () => {
    expect(parseStat(statLine('a\u001b[31m\u202eb\n'))?.name).toBe('a\ufffd[31m\ufffdb\ufffd');
  });

  it.each([
    '',
    'x',
    '123',
    '123 (a',
    '123 a) S 1',
    '(a) S',
    '0 (a) S 7 1 1 0',
    '123 (a) S 7',
    'x (a) S 1 1 1 0',
  ])('%j is none', (text) => {
    expect(parseStat(text)).toBeNull();
  });

  it('that was cut off before the start time is none', () => {
    const whole = statLine('node');
    const upTo = whole.indexOf('4242');
    for (let length = 0; length < upTo; length += 1) expect(parseStat(whole.slice(0, length))).toBeNull();
  });
});

describe.runIf(process.platform === 'linux')('a process that runs', () => {
  it('tells who it is, who started it and since when', async () => {
    const child = await sleeper();
    const stat = readStat(child.pid);
    expect(stat).toMatchObject({ pid: child.pid, parent: process.pid });
    expect(stat?.name).not.toBe('');
    expect(Number(stat?.startTime)).toBeGreaterThanOrEqual(Number(readStat(process.pid)?.startTime));
    expect(readProcessLink(child.pid, 'exe')).toBe(realpathSync(process.execPath));
    expect(readProcessLink(child.pid, 'cwd')).toBe(realpathSync(tmpdir()));
  });

  it('tells its words exactly, empty ones and such with line breaks too', async () => {
    const words = ['a b', '', 'x\ny', '--', 'ü'];
    const child = await sleeper(...words);
    const told = await readCommandLine(child.pid);
    expect(told?.slice(-words.length)).toEqual(words);
    expect(told?.[0]).toBe(process.execPath);
  });

  it('has started before now, and not before it was started', async () => {
    const before = uptime();
    const child = await sleeper();
    const startTime = readStat(child.pid)?.startTime ?? '';
    expect(startedBefore(startTime, uptime())).toBe(true);
    expect(startedBefore(startTime, before - 1)).toBe(false);
  });

  it('is known by its pid together with its start time, and by nothing less', async () => {
    const child = await sleeper();
    const startTime = readStat(child.pid)?.startTime ?? '';
    expect(processRuns(child.pid, startTime)).toBe(true);
    expect(processRuns(child.pid, null)).toBe(true);
    expect(processRuns(child.pid, String(Number(startTime) + 1))).toBe(false);
    expect(processRuns(child.pid, String(Number(startTime) - 1))).toBe(false);
  });

  it('does not run any more once it has ended', async () => {
    const child = await sleeper();
    const startTime = readStat(child.pid)?.startTime ?? '';
    child.kill('SIGKILL');
    await ended(child);
    expect(processRuns(child.pid, startTime)).toBe(false);
    expect([readStat(child.pid), readProcessLink(child.pid, 'exe')]).toEqual([null, null]);
    await expect(readCommandLine(child.pid)).resolves.toBeNull();
  });

  it('does not run as a zombie', async () => {
    // The shell becomes a program that never waits for the child it inherits; only then does the child end.
    const script = 'exec 3<&0; sh -c "read line <&3" & echo $!; exec sleep 60 3<&-';
    const parent = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
    children.push(parent);
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once('data', (data) => resolve(Number(data))),
    );
    await expect.poll(() => readStat(parent.pid ?? 0)?.name).toBe('sleep');
    expect(processRuns(pid, null)).toBe(true);
    parent.stdin.end('\n');
    await expect.poll(() => readStat(pid)?.state).toBe('Z');
    expect(processRuns(pid, readStat(pid)?.startTime ?? null)).toBe(false);
    expect(processRuns(pid, null)).toBe(false);
  }, 180_000);
});

describe('what is no process', () => {
  it.each([0, -1, 1.5, Number.NaN, 2 ** 40, Number.MAX_SAFE_INTEGER + 2])('%d', async (pid) => {
    expect(readStat(pid)).toBeNull();
    expect(readProcessLink(pid, 'cwd')).toBeNull();
    await expect(readCommandLine(pid)).resolves.toBeNull();
  });

  it('a pid beyond what the system gives out does not run', () => {
    const last =
      process.platform === 'linux' ? Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')) : 99_999_999;
    expect(processRuns(last + 1, null)).toBe(false);
  });
});

describe('terminals', () => {
  it.each([
    [0x8800, 'pts/0'],
    [0x8803, 'pts/3'],
    [0x8901, 'pts/257'],
    [0x108800 | 0, 'pts/256'],
    [0x0401, 'tty1'],
    [0x0440, 'ttyS0'],
    [0x0441, 'ttyS1'],
    [0, null],
    [0x0501, null],
  ])('device %d is %s', (device, name) => {
    expect(terminalName(device)).toBe(name);
  });
});
