/**
 * A small MCP server for tests, started as a program: it does what its tools' names say.
 *
 * `node mcp-server.ts STATE_FOLDER`. The folder's `tools.json` replaces its list of tools, so that a test can
 * change it behind a running server; every call that reaches it is a line in the folder's `ran`.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const folder = process.argv[2] ?? '.';
const schema = { type: 'object', properties: { text: { type: 'string' } } };
const TOOLS = [
  { name: 'echo', description: 'Says it again', inputSchema: schema },
  { name: 'wipe', description: 'Removes everything', inputSchema: schema },
  { name: 'slow', description: 'Answers after a while', inputSchema: schema },
  { name: 'die', description: 'Ends the server', inputSchema: schema },
  { name: 'sample', description: 'Asks for the model', inputSchema: schema },
];

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

function tools(): object[] {
  const file = join(folder, 'tools.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object[]) : TOOLS;
}

interface Incoming {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: { readonly text?: string };
    readonly uri?: string;
  };
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const timers = new Map<unknown, NodeJS.Timeout>();
let sampling: ((answer: string) => void) | null = null;

function call(id: unknown, params: Incoming['params']): void {
  const text = params?.arguments?.text ?? '';
  appendFileSync(join(folder, 'ran'), `${params?.name ?? ''} ${text}\n`);
  const answer = (said: string) => send({ id, result: { content: [{ type: 'text', text: said }] } });
  if (params?.name === 'slow')
    timers.set(
      id,
      setTimeout(() => answer(text), 60_000),
    );
  else if (params?.name === 'hold') {
    // Works on it until the test lets it finish.
    const timer = setInterval(() => {
      if (!existsSync(join(folder, 'release'))) return;
      clearInterval(timer);
      answer(text);
    }, 20);
  } else if (params?.name === 'die') process.exit(7);
  else if (params?.name === 'leak') {
    // What it was started with: kept where the test finds it, and told to whoever asked.
    appendFileSync(join(folder, 'environment'), `${process.env[text] ?? '(nothing)'}\n`);
    answer(
      `${text} is ${process.env[text]}, in base64 ${Buffer.from(process.env[text] ?? '').toString('base64')}`,
    );
  } else if (params?.name === 'sample') {
    sampling = answer;
    send({ id: 'model', method: 'sampling/createMessage', params: { messages: [], maxTokens: 5 } });
  } else answer(text);
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params, result, error } = JSON.parse(line) as Incoming;
  switch (method) {
    case undefined:
      sampling?.(error === undefined ? `model: ${JSON.stringify(result)}` : `no model: ${error.message}`);
      break;
    case 'initialize':
      appendFileSync(join(folder, 'started'), `${process.pid}\n`);
      send({
        id,
        result: {
          protocolVersion: '2025-06-18',
          capabilities: { tools: { listChanged: true }, resources: {}, prompts: {} },
          serverInfo: { name: 'test', version: '1' },
          ...(existsSync(join(folder, 'instructions'))
            ? { instructions: readFileSync(join(folder, 'instructions'), 'utf8') }
            : {}),
        },
      });
      break;
    case 'tools/list':
      // One that hangs.
      if (existsSync(join(folder, 'lists-not'))) {
        appendFileSync(join(folder, 'asked-to-list'), '');
        break;
      }
      send({ id, result: { tools: tools() } });
      break;
    case 'tools/call':
      call(id, params);
      break;
    case 'resources/list':
      send({ id, result: { resources: [{ uri: 'test://one', name: 'one' }] } });
      break;
    case 'resources/read':
      send({ id, result: { contents: [{ uri: params?.uri, text: 'the text' }] } });
      break;
    case 'prompts/list':
      send({ id, result: { prompts: [{ name: 'hello' }] } });
      break;
    case 'prompts/get':
      send({ id, result: { messages: [] } });
      break;
    case 'notifications/cancelled': {
      const { requestId } = params as { requestId?: unknown };
      appendFileSync(join(folder, 'cancelled'), `${String(requestId)}\n`);
      clearTimeout(timers.get(requestId));
      break;
    }
    default:
      if (id !== undefined) send({ id, error: { code: -32601, message: 'no such method' } });
  }
});
