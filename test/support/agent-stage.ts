/** A home of its own for a real agent, with the agent door and the hook handler behind it. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentContext, ProgramSource } from '../../main/points/agents/agent-context.ts';
import { type Door, openDoor } from '../../main/points/door/door-server.ts';
import { createHookHandler, type HookHandlerOptions } from '../../main/points/hooks/registry.ts';

export interface AgentStage {
  readonly context: AgentContext;
  readonly home: string;
  readonly door: { close(): Promise<void>; open(): Promise<void> };
}

/**
 * Lets the test act while the door is open, and takes everything away afterwards.
 *
 * @param root  an empty folder, which goes
 * @param hooks  what stands behind the door
 */
export async function agentStage(
  root: string,
  source: ProgramSource,
  hooks: (context: AgentContext) => Omit<HookHandlerOptions, 'log'>,
  act: (stage: AgentStage) => Promise<void>,
  env: AgentContext['env'] = {},
): Promise<void> {
  const home = join(root, 'home');
  mkdirSync(home);
  mkdirSync(join(root, 'run'), { mode: 0o700 });
  const context: AgentContext = {
    home,
    env,
    platform: process.platform,
    paths: {
      bin: join(root, 'bin'),
      backups: join(root, 'backups'),
      agentDoor: join(root, 'run', 'agent.sock'),
    },
    source,
  };
  const handler = createHookHandler({ ...hooks(context), log: { append: async () => undefined } });
  let door: Door | null = null;
  const open = async () => {
    door = await openDoor({ path: context.paths.agentDoor, kind: 'agent', handler });
  };
  const close = async () => {
    await door?.close('the supervisor ends');
    door = null;
  };
  try {
    await open();
    await act({ context, home, door: { open, close } });
  } finally {
    await close();
    rmSync(root, { recursive: true, force: true });
  }
}
