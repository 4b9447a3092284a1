/** The shell tool: what is asked of a worker, and what a command printed in words. */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import type { ToolResult } from './file-work.ts';
import type { WorkerAnswer } from './worker-frames.ts';

const DEFAULT_SECONDS = 120;
/** A worker ends a command by itself; this much later it counts as hanging. */
const GRACE_MS = 15_000;
/** Of what is printed first; native/worker/shell.c has the same. */
const MOST_FIRST = 96 * 1024;

/** What a command prints, as it comes. A worker that sends more than one of ours would is found out. */
export class ShellOutput {
  readonly #pieces: Buffer[] = [];
  #size = 0;

  /** @throws GatehouseError `worker_lies` */
  take(fields: readonly Buffer[]): void {
    const [piece] = fields;
    if (piece === undefined || fields.length !== 1 || this.#size + piece.length > MOST_FIRST)
      throw new GatehouseError('worker_lies', 'its worker sent more than there is');
    this.#size += piece.length;
    this.#pieces.push(piece);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

/** @param cwd  where it runs: absolute, without links */
export function shellWork(params: JsonObject, cwd: string): { fields: readonly string[]; limitMs: number } {
  const ms = Number(params['timeout'] ?? DEFAULT_SECONDS) * 1000;
  return { fields: ['bash', String(params['command'] ?? ''), cwd, String(ms)], limitMs: ms + GRACE_MS };
}

export function shellResult(params: JsonObject, output: ShellOutput, answer: WorkerAnswer): ToolResult {
  if (answer.kind !== 'done') return { text: answer.fields[0]?.toString('utf8') ?? '', failed: true };
  const [how, left, last] = answer.fields.map((field) => field);
  const beyond = Number(left?.toString('latin1') ?? 0);
  const printed =
    beyond > 0
      ? `${output.bytes().toString('utf8')}\n(${beyond} bytes are left out.)\n${(last ?? Buffer.alloc(0)).toString('utf8')}`
      : Buffer.concat([output.bytes(), last ?? Buffer.alloc(0)]).toString('utf8');
  const end = endOf(how?.toString('latin1') ?? '', params);
  if (end === null) return { text: printed === '' ? '(It printed nothing.)' : printed, failed: false };
  return { text: `${printed}${printed === '' || printed.endsWith('\n') ? '' : '\n'}(${end})`, failed: true };
}

/** Why it did not end well; null when it did. */
function endOf(how: string, params: JsonObject): string | null {
  const [word, number] = how.split(' ');
  if (word === 'exit') return number === '0' ? null : `Exit code ${number}.`;
  if (word === 'signal') return `Ended by signal ${number}.`;
  return `It took longer than ${Number(params['timeout'] ?? DEFAULT_SECONDS)} seconds and was ended, with all that it started.`;
}
