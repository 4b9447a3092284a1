/** Governed tools put together: their clients, and the workers in which their calls run. */

import type { Engine } from '../engine/engine.ts';
import { standingOf } from '../engine/gates/visible-actions.ts';
import type { LogPort } from '../engine/ports.ts';
import { redact } from '../engine/redaction.ts';
import { projectRoot } from '../engine/sessions/project-root.ts';
import { GatehouseError } from '../platform/errors.ts';
import { readNativeStatus } from '../platform/native-status.ts';
import type { Paths } from '../platform/paths.ts';
import type { Copies } from '../points/run/copies.ts';
import { ToolClients } from '../points/tools/tool-clients.ts';
import { ToolWorkers } from '../points/tools/tool-workers.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { Redactor } from '../vault/redaction/redactor.ts';
import { installRoot, VERSION } from './resources.ts';
import { cleanJson } from './vault/create-vault.ts';

export interface ToolsSetup {
  readonly engine: Engine;
  readonly log: LogPort;
  readonly home: string;
  readonly paths: Paths;
  readonly redactor: Redactor;
  readonly policy: (app: string) => CompiledPolicy | null;
  /** Why nothing may run in a project; null when nothing is the matter. */
  readonly halted: (app: string) => string | null;
  /** Keeps what sessions write to copies of projects; null where nothing does. */
  readonly copies: Copies | null;
  readonly defect: (error: unknown) => void;
}

/** Where a worker and what it starts look for programs. */
const PATH = '/usr/local/bin:/usr/bin:/bin';

export function createTools(setup: ToolsSetup): {
  readonly clients: ToolClients;
  readonly workers: ToolWorkers;
} {
  const { engine, log, home, paths, redactor, policy, halted, copies, defect } = setup;
  const { launcherPath, workerPath } = readNativeStatus();
  const clients = new ToolClients({
    ...{ engine, home, halted, defect },
    version: VERSION,
    visible: (module, action, client, cwd) =>
      standingOf(
        policy(projectRoot(cwd, home)),
        { client, agent: 'main', appActive: true },
        module,
        action,
      ) !== 'refused',
    redact: (result) => redact(result),
    clean: (message) => cleanJson(redactor, message),
    sessionOf: (claim) => engine.sessions.find(claim)?.id ?? '',
    note: () => undefined,
  });
  const workers = new ToolWorkers({
    ...{ log, home, paths, installRoot, copies, defect },
    uid: process.getuid?.() ?? -1,
    launcher: launcherPath,
    program: workerPath,
    path: PATH,
    policy: (app) => {
      const inForce = policy(app);
      const problem = halted(app) ?? (inForce === null ? 'no policy is in force' : null);
      if (problem !== null) throw new GatehouseError('halted', problem);
      return inForce?.sandbox ?? null;
    },
    session: (id) => clients.session(id),
  });
  clients.use(workers);
  return { clients, workers };
}
