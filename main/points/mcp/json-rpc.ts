/**
 * JSON-RPC 2.0 messages as MCP uses them, told apart before anything looks inside.
 *
 * Strict on the envelope, open on the payload: `params` and `result` go through as they came. Batches were
 * taken out of MCP in 2025-06-18 and are refused.
 */
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';

export type RpcId = string | number;

export interface RpcRequest {
  readonly jsonrpc: '2.0';
  readonly id: RpcId;
  readonly method: string;
  readonly params?: JsonObject;
}

export interface RpcNotification {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params?: JsonObject;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonValue;
}

export interface RpcSuccess {
  readonly jsonrpc: '2.0';
  readonly id: RpcId;
  readonly result: JsonObject;
}

export interface RpcFailure {
  readonly jsonrpc: '2.0';
  /** Null when the request could not be read far enough to have one. */
  readonly id: RpcId | null;
  readonly error: RpcError;
}

export type RpcMessage = RpcRequest | RpcNotification | RpcSuccess | RpcFailure;
export type RpcResponse = RpcSuccess | RpcFailure;

export type SortedMessage =
  | { readonly kind: 'request'; readonly message: RpcRequest }
  | { readonly kind: 'notification'; readonly message: RpcNotification }
  | { readonly kind: 'response'; readonly message: RpcResponse };

/** Codes of JSON-RPC, and the one that MCP uses for a resource that is not there. */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  serverGone: -32000,
} as const;

const LONGEST_METHOD = 200;
const LONGEST_ID = 500;

/**
 * Reads one line.
 *
 * @throws GatehouseError `bad_message`; `failureOf` gives the answer to it
 */
export function readMessage(line: string): SortedMessage {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw badMessage(RPC.parseError, 'this is not JSON', null);
  }
  return sortMessage(value);
}

/**
 * Tells a parsed message's kind.
 *
 * @throws GatehouseError `bad_message`, as readMessage
 */
export function sortMessage(value: unknown): SortedMessage {
  if (Array.isArray(value)) throw badMessage(RPC.invalidRequest, 'batches are not part of MCP', null);
  if (!isObject(value) || value['jsonrpc'] !== '2.0')
    throw badMessage(RPC.invalidRequest, 'this is not a JSON-RPC 2.0 message', null);
  const id = value['id'];
  const named = Object.hasOwn(value, 'method');
  if (id !== undefined && id !== null && !isId(id))
    throw badMessage(RPC.invalidRequest, 'the id is neither a text nor a whole number', null);
  if (named) {
    const { method, params } = value;
    if (typeof method !== 'string' || method === '' || method.length > LONGEST_METHOD)
      throw badMessage(RPC.invalidRequest, 'the method has no usable name', isId(id) ? id : null);
    if (params !== undefined && !isObject(params))
      throw badMessage(RPC.invalidParams, 'the parameters are not an object', isId(id) ? id : null);
    const rest = params === undefined ? {} : { params: params as JsonObject };
    return isId(id)
      ? { kind: 'request', message: { jsonrpc: '2.0', id, method, ...rest } }
      : { kind: 'notification', message: { jsonrpc: '2.0', method, ...rest } };
  }
  if (isObject(value['result']) && isId(id))
    return { kind: 'response', message: { jsonrpc: '2.0', id, result: value['result'] as JsonObject } };
  const error = value['error'];
  if (isObject(error) && typeof error['code'] === 'number' && typeof error['message'] === 'string') {
    const data = error['data'] === undefined ? {} : { data: error['data'] as JsonValue };
    const shown = { code: error['code'], message: error['message'], ...data };
    return { kind: 'response', message: { jsonrpc: '2.0', id: isId(id) ? id : null, error: shown } };
  }
  throw badMessage(RPC.invalidRequest, 'this is neither a request nor an answer', null);
}

/** The answer to a message that could not be read, when it was thrown by readMessage or sortMessage. */
export function failureOf(error: unknown): RpcFailure | null {
  return error instanceof BadMessage ? error.failure : null;
}

/** A failed answer. */
export function failure(id: RpcId | null, code: number, message: string): RpcFailure {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

export function success(id: RpcId, result: JsonObject): RpcSuccess {
  return { jsonrpc: '2.0', id, result };
}

export function isFailure(response: RpcResponse): response is RpcFailure {
  return 'error' in response;
}

class BadMessage extends GatehouseError {
  readonly failure: RpcFailure;

  constructor(failed: RpcFailure) {
    super('bad_message', `the message was not taken: ${failed.error.message}`);
    this.failure = failed;
  }
}

function badMessage(code: number, why: string, id: RpcId | null): BadMessage {
  return new BadMessage(failure(id, code, why));
}

function isId(value: unknown): value is RpcId {
  return (
    (typeof value === 'string' && value.length <= LONGEST_ID) ||
    (typeof value === 'number' && Number.isSafeInteger(value))
  );
}

/** A plain object: what JSON calls one. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
