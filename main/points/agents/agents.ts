/** Connecting agents: what the app and the plain commands use of this folder. */
import type { AgentPlan, AgentView, DoctorReport } from '../../../preload/contract/overview.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { AGENT_ADAPTERS, requireAdapter } from './adapters.ts';
import type { AgentContext } from './agent-context.ts';
import { settingsProblem } from './claude-code/settings-guard.ts';
import { detectAgents } from './detect.ts';
import { diagnose } from './doctor.ts';
import { programPath } from './installed-program.ts';
import { readJournal } from './journal.ts';
import { applyPlan, planConnect, planDisconnect, type SettingsPlan } from './settings-plan.ts';
import { watchFiles } from './watch-files.ts';

export interface AgentConnections {
  detect(): Promise<AgentView[]>;
  /** What connect or disconnect would do. Nothing is changed. */
  plan(agent: string, change: 'connect' | 'disconnect'): Promise<AgentPlan>;
  /**
   * Carries out the plan of that id.
   *
   * @throws GatehouseError `plan_changed` when doing it now would not be what was shown
   */
  apply(agent: string, planId: string): Promise<void>;
  diagnose(agent: string): Promise<DoctorReport>;
  /** Calls back within a second after something that matters may have changed. */
  watch(onChange: () => void): () => void;
  /**
   * Why a settings file must not take effect in a running session; null when it may. For the hook handler; only
   * Claude Code asks.
   */
  settingsProblem(file: string): Promise<string | null>;
  /** Settings files that hold our entries, or would: no call may touch them. */
  settingsFiles(): Promise<string[]>;
}

export interface ConnectionsOptions {
  /** The supervisor runs in this process. */
  readonly inSupervisor: boolean;
  /** Roots of the projects in which agents work just now. */
  readonly projects?: () => readonly string[];
  /** Folder of managed settings; the platform's own when left out. */
  readonly managed?: string;
}

/** Connections of this computer's agents. One change at a time. */
export function createAgentConnections(context: AgentContext, options: ConnectionsOptions): AgentConnections {
  let last: Promise<unknown> = Promise.resolve();
  const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
  const state = () => ({
    projects: options.projects?.() ?? [],
    ...(options.managed === undefined ? {} : { managed: options.managed }),
  });
  let settings = AGENT_ADAPTERS.map((adapter) => adapter.settingsFile(context));
  const settingsFiles = async (): Promise<string[]> => {
    const files = await Promise.all(
      AGENT_ADAPTERS.map(async (adapter) => {
        const journal = await readJournal(context.paths.backups, adapter.agent.id).catch(() => null);
        return [adapter.settingsFile(context), ...(journal === null ? [] : [journal.file, journal.target])];
      }),
    );
    settings = [...new Set(files.flat())];
    return settings;
  };
  return {
    detect: async () => {
      await settingsFiles();
      return detectAgents(context, state());
    },
    plan: async (agent, change) => (await planOf(agent, change, context)).view,
    apply: (agent, planId) =>
      oneAtATime(async () => {
        await applyPlan(await shownPlan(agent, planId, context));
        await settingsFiles();
      }),
    diagnose: (agent) => diagnose(agent, context, { ...state(), inSupervisor: options.inSupervisor }),
    watch: (onChange) =>
      watchFiles(
        () => [
          ...settings,
          programPath(context.paths, context.platform),
          ...AGENT_ADAPTERS.flatMap((adapter) => adapter.watched(context, state())),
        ],
        onChange,
      ),
    settingsProblem: (file) => settingsProblem(file, context),
    settingsFiles,
  };
}

function planOf(
  agent: string,
  change: 'connect' | 'disconnect',
  context: AgentContext,
): Promise<SettingsPlan> {
  const adapter = requireAdapter(agent, 'agents');
  return change === 'connect' ? planConnect(adapter, context) : planDisconnect(adapter, context);
}

/** The plan of that id, if doing it now would still be exactly that. */
async function shownPlan(agent: string, planId: string, context: AgentContext): Promise<SettingsPlan> {
  for (const change of ['connect', 'disconnect'] as const) {
    const plan = await planOf(agent, change, context).catch((error: unknown) => {
      if (error instanceof GatehouseError && error.code !== 'unsupported_agent') return error;
      throw error;
    });
    if (!(plan instanceof GatehouseError) && plan.view.planId === planId) return plan;
  }
  throw new GatehouseError(
    'plan_changed',
    'the settings or the program changed since the plan was shown; nothing was done',
    {
      hint: 'look at the new plan',
    },
  );
}
