/** What the launcher for Windows can enforce on this computer, tried with the launcher itself. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../platform/errors.ts';
import { nativeBuildFolder, readNativeStatus } from '../platform/native-status.ts';
import { planText } from '../sandbox/launch-plan.ts';
import { LaunchReport } from '../sandbox/levels.ts';
import { enforcedOnWindows } from '../sandbox/windows/levels.ts';
import { windowsPlan } from '../sandbox/windows/plan.ts';
import type { SandboxCheck } from './sandbox-checks.ts';

const TRIAL_MS = 10_000;
const NOT_USED = 'experimental on Windows: not run on real machines yet, so `gatehouse run` refuses';

/** The line of `gatehouse doctor` on Windows. Starts one small command under the launcher, which changes nothing. */
export function windowsCheck(): SandboxCheck {
  const folder = nativeBuildFolder();
  const launcher = folder === null ? null : join(folder, 'gatehouse-sandbox.exe');
  if (launcher === null || !existsSync(launcher))
    return check(`no launcher: ${readNativeStatus().launcherReason ?? ''}`);
  const report = trial(launcher);
  return check(typeof report === 'string' ? `the launcher failed: ${report}` : describeReport(report));
}

/** What a report of the launcher says, in one line. */
export function describeReport(report: LaunchReport): string {
  const on = Object.keys(report).filter((feature) => report[feature]?.on === true);
  const { reached, lacking } = enforcedOnWindows('strict', report);
  return `${reached ?? 'no level'} is reached; in force: ${on.join(', ') || 'nothing'}; not in force: ${lacking.join('; ') || 'nothing'}`;
}

function check(detail: string): SandboxCheck {
  return { name: 'sandbox', ok: true, detail: `${NOT_USED}; ${detail}`, hint: null };
}

/** The report, or why there is none. */
function trial(launcher: string): LaunchReport | string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-doctor-'));
  try {
    const system = process.env['SystemRoot'] ?? 'C:\\Windows';
    const { steps } = windowsPlan({
      level: 'strict',
      require: null,
      home: homedir(),
      cwd: system,
      path: join(system, 'System32'),
      preset: null,
      memory: 2 ** 30,
      cpu: 1,
      processes: 8,
      sessionTimeout: TRIAL_MS / 1000,
      idleTimeout: null,
    });
    writeFileSync(join(folder, 'plan'), planText(steps.filter(([verb]) => verb !== 'dir')));
    const words = ['plan', join(folder, 'plan'), '--report', join(folder, 'report'), '--'];
    const ran = spawnSync(launcher, [...words, 'cmd.exe', '/d', '/c', 'exit 0'], {
      encoding: 'utf8',
      timeout: 2 * TRIAL_MS,
      windowsHide: true,
    });
    if (ran.status !== 0) return ran.stderr.trim() || `it ended with ${ran.status ?? ran.signal}`;
    return LaunchReport.parse(JSON.parse(readFileSync(join(folder, 'report'), 'utf8')));
  } catch (error) {
    return messageOf(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
