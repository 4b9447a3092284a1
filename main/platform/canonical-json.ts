/**
 * Canonical JSON (RFC 8785): the one byte string of a JSON value, for hashing.
 *
 * Object keys are sorted by UTF-16 code units, numbers are written as ECMAScript writes them and strings
 * are escaped as JSON.stringify escapes them, which is what the RFC prescribes.
 */
import { GatehouseError } from './errors.ts';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

const MAX_DEPTH = 200;
/** Nothing in it needs an escape. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

/**
 * Serialises a JSON value canonically.
 *
 * @throws GatehouseError `not_canonical` for NaN, infinities, lone surrogates, undefined, functions and
 *   values nested deeper than 200 levels: such a value has no agreed bytes, so nothing may be bound to it.
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, 0);
}

function write(value: JsonValue, depth: number): string {
  if (depth > MAX_DEPTH) throw notCanonical(`nested deeper than ${MAX_DEPTH} levels`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notCanonical(`the number ${value}`);
    return JSON.stringify(value);
  }
  if (typeof value === 'string') return writeString(value);
  if (Array.isArray(value)) return writeArray(value as readonly JsonValue[], depth);
  if (typeof value !== 'object') throw notCanonical(`a ${typeof value}`);
  return writeObject(value as JsonObject, depth);
}

function writeArray(items: readonly JsonValue[], depth: number): string {
  let text = '[';
  // By index: a hole in an array is no value either.
  for (let at = 0; at < items.length; at += 1) {
    if (at > 0) text += ',';
    text += write(items[at] as JsonValue, depth + 1);
  }
  return `${text}]`;
}

function writeObject(object: JsonObject, depth: number): string {
  let text = '{';
  // Without a comparison of its own `sort` orders by UTF-16 code units.
  for (const key of Object.keys(object).sort()) {
    if (text.length > 1) text += ',';
    text += `${writeString(key)}:${write(object[key] as JsonValue, depth + 1)}`;
  }
  return `${text}}`;
}

function writeString(text: string): string {
  if (PLAIN_TEXT.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw notCanonical('a string with a lone surrogate');
  return JSON.stringify(text);
}

function notCanonical(why: string): GatehouseError {
  return new GatehouseError('not_canonical', `canonical JSON: ${why} has no canonical form`);
}
