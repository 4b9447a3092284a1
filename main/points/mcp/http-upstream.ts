/**
 * An MCP server behind a URL: Streamable HTTP, spoken by the official client library's transport.
 *
 * Redirects are not followed: the headers, which may hold a credential, go to the registered place only.
 */
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { failure, RPC } from './json-rpc.ts';
import type { HttpServer } from './server-record.ts';
import type { Upstream, UpstreamEvents } from './upstream.ts';

const CLOSE_MS = 2000;
type TransportMessage = Parameters<StreamableHTTPClientTransport['send']>[0];

/**
 * Opens the connection; the server is first spoken to with the first message.
 *
 * @throws GatehouseError `server_failed`
 */
export async function connectHttpServer(server: HttpServer, events: UpstreamEvents): Promise<Upstream> {
  let told = false;
  let closing = false;
  const gone = (why: string) => {
    if (told || closing) return;
    told = true;
    events.gone(why);
  };
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    requestInit: { headers: server.headers, redirect: 'error' },
  });
  transport.onmessage = (message) => events.message(message);
  transport.onclose = () => gone('the connection was closed');
  transport.onerror = (error) => events.note(messageOf(error));
  try {
    await transport.start();
  } catch (error) {
    throw new GatehouseError('server_failed', `${server.url} cannot be reached: ${messageOf(error)}`);
  }
  return {
    send: (message) => {
      transport.send(message as TransportMessage).catch((error: unknown) => {
        const why = `${server.url}: ${messageOf(error)}`;
        // A session that the server forgot begins anew; any other fault is of this one request.
        if (statusOf(error) === 404) gone(why);
        else if ('method' in message && 'id' in message)
          events.message(failure(message.id, RPC.serverGone, why));
        else events.note(why);
      });
    },
    agreed: (version) => transport.setProtocolVersion(version),
    close: async () => {
      closing = true;
      const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
      await Promise.race([transport.terminateSession().catch(() => undefined), late]);
      await transport.close();
    },
  };
}

function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code, status } = error as { code?: unknown; status?: unknown };
  return typeof status === 'number' ? status : typeof code === 'number' ? code : null;
}
