/** Sandboxes put together: the launcher of this install, the policy in force, the engine's sessions. */
import type { Engine } from '../engine/engine.ts';
import type { LogPort } from '../engine/ports.ts';
import { type ChildHost, nodeChildHost } from '../platform/child-host.ts';
import { GatehouseError } from '../platform/errors.ts';
import { readNativeStatus } from '../platform/native-status.ts';
import type { Paths } from '../platform/paths.ts';
import type { Copies } from '../points/run/copies.ts';
import { kernelBy, MacosSystem } from '../points/run/macos-system.ts';
import { linuxSystem } from '../points/run/run-system.ts';
import { Runs } from '../points/run/runs.ts';
import { compilePolicy, formatDiagnostic } from '../policy/compile.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import { readPolicyFile } from './policy-file.ts';
import { installRoot } from './resources.ts';

export interface RunsSetup {
  readonly engine: Engine;
  readonly log: LogPort;
  readonly home: string;
  readonly paths: Paths;
  readonly copies: Copies | null;
  /** Null: processes of plain Node. */
  readonly children: ChildHost | null;
  readonly policy: (app: string) => CompiledPolicy | null;
  /** Why nothing may run in a project; null when nothing is the matter. */
  readonly halted: (app: string) => string | null;
  readonly defect: (error: unknown) => void;
}

/**
 * Why no sandbox is started on a system. On Windows the launcher decides about neither files nor connections. On macOS
 * all of it is there, and none of it has ever been seen to confine anything.
 */
export function sandboxRefusal(platform: NodeJS.Platform): string | null {
  switch (platform) {
    case 'darwin':
      return 'the sandbox for macOS is experimental and was not run on real machines yet: nothing is started in it';
    case 'win32':
      return 'the sandbox for Windows is experimental and was not run on real machines yet: nothing is started in it';
    default:
      return null;
  }
}

/** Nothing is served before the door hands its pipes to `take`. */
export function createRuns({
  engine,
  log,
  home,
  paths,
  copies,
  children,
  policy,
  halted,
  defect,
}: RunsSetup): Runs {
  const launcher = readNativeStatus().launcherPath;
  return new Runs({
    engine,
    log,
    home,
    paths,
    installRoot,
    launcher,
    system:
      process.platform === 'darwin' && launcher !== null ? new MacosSystem(kernelBy(launcher)) : linuxSystem,
    // Nothing makes them there.
    copies: process.platform === 'darwin' ? null : copies,
    // Nothing of the environment is for what an agent wrote.
    children: children ?? nodeChildHost({}),
    refusal: sandboxRefusal(process.platform),
    policy: (app) => {
      const inForce = policy(app);
      const problem = halted(app) ?? (inForce === null ? 'no policy is in force' : null);
      if (problem !== null) throw new GatehouseError('run_refused', problem);
      return inForce?.sandbox ?? null;
    },
    policyOf: (file) => {
      const compiled = compilePolicy(readPolicyFile(file), file);
      if (compiled.ok) return compiled.policy.sandbox;
      const first = compiled.diagnostics.find(({ severity }) => severity === 'error');
      throw new GatehouseError(
        'bad_policy',
        `${file} does not compile: ${first === undefined ? '' : formatDiagnostic(first)}`,
        {
          hint: `gatehouse policy check ${file}`,
        },
      );
    },
    callsOf: (run) => engine.sessions.callsOfRun(run),
    sessionOf: (claim) => engine.sessions.find(claim)?.id ?? '',
    endSessions: (run, reason) => engine.sessions.endRun(run, reason),
    defect,
  });
}
