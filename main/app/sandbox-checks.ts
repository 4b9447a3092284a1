/** What this computer can enforce for sandboxes, tried with the launcher itself, and how to get more. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NativeStatus, readNativeStatus } from '../platform/native-status.ts';
import { removeFolder } from '../platform/remove-folder.ts';
import { type LaunchStep, planText } from '../sandbox/launch-plan.ts';
import { LaunchReport, neededFor } from '../sandbox/levels.ts';
import { windowsCheck } from './windows-sandbox-check.ts';

export interface SandboxCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly hint: string | null;
}

const TRIAL_MS = 10_000;
const APPARMOR_SWITCH = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';

/** Lines of `gatehouse doctor`. Starts one small sandbox; changes nothing. */
export function sandboxChecks(): readonly SandboxCheck[] {
  if (process.platform === 'darwin') return [macosCheck(readNativeStatus())];
  if (process.platform === 'win32') return [windowsCheck()];
  if (process.platform !== 'linux')
    return [{ name: 'sandbox', ok: true, detail: 'not built for this system yet', hint: null }];
  const { launcherPath, launcherReason } = readNativeStatus();
  if (launcherPath === null)
    return [
      {
        name: 'sandbox',
        ok: false,
        detail: `no launcher: ${launcherReason ?? ''}`,
        hint: 'install a C compiler, then run npm install again',
      },
    ];
  const { report, problem } = trial(launcherPath);
  if (problem !== null)
    return [{ name: 'sandbox', ok: false, detail: `none can be had: ${problem}`, hint: hintFor(problem) }];
  const lacking = neededFor('strict').filter((feature) => report[feature]?.on !== true);
  return [
    {
      name: 'sandbox',
      ok: lacking.length === 0,
      detail:
        lacking.length === 0
          ? `standard and strict are enforced: ${report['landlock']?.detail ?? ''} of Landlock`
          : `not all is enforced: ${lacking.map((feature) => `${feature} (${report[feature]?.detail ?? 'absent'})`).join(', ')}`,
      hint: lacking.includes('landlock')
        ? 'start a kernel with Landlock: add landlock to its lsm= list'
        : null,
    },
    {
      name: 'sandbox maximum',
      ok: true,
      detail: `${report['notify']?.on === true ? 'denied system calls are told' : 'denied system calls cannot be told'}; ${report['snapshot']?.on === true ? 'sessions write to a copy of the project, which you review' : `no copy of a project for sessions, so the level reached is strict, and what they change can be taken back afterwards: ${report['snapshot']?.detail ?? 'it was not tried'}`}`,
      hint: null,
    },
    {
      name: 'sandbox resources',
      ok: true,
      detail:
        'processes: for each sandbox; memory: for each process, not for all together; cpu: not enforced. No control group is used by this version',
      hint: null,
    },
  ];
}

/** What of the sandbox for macOS is there. It starts nothing yet: see sandboxRefusal. */
export function macosCheck({
  launcherPath,
  launcherReason,
}: Pick<NativeStatus, 'launcherPath' | 'launcherReason'>): SandboxCheck {
  const built = launcherPath === null ? `no launcher: ${launcherReason ?? ''}` : 'its launcher is built';
  return {
    name: 'sandbox',
    ok: true,
    detail: `experimental on macOS: not run on real machines yet, so \`gatehouse run\` refuses; ${built}`,
    hint: null,
  };
}

function trial(launcher: string): { readonly report: LaunchReport; readonly problem: string | null } {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-doctor-'));
  try {
    const plan = join(folder, 'plan');
    const report = join(folder, 'report');
    for (const name of ['project', 'upper', 'work']) mkdirSync(join(folder, name));
    writeFileSync(plan, planText(trialSteps(realpathSync(folder))));
    const ran = spawnSync(launcher, ['plan', plan, '--report', report, '--', 'true'], {
      encoding: 'utf8',
      timeout: TRIAL_MS,
      killSignal: 'SIGKILL',
      env: {},
    });
    if (ran.status !== 0)
      return {
        report: {},
        problem:
          ran.stderr.trim().replaceAll(/^gatehouse: [^:]*: |; hint: .*$/g, '') || 'the launcher failed',
      };
    return { report: LaunchReport.parse(JSON.parse(readFileSync(report, 'utf8'))), problem: null };
  } finally {
    removeFolder(folder);
  }
}

function trialSteps(folder: string): readonly LaunchStep[] {
  return [
    ['level', 'maximum'],
    ['net', 'empty'],
    ['ns', 'ipc'],
    ['ns', 'uts'],
    ['ns', 'cgroup'],
    ['uid', 61_234],
    ...['/usr', '/bin', '/lib', '/lib64']
      .filter(existsSync)
      .map((path) => ['tree', 'ro', realOf(path), path] as const),
    ['scratch', '/tmp'],
    ['cow', join(folder, 'project'), '/project', folder],
    ['set', 'PATH', '/usr/bin:/bin'],
    ['notify'],
  ];
}

/** Where /bin is a link to /usr/bin, the folder itself. */
function realOf(path: string): string {
  return existsSync(`/usr${path}`) && path !== '/usr' ? `/usr${path}` : path;
}

function hintFor(problem: string): string {
  if (!/user namespace|namespaces to its users|mounts cannot be kept apart/.test(problem))
    return 'see SECURITY.md';
  let switched = false;
  try {
    switched = readFileSync(APPARMOR_SWITCH, 'utf8').trim() === '1';
  } catch {
    // No AppArmor, or one without the switch.
  }
  return switched
    ? 'AppArmor keeps user namespaces from programs it does not know: have root put resources/apparmor/gatehouse-sandbox into /etc/apparmor.d and load it'
    : 'user namespaces are switched off: root can allow them with sysctl user.max_user_namespaces=10000 (and kernel.unprivileged_userns_clone=1 where it exists)';
}
