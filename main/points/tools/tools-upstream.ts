/**
 * The governed tools as an MCP server that the gateway speaks to: what comes here was decided. Each call runs in a
 * worker of this connection's own; giving it up ends that worker.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import type { Confinement } from '../../policy/conditions/subject.ts';
import { DECIDED_FOR } from '../mcp/gateway-calls.ts';
import {
  failure,
  isObject,
  RPC,
  type RpcId,
  type RpcMessage,
  type RpcRequest,
  success,
} from '../mcp/json-rpc.ts';
import type { Upstream, UpstreamEvents } from '../mcp/upstream.ts';
import type { ToolResult } from './file-work.ts';
import { GOVERNED_TOOLS, type GovernedTool, namedCall, toolEntry } from './tool-list.ts';

export interface ToolsUpstreamParts {
  readonly version: string;
  /** The folder that paths are from. */
  readonly cwd: () => string;
  /** Does a call that was let through. Rejects with a GatehouseError when it could not be done. */
  readonly work: (
    tool: GovernedTool,
    params: JsonObject,
    decidedFor: Confinement | null,
    signal: AbortSignal,
  ) => Promise<ToolResult>;
  readonly defect: (error: unknown) => void;
}

const PROGRESS_MS = 5000;
const INSTRUCTIONS =
  'These tools are governed by Gatehouse: each call is decided, may wait for a person, and runs in a sandbox that sees the project and little else. A refusal says why.';

/** One connection's server. */
export class ToolsUpstream implements Upstream {
  readonly #parts: ToolsUpstreamParts;
  readonly #events: UpstreamEvents;
  readonly #underWay = new Map<RpcId, AbortController>();

  constructor(parts: ToolsUpstreamParts, events: UpstreamEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  send(message: RpcMessage): void {
    if (!('method' in message)) return;
    if ('id' in message) void this.#request(message);
    else if (message.method === 'notifications/cancelled') {
      const id = message.params?.['requestId'];
      if (typeof id === 'string' || typeof id === 'number') this.#underWay.get(id)?.abort();
    }
  }

  agreed(): void {}

  async close(): Promise<void> {
    for (const abort of this.#underWay.values()) abort.abort();
  }

  async #request(request: RpcRequest): Promise<void> {
    const { id, method, params = {} } = request;
    switch (method) {
      case 'initialize':
        return this.#events.message(success(id, this.#greeting(params)));
      case 'ping':
        return this.#events.message(success(id, {}));
      case 'tools/list':
        return this.#events.message(success(id, { tools: GOVERNED_TOOLS.map(toolEntry) }));
      case 'tools/call':
        return this.#call(id, params);
      default:
        return this.#events.message(failure(id, RPC.methodNotFound, `there is no method ${method}`));
    }
  }

  #greeting(params: JsonObject): JsonObject {
    return {
      protocolVersion: String(params['protocolVersion'] ?? ''),
      capabilities: { tools: { listChanged: true } },
      serverInfo: {
        name: 'gatehouse-tools',
        title: 'Gatehouse governed tools',
        version: this.#parts.version,
      },
      instructions: INSTRUCTIONS,
    };
  }

  async #call(id: RpcId, params: JsonObject): Promise<void> {
    const abort = new AbortController();
    this.#underWay.set(id, abort);
    const stop = this.#progress(params);
    let result: ToolResult;
    try {
      const given = params['arguments'];
      const call = namedCall(
        String(params['name']),
        isObject(given) ? (given as JsonObject) : {},
        this.#parts.cwd(),
      );
      if ('problem' in call) throw new GatehouseError('bad_call', call.problem);
      result = await this.#parts.work(call.tool, call.params, decidedFor(params), abort.signal);
    } catch (error) {
      if (!(error instanceof GatehouseError)) this.#parts.defect(error);
      const why = error instanceof GatehouseError ? messageOf(error) : 'Gatehouse failed on it';
      result = { text: `The call failed: ${why}.`, failed: true };
    } finally {
      stop();
      this.#underWay.delete(id);
    }
    this.#events.message(
      success(id, { content: [{ type: 'text', text: result.text }], isError: result.failed }),
    );
  }

  /** Tells a client that wants to hear it every few seconds that the call goes on. */
  #progress(params: JsonObject): () => void {
    const meta = params['_meta'];
    const token = isObject(meta) ? meta['progressToken'] : undefined;
    if (typeof token !== 'string' && typeof token !== 'number') return () => undefined;
    let step = 0;
    const timer = setInterval(() => {
      step += 1;
      this.#events.message({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: token, progress: step, message: 'It runs' },
      });
    }, PROGRESS_MS);
    return () => clearInterval(timer);
  }
}

/** The sandbox that the call was decided for, as the gateway in front of this writes it; null for none. */
function decidedFor(params: JsonObject): Confinement | null {
  const meta = params['_meta'];
  const level = isObject(meta) ? meta[DECIDED_FOR] : undefined;
  return level === 'standard' || level === 'strict' || level === 'maximum' ? level : null;
}
