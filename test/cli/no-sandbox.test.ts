import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeReport } from '../../main/app/windows-sandbox-check.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('where no sandbox can be started', () => {
  it.each([
    ['in a checkout on Windows', 'native/run.mjs', /on Windows this version starts no sandbox/],
    ['by the program that stands in for the native one', 'main/cli.ts', /this program starts no sandboxes/],
  ])('a command is refused, %s, and not run without one', (_where, program, why) => {
    const windows = 'data:text/javascript,Object.defineProperty(process,"platform",{value:"win32"})';
    const words = program === 'native/run.mjs' ? ['--import', windows] : [];
    const command = [process.execPath, '-e', 'console.log("ran")'];
    const ran = spawnSync(process.execPath, [...words, join(ROOT, program), 'run', '--', ...command], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect({ code: ran.status, stdout: ran.stdout }).toEqual({ code: 125, stdout: '' });
    expect(ran.stderr).toMatch(why);
  });
});

describe('the doctor’s line about Windows', () => {
  it('names what is in force and what is not, and no level that is not reached', () => {
    const line = describeReport({
      job: { on: true, detail: 'all' },
      fs: { on: false, detail: 'no view of files' },
    });
    expect(line).toContain('no level is reached; in force: job; not in force: files: no view of files');
    expect(line).toContain('network: not made by this version');
    expect(describeReport({})).toContain('in force: nothing');
  });
});
