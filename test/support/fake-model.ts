/**
 * A model that plays a script: the Anthropic Messages API on loopback, streaming and not.
 *
 * The script is a list of assistant turns. Which one is played follows from the conversation that the client
 * sends (the number of assistant messages in it), so the server keeps no state that could drift. Requests
 * without tools (titles, summaries) are answered with a word. Every request is kept for the test to look at.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One tool the model wants to use. */
export interface ScriptedCall {
  readonly name: string;
  readonly input: Record<string, unknown>;
  /** Default `toolu_<step>_<index>`. */
  readonly id?: string;
}

/** One assistant turn: tool calls (several run in parallel), with words before them or without, or the last word. */
export type ScriptedTurn =
  | { readonly calls: readonly ScriptedCall[]; readonly words?: string }
  | { readonly text: string };

/** A result as it stands in the conversation that the client sent back. */
export interface SeenToolResult {
  readonly id: string;
  readonly text: string;
  readonly isError: boolean;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** The parsed body; null when there was none. */
  readonly body: ModelBody | null;
}

export interface FakeModel {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Names of the tools that the client offered in any request: a server that connects late comes in a later one. */
  offeredTools(): readonly string[];
  /** Every tool result any request carried, by id, the last one seen. */
  toolResults(): readonly SeenToolResult[];
  close(): Promise<void>;
}

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly tool_use_id?: string;
  readonly content?: string | readonly Block[];
  readonly is_error?: boolean;
}

interface ModelBody {
  readonly model?: string;
  readonly stream?: boolean;
  readonly tools?: readonly { readonly name: string }[];
  readonly messages?: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
}

type Script =
  | readonly ScriptedTurn[]
  | ((body: ModelBody, step: number) => ScriptedTurn | Promise<ScriptedTurn>);

const USAGE = {
  input_tokens: 10,
  output_tokens: 10,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
};

/** Starts the server on a free loopback port. After the last scripted turn it says `done`. */
export async function startFakeModel(script: Script): Promise<FakeModel> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void serve(script, requests, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    offeredTools: () => [
      ...new Set(requests.flatMap(({ body }) => (body?.tools ?? []).map((tool) => tool.name))),
    ],
    toolResults: () => collectResults(requests),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function serve(
  script: Script,
  requests: SeenRequest[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const text = await readAll(request);
  const body = text === '' ? null : (JSON.parse(text) as ModelBody);
  requests.push({ method: request.method ?? '', path, body });
  if (path === '/v1/messages/count_tokens') return sendJson(response, 200, { input_tokens: 10 });
  if (path !== '/v1/messages' || body === null) {
    return sendJson(response, 404, {
      type: 'error',
      error: { type: 'not_found_error', message: `no ${path} here` },
    });
  }
  const turn = await nextTurn(script, body);
  const message = toMessage(turn, body);
  if (body.stream === true) stream(response, message);
  else sendJson(response, 200, message);
}

async function nextTurn(script: Script, body: ModelBody): Promise<ScriptedTurn> {
  if ((body.tools ?? []).length === 0) return { text: 'a word' };
  const step = (body.messages ?? []).filter((message) => message.role === 'assistant').length;
  if (typeof script === 'function') return script(body, step);
  return script[step] ?? { text: 'done' };
}

interface Message {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly (
    | { readonly type: 'text'; readonly text: string }
    | {
        readonly type: 'tool_use';
        readonly id: string;
        readonly name: string;
        readonly input: Record<string, unknown>;
      }
  )[];
  readonly stop_reason: 'tool_use' | 'end_turn';
  readonly stop_sequence: null;
  readonly usage: typeof USAGE;
}

function toMessage(turn: ScriptedTurn, body: ModelBody): Message {
  const step = (body.messages ?? []).filter((message) => message.role === 'assistant').length;
  const shared = {
    id: `msg_fake_${step}`,
    type: 'message',
    role: 'assistant',
    model: body.model ?? 'fake',
    stop_sequence: null,
    usage: USAGE,
  } as const;
  if ('text' in turn)
    return { ...shared, content: [{ type: 'text', text: turn.text }], stop_reason: 'end_turn' };
  return {
    ...shared,
    content: [
      ...(turn.words === undefined ? [] : [{ type: 'text' as const, text: turn.words }]),
      ...turn.calls.map((call, index) => ({
        type: 'tool_use' as const,
        id: call.id ?? `toolu_${step}_${index}`,
        name: call.name,
        input: call.input,
      })),
    ],
    stop_reason: 'tool_use',
  };
}

function stream(response: ServerResponse, message: Message): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const send = (type: string, data: Record<string, unknown>) => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  };
  send('message_start', { message: { ...message, content: [], stop_reason: null } });
  for (const [index, block] of message.content.entries()) {
    if (block.type === 'text') {
      send('content_block_start', { index, content_block: { type: 'text', text: '' } });
      send('content_block_delta', { index, delta: { type: 'text_delta', text: block.text } });
    } else {
      send('content_block_start', { index, content_block: { ...block, input: {} } });
      send('content_block_delta', {
        index,
        delta: { type: 'input_json_delta', partial_json: JSON.stringify(block.input) },
      });
    }
    send('content_block_stop', { index });
  }
  send('message_delta', { delta: { stop_reason: message.stop_reason, stop_sequence: null }, usage: USAGE });
  send('message_stop', {});
  response.end();
}

function collectResults(requests: readonly SeenRequest[]): SeenToolResult[] {
  const results = new Map<string, SeenToolResult>();
  for (const message of requests.flatMap((seen) => seen.body?.messages ?? [])) {
    if (typeof message.content === 'string') continue;
    for (const block of message.content) {
      if (block.type !== 'tool_result' || block.tool_use_id === undefined) continue;
      results.set(block.tool_use_id, {
        id: block.tool_use_id,
        text: textOf(block.content),
        isError: block.is_error === true,
      });
    }
  }
  return [...results.values()];
}

function textOf(content: string | readonly Block[] | undefined): string {
  if (content === undefined) return '';
  return typeof content === 'string' ? content : content.map((block) => block.text ?? '').join('');
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
