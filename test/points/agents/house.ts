/** A home folder of the test's own, with everything the agents' part needs to know. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AgentContext } from '../../../main/points/agents/agent-context.ts';

export interface House extends Disposable {
  readonly root: string;
  readonly context: AgentContext;
  /** `~/.claude/settings.json` */
  readonly settings: string;
  /** An empty folder in the place of managed settings. */
  readonly managed: string;
  write(text: string | Buffer): void;
  read(): Buffer;
}

export function newHouse(overrides: Partial<AgentContext> = {}): House {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-agents-'));
  const home = join(root, 'home');
  const source = join(root, 'shipped');
  mkdirSync(home);
  mkdirSync(join(root, 'run'), { mode: 0o700 });
  writeFileSync(source, '#!/bin/sh\nexit 2\n', { mode: 0o755 });
  const settings = join(home, '.claude', 'settings.json');
  return {
    root,
    settings,
    managed: join(root, 'managed'),
    context: {
      home,
      env: { PATH: join(root, 'nowhere') },
      platform: process.platform,
      paths: {
        bin: join(root, 'data', 'bin'),
        backups: join(root, 'data', 'backups'),
        agentDoor: join(root, 'run', 'agent.sock'),
      },
      source: { file: source, interpreter: null },
      ...overrides,
    },
    write: (text) => {
      mkdirSync(dirname(settings), { recursive: true });
      writeFileSync(settings, text);
    },
    read: () => readFileSync(settings),
    [Symbol.dispose]: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
