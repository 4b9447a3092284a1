/**
 * A model outside that plays one script to whichever agent asks: shell commands one after the other, then a word.
 * Speaks Anthropic's messages, OpenAI's responses and chat completions, and Gemini's contents. Which command comes
 * next follows from the results in the conversation; each new result is printed, as one line of JSON.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** Starts it; the first line that is printed is its port. */
export function startInsideModel(commands: readonly string[]): void {
  let told = 0;
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const tell = (results: readonly string[]) => {
    for (const text of results.slice(told)) process.stdout.write(`${JSON.stringify({ text })}\n`);
    told = Math.max(told, results.length);
  };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const body = (text.startsWith('{') ? JSON.parse(text) : {}) as Json;
    const path = (request.url ?? '').split('?')[0] ?? '';
    const speaks = SPEAKS.find(({ at }) => at.test(path));
    if (speaks === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"not here"}}');
      return;
    }
    const results = speaks.results(body);
    tell(results);
    const command = speaks.hasTools(body) ? commands[results.length] : undefined;
    const events = command === undefined ? speaks.word(body) : speaks.call(command, results.length, body);
    const streams = speaks.streams(body, path);
    response.writeHead(200, { 'content-type': streams ? 'text/event-stream' : 'application/json' });
    response.end(streams ? events.map(sse).join('') : JSON.stringify(speaks.whole(events)));
  }
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
}

/** An event by its type, or plain data. */
function sse(event: Json | string): string {
  if (typeof event === 'string') return `data: ${event}\n\n`;
  const type = typeof event['type'] === 'string' ? `event: ${event['type']}\n` : '';
  return `${type}data: ${JSON.stringify(event)}\n\n`;
}

interface Speech {
  readonly at: RegExp;
  results(body: Json): readonly string[];
  hasTools(body: Json): boolean;
  call(command: string, step: number, body: Json): readonly (Json | string)[];
  word(body: Json): readonly (Json | string)[];
  streams(body: Json, path: string): boolean;
  whole(events: readonly (Json | string)[]): unknown;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const nameIn = (body: Json, names: readonly string[]): string => {
  const offered = JSON.stringify(body['tools'] ?? []);
  return names.find((name) => offered.includes(`"${name}"`)) ?? names[0] ?? '';
};

const ANTHROPIC: Speech = {
  at: /\/v1\/messages$/,
  results: (body) =>
    list(body['messages']).flatMap(({ content }) =>
      list(content)
        .filter(({ type }) => type === 'tool_result')
        .map(({ content: told, is_error: failed }) => `${failed === true ? 'ERROR ' : ''}${textOf(told)}`),
    ),
  hasTools: (body) => list(body['tools']).length > 0,
  call: (command, step) =>
    message(step, { type: 'tool_use', id: `toolu_${step}`, name: 'Bash', input: {} }, [
      { type: 'input_json_delta', partial_json: JSON.stringify({ command, description: 'work' }) },
    ]),
  word: () => message(99, { type: 'text', text: '' }, [{ type: 'text_delta', text: 'done' }]),
  streams: (body) => body['stream'] === true,
  whole: () => ({
    ...{
      id: 'msg',
      type: 'message',
      role: 'assistant',
      model: 'fake',
      stop_reason: 'end_turn',
      stop_sequence: null,
    },
    content: [{ type: 'text', text: 'done' }],
    usage: { input_tokens: 1, output_tokens: 1 },
  }),
};

function message(step: number, block: Json, deltas: readonly Json[]): readonly Json[] {
  const usage = { input_tokens: 1, output_tokens: 1 };
  return [
    {
      type: 'message_start',
      message: {
        ...{ id: `msg_${step}`, type: 'message', role: 'assistant', model: 'fake', content: [] },
        ...{ stop_reason: null, stop_sequence: null, usage },
      },
    },
    { type: 'content_block_start', index: 0, content_block: block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: block['type'] === 'text' ? 'end_turn' : 'tool_use', stop_sequence: null },
      usage,
    },
    { type: 'message_stop' },
  ];
}

const RESPONSES: Speech = {
  at: /\/responses$/,
  results: (body) =>
    list(body['input'])
      .filter(({ type }) => type === 'function_call_output')
      .map(({ output }) => textOf(output)),
  hasTools: (body) => list(body['tools']).length > 0,
  call: (command, step, body) => {
    const name = nameIn(body, ['exec_command', 'shell_command', 'shell']);
    const input =
      name === 'exec_command'
        ? { cmd: command, yield_time_ms: 20_000 }
        : { command: name === 'shell' ? ['sh', '-c', command] : command };
    return responses(step, {
      ...{ type: 'function_call', id: `fc_${step}`, call_id: `call_${step}`, name },
      arguments: JSON.stringify(input),
    });
  },
  word: () =>
    responses(99, {
      ...{ type: 'message', id: 'msg_99', role: 'assistant', status: 'completed' },
      content: [{ type: 'output_text', text: 'done', annotations: [] }],
    }),
  streams: () => true,
  whole: () => ({}),
};

function responses(step: number, item: Json): readonly Json[] {
  const usage = {
    ...{ input_tokens: 1, output_tokens: 1, total_tokens: 2 },
    ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
  };
  const response = { id: `resp_${step}`, object: 'response', status: 'completed', output: [item], usage };
  return [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response },
  ];
}

const CHAT: Speech = {
  at: /\/chat\/completions$/,
  results: (body) =>
    list(body['messages'])
      .filter(({ role }) => role === 'tool')
      .map(({ content }) => textOf(content)),
  hasTools: (body) => list(body['tools']).length > 0,
  call: (command, step, body) => {
    const name = nameIn(body, ['bash', 'shell', 'run_in_terminal']);
    const input = JSON.stringify({
      command,
      description: 'work',
      sessionId: 's',
      async: false,
      mode: 'sync',
    });
    return chat(
      {
        tool_calls: [
          { index: 0, id: `call_${step}`, type: 'function', function: { name, arguments: input } },
        ],
      },
      'tool_calls',
    );
  },
  word: () => chat({ content: 'done' }, 'stop'),
  streams: (body) => body['stream'] === true,
  whole: () => ({
    ...{ id: 'c', object: 'chat.completion', created: 1, model: 'fake' },
    choices: [{ index: 0, message: { role: 'assistant', content: 'done' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }),
};

function chat(delta: Json, reason: string): readonly (Json | string)[] {
  const part = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'fake' };
  return [
    { ...part, choices: [{ index: 0, delta: { role: 'assistant', ...delta }, finish_reason: null }] },
    {
      ...part,
      choices: [{ index: 0, delta: {}, finish_reason: reason }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    },
    '[DONE]',
  ];
}

const GEMINI: Speech = {
  at: /:(?:streamGenerateContent|generateContent)$/,
  results: (body) =>
    list(body['contents']).flatMap(({ parts }) =>
      list(parts).flatMap(({ functionResponse: told }) =>
        told === undefined ? [] : [textOf((told as Json)['response'])],
      ),
    ),
  hasTools: (body) => JSON.stringify(body['tools'] ?? []).includes('run_shell_command'),
  call: (command) =>
    contents({ functionCall: { name: 'run_shell_command', args: { command, description: 'work' } } }),
  word: () => contents({ text: 'done' }),
  streams: (_body, path) => path.includes('streamGenerate'),
  whole: ([event]) => event,
};

function contents(part: Json): readonly Json[] {
  return [
    {
      candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    },
  ];
}

const SPEAKS: readonly Speech[] = [ANTHROPIC, RESPONSES, CHAT, GEMINI];
