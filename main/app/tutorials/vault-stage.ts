/**
 * The stage of the vault's tutorial: a terminal of the person's, a server that shows what it was started with, and
 * the agent's client of it, through the real pipe program. The secret is made for the run and never printed.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { AuditEvent } from '../../audit/event.ts';
import { assertNever, GatehouseError } from '../../platform/errors.ts';
import { USE_CREDENTIAL } from '../../points/mcp/pseudo-actions.ts';
import { Redactor } from '../../vault/redaction/redactor.ts';
import { readTutorialServer } from '../resources.ts';
import type { LogFollower } from './log-follower.ts';
import type { AgentCall, Told } from './scripted-agent.ts';
import type { SupervisorLine } from './supervisor-line.ts';
import { ToolClient } from './tool-client.ts';
import type { Transcript } from './transcript.ts';
import type { TerminalAct, VaultStep } from './tutorial.ts';

const CREDENTIAL = 'notes_key';
const SERVER = 'notes';
const VARIABLE = 'NOTES_KEY';
const TOOL = 'post';

const Entry = z.object({ [SERVER]: z.object({ command: z.string(), args: z.array(z.string()) }) });
type RowTest = (event: AuditEvent) => boolean;

export interface VaultStageParts {
  readonly line: SupervisorLine;
  readonly follower: LogFollower;
  readonly transcript: Transcript;
  /** Folder of the whole tutorial. */
  readonly root: string;
  readonly workspace: string;
}

export class VaultStage {
  readonly #parts: VaultStageParts;
  readonly #value = `nk_${randomBytes(18).toString('hex')}`;
  readonly #passphrase = randomBytes(18).toString('base64url');
  #entry: { readonly command: string; readonly args: readonly string[] } | null = null;
  #client: ToolClient | null = null;

  constructor(parts: VaultStageParts) {
    this.#parts = parts;
  }

  /** @throws GatehouseError `tutorial_failed`, what the supervisor says */
  async play(step: VaultStep): Promise<void> {
    switch (step.do) {
      case 'terminal':
        return this.#types(step.act);
      case 'uses':
        return this.#uses(step.redacted);
      case 'given':
        return this.#given(step.has);
      case 'nowhere':
        return this.#nowhere();
      default:
        return assertNever(step, 'step of the vault');
    }
  }

  /** The agent's client comes to the server; it is answered when the person was. */
  connect(): AgentCall {
    if (this.#entry === null) throw failed('the server is not registered');
    rmSync(this.#file('key'), { force: true });
    this.#parts.transcript.says('Agent', `connects to the server ${SERVER}`);
    const client = new ToolClient(this.#entry, this.#parts.workspace);
    this.#client = client;
    const told = client.introduce().then(
      (): Told => ({ kind: 'allow', words: `connected to ${SERVER}`, texts: [] }),
      (error: unknown): Told => ({ kind: 'deny', words: String(error), texts: [] }),
    );
    return { id: 'connection', tool: USE_CREDENTIAL, input: {}, told };
  }

  close(): void {
    this.#client?.close();
  }

  async #types(act: TerminalAct): Promise<void> {
    const { line, follower, transcript } = this.#parts;
    const { argv, typed, row } = this.#command(act);
    transcript.says('You', `gatehouse ${argv.join(' ').replaceAll(this.#parts.root, '…')}`);
    const printed = await line.types(argv, typed);
    if (act === 'register') {
      const parsed = Entry.parse(JSON.parse(printed.slice(printed.indexOf('\n{') + 1)));
      this.#entry = parsed[SERVER] ?? null;
    }
    await follower.until(`what was done (${act})`, ({ event }) => row(event));
  }

  #command(act: TerminalAct): {
    readonly argv: readonly string[];
    readonly typed: readonly string[];
    readonly row: RowTest;
  } {
    const changed =
      (change: string): RowTest =>
      (event) =>
        event.type === 'vault.changed' && event.change === change;
    switch (act) {
      case 'make':
        return {
          argv: ['vault', 'unlock'],
          typed: [this.#passphrase, this.#passphrase],
          row: changed('made'),
        };
      case 'add':
        return {
          argv: ['vault', 'add', CREDENTIAL, '--type', 'api_key'],
          typed: [this.#value],
          row: changed('added'),
        };
      case 'register': {
        mkdirSync(this.#file(''), { recursive: true, mode: 0o700 });
        writeFileSync(this.#file('notes.sh'), readTutorialServer(), { mode: 0o600 });
        return {
          argv: ['mcp', 'add', SERVER, '--', '/bin/sh', this.#file('notes.sh'), this.#file('key')],
          typed: [],
          row: (event) => event.type === 'mcp.changed' && event.change === 'registered',
        };
      }
      case 'grant':
        return {
          argv: ['vault', 'grant', CREDENTIAL, '--to', SERVER, '--env', VARIABLE],
          typed: [],
          row: changed('granted'),
        };
      case 'revoke':
        return {
          argv: ['vault', 'revoke', CREDENTIAL, '--from', SERVER],
          typed: [],
          row: changed('revoked'),
        };
      default:
        return assertNever(act, 'act in a terminal');
    }
  }

  async #uses(redacted: number): Promise<void> {
    const { follower, transcript } = this.#parts;
    rmSync(this.#file('key'), { force: true });
    const text = await (this.#client ?? fail('nobody is connected')).use(TOOL);
    transcript.says('Agent', `is told: ${text}`);
    if (this.#holds(text)) throw failed('the agent was told the value');
    if (text.split('[REDACTED]').length - 1 !== redacted)
      throw failed(`not ${redacted} values were taken out of what the agent was told`);
    await follower.until('the use', ({ event }) => event.type === 'call.completed');
  }

  /** What the server was started with: what it wrote down at its start. */
  #given(has: boolean | null): void {
    const file = this.#file('key');
    const found = existsSync(file) ? readFileSync(file, 'utf8') : null;
    const right = has === null ? found === null : found === (has ? this.#value : '');
    if (!right) throw failed('the server was not started as it must be');
    this.#parts.transcript.says(
      'Server',
      has === null ? 'does not run' : has ? 'was started with the key' : 'was started without it',
    );
  }

  #nowhere(): void {
    const { root, transcript } = this.#parts;
    const own = this.#file('key');
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => file !== own);
    for (const file of files)
      if (this.#holds(readFileSync(file, 'latin1'))) throw failed(`the value is in ${file}`);
    for (const text of this.#client?.surroundings() ?? [])
      if (this.#holds(text)) throw failed('the value is in the arguments or the environment of the agent');
    transcript.says(
      'Folder',
      'the value is in no file but the server’s own: not in the log, the vault’s file, or the project',
    );
  }

  /** In any of the spellings that the redactor knows. */
  #holds(text: string): boolean {
    const finder = new Redactor();
    finder.add(Buffer.from(this.#value));
    return finder.find(text).length > 0;
  }

  #file(name: string): string {
    return join(this.#parts.root, 'server', name);
  }
}

function failed(what: string): GatehouseError {
  return new GatehouseError('tutorial_failed', what);
}

function fail(what: string): never {
  throw failed(what);
}
