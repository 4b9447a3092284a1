/**
 * The head of an HTTP/1 request, read as strictly as the standard lets one (RFC 9112). Whatever two programs could
 * read in two ways is refused: bare line feeds, folded lines, spaces before a colon, two lengths.
 */
import { refusal } from './target.ts';

export const LONGEST_HEAD = 32 * 1024;
const MOST_FIELDS = 200;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const REQUEST = new RegExp(`^(${TOKEN}) ([\\x21-\\x7e]+) HTTP/1\\.([01])$`);
const FIELD = new RegExp(`^(${TOKEN}):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*?)[ \\t]*$`);

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** As they came, in their order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** How a request's body is measured. */
export type Framing = { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' };

/** How many bytes a head takes, its empty line with it; null while it is not whole. */
export function headLength(held: Buffer): number | null {
  const end = held.indexOf('\r\n\r\n', 0, 'latin1');
  return end < 0 ? null : end + 4;
}

/** @throws GatehouseError `egress_refused` */
export function parseHead(head: Buffer): RequestHead {
  if (head.length > LONGEST_HEAD) throw refusal('a head that is too long');
  const lines = head.toString('latin1').split('\r\n');
  if (lines.pop() !== '' || lines.pop() !== '') throw refusal('a head without an end');
  const [first = '', ...rest] = lines;
  const request = REQUEST.exec(first);
  if (request?.[1] === undefined || request[2] === undefined) throw refusal('not a request of HTTP/1');
  if (rest.length > MOST_FIELDS) throw refusal('too many fields in the head');
  const fields = rest.map((line) => {
    const field = FIELD.exec(line);
    if (field?.[1] === undefined) throw refusal('a line of the head that is no field');
    return [field[1], field[2] ?? ''] as const;
  });
  return { method: request[1], target: request[2], fields };
}

/** The values of a field, in any case of its name. */
export function valuesOf({ fields }: RequestHead, name: string): readonly string[] {
  return fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

/** How long the body is. @throws GatehouseError `egress_refused` for two lengths, or one that is none */
export function framingOf(head: RequestHead): Framing {
  const codings = valuesOf(head, 'transfer-encoding');
  const lengths = valuesOf(head, 'content-length');
  if (codings.length > 0) {
    if (lengths.length > 0) throw refusal('two lengths of one body');
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked')
      throw refusal('a body in an unknown coding');
    return { kind: 'chunked' };
  }
  if (lengths.length === 0) return { kind: 'length', bytes: 0 };
  const [length = ''] = lengths;
  if (lengths.length > 1 || !/^(?:0|[1-9]\d{0,14})$/.test(length))
    throw refusal('a length of a body that is none');
  return { kind: 'length', bytes: Number(length) };
}

/** Fields that are between a client and its proxy, and not for whoever is behind it. */
const HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'host',
]);

/** The head as it goes on: for the path of its own host, without what was meant for the proxy. */
export function forwardedHead(head: RequestHead, host: string, path: string): Buffer {
  const named = valuesOf(head, 'connection').flatMap((value) => value.split(','));
  const dropped = new Set([...HOP, ...named.map((name) => name.trim().toLowerCase())]);
  // What measures the body stays, whatever `connection` names.
  for (const name of ['content-length', 'transfer-encoding']) dropped.delete(name);
  const fields = head.fields.filter(([name]) => !dropped.has(name.toLowerCase()));
  const lines = [
    `${head.method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
