/**
 * The hook handlers by agent, and the one place where every failure becomes a block.
 *
 * Whatever goes wrong in here, the client's answer is exit 2 with one line: the exit code that blocks in all of
 * them. What was refused before it became a call goes on the log as well.
 */
import { ENFORCEMENT_PROBE } from '../../audit/event.ts';
import { storedPeer } from '../../engine/stored.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { agentText } from './agent-text.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { copilot } from './copilot.ts';
import { cursor } from './cursor.ts';
import { geminiCli } from './gemini-cli.ts';
import {
  BLOCK_EXIT,
  type HookAdapter,
  type HookAnswer,
  type HookContext,
  type HookRequest,
} from './hook-exchange.ts';
import { opencode } from './opencode.ts';
import { BROKEN_PROBE } from './probe.ts';

const ADAPTERS: ReadonlyMap<string, HookAdapter> = new Map(
  [claudeCode, codex, geminiCli, copilot, opencode, cursor].map((adapter) => [adapter.agent, adapter]),
);

/** Agents that have a hook adapter. */
export const HOOKED_AGENTS: readonly string[] = [...ADAPTERS.keys()];

export interface HookHandlerOptions extends HookContext {
  /** Told of everything that is not a GatehouseError: a defect of ours. */
  readonly onDefect?: (error: unknown) => void;
}

/** Answers hook requests. The promise never rejects. */
export function createHookHandler(
  options: HookHandlerOptions,
): (request: HookRequest) => Promise<HookAnswer> {
  return async (request) => {
    try {
      const adapter = ADAPTERS.get(request.agent ?? '');
      if (adapter === undefined) throw unknownAgent(request.agent);
      return await adapter.answer(request, options);
    } catch (error) {
      if (!(error instanceof GatehouseError)) report(options, error);
      await record(options, request, error);
      return block(error);
    }
  };
}

function unknownAgent(agent: string | null): GatehouseError {
  const named =
    agent === null ? 'no agent was named' : `there is no agent ${JSON.stringify(agentText(agent, 60))}`;
  return new GatehouseError('unknown_agent', `hook: ${named}`, {
    hint: `known are: ${HOOKED_AGENTS.join(', ')}`,
  });
}

/** Codes of what is wrong with the hook itself. Other errors come from the engine, which logs its own. */
const OURS_TO_LOG: ReadonlySet<string> = new Set(['unknown_agent', 'bad_hook_input', 'unknown_hook_event']);

async function record(options: HookHandlerOptions, request: HookRequest, error: unknown): Promise<void> {
  const code = error instanceof GatehouseError ? error.code : 'defect';
  if (code !== 'defect' && !OURS_TO_LOG.has(code)) return;
  try {
    await options.log.append({
      type: 'security',
      v: 1,
      what: request.body.equals(BROKEN_PROBE) ? ENFORCEMENT_PROBE : `hook_${code}`,
      detail: agentText(messageOf(error), 500),
      peer: storedPeer(request.peer),
      session: null,
    });
  } catch (failure) {
    // The call is blocked either way; a log that cannot be written is shown by the log itself.
    report(options, failure);
  }
}

function report(options: HookHandlerOptions, error: unknown): void {
  try {
    options.onDefect?.(error);
  } catch {
    // The reporter must not turn a block into a rejection.
  }
}

function block(error: unknown): HookAnswer {
  const why =
    error instanceof GatehouseError
      ? error.message
      : 'hook: a defect in Gatehouse stopped this call; hint: see the log of the supervisor';
  return { exit: BLOCK_EXIT, stdout: '', stderr: `gatehouse: blocked: ${agentText(why, 1000)}\n` };
}
