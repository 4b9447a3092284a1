/**
 * A registered server started for a moment, to hear which tools it has: through the same gateway as for a client,
 * so that what it lists is looked at in the same way. No tool is called.
 */
import { duplexPair } from 'node:stream';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import type { Peer } from '../../platform/peer.ts';
import type { Gateways } from './gateways.ts';
import { isFailure, type RpcResponse, sortMessage } from './json-rpc.ts';
import { LineWriter, readLines } from './message-stream.ts';

/** As long as a client's own patience with a server that starts. */
const DEADLINE_MS = 30_000;
const MOST_PAGES = 100;
const VERSION = '2025-11-25';

/**
 * Starts the server, lets it list its tools, and ends it.
 *
 * @param peer who wants to know
 * @throws GatehouseError `unknown_server`, `server_failed` with what it said, or that it did not answer in time
 */
export async function inspectServer(
  gateways: Pick<Gateways, 'connect'>,
  name: string,
  peer: Peer,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const [ours, theirs] = duplexPair();
  gateways.connect(name, peer, () => theirs);
  const talk = new Talk(ours);
  const timer = setTimeout(
    () => talk.fail(`it did not list its tools within ${deadlineMs / 1000} s`),
    deadlineMs,
  );
  try {
    await talk.ask('initialize', {
      protocolVersion: VERSION,
      capabilities: {},
      clientInfo: { name: 'gatehouse', version: '1' },
    });
    talk.say('notifications/initialized');
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const result: JsonObject = await talk.ask('tools/list', cursor === null ? {} : { cursor });
      const next = result['nextCursor'];
      if (typeof next !== 'string' || next === '') return;
      cursor = next;
    }
  } finally {
    clearTimeout(timer);
    talk.end();
  }
}

/** Questions to the gateway, one after the other. */
class Talk {
  readonly #stream: ReturnType<typeof duplexPair>[number];
  readonly #writer: LineWriter;
  #next = 0;
  #open: { readonly id: number; readonly settle: (answer: RpcResponse | GatehouseError) => void } | null =
    null;

  constructor(stream: ReturnType<typeof duplexPair>[number]) {
    this.#stream = stream;
    this.#writer = new LineWriter(stream);
    readLines(stream, {
      line: (text) => this.#take(text),
      end: () => this.fail('it was ended'),
    });
  }

  async ask(method: string, params: JsonObject): Promise<JsonObject> {
    this.#next += 1;
    const id = this.#next;
    const { promise, resolve } = Promise.withResolvers<RpcResponse | GatehouseError>();
    this.#open = { id, settle: resolve };
    this.#writer.write({ jsonrpc: '2.0', id, method, params });
    const answer = await promise;
    if (answer instanceof GatehouseError) throw answer;
    if (isFailure(answer)) throw new GatehouseError('server_failed', answer.error.message);
    return answer.result;
  }

  say(method: string): void {
    this.#writer.write({ jsonrpc: '2.0', method });
  }

  fail(why: string): void {
    this.#open?.settle(new GatehouseError('server_failed', why));
    this.#open = null;
  }

  end(): void {
    this.#stream.end();
  }

  #take(text: string): void {
    const sorted = sortMessage(JSON.parse(text));
    if (sorted.kind !== 'response' || sorted.message.id !== this.#open?.id) return;
    const { settle } = this.#open;
    this.#open = null;
    settle(sorted.message);
  }
}
