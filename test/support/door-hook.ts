/** The agent's side of the agent door, without a process of its own: says one call and gives back the whole answer. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import {
  AnswerDecoder,
  type DoorAnswer,
  encodeBody,
  encodeHeader,
  NONCE_BYTES,
} from '../../main/platform/framing.ts';

/**
 * Hands a hook's stdin to the supervisor. Rejects when the connection ends without an answer.
 *
 * @param hangUp  goes away, as an agent that gives up
 */
export function hookAtDoor(
  path: string,
  body: Uint8Array,
  options: { readonly agent?: string; readonly hangUp?: AbortSignal } = {},
): Promise<DoorAnswer> {
  return new Promise((resolve, reject) => {
    const nonce = randomBytes(NONCE_BYTES);
    const decoder = new AnswerDecoder(nonce);
    const socket = connect({ path, allowHalfOpen: true });
    let answer: DoorAnswer | null = null;
    const end = (error: Error) => {
      socket.destroy();
      if (answer === null) reject(error);
      else resolve(answer);
    };
    options.hangUp?.addEventListener('abort', () => end(new Error('given up')), { once: true });
    socket.on('connect', () => {
      socket.write(encodeHeader({ kind: 'hook', agent: options.agent ?? 'claude-code', nonce }));
      socket.write(encodeBody(body));
    });
    socket.on('data', (bytes) => {
      try {
        for (const event of decoder.take(bytes)) if (event.type === 'answer') answer = event.answer;
      } catch (error) {
        answer = null;
        end(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', end);
    socket.on('end', () => end(new Error('the connection ended without an answer')));
    socket.on('close', () => end(new Error('the connection was closed')));
  });
}

/** What Claude Code writes to its hook before a tool runs. */
export function claudeCall(
  tool: string,
  input: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): Buffer {
  const call = {
    session_id: 's1',
    cwd: '/tmp',
    permission_mode: 'default',
    hook_event_name: 'PreToolUse',
    tool_name: tool,
    tool_input: input,
    tool_use_id: `toolu_${randomBytes(6).toString('hex')}`,
    ...more,
  };
  return Buffer.from(JSON.stringify(call));
}

/** How Claude Code takes the answer, with the words it is given. */
export function takenAs(answer: DoorAnswer): { readonly decision: string; readonly reason: string } {
  if (answer.exit !== 0) return { decision: `exit ${answer.exit}`, reason: answer.stderr };
  const { hookSpecificOutput: told } = JSON.parse(answer.stdout) as {
    hookSpecificOutput: { permissionDecision: string; permissionDecisionReason: string };
  };
  return { decision: told.permissionDecision, reason: told.permissionDecisionReason };
}
