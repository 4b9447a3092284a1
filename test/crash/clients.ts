/** Agents in a hurry: each asks for calls through the agent door and runs what it is let run. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { AnswerDecoder, encodeBody, encodeHeader, NONCE_BYTES } from '../../main/platform/framing.ts';
import { type HookClient, startHook } from '../native/hook-clients.ts';
import type { HookEnd } from './judge.ts';

/** An agent that is not answered by then hangs, however busy the machine is. */
const HUNG_MS = 120_000;

export type Wish = 'read' | 'bash' | 'fetch';

export interface Ask {
  readonly id: string;
  readonly session: string;
  readonly wish: Wish;
  readonly cwd: string;
}

/** Exactly what Claude Code writes to its hook before a tool runs. */
export function hookInput({ id, session, wish, cwd }: Ask): Buffer {
  const [tool, input] = {
    read: ['Read', { file_path: `${cwd}/${id}.txt` }],
    bash: ['Bash', { command: `echo ${id}`, description: 'Say its own name' }],
    fetch: ['WebFetch', { url: `https://example.com/${id}`, prompt: 'What is there?' }],
  }[wish] as [string, object];
  return Buffer.from(
    JSON.stringify({
      session_id: session,
      transcript_path: `${cwd}/transcript.jsonl`,
      cwd,
      permission_mode: 'default',
      hook_event_name: 'PreToolUse',
      tool_name: tool,
      tool_input: input,
      tool_use_id: `toolu_${id}`,
    }),
  );
}

/** Asks through the hook program, as it is installed. Null when it did not end in time. */
export async function askByProgram(client: HookClient, door: string, body: Buffer): Promise<HookEnd | null> {
  const run = startHook(client, ['hook', 'claude-code', '--door', door], body);
  const timer = setTimeout(() => run.kill('SIGKILL'), HUNG_MS);
  const { exit, signal, stdout } = await run.ended;
  clearTimeout(timer);
  return signal === null ? { exit, stdout } : null;
}

/** The same conversation without a process of its own, under the hook program's rules: anything odd is a 2. */
export function askAtDoor(door: string, body: Buffer): Promise<HookEnd | null> {
  return new Promise((resolve) => {
    const nonce = randomBytes(NONCE_BYTES);
    const decoder = new AnswerDecoder(nonce);
    const socket = connect({ path: door, allowHalfOpen: true });
    let answer: HookEnd | null = null;
    const end = (told: HookEnd | null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(told);
    };
    const blocked: HookEnd = { exit: 2, stdout: '' };
    const timer = setTimeout(() => end(null), HUNG_MS);
    socket.on('connect', () => {
      socket.write(encodeHeader({ kind: 'hook', agent: 'claude-code', nonce }));
      socket.write(encodeBody(body));
    });
    socket.on('data', (bytes) => {
      try {
        for (const event of decoder.take(bytes))
          if (event.type === 'answer') answer = { exit: event.answer.exit, stdout: event.answer.stdout };
      } catch {
        end(blocked);
      }
    });
    socket.on('error', () => end(answer ?? blocked));
    socket.on('end', () => end(answer ?? blocked));
  });
}
