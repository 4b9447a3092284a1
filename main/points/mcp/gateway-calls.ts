/** Calls on their way through: decided, waited for, forwarded once, and their result recorded as observed. */
import type { AuthorizeInput, EnginePort, SessionClaim, Verdict } from '../../engine/requests.ts';
import type { Point } from '../../engine/tool-call.ts';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { messageOf } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { canonicalPart } from '../../policy/catalog.ts';
import type { Confinement } from '../../policy/conditions/subject.ts';
import type { GatewayParts } from './gateway-parts.ts';
import {
  failure,
  isFailure,
  isObject,
  RPC,
  type RpcId,
  type RpcMessage,
  type RpcRequest,
  type RpcResponse,
  success,
} from './json-rpc.ts';
import { GET_PROMPT, READ_RESOURCE, SAMPLE } from './pseudo-actions.ts';

/** To a tool of our own: the sandbox that the call was decided for. What a client says here is replaced. */
export const DECIDED_FOR = 'gatehouse/confined';
const PROGRESS_MS = 5000;
/** Less than any server's own first step, so that the numbers only rise. */
const PROGRESS_STEP = 1e-6;
const MAX_RESULT_KEPT = 256 * 1024;

export interface GatewayLinks {
  ask(method: string, params: JsonObject, signal: AbortSignal): Promise<RpcResponse>;
  notify(message: RpcMessage): void;
}

/** What a request asks for, as it says itself. */
interface Found {
  readonly action: string;
  readonly toolName: string;
  readonly params: JsonObject;
  /** What is forwarded can be changed. */
  readonly rewrites?: boolean;
}

/** The same as the engine sees it. */
interface Asked extends Found {
  readonly module: string;
  readonly point: Point;
  /** The tool's canonical name in the list. */
  readonly listed: string;
  /** It is a tool of our own: what is forwarded is what was decided. */
  readonly own: boolean;
  readonly confined: Confinement | null;
}

interface OwnCall extends SessionClaim {
  readonly claimedCallId: string;
}

export class GatewayCalls {
  readonly #parts: GatewayParts;
  readonly #links: GatewayLinks;

  constructor(parts: GatewayParts, links: GatewayLinks) {
    this.#parts = parts;
    this.#links = links;
  }

  /** Decides a call and forwards it when it may run. A refusal is a result that the model reads. */
  async decideAndForward(request: RpcRequest, signal: AbortSignal): Promise<RpcResponse> {
    const { id, method } = request;
    const params = request.params ?? {};
    const found = askedOf(method, params);
    if (found === null) return failure(id, RPC.invalidParams, `${method}: it does not say what is wanted`);
    const asked = await this.#named(found, signal);
    if ('problem' in asked) return failure(id, RPC.invalidParams, asked.problem);
    const token = progressToken(params);
    // A hook may begin the session while this waits: the result belongs to the one that was asked.
    const own = { ...this.#parts.claim(), claimedCallId: newId('mcp') };
    const verdict = await this.#decide(asked, own, token, signal);
    if (verdict.kind === 'deny')
      return refused(id, method, asked, verdict, this.#parts.visible(asked.listed));
    if (signal.aborted) {
      // Released and given up in the same moment: it is on the log as allowed, and did not run.
      this.#completed(own, false, 'cancelled before it was forwarded', 0);
      return failure(id, RPC.serverGone, 'cancelled');
    }
    const began = performance.now();
    const answer = await this.#links.ask(
      method,
      asked.own ? ownForwarded(params, verdict.params, asked) : forwarded(params, verdict.params),
      signal,
    );
    const took = performance.now() - began;
    if (isFailure(answer)) {
      this.#completed(own, false, answer.error.message, took);
      return { ...answer, id };
    }
    this.#completed(own, answer.result['isError'] !== true, JSON.stringify(answer.result), took);
    const result = this.#parts.redact(answer.result);
    if (method !== 'tools/call') return success(id, result);
    const texts = [...(verdict.notices ?? []), ...this.#parts.engine.takeTexts(own, 'main')];
    return success(id, withTexts(result, texts));
  }

  /** Whether the server may use the client's model: null, or why not. */
  async decideSampling(request: RpcRequest): Promise<string | null> {
    const found = { action: SAMPLE, toolName: request.method, params: request.params ?? {} };
    const asked = this.#ofServer(found);
    const own = { ...this.#parts.claim(), claimedCallId: newId('mcp') };
    const verdict = await this.#decide(asked, own, null, new AbortController().signal);
    return verdict.kind === 'allow' ? null : verdict.message;
  }

  /** What it is decided as: an action of the server's, or for a tool of our own one of the catalog. */
  async #named(found: Found, signal: AbortSignal): Promise<Asked | { readonly problem: string }> {
    const { named } = this.#parts;
    if (named === undefined || found.rewrites !== true) return this.#ofServer(found);
    const call = await named(found.toolName, found.params, signal);
    return 'problem' in call ? call : { ...found, ...call, listed: found.action, own: true };
  }

  #ofServer(found: Found): Asked {
    const module = `mcp_${this.#parts.server}`;
    return { ...found, module, point: 'mcp', listed: found.action, own: false, confined: null };
  }

  #decide(asked: Asked, own: OwnCall, token: RpcId | null, signal: AbortSignal): Promise<Verdict> {
    const input: AuthorizeInput = {
      ...own,
      agent: 'main',
      toolName: asked.toolName,
      module: asked.module,
      action: asked.action,
      params: asked.params,
      rewrites: asked.rewrites === true,
      caller: 'llm',
      point: asked.point,
      confined: asked.confined,
      patienceMs: this.#parts.patienceMs(token !== null),
    };
    return this.#withProgress(token, this.#parts.engine.authorize(input, signal));
  }

  /** Tells the client every few seconds that somebody is being asked, if it wants to hear. */
  async #withProgress(token: RpcId | null, verdict: ReturnType<EnginePort['authorize']>): Promise<Verdict> {
    if (token === null) return verdict;
    let step = 0;
    const timer = setInterval(() => {
      step += 1;
      this.#links.notify({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: {
          progressToken: token,
          progress: step * PROGRESS_STEP,
          message: 'Waits for a person in Gatehouse',
        },
      });
    }, PROGRESS_MS);
    try {
      return await verdict;
    } finally {
      clearInterval(timer);
    }
  }

  /** Writes down what came of it. The client does not wait for that row: the one that let the call run is durable. */
  #completed(own: OwnCall, ok: boolean, result: string, durationMs: number): void {
    this.#complete(own, ok, result, durationMs).catch((error: unknown) =>
      this.#parts.note(`the result of a call is not on the log: ${messageOf(error)}`),
    );
  }

  async #complete(own: OwnCall, ok: boolean, result: string, durationMs: number): Promise<void> {
    await this.#parts.engine.complete({
      ...own,
      success: ok,
      result: result.slice(0, MAX_RESULT_KEPT).toWellFormed(),
      durationMs: Math.round(durationMs * 10) / 10,
      source: 'observed',
    });
  }
}

function askedOf(method: string, params: JsonObject): Found | null {
  switch (method) {
    case 'tools/call': {
      const { name, arguments: given } = params as Record<string, JsonValue>;
      if (typeof name !== 'string' || canonicalPart(name) === '') return null;
      if (given !== undefined && !isObject(given)) return null;
      return {
        action: canonicalPart(name),
        toolName: name.slice(0, 200),
        params: (given ?? {}) as JsonObject,
        rewrites: true,
      };
    }
    case 'resources/read':
    case 'resources/subscribe': {
      const uri = params['uri'];
      return typeof uri === 'string' ? { action: READ_RESOURCE, toolName: method, params: { uri } } : null;
    }
    case 'prompts/get': {
      const { name, arguments: given } = params as Record<string, JsonValue>;
      if (typeof name !== 'string') return null;
      return {
        action: GET_PROMPT,
        toolName: method,
        params: { name, ...(isObject(given) ? { arguments: given as JsonObject } : {}) },
      };
    }
    default:
      return null;
  }
}

function forwarded(params: JsonObject, changed: JsonObject | undefined): JsonObject {
  return changed === undefined ? params : { ...params, arguments: changed };
}

function ownForwarded(params: JsonObject, changed: JsonObject | undefined, asked: Asked): JsonObject {
  const meta = params['_meta'];
  return {
    ...params,
    arguments: changed ?? asked.params,
    _meta: { ...(isObject(meta) ? (meta as JsonObject) : {}), [DECIDED_FOR]: asked.confined },
  };
}

/** A tool's result with what behaviour rules have to say of it behind its own content. */
function withTexts(result: JsonObject, texts: readonly string[]): JsonObject {
  const { content } = result;
  if (texts.length === 0 || !Array.isArray(content)) return result;
  return { ...result, content: [...content, ...texts.map((text) => ({ type: 'text', text }))] };
}

/** A refusal in the form in which the model hears it; what is hidden does not exist. */
function refused(id: RpcId, method: string, asked: Asked, verdict: Verdict, visible: boolean): RpcResponse {
  if (method !== 'tools/call') return failure(id, RPC.invalidParams, verdict.message);
  if (!visible && verdict.outcome === 'refused')
    return failure(id, RPC.invalidParams, `Unknown tool: ${asked.toolName}`);
  const told: JsonObject = {
    content: [{ type: 'text', text: verdict.message }],
    isError: true,
    _meta: { 'gatehouse/outcome': verdict.outcome, 'gatehouse/call': verdict.callId },
  };
  return success(id, told);
}

function progressToken(params: JsonObject): RpcId | null {
  const meta = params['_meta'];
  const token = isObject(meta) ? meta['progressToken'] : undefined;
  return typeof token === 'string' || typeof token === 'number' ? token : null;
}
