/** The HTTP side of a request: what it asks for, and how it is answered. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import type { Reply, Route } from './route.ts';

const MAX_URL = 8192;

/** Path and query of a request. @throws ApiError `too_large` */
export function target(request: IncomingMessage): { readonly path: string; readonly query: string } {
  const url = request.url ?? '';
  if (url.length > MAX_URL) throw new ApiError('too_large', 'the address is too long');
  const at = url.indexOf('?');
  return at === -1 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) };
}

/** The query's members. @throws ApiError `bad_request` when a name stands twice */
export function queryOf(query: string): Readonly<Record<string, string | undefined>> {
  const found: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(query)) {
    if (found[name] !== undefined)
      throw new ApiError('bad_request', `${JSON.stringify(name.slice(0, 60))} stands twice in the query`);
    found[name] = value;
  }
  return { ...found };
}

/** What fits a schema. @throws ApiError `bad_request` with the first thing that does not */
export function parsed(schema: NonNullable<Route['query'] | Route['body']>, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw new ApiError(
    'bad_request',
    `${where === '' ? '' : `${where}: `}${issue?.message ?? 'not understood'}`,
  );
}

/** A refusal as it is answered. */
export function refusal({ code, status, message, retryAfterSeconds }: ApiError): Reply {
  const seconds = retryAfterSeconds === null ? {} : { retry_after_seconds: retryAfterSeconds };
  return {
    status,
    body: { error: { code, message, ...seconds } },
    headers: {
      ...(retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) }),
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer realm="gatehouse"' } : {}),
    },
  };
}

/** Answers. A client that does not take its answer within `patienceMs` is cut off. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  patienceMs: number,
): void {
  if (response.destroyed || response.headersSent) return;
  const text = Buffer.from(JSON.stringify(reply.body));
  // What of a refused request was not read is not read any more.
  if (!request.complete) response.setHeader('Connection', 'close');
  response.writeHead(reply.status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': text.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...reply.headers,
  });
  const patience = setTimeout(() => response.destroy(), patienceMs);
  response.once('close', () => clearTimeout(patience));
  response.end(text);
}
