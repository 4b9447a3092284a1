/**
 * The plain commands of the `gatehouse` program.
 *
 * Each is computed here, in the running supervisor or, where no state is needed, in a private one; the program
 * at the terminal only prints what comes back.
 */
import type { DesktopView, Overview } from '../../../preload/contract.ts';
import type { AuditLog } from '../../audit/log.ts';
import type { LogSeal } from '../../audit/seal.ts';
import type { Engine } from '../../engine/engine.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import type { Paths } from '../../platform/paths.ts';
import type { Peer } from '../../platform/peer.ts';
import type { AgentsPort } from '../agents.ts';
import type { ApiKeeper } from '../api-keeper.ts';
import type { Mcp } from '../mcp.ts';
import type { McpRoutes } from '../mcp-routes.ts';
import type { PauseDesk } from '../pause/pause-desk.ts';
import type { PolicyLayers } from '../policy-layers.ts';
import type { Presence } from '../presence.ts';
import type { PresenceRecord } from '../presence-record.ts';
import type { RememberDesk } from '../remember/remember-desk.ts';
import type { PolicyReplay } from '../replay/policy-replay.ts';
import type { ReviewDesk } from '../reviews/review-desk.ts';
import type { VaultParts } from '../vault/create-vault.ts';

export interface CommandRequest {
  /** Without the program's name: `['status', '--json']`. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** What was on the standard input of a command that takes it; null when nothing was. */
  readonly input?: Buffer | null;
  /** Who asks, as far as the kernel tells; null in a private supervisor. */
  readonly peer: Peer | null;
  /** Fires when whoever asks has gone. */
  readonly signal?: AbortSignal;
  /** Asks something on the person's terminal without echo; null when there is none. */
  ask(prompt: string): Promise<string | null>;
}

export interface CommandAnswer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What commands work on. `running` is null in a private supervisor. */
export interface CommandParts {
  readonly version: string;
  readonly paths: Paths;
  readonly home: string;
  /** How a command line is to be written for this install: `npx --no-install gatehouse` or `gatehouse`. */
  readonly program: string;
  readonly presence: Presence;
  readonly presenceRecord: Pick<PresenceRecord, 'refused' | 'tried'>;
  readonly agents: Omit<AgentsPort, 'watch'>;
  readonly routes: Pick<McpRoutes, 'plan' | 'apply' | 'planTools' | 'applyTools' | 'toolClients'>;
  readonly log: () => Promise<AuditLog>;
  /** Checks the whole log and writes down what came out. */
  readonly verifyLog: () => ReturnType<AuditLog['verify']>;
  /** What signs the log; opened. */
  readonly seal: () => Promise<LogSeal>;
  readonly running: {
    readonly engine: Engine;
    readonly remember: RememberDesk;
    readonly replay: PolicyReplay;
    readonly mcp: Mcp;
    readonly vault: VaultParts;
    readonly overview: () => Overview;
    readonly openLink: () => Promise<{ readonly url: string }>;
    readonly api: ApiKeeper;
    readonly pause: PauseDesk;
    /** Null where no sandbox can be had. */
    readonly reviews: ReviewDesk | null;
    readonly desktop: () => DesktopView;
    readonly layers: PolicyLayers;
    readonly trustPolicy: (file: string, hash: string, via: 'page' | 'window' | 'terminal') => Promise<void>;
    /** Answers whether it was trusted. */
    readonly distrustPolicy: (file: string, via: 'page' | 'window' | 'terminal') => Promise<boolean>;
  } | null;
}

export interface Command {
  /** `approvals list [--json]` and so on, one a line, for `--help`. */
  readonly usage: readonly string[];
  /** One sentence. */
  readonly what: string;
  /** Can be answered without a running supervisor. */
  readonly needsSupervisor: boolean;
  run(request: CommandRequest, parts: CommandParts): Promise<CommandAnswer>;
}

export function answer(stdout: string, exit = 0): CommandAnswer {
  return { exit, stdout: stdout === '' || stdout.endsWith('\n') ? stdout : `${stdout}\n`, stderr: '' };
}

export function failed(message: string, exit = 1): CommandAnswer {
  return { exit, stdout: '', stderr: `gatehouse: ${message}\n` };
}

/** Every fault of a command as one line on stderr; never a stack. */
export function answerOf(error: unknown): CommandAnswer {
  return failed(
    error instanceof GatehouseError
      ? error.message
      : `internal fault: ${messageOf(error)}; hint: the log file has more`,
    // What was typed is not understood: 2, as for a word too many.
    error instanceof GatehouseError && error.code === 'usage' ? 2 : 1,
  );
}

/**
 * Asks for the PIN on the terminal and checks it.
 *
 * @param shown lines that stand before the question, each with its end
 *
 * @throws GatehouseError `no_pin` when none is set, `no_terminal`, `wrong_pin`, `rate_limited`
 */
export async function requirePresence(
  act: string,
  request: CommandRequest,
  parts: CommandParts,
  shown = '',
): Promise<void> {
  // Somebody wanted what only a person may do, and showed nothing: an agent that helps itself looks like this.
  const refuse = async (error: GatehouseError): Promise<never> => {
    await parts.presenceRecord.refused(act, error.code, request.peer);
    throw error;
  };
  if (!parts.presence.isSet()) {
    return refuse(
      new GatehouseError(
        'no_pin',
        `${act} was not done: no PIN is set, so nobody can show that a person asks`,
        { hint: 'choose a PIN in the page of the first link; starting Gatehouse again prints a fresh one' },
      ),
    );
  }
  const pin = await request.ask(`${shown}PIN for ${act}: `);
  if (pin === null) {
    return refuse(
      new GatehouseError(
        'no_terminal',
        `${act} was not done: it needs the PIN, and there is no terminal to ask on`,
      ),
    );
  }
  try {
    await parts.presence.check(pin, 'terminal');
  } catch (error) {
    await parts.presenceRecord.tried(
      act,
      error instanceof GatehouseError ? error.code : 'failed',
      'terminal',
    );
    throw error;
  }
  await parts.presenceRecord.tried(act, '', 'terminal');
}

export function needsRunning(parts: CommandParts): NonNullable<CommandParts['running']> {
  if (parts.running === null) {
    throw new GatehouseError('no_supervisor', 'Gatehouse is not running', {
      hint: `start it with ${parts.program} start`,
    });
  }
  return parts.running;
}
