/** A server behind a URL: the official server of the `everything` kind is too heavy here; this one says little. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { McpScene, mcpPolicy } from '../../support/mcp-scene.ts';

type Handle = (
  message: { id?: number; method: string; params?: Record<string, unknown> },
  response: ServerResponse,
  request: IncomingMessage,
) => void;

const servers: Server[] = [];
let scene: McpScene;
afterEach(async () => {
  await scene.remove();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Starts an HTTP server that hands each posted message on; answers its URL. */
async function listen(handle: Handle): Promise<string> {
  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(request.method === 'DELETE' ? 204 : 405).end();
      return;
    }
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => handle(JSON.parse(text), response, request));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

const reply = (response: ServerResponse, id: number | undefined, result: object, headers = {}) =>
  response
    .writeHead(200, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ jsonrpc: '2.0', id, result }));

/** A server with one tool; `session` is what it wants to hear after initialize. */
const echoing =
  (seen: IncomingMessage['headers'][], session: () => string): Handle =>
  ({ id, method, params }, response, request) => {
    seen.push(request.headers);
    if (method === 'initialize')
      return void reply(
        response,
        id,
        {
          protocolVersion: '2025-06-18',
          capabilities: { tools: {} },
          serverInfo: { name: 'h', version: '1' },
        },
        { 'mcp-session-id': session() },
      );
    if (request.headers['mcp-session-id'] !== session()) return void response.writeHead(404).end();
    if (id === undefined) return void response.writeHead(202).end();
    if (method === 'tools/list')
      return void reply(response, id, { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] });
    const text = JSON.stringify(params?.['arguments']);
    reply(response, id, { content: [{ type: 'text', text }] });
  };

async function register(url: string): Promise<void> {
  scene = new McpScene(mcpPolicy('default_policy: auto'));
  await scene.mcp.addEntry(
    JSON.stringify({ web: { url, headers: { Authorization: 'Bearer of-the-person' } } }),
    null,
  );
}

const call = { name: 'echo', arguments: { text: 'over http' } };

describe('a Streamable HTTP server', () => {
  it('is spoken to with the registered headers, the session and the agreed version', async () => {
    const seen: IncomingMessage['headers'][] = [];
    await register(await listen(echoing(seen, () => 's1')));
    const client = await scene.client('web');
    expect((await client.callTool(call)).content).toEqual([{ type: 'text', text: '{"text":"over http"}' }]);
    expect(seen.every((headers) => headers.authorization === 'Bearer of-the-person')).toBe(true);
    expect(seen.at(-1)).toMatchObject({ 'mcp-session-id': 's1', 'mcp-protocol-version': '2025-06-18' });
    expect(scene.mcp.views()[0]).toMatchObject({ kind: 'http', secrets: ['Authorization'] });
    expect(JSON.stringify(scene.mcp.views())).not.toContain('of-the-person');
  });

  it('is introduced anew when it forgot the session, and the call that met that is not sent twice', async () => {
    let session = 's1';
    await register(await listen(echoing([], () => session)));
    const client = await scene.client('web');
    await client.callTool(call);
    session = 's2';
    await expect(client.callTool(call)).rejects.toThrow(/whether it was done is not known/);
    expect((await client.callTool(call)).content).toBeDefined();
  });

  it('keeps its headers from the place that it redirects to', async () => {
    const stolen: IncomingMessage['headers'][] = [];
    const elsewhere = await listen(echoing(stolen, () => 's1'));
    await register(
      await listen((_message, response) => void response.writeHead(307, { location: elsewhere }).end()),
    );
    await expect(scene.client('web')).rejects.toThrow();
    expect(stolen).toEqual([]);
  });

  it('fails one call with a clear error, and the next one may succeed', async () => {
    let fails = false;
    const good = echoing([], () => 's1');
    await register(
      await listen((message, response, request) =>
        fails && message.method === 'tools/call'
          ? void response.writeHead(500).end('broken')
          : good(message, response, request),
      ),
    );
    const client = await scene.client('web');
    fails = true;
    await expect(client.callTool(call)).rejects.toThrow(/127\.0\.0\.1.*broken/);
    fails = false;
    expect((await client.callTool(call)).content).toBeDefined();
    expect(scene.log.ofType('call.completed').map(({ success }) => success)).toEqual([false, true]);
  });
});
