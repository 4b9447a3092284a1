/**
 * What Codex itself says of our hooks: its app server is started, asked for `hooks/list`, and ended. That is the only
 * sure word on trust, since what is hashed is Codex's own affair.
 */
import { spawn } from 'node:child_process';
import { z } from 'zod';

export interface CodexHook {
  readonly key: string;
  /** The command line; null for a hook that is none. */
  readonly command: string | null;
  readonly enabled: boolean;
  readonly trustStatus: string;
}

const Listed = z.object({
  data: z.array(
    z.object({
      hooks: z.array(
        z.object({
          key: z.string(),
          command: z
            .string()
            .nullish()
            .transform((command) => command ?? null),
          enabled: z.boolean(),
          trustStatus: z.string(),
        }),
      ),
    }),
  ),
});
const Message = z.object({ id: z.unknown().optional(), result: z.unknown().optional() });

const LIST_MS = 15_000;
const MAX_OUTPUT = 8 * 1024 * 1024;
const INITIALIZE = 1;
const LIST = 2;

/**
 * The hooks that Codex knows for each of these folders, in their order.
 *
 * @returns null when it does not tell
 */
export function codexHooks(
  program: string,
  folders: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<readonly (readonly CodexHook[])[] | null> {
  return new Promise((resolve) => {
    const child = spawn(program, ['app-server'], {
      cwd: folders[0],
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    let output = '';
    const end = (told: readonly (readonly CodexHook[])[] | null) => {
      clearTimeout(timer);
      killGroup(child.pid);
      resolve(told);
    };
    const timer = setTimeout(() => {
      end(null);
    }, LIST_MS);
    const say = (message: Readonly<Record<string, unknown>>) =>
      child.stdin.write(`${JSON.stringify(message)}\n`);
    child.stdin.on('error', () => undefined);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      const lines = output.split('\n');
      output = lines.pop() ?? '';
      if (output.length > MAX_OUTPUT) end(null);
      for (const line of lines) {
        const message = messageIn(line);
        if (message?.id === INITIALIZE) {
          say({ method: 'initialized' });
          say({ id: LIST, method: 'hooks/list', params: { cwds: folders } });
        } else if (message?.id === LIST) {
          const listed = Listed.safeParse(message.result);
          end(listed.success ? listed.data.data.map(({ hooks }) => hooks) : null);
        }
      }
    });
    child.once('error', () => {
      end(null);
    });
    child.once('close', () => {
      end(null);
    });
    say({
      id: INITIALIZE,
      method: 'initialize',
      params: { clientInfo: { name: 'gatehouse', version: '1' } },
    });
  });
}

function messageIn(line: string): z.infer<typeof Message> | null {
  try {
    return Message.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
