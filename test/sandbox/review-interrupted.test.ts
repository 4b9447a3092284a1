/**
 * Carrying over that is cut off: killed before each of its system calls that changes something, out of room, or with
 * somebody who writes to the same files. Afterwards the project is as before or as after, and nothing is lost.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReviewProgram } from '../../main/sandbox/review/review-program.ts';
import { selected, stepsForth } from '../../main/sandbox/review/selection.ts';
import { CopyHouse, tree } from '../support/copy-house.ts';
import { isRoot, LAUNCHER, launcherMissing } from '../support/launcher.ts';

/**
 * Runs a program and kills it before its Nth call that changes a file system, or runs a command of the shell there
 * and lets it go on. Ends as the program does, with 97 after the kill.
 */
const KILLER = `#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>
static int changes(const struct user_regs_struct *r) {
  switch (r->orig_rax) {
    case SYS_openat: return (r->rdx & O_CREAT) != 0;
    case SYS_mkdirat: case SYS_unlinkat: case SYS_renameat: case SYS_renameat2: case SYS_linkat: case SYS_symlinkat:
    case SYS_fchmod: case SYS_fchownat: case SYS_write: return 1;
    default: return 0;
  }
}
int main(int argc, char **argv) {
  long left = atol(argv[1]);
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execv(argv[3], argv + 3);
    _exit(99);
  }
  int status, entering = 1;
  waitpid(child, &status, 0);
  ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  for (;;) {
    ptrace(PTRACE_SYSCALL, child, 0, 0);
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return 98;
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    struct user_regs_struct regs;
    ptrace(PTRACE_GETREGS, child, 0, &regs);
    if (entering && changes(&regs) && --left == 0) {
      if (argv[2][0] != '\\0') {
        if (system(argv[2]) != 0) return 96;
        entering = 0;
        continue;
      }
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return 97;
    }
    entering = !entering;
  }
}
`;
const missing =
  launcherMissing() ?? (process.arch === 'x64' ? null : 'it reads the registers of x86-64: run it there');
let tools: string;

beforeAll(() => {
  if (missing !== null) return;
  tools = mkdtempSync(join(tmpdir(), 'gh-killer-'));
  writeFileSync(join(tools, 'killer.c'), KILLER);
  execFileSync('gcc', ['-O1', '-o', join(tools, 'killer'), join(tools, 'killer.c')]);
  return () => rmSync(tools, { recursive: true, force: true });
});

let house: CopyHouse;
beforeEach((context) => {
  if (missing !== null) return context.skip(missing);
  // The launcher belongs to whoever runs the tests: it is traced, and its files are looked at.
  house = new CopyHouse(isRoot ? 'root' : 'user');
  house.makeFile('home/proj/a', 'a\n');
  house.makeFile('home/proj/deep/er/b', 'b\n');
  house.makeFile('home/proj/gone/c', 'c\n');
  house.makeFile('home/proj/kind', 'a file\n');
  house.makeFile('home/proj/tool', 'x\n', 0o600);
});
afterEach(() => house?.remove());

const EDITS = [
  'echo more >> a',
  'echo new > deep/er/n; mkdir -p fresh/x; echo y > fresh/x/y',
  'rm -r gone',
  'rm kind; mkdir kind; echo in > kind/in',
  'chmod 755 tool; ln -s a link',
].join('\n');

/** The program that is killed before its Nth call. */
const killed = (step: number) => new ReviewProgram(join(tools, 'killer'), String(step), '', LAUNCHER);

describe('carrying over', () => {
  it('is whole or undone after a kill at any step, and putting back after a kill as well', async () => {
    house.script(EDITS);
    const steps = stepsForth(await selected((await house.scan()).changes, null));
    const before = tree(house.workspace);
    const kept = join(house.folder, 'kept');
    const copy = (from: string, to: string) =>
      cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    copy(house.workspace, kept);
    let back = 0;
    let finished = 0;
    for (let step = 1, over = false; !over; step += 1) {
      const text = await house.text(steps);
      const restore = await house.text(steps, 'restore');
      over = (await killed(step).change(text)).state === 'done';
      // Whoever puts it back is killed on the way too.
      if (!over) await killed(((step * 7) % 23) + 1).change(restore, 'restore');
      const again = await house.program.change(restore, 'restore');
      if (again.state === 'done') {
        finished += 1;
        expect(tree(house.workspace), `step ${step}`).toMatchObject({
          'kind/in': '644 in\n',
          'deep/er/n': '644 new\n',
        });
      } else {
        back += 1;
        expect(again, `step ${step}`).toMatchObject({ whole: true, conflicts: [] });
        expect(tree(house.workspace), `step ${step}`).toEqual(before);
      }
      rmSync(house.workspace, { recursive: true });
      copy(kept, house.workspace);
      rmSync(house.backup, { recursive: true });
      house.makeFolder('gh/review/backup');
    }
    expect(back).toBeGreaterThan(20);
    expect(finished).toBeGreaterThan(0);
  }, 120_000);

  it('changes nothing when there is no room for it', async () => {
    house.script('head -c 100000 /dev/zero > large; echo more >> a; rm -r gone');
    const text = await house.text(stepsForth(await selected((await house.scan()).changes, null)));
    const before = tree(house.workspace);
    const cramped = new ReviewProgram('prlimit', '--fsize=4096', LAUNCHER);
    expect(await cramped.change(text)).toMatchObject({
      state: 'failed',
      whole: true,
      why: expect.stringContaining('File too large'),
    });
    expect(tree(house.workspace)).toEqual(before);
  });

  it('loses nothing that somebody puts in the place of a file at any step', async () => {
    house.script(EDITS);
    const steps = stepsForth(await selected((await house.scan()).changes, null));
    const kept = join(house.folder, 'kept');
    const copy = (from: string, to: string) =>
      cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    copy(house.workspace, kept);
    const ends = new Set<string>();
    const swap = `cd '${house.workspace}' && echo person > .new && mv .new a && touch '${tools}/swapped'`;
    for (let step = 1; ; step += 1) {
      rmSync(join(tools, 'swapped'), { force: true });
      const program = new ReviewProgram(join(tools, 'killer'), String(step), swap, LAUNCHER);
      const outcome = await program.change(await house.text(steps));
      if (!existsSync(join(tools, 'swapped'))) break;
      ends.add(outcome.state);
      // Before the change, at its very moment, or after it: what the person wrote is there.
      expect(readFileSync(join(house.workspace, 'a'), 'utf8'), `step ${step}`).toBe('person\n');
      if (outcome.state !== 'done')
        expect(
          outcome.conflicts.map(({ path }) => path),
          `step ${step}`,
        ).toContain('a');
      // It is refused, and nothing but what the person wrote is other than before.
      if (outcome.state === 'refused')
        expect(tree(house.workspace), `step ${step}`).toEqual({ ...tree(kept), a: '644 person\n' });
      rmSync(house.workspace, { recursive: true });
      copy(kept, house.workspace);
      rmSync(house.backup, { recursive: true });
      house.makeFolder('gh/review/backup');
    }
    expect([...ends].toSorted()).toEqual(['done', 'refused']);
  }, 120_000);
});
