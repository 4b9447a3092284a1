/** One HTTP request to 127.0.0.1, and its JSON answer. */
import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape; the contract test checks them.
  readonly body: any;
}

export interface Ask {
  readonly method?: string;
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string;
}

/** Sends it, on a connection of its own unless an agent keeps some. Aborting the signal cuts the connection. */
export function httpAsk(
  port: number,
  path: string,
  options: Ask = {},
  signal?: AbortSignal,
  agent?: Agent,
): Promise<Answered> {
  const { token, body, raw } = options;
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const request = httpRequest(
    {
      host: '127.0.0.1',
      port,
      path,
      method: options.method ?? (text === undefined ? 'GET' : 'POST'),
      agent: agent ?? false,
      ...(signal === undefined ? {} : { signal }),
      headers: {
        ...(token == null ? {} : { Authorization: `Bearer ${token}` }),
        ...(text === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
        ...options.headers,
      },
    },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const all = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: all === '' ? null : JSON.parse(all),
        });
      });
    },
  );
  request.on('error', reject);
  request.end(text);
  return promise;
}
