/**
 * Does Claude Code really obey? Everything that must hold, each with what to do when it does not, and the proof:
 * the installed command line is run as Claude Code would run it, with a call that must be denied, with a broken
 * answer, and with nobody at the door.
 *
 * A command line that is not exactly ours is never run: the doctor must not start what an agent wrote there.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { z } from 'zod';
import type { DoctorReport } from '../../../preload/contract/overview.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { CLAUDE_CODE_EVENTS, CLAUDE_CODE_MINIMUM } from '../hooks/claude-code-events.ts';
import { BROKEN_PROBE, PROBE_TOOL, probeRefusal, wasProbeRefused } from '../hooks/probe.ts';
import { type AgentContext, tilde } from './agent-context.ts';
import { findProgram, isOlder } from './agent-program.ts';
import { openBrokenDoor } from './broken-door.ts';
import { type EntryTarget, entryFor, entryProblem, ownHandlers } from './claude-code-entries.ts';
import { claudeSettingsFile, readSettings, type SettingsFile } from './claude-code-settings.ts';
import { installedProgramProblems, type StateOptions } from './claude-code-state.ts';
import { switchProblems } from './claude-code-switches.ts';
import { readJournal } from './journal.ts';
import { CLAUDE_CODE } from './known-agents.ts';
import { type HookRun, runHook, runWords } from './run-hook.ts';
import { targetOf } from './settings-plan.ts';

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
const RECONNECT = `connect again: ${PROGRAM} agents install claude-code`;
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
  if (agent !== CLAUDE_CODE.id) {
    throw new GatehouseError('unsupported_agent', `doctor: ${agent} cannot be connected by this version`, {
      hint: `can be: ${CLAUDE_CODE.id}`,
    });
  }
  const target = targetOf(context);
  const written = await settingsChecks(context, target, options);
  const program = await programCheck(context, target);
  const door = await doorCheck(context);
  const runnable = written.exact && program.ok;
  const checks = [
    ...written.checks,
    program,
    await versionCheck(context),
    door,
    ...(runnable
      ? await proof(target, options)
      : [notRun(written.exact ? program.detail : 'the entries are not exactly ours')]),
  ];
  const named = checks.map((check) => ({
    ...check,
    hint: check.hint?.replace(PROGRAM, context.program ?? 'gatehouse') ?? null,
  }));
  return { ok: checks.every((check) => check.ok), checks: named };
}

async function settingsChecks(
  context: AgentContext,
  target: EntryTarget,
  options: DoctorOptions,
): Promise<{ checks: Check[]; exact: boolean }> {
  const journal = await readJournal(context.paths.backups, CLAUDE_CODE.id).catch(() => null);
  const file = journal?.file ?? claudeSettingsFile(context);
  const shown = tilde(file, context.home);
  let settings: SettingsFile;
  try {
    settings = await readSettings(file);
  } catch (error) {
    const hint = 'correct the file; Claude Code ignores what it cannot read, our hooks included';
    return { checks: [failed('Settings file', messageOf(error), hint)], exact: false };
  }
  if (settings.root === null) {
    return {
      checks: [failed('Settings file', `${shown} is missing or empty: nothing is hooked`, RECONNECT)],
      exact: false,
    };
  }
  const own = ownHandlers(settings.root, target);
  const entries = CLAUDE_CODE_EVENTS.map((event) => {
    const problem = entryProblem(event, own, target);
    return problem === null
      ? passed(`Hook ${event.name}`, 'exactly as installed')
      : failed(`Hook ${event.name}`, problem, RECONNECT);
  });
  const switches = await switchProblems(context, settings, options.projects ?? [], options.managed);
  const switched =
    switches.length === 0
      ? passed('Hooks switched on', 'no settings that were looked at switch hooks off')
      : failed('Hooks switched on', switches.join('; '), 'take that setting out');
  return {
    checks: [passed('Settings file', shown), ...entries, switched],
    exact: entries.every((check) => check.ok),
  };
}

async function programCheck(context: AgentContext, target: EntryTarget): Promise<Check> {
  const journal = await readJournal(context.paths.backups, CLAUDE_CODE.id).catch(() => null);
  const [problem] = await installedProgramProblems(context, target, journal);
  if (problem !== undefined) return failed('Hook program', problem, RECONNECT);
  return passed('Hook program', `${tilde(target.program, context.home)}, 0700, as it ships`);
}

async function versionCheck(context: AgentContext): Promise<Check> {
  const found = await findProgram(CLAUDE_CODE, context);
  const name = 'Claude Code version';
  if (found === null)
    return passed(name, `the program was not found; it must be ${CLAUDE_CODE_MINIMUM} or later`);
  if (found.version === null)
    return passed(name, `${found.path} does not tell it; it must be ${CLAUDE_CODE_MINIMUM} or later`);
  if (!isOlder(found.version, CLAUDE_CODE_MINIMUM)) return passed(name, found.version);
  return failed(
    name,
    `${found.version} lets tools run when their hook cannot be`,
    `update Claude Code to ${CLAUDE_CODE_MINIMUM} or later`,
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
async function proof(target: EntryTarget, options: DoctorOptions): Promise<Check[]> {
  const { command, args } = commandLine(target);
  const nonce = randomBytes(16).toString('hex');
  const broken = await openBrokenDoor();
  try {
    const at = (door: string) => args.map((argument) => (argument === target.door ? door : argument));
    const [denied, malformed, lied, deserted] = await Promise.all([
      runHook(command, args, probeInput(nonce), RUN_MS),
      runHook(command, args, BROKEN_PROBE, RUN_MS),
      runHook(command, at(broken.path), probeInput(nonce), RUN_MS),
      runHook(command, at(broken.deserted), probeInput(nonce), RUN_MS),
    ]);
    return [
      deniedCheck(denied, nonce, options),
      blockedCheck('Broken input is blocked', malformed),
      blockedCheck('A broken answer is blocked', lied),
      blockedCheck('No supervisor: blocked', deserted),
    ];
  } finally {
    await broken.close();
  }
}

const Denied = z.strictObject({
  hookSpecificOutput: z.strictObject({
    hookEventName: z.literal('PreToolUse'),
    permissionDecision: z.literal('deny'),
    permissionDecisionReason: z.string(),
  }),
});

function deniedCheck(run: HookRun, nonce: string, options: DoctorOptions): Check {
  const name = 'A call that must be denied is denied';
  const hint = 'start Gatehouse; if it runs, connect again';
  if (run.exit !== 0) return failed(name, `blocked, but not by the supervisor: ${runWords(run)}`, hint);
  let answer: z.infer<typeof Denied>;
  try {
    answer = Denied.parse(JSON.parse(run.stdout));
  } catch {
    return failed(name, `not denied: ${runWords(run)}`, RECONNECT);
  }
  if (answer.hookSpecificOutput.permissionDecisionReason !== probeRefusal(nonce)) {
    return failed(name, 'somebody else answered the probe', RECONNECT);
  }
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

/** The command line as the settings hold it; the entry was compared with this one before. */
function commandLine(target: EntryTarget): { command: string; args: readonly string[] } {
  const entry = entryFor(CLAUDE_CODE_EVENTS[0], target) as {
    hooks: readonly [{ command: string; args: readonly string[] }];
  };
  return entry.hooks[0];
}

function probeInput(nonce: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      session_id: 'gatehouse-doctor',
      cwd: process.cwd(),
      hook_event_name: 'PreToolUse',
      tool_name: PROBE_TOOL,
      tool_input: { nonce },
      tool_use_id: `probe_${nonce}`,
    }),
  );
}

const passed = (name: string, detail: string): Check => ({ name, ok: true, detail, hint: null });
const failed = (name: string, detail: string, hint: string): Check => ({ name, ok: false, detail, hint });
