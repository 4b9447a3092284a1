/**
 * Does an agent really obey? Everything that must hold, each with what to do when it does not, and the proof:
 * the installed command line is run as the agent would run it, with a call that must be denied, with a broken
 * answer, and with nobody at the door.
 *
 * A command line that is not exactly ours is never run: the doctor must not start what an agent wrote there.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { DoctorReport } from '../../../preload/contract/overview.ts';
import { messageOf } from '../../platform/errors.ts';
import { BROKEN_PROBE, probeRefusal, wasProbeRefused } from '../hooks/probe.ts';
import { requireAdapter } from './adapters.ts';
import type { AgentAdapter, EntryTarget, StateOptions } from './agent-adapter.ts';
import { type AgentContext, tilde } from './agent-context.ts';
import { findProgram, isOlder } from './agent-program.ts';
import { installedProgramProblems } from './agent-state.ts';
import { openBrokenDoor } from './broken-door.ts';
import { targetOf } from './installed-program.ts';
import { readJournal } from './journal.ts';
import { type HookRun, runHook, runWords } from './run-hook.ts';
import { isBlank, type SettingsText } from './settings-text.ts';

type Check = DoctorReport['checks'][number];

export interface DoctorOptions extends StateOptions {
  /**
   * The supervisor runs in this very process: then it must also have seen the probe, so that no other program
   * can have answered it.
   */
  readonly inSupervisor: boolean;
}

/** Stands in a hint for what this install is called in a terminal. */
const PROGRAM = '{program}';
/** Stands in a hint for the agent. */
const AGENT = '{agent}';
const RECONNECT = `connect again: ${PROGRAM} agents install ${AGENT}`;
const START = `start Gatehouse: ${PROGRAM} start`;
const RUN_MS = 15_000;
const CONNECT_MS = 2000;

/**
 * Examines one agent.
 *
 * @throws GatehouseError `unsupported_agent` for one that cannot be connected
 */
export async function diagnose(
  agent: string,
  context: AgentContext,
  options: DoctorOptions,
): Promise<DoctorReport> {
  const adapter = requireAdapter(agent, 'doctor');
  const target = targetOf(context);
  const written = await settingsChecks(adapter, context, target, options);
  const program = await programCheck(adapter, context, target);
  const door = await doorCheck(context);
  const runnable = written.exact && program.ok;
  const checks = [
    ...written.checks,
    program,
    await versionCheck(adapter, context),
    ...((written.exact && (await adapter.moreChecks?.(context, options))) || []),
    door,
    ...(runnable
      ? await proof(adapter, target, options)
      : [notRun(written.exact ? program.detail : 'the entries are not exactly ours')]),
  ];
  const named = checks.map((check) => ({
    ...check,
    hint: check.hint?.replace(PROGRAM, context.program ?? 'gatehouse').replace(AGENT, agent) ?? null,
  }));
  return { ok: checks.every((check) => check.ok), checks: named };
}

async function settingsChecks(
  adapter: AgentAdapter,
  context: AgentContext,
  target: EntryTarget,
  options: DoctorOptions,
): Promise<{ checks: Check[]; exact: boolean }> {
  const journal = await readJournal(context.paths.backups, adapter.agent.id).catch(() => null);
  const file = journal?.file ?? adapter.settingsFile(context);
  const shown = tilde(file, context.home);
  let settings: SettingsText;
  try {
    settings = await adapter.read(file);
  } catch (error) {
    const hint = `correct the file; ${adapter.unreadable}`;
    return { checks: [failed('Settings file', messageOf(error), hint)], exact: false };
  }
  if (isBlank(settings.text)) {
    return {
      checks: [failed('Settings file', `${shown} is missing or empty: nothing is hooked`, RECONNECT)],
      exact: false,
    };
  }
  const entries = adapter.format
    .entries(settings.text, target, file)
    .map(({ name, problem }) =>
      problem === null ? passed(name, 'exactly as installed') : failed(name, problem, RECONNECT),
    );
  const switches = await adapter.switchProblems(context, settings, options);
  const switched =
    switches.length === 0
      ? passed('Hooks switched on', 'no settings that were looked at switch hooks off')
      : failed('Hooks switched on', switches.join('; '), 'take that setting out');
  return {
    checks: [passed('Settings file', shown), ...entries, switched],
    exact: entries.every((check) => check.ok),
  };
}

async function programCheck(
  { agent }: AgentAdapter,
  context: AgentContext,
  target: EntryTarget,
): Promise<Check> {
  const journal = await readJournal(context.paths.backups, agent.id).catch(() => null);
  const [problem] = await installedProgramProblems(context, target, journal);
  if (problem !== undefined) return failed('Hook program', problem, RECONNECT);
  return passed('Hook program', `${tilde(target.program, context.home)}, 0700, as it ships`);
}

async function versionCheck({ agent, minimum }: AgentAdapter, context: AgentContext): Promise<Check> {
  const found = await findProgram(agent, context);
  const name = `${agent.name} version`;
  const needed = minimum === null ? '' : `; it must be ${minimum.version} or later`;
  if (found === null) return passed(name, `the program was not found${needed}`);
  if (found.version === null) return passed(name, `${found.path} does not tell it${needed}`);
  if (minimum === null || !isOlder(found.version, minimum.version)) return passed(name, found.version);
  return failed(
    name,
    `${found.version} ${minimum.older}`,
    `update ${agent.name} to ${minimum.version} or later`,
  );
}

function doorCheck(context: AgentContext): Promise<Check> {
  const name = 'Agent door';
  const door = context.paths.agentDoor;
  return new Promise((resolve) => {
    const socket = connect(door);
    const end = (check: Check) => {
      socket.destroy();
      resolve(check);
    };
    socket.setTimeout(CONNECT_MS, () => {
      end(failed(name, `nobody answers at ${tilde(door, context.home)}`, START));
    });
    socket.once('connect', () => {
      end(passed(name, tilde(door, context.home)));
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(failed(name, `nobody is at ${tilde(door, context.home)} (${error.code ?? 'unknown'})`, START));
    });
  });
}

/** Runs the installed command line, in all the ways it must say no. */
async function proof({ probe }: AgentAdapter, target: EntryTarget, options: DoctorOptions): Promise<Check[]> {
  const { command, args } = probe.commandLine(target);
  const nonce = randomBytes(16).toString('hex');
  const broken = await openBrokenDoor();
  try {
    const at = (door: string) => probe.commandLine({ ...target, door }).args;
    const [denied, malformed, lied, deserted] = await Promise.all([
      runHook(command, args, probe.input(nonce), RUN_MS),
      runHook(command, args, BROKEN_PROBE, RUN_MS),
      runHook(command, at(broken.path), probe.input(nonce), RUN_MS),
      runHook(command, at(broken.deserted), probe.input(nonce), RUN_MS),
    ]);
    return [
      deniedCheck(probe.denial(denied), denied, nonce, options),
      blockedCheck('Broken input is blocked', malformed),
      blockedCheck('A broken answer is blocked', lied),
      blockedCheck('No supervisor: blocked', deserted),
    ];
  } finally {
    await broken.close();
  }
}

function deniedCheck(reason: string | null, run: HookRun, nonce: string, options: DoctorOptions): Check {
  const name = 'A call that must be denied is denied';
  const hint = 'start Gatehouse; if it runs, connect again';
  if (reason === null && run.exit !== 0)
    return failed(name, `blocked, but not by the supervisor: ${runWords(run)}`, hint);
  if (reason === null) return failed(name, `not denied: ${runWords(run)}`, RECONNECT);
  if (reason !== probeRefusal(nonce)) return failed(name, 'somebody else answered the probe', RECONNECT);
  if (options.inSupervisor && !wasProbeRefused(nonce))
    return failed(name, 'the probe never reached this supervisor', RECONNECT);
  return passed(name, 'through the installed hook, by the supervisor');
}

function blockedCheck(name: string, run: HookRun): Check {
  if (run.exit === 2 && run.stdout === '' && run.stderr.trim() !== '')
    return passed(name, 'exit 2 with the reason');
  return failed(name, `expected exit 2 with a reason and nothing else, got ${runWords(run)}`, RECONNECT);
}

function notRun(why: string): Check {
  return failed('A call that must be denied is denied', `not tried, because ${why}`, RECONNECT);
}

const passed = (name: string, detail: string): Check => ({ name, ok: true, detail, hint: null });
const failed = (name: string, detail: string, hint: string): Check => ({ name, ok: false, detail, hint });
