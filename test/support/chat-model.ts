/**
 * A model that plays a script over OpenAI's chat completions, streaming and not: for Copilot CLI and opencode.
 *
 * Which turn comes next follows from the number of assistant messages in the conversation; requests without tools
 * (titles, summaries) get a word.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

export interface ChatCall {
  readonly name: string;
  readonly args: Json;
}

/** Tool calls of one turn; after the last one it says `done`. */
export type ChatTurn = readonly ChatCall[];

export interface ChatModel {
  readonly url: string;
  /** What the model was told each call gave, in order. */
  results(): readonly string[];
  /** Names of the tools that were offered. */
  offered(): readonly string[];
  close(): Promise<void>;
}

/** @param script turns, or what makes them of the text of the conversation's first messages */
export async function startChatModel(
  script: readonly ChatTurn[] | ((begins: string) => readonly ChatTurn[]),
): Promise<ChatModel> {
  const results = new Map<string, string>();
  const offered = new Set<string>();
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (!path.endsWith('/chat/completions') || !text.startsWith('{')) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"not here"}}');
      return;
    }
    const body = JSON.parse(text) as Json;
    const messages = listOf(body['messages']);
    for (const { role, tool_call_id: id, content } of messages) {
      if (role === 'tool')
        results.set(`${String(id)}`, typeof content === 'string' ? content : JSON.stringify(content));
    }
    const tools = listOf(body['tools']).map((tool) =>
      String((tool['function'] as Json | undefined)?.['name']),
    );
    for (const name of tools) offered.add(name);
    const step = messages.filter(({ role }) => role === 'assistant').length;
    const turns = typeof script === 'function' ? script(JSON.stringify(messages.slice(0, 3))) : script;
    const calls = tools.length === 0 ? [] : (turns[step] ?? []);
    send(response, body['stream'] === true, calls, step);
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    results: () => [...results.values()],
    offered: () => [...offered],
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, streams: boolean, calls: ChatTurn, step: number): void {
  const head = { id: `c${step}`, created: 1, model: 'fake' };
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const toolCalls = calls.map(({ name, args }, index) => ({
    index,
    id: `call_${step}_${index}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }));
  const said = toolCalls.length === 0 ? { content: 'done' } : { tool_calls: toolCalls };
  const reason = toolCalls.length === 0 ? 'stop' : 'tool_calls';
  if (!streams) {
    response.writeHead(200, { 'content-type': 'application/json' });
    const choice = {
      index: 0,
      message: { role: 'assistant', content: null, ...said },
      finish_reason: reason,
    };
    response.end(JSON.stringify({ ...head, object: 'chat.completion', choices: [choice], usage }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const object = 'chat.completion.chunk';
  for (const choice of [
    { index: 0, delta: { role: 'assistant', ...said }, finish_reason: null },
    { index: 0, delta: {}, finish_reason: reason },
  ])
    response.write(`data: ${JSON.stringify({ ...head, object, choices: [choice], usage })}\n\n`);
  response.end('data: [DONE]\n\n');
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
