/**
 * Frames between the supervisor and a worker of governed tools; see native/worker/frames.c, which has the other end.
 *
 * Out: a 32-bit size and fields, each with such a size before it. In: `+` (a result), `-` (an error in words) or `.`
 * (a piece of what a command prints), a size, and fields. What comes is bounded and checked: a worker may lie.
 */
import { ByteQueue } from '../../platform/byte-queue.ts';
import { GatehouseError } from '../../platform/errors.ts';

/** Of one answer; native/worker/worker.h has the same. */
const MOST_ANSWER = 320 * 1024;
const HEAD = 5;
const KINDS: Readonly<Record<number, WorkerAnswer['kind']>> = { 43: 'done', 45: 'failed', 46: 'piece' };

export interface WorkerAnswer {
  readonly kind: 'done' | 'failed' | 'piece';
  readonly fields: readonly Buffer[];
}

/** What is sent for one piece of work. */
export function encodeFields(fields: readonly (string | Buffer)[]): Buffer {
  const parts = fields.flatMap((field) => {
    const bytes = typeof field === 'string' ? Buffer.from(field, 'utf8') : field;
    return [sizeOf(bytes.length), bytes];
  });
  const body = Buffer.concat(parts);
  return Buffer.concat([sizeOf(body.length), body]);
}

function sizeOf(size: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(size);
  return bytes;
}

/** Takes what a worker sends apart. A reader that threw is spent. */
export class WorkerAnswers {
  readonly #incoming = new ByteQueue();
  #head: { readonly kind: WorkerAnswer['kind']; readonly size: number } | null = null;

  /** @throws GatehouseError `worker_lies` at what no worker of ours sends */
  take(bytes: Buffer): readonly WorkerAnswer[] {
    const answers: WorkerAnswer[] = [];
    this.#incoming.add(bytes);
    for (;;) {
      this.#head ??= this.#readHead();
      if (this.#head === null || this.#incoming.length < this.#head.size) return answers;
      const { kind, size } = this.#head;
      this.#head = null;
      answers.push({ kind, fields: fieldsOf(Buffer.from(this.#incoming.take(size))) });
    }
  }

  #readHead(): { readonly kind: WorkerAnswer['kind']; readonly size: number } | null {
    if (this.#incoming.length < HEAD) return null;
    const head = this.#incoming.take(HEAD);
    const kind = KINDS[head[0] ?? 0];
    const size = head.readUInt32BE(1);
    if (kind === undefined || size > MOST_ANSWER) throw lies();
    return { kind, size };
  }
}

function fieldsOf(body: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    if (body.length - at < 4) throw lies();
    const size = body.readUInt32BE(at);
    if (size > body.length - at - 4) throw lies();
    fields.push(body.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return fields;
}

function lies(): GatehouseError {
  return new GatehouseError('worker_lies', 'what its worker sent is not an answer');
}
