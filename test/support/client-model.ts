/**
 * A model that plays a script of tool calls to Codex (OpenAI's responses) or Gemini CLI (contents), on loopback.
 *
 * Which turn comes next follows from how many results the conversation holds, so a request that is sent again gets
 * the same answer. Requests without tools, as for a title, get a word.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

export interface ClientCall {
  readonly name: string;
  readonly args: Json;
  /** Codex: the MCP server's part of the name. */
  readonly namespace?: string;
  /** Codex: a tool that takes free text (`apply_patch`) instead of arguments. */
  readonly text?: string;
}

/** The calls of one turn; after the last turn the model says `all done`. */
export type ClientTurn = readonly ClientCall[];

export interface ClientModel {
  readonly url: string;
  /** Plays this script from now on, in a conversation of its own. */
  script(turns: readonly ClientTurn[]): void;
  /** Results as the model was told them, in order. */
  results(): readonly string[];
  /** Names of the tools that were offered last. */
  offered(): readonly string[];
  close(): Promise<void>;
}

export async function startClientModel(script: readonly ClientTurn[]): Promise<ClientModel> {
  let turns = script;
  let results: readonly string[] = [];
  let offered: readonly string[] = [];
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const path = (request.url ?? '').split('?')[0] ?? '';
    const speech = /\/responses$/.test(path)
      ? RESPONSES
      : /:(?:stream)?generateContent$/i.test(path)
        ? CONTENTS
        : null;
    if (speech === null || !text.startsWith('{')) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"not here"}}');
      return;
    }
    const body = JSON.parse(text) as Json;
    const tools = speech.tools(body);
    let calls: ClientTurn = [];
    if (tools.length > 0) {
      offered = tools;
      const told = speech.results(body);
      if (told.length >= results.length) results = told;
      calls = turnAfter(turns, told.length);
    }
    const streams = speech === RESPONSES || path.includes('stream');
    response.writeHead(200, { 'content-type': streams ? 'text/event-stream' : 'application/json' });
    const events = speech.answer(calls, results.length);
    response.end(streams ? events.map(sse).join('') : JSON.stringify(events[0]));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    script: (next) => {
      turns = next;
      results = [];
      offered = [];
    },
    results: () => results,
    offered: () => offered,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function turnAfter(turns: readonly ClientTurn[], results: number): ClientTurn {
  let seen = 0;
  for (const turn of turns) {
    if (results <= seen) return turn;
    seen += turn.length;
  }
  return [];
}

function sse(event: Json): string {
  const type = typeof event['type'] === 'string' ? `event: ${event['type']}\n` : '';
  return `${type}data: ${JSON.stringify(event)}\n\n`;
}

interface Speech {
  results(body: Json): readonly string[];
  tools(body: Json): readonly string[];
  answer(calls: ClientTurn, step: number): readonly Json[];
}

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const RESPONSES: Speech = {
  results: (body) =>
    list(body['input'])
      .filter(({ type }) => type === 'function_call_output' || type === 'custom_tool_call_output')
      .map(({ output }) => textOf(output)),
  // Newer models get their tools as an item of the input, in namespaces.
  tools: (body) =>
    [...list(body['tools']), ...list(body['input']).flatMap(({ tools }) => list(tools))].flatMap(
      ({ name, type, tools }) => [textOf(name ?? type), ...list(tools).map((tool) => textOf(tool['name']))],
    ),
  answer: (calls, step) => {
    const items: readonly Json[] =
      calls.length === 0
        ? [
            {
              ...{ type: 'message', id: `msg_${step}`, role: 'assistant', status: 'completed' },
              content: [{ type: 'output_text', text: 'all done', annotations: [] }],
            },
          ]
        : calls.map(({ name, args, namespace, text }, index) => ({
            ...{ id: `fc_${step}_${index}`, call_id: `call_${step}_${index}`, name },
            ...(text === undefined
              ? { type: 'function_call', arguments: JSON.stringify(args) }
              : { type: 'custom_tool_call', input: text }),
            ...(namespace === undefined ? {} : { namespace }),
          }));
    const usage = {
      ...{ input_tokens: 1, output_tokens: 1, total_tokens: 2 },
      ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
    };
    const response = { id: `resp_${step}`, object: 'response', status: 'completed', output: items, usage };
    return [
      { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
      ...items.flatMap((item, output_index) => [
        { type: 'response.output_item.added', output_index, item },
        { type: 'response.output_item.done', output_index, item },
      ]),
      { type: 'response.completed', response },
    ];
  },
};

const CONTENTS: Speech = {
  results: (body) =>
    list(body['contents']).flatMap(({ parts }) =>
      list(parts).flatMap(({ functionResponse: told }) =>
        told === undefined ? [] : [textOf((told as Json)['response'])],
      ),
    ),
  tools: (body) =>
    list(body['tools']).flatMap(({ functionDeclarations }) =>
      list(functionDeclarations).map(({ name }) => textOf(name)),
    ),
  answer: (calls) => [
    {
      candidates: [
        {
          index: 0,
          content: {
            role: 'model',
            parts:
              calls.length === 0
                ? [{ text: 'all done' }]
                : calls.map(({ name, args }) => ({ functionCall: { name, args } })),
          },
          finishReason: 'STOP',
        },
      ],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    },
  ],
};
