/**
 * The launcher where the system gives less: no user namespaces, no Landlock, no /proc of its own. Each is a refusal
 * that says why, or the level that is really reached, never less than is said. The system is made poor in a user
 * namespace of the test's own; nothing of the computer's is changed.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { realDisk } from '../../main/sandbox/disk.ts';
import { type Level, planText } from '../../main/sandbox/launch-plan.ts';
import { enforced, LaunchReport } from '../../main/sandbox/levels.ts';
import { linuxPlan } from '../../main/sandbox/linux.ts';
import { isRoot, LAUNCHER, LaunchHouse, launcherMissing } from '../support/launcher.ts';

const missing =
  launcherMissing() ??
  (isRoot ? null : 'it makes the system poor as root, in a namespace: run the tests as root');
/** Refuses one system call as a kernel does that does not have it, and becomes the words behind it. */
const REFUSER = `#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct sock_filter code[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned)atoi(argv[1])},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  struct sock_fprog program = {4, code};
  if (argc < 3 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return 99;
  execv(argv[2], argv + 2);
  return 98;
}
`;
const LANDLOCK_CREATE_RULESET = '444';
let house: LaunchHouse;

beforeEach((context) => {
  if (missing !== null) return context.skip(missing);
  house = new LaunchHouse('user');
});
afterEach(() => house?.remove());

/** Runs the launcher behind other words. */
function launch(before: readonly string[], level: Level, require: Level | null) {
  const plan = house.makeFile('plan', planText(linuxPlan(house.wish({ level, require }), realDisk).steps));
  const report = house.makeFile('report', '', 0o666);
  const user = String(house.uid);
  const words = [...before, LAUNCHER, 'plan', plan, '--report', report, '--', 'touch', 'ran'];
  const ran = spawnSync('setpriv', ['--reuid', user, '--regid', user, '--clear-groups', ...words], {
    cwd: house.workspace,
    env: { PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
  });
  const told = readFileSync(report, 'utf8');
  return {
    code: ran.status,
    stderr: ran.stderr,
    done: existsSync(join(house.workspace, 'ran')),
    reached:
      told === ''
        ? null
        : enforced(level, LaunchReport.parse(JSON.parse(told)), { memory: false, cpu: false }),
  };
}

/** As the user again, in a further user namespace, after something was done as its root. */
function behind(prepared: string): readonly string[] {
  const user = `--map-user=${house.uid} --map-group=${house.uid}`;
  return ['unshare', '-r', '-m', 'sh', '-c', `${prepared} && exec unshare -U ${user} "$@"`, 'sh'];
}

it('is refused where users are given no namespaces', () => {
  const { code, stderr, done } = launch(
    behind('echo 1 > /proc/sys/user/max_user_namespaces'),
    'standard',
    null,
  );
  expect(stderr).toMatch(/this system gives no namespaces to its users: .*; hint: `gatehouse doctor`/);
  expect({ code, done }).toEqual({ code: 126, done: false });
});

it('tells of a level that it does not reach where no /proc may be mounted, and is refused where that is required', () => {
  const masked = 'mount -t tmpfs none /proc/sys';
  const { code, done, reached, stderr } = launch(behind(masked), 'strict', null);
  expect({ code, done }, stderr).toEqual({ code: 0, done: true });
  expect(reached?.reached).toBe('standard');
  expect(reached?.lacking.join()).toContain('proc');
  const required = launch(behind(masked), 'strict', 'strict');
  expect(required.stderr).toContain('cannot enforce what is required: proc');
  expect(required.code).toBe(126);
});

it('is less than standard where the kernel has no Landlock, and is refused where standard is required', () => {
  const refuser = join(house.folder, 'refuser');
  writeFileSync(`${refuser}.c`, REFUSER);
  const built = spawnSync('cc', ['-static', '-w', '-o', refuser, `${refuser}.c`], { encoding: 'utf8' });
  expect(built.stderr).toBe('');
  chmodSync(refuser, 0o755);
  const { reached, done } = launch([refuser, LANDLOCK_CREATE_RULESET], 'standard', null);
  expect(done).toBe(true);
  expect(reached).toMatchObject({ reached: null, lacking: ['Landlock: this kernel has no Landlock'] });
  const required = launch([refuser, LANDLOCK_CREATE_RULESET], 'standard', 'standard');
  expect(required.stderr).toContain('cannot enforce what is required: landlock');
  expect(required.code).toBe(126);
});

it('is refused as root where the disk of the project cannot show its files as another user’s', () => {
  const own = new LaunchHouse('root');
  try {
    // Mounted for the launcher alone; ramfs knows nothing of mapped users.
    const plan = own.makeFile('plan', planText(linuxPlan(own.wish({}), realDisk).steps));
    const script = 'mount -t ramfs none "$1" && exec "$2" plan "$3" -- touch ran';
    const ran = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', own.workspace, LAUNCHER, plan], {
      cwd: own.folder,
      env: { PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
    });
    expect(ran.stderr).toContain(`its file system cannot map users for ${own.workspace}`);
    expect(ran.status).toBe(126);
    expect(existsSync(join(own.workspace, 'ran'))).toBe(false);
  } finally {
    own.remove();
  }
});
