/** Parameters as the page shows them: text with its kind, bounded, the real size beside it. */
import type { Param } from '../../../preload/contract.ts';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { describeParams } from '../../policy/catalog.ts';

/** Most text of one parameter that is shown. */
export const PARAM_BYTES = 64 * 1024;
/** A call with more parameters than this is shown with the rest counted in the last one. */
const MAX_PARAMS = 40;

/**
 * The parameters of a call, the main one first.
 *
 * @param budget bytes of text for all of them together; the main one first, the others what it leaves
 */
export function paramsView(
  module: string,
  action: string,
  params: JsonObject,
  budget: number = PARAM_BYTES,
): Param[] {
  const kinds = describeParams(module, action, params);
  let left = budget;
  const shown = kinds.slice(0, MAX_PARAMS).map(({ name, kind }) => {
    const view = paramView(name, kind, params[name] ?? null, Math.min(PARAM_BYTES, Math.max(200, left)));
    left -= Buffer.byteLength(view.value);
    return view;
  });
  const rest = kinds.length - shown.length;
  if (rest > 0)
    shown.push({ name: '…', kind: 'text', value: `${rest} more parameters`, bytes: 0, truncated: true });
  return shown;
}

function paramView(name: string, kind: Param['kind'], value: JsonValue, limit: number): Param {
  const isText = typeof value === 'string';
  const text = isText ? value : JSON.stringify(value, null, 2);
  const bytes = Buffer.byteLength(text);
  const truncated = bytes > limit;
  const cut = truncated
    ? // A UTF-16 unit is at least one byte.
      Buffer.from(text.slice(0, limit))
        .subarray(0, limit)
        .toString('utf8')
        .replace(/\uFFFD+$/u, '')
    : text;
  return { name, kind: isText ? kind : 'json', value: cut.toWellFormed(), bytes, truncated };
}
