/**
 * The agent of a scene: no model, only a script, but it speaks as Claude Code does and through the same door.
 *
 * Each event is a run of the real hook program, started by this process, which the supervisor therefore sees as
 * the agent. What it is told is what the hook program printed, read as strictly as Claude Code reads it.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { readNativeStatus } from '../../platform/native-status.ts';
import { type HookRun, runHook, runWords } from '../../points/agents/run-hook.ts';
import { CLAUDE_CODE_EVENTS, type ClaudeCodeEventName } from '../../points/hooks/claude-code-events.ts';

/** What the agent was told of a call. `blocked`: not by a decision, but because something failed. */
export interface Told {
  readonly kind: 'allow' | 'deny' | 'blocked';
  readonly words: string;
  /** What came beside the answer. */
  readonly texts: readonly string[];
}

export interface AgentCall {
  readonly id: string;
  readonly tool: string;
  readonly input: JsonObject;
  /** Resolves when the hook program has ended; never rejects. */
  readonly told: Promise<Told>;
}

const Permission = z.object({
  hookSpecificOutput: z.object({
    hookEventName: z.literal('PreToolUse'),
    permissionDecision: z.enum(['allow', 'deny']),
    permissionDecisionReason: z.string(),
    additionalContext: z.string().optional(),
  }),
});
const Context = z.object({ hookSpecificOutput: z.object({ additionalContext: z.string() }) });

export class ScriptedAgent {
  readonly #door: string;
  readonly #workspace: string;
  readonly #session = randomUUID();
  #calls = 0;
  #messages = 0;

  /**
   * @param door the agent door's absolute path
   * @param workspace the folder it works in
   */
  constructor(door: string, workspace: string) {
    this.#door = door;
    this.#workspace = workspace;
  }

  /** @throws GatehouseError `hook_failed`, as do all of these but `call` */
  async start(): Promise<void> {
    await this.#notify('SessionStart', { source: 'startup' });
  }

  async prompt(text: string): Promise<void> {
    await this.#notify('UserPromptSubmit', { prompt: text });
  }

  /** Says something that the person sees. */
  async speak(text: string): Promise<void> {
    this.#messages += 1;
    await this.#notify('MessageDisplay', {
      message_id: `message_${this.#messages}`,
      index: 0,
      final: true,
      delta: text,
    });
  }

  /** Its turn ends. Answers what it is told, so that it goes on. */
  stop(last: string): Promise<readonly string[]> {
    return this.#notify('Stop', { stop_hook_active: false, last_assistant_message: last });
  }

  async end(): Promise<void> {
    await this.#notify('SessionEnd', { reason: 'other' });
  }

  /** Wants to use a tool, and goes on without waiting for the answer. */
  call(tool: string, input: JsonObject): AgentCall {
    this.#calls += 1;
    const id = `toolu_${this.#calls}`;
    const run = this.#hook('PreToolUse', { tool_name: tool, tool_input: input, tool_use_id: id });
    return { id, tool, input, told: run.then(toldOf) };
  }

  /** Tells the result of a call that was let through. Answers what it is told beside it. */
  complete(call: AgentCall, durationMs: number): Promise<readonly string[]> {
    return this.#notify('PostToolUse', {
      tool_name: call.tool,
      tool_input: call.input,
      tool_use_id: call.id,
      tool_response: { stdout: '', stderr: '', interrupted: false },
      duration_ms: durationMs,
    });
  }

  async #notify(event: ClaudeCodeEventName, fields: JsonObject): Promise<readonly string[]> {
    const run = await this.#hook(event, fields);
    if (run.exit === 0) return run.stdout === '' ? [] : textsOf(Context.parse(JSON.parse(run.stdout)));
    throw new GatehouseError('hook_failed', `the agent's ${event} was not taken: ${runWords(run)}`);
  }

  #hook(event: ClaudeCodeEventName, fields: JsonObject): Promise<HookRun> {
    const { clientPath, relayPath } = readNativeStatus();
    const [program, ...first] = clientPath === null ? [process.execPath, relayPath] : [clientPath];
    const deadline = CLAUDE_CODE_EVENTS.find(({ name }) => name === event)?.deadlineSeconds ?? 0;
    const input = { session_id: this.#session, cwd: this.#workspace, hook_event_name: event, ...fields };
    return runHook(
      program,
      [...first, 'hook', 'claude-code', '--door', this.#door, '--deadline', String(deadline)],
      Buffer.from(JSON.stringify(input)),
      (deadline + 5) * 1000,
    );
  }
}

function toldOf(run: HookRun): Told {
  if (run.exit === 0) {
    try {
      const { hookSpecificOutput: said } = Permission.parse(JSON.parse(run.stdout));
      return {
        kind: said.permissionDecision,
        words: said.permissionDecisionReason,
        texts: (said.additionalContext ?? '').split('\n\n').filter((text) => text !== ''),
      };
    } catch {
      return { kind: 'blocked', words: `an answer that is none: ${runWords(run)}`, texts: [] };
    }
  }
  const said = run.stderr.trim().replace(/^gatehouse: /, '');
  return { kind: 'blocked', words: said === '' ? runWords(run) : said, texts: [] };
}

function textsOf({ hookSpecificOutput }: z.output<typeof Context>): readonly string[] {
  return hookSpecificOutput.additionalContext.split('\n\n');
}
