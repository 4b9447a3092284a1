/** The name that a TLS client asks for: the server_name of its ClientHello (RFC 8446 §4.1.2, RFC 6066 §3). */

export type ServerName =
  /** Not enough has come to tell. */
  | { readonly kind: 'more' }
  /** It names nobody, or it is no ClientHello. */
  | { readonly kind: 'none' }
  | { readonly kind: 'broken' }
  | { readonly kind: 'host'; readonly host: string };

const MORE: ServerName = { kind: 'more' };
const BROKEN: ServerName = { kind: 'broken' };
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const LONGEST_HELLO = 60_000;

/** Reads on over record boundaries: a client may cut its message as it likes. */
export function serverName(held: Buffer): ServerName {
  const records = messageOf(held);
  if (!('message' in records)) return records;
  const { message } = records;
  if (message[0] !== CLIENT_HELLO) return { kind: 'none' };
  try {
    return nameIn(new Cursor(message.subarray(4)));
  } catch {
    return BROKEN;
  }
}

/**
 * The first handshake message, put together. Each byte is moved once and no record costs more than its bytes: a
 * client may send thousands of a byte each, and is looked at anew with each byte that comes.
 */
function messageOf(held: Buffer): ServerName | { readonly message: Buffer } {
  const message = Buffer.alloc(held.length);
  let have = 0;
  for (let at = 0; ; ) {
    if (held.length < at + 5) return MORE;
    if (held[at] !== HANDSHAKE || held[at + 1] !== 3) return at === 0 ? { kind: 'none' } : BROKEN;
    const length = held.readUInt16BE(at + 3);
    if (length === 0) return BROKEN;
    const end = at + 5 + length;
    for (let from = at + 5; from < end && from < held.length; from += 1) message[have++] = held[from] ?? 0;
    if (have >= 4) {
      const wanted = 4 + message.readUIntBE(1, 3);
      if (wanted > LONGEST_HELLO) return BROKEN;
      if (have >= wanted) return { message: message.subarray(0, wanted) };
    }
    if (held.length < end) return MORE;
    at = end;
  }
}

function nameIn(hello: Cursor): ServerName {
  hello.skip(2 + 32);
  hello.skip(hello.number(1));
  hello.skip(hello.number(2));
  hello.skip(hello.number(1));
  if (hello.left === 0) return { kind: 'none' };
  const extensions = hello.part(2);
  let found: ServerName = { kind: 'none' };
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const body = extensions.part(2);
    if (type !== SERVER_NAME) continue;
    if (found.kind !== 'none') return BROKEN;
    const list = body.part(2);
    if (list.number(1) !== HOST_NAME) return BROKEN;
    const host = list.bytes(list.number(2)).toString('latin1').toLowerCase();
    if (list.left > 0 || host === '') return BROKEN;
    found = { kind: 'host', host: host.replace(/\.$/, '') };
  }
  return found;
}

/** Reads on from where it stands. @throws RangeError beyond the end */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  number(size: number): number {
    return this.bytes(size).readUIntBE(0, size);
  }

  bytes(length: number): Buffer {
    if (length > this.left) throw new RangeError('it is shorter than it says');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  skip(length: number): void {
    this.bytes(length);
  }

  /** A part that begins with its own length. */
  part(size: number): Cursor {
    return new Cursor(this.bytes(this.number(size)));
  }
}
