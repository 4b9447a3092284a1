/** The content scan over a call's parameters: every text in them, names of members included. */
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import type { Finding } from './content-class.ts';
import { scanText } from './scan.ts';

/** UTF-16 units looked through in one call: about 40 ms. What is longer is told, not let through unseen. */
export const MOST_SCANNED = 2 * 1024 * 1024;
const DEEPEST = 200;

export interface ParamFinding extends Finding {
  /** Where the text stands: `content`, `headers.authorization`, `items[2]`. */
  readonly param: string;
}

export interface ParamScan {
  readonly findings: readonly ParamFinding[];
  /** There was more than is looked through. */
  readonly incomplete: boolean;
}

export const CLEAN: ParamScan = Object.freeze({ findings: Object.freeze([]), incomplete: false });
/** A call is decided more than once, and its parameters never change. */
const scanned = new WeakMap<JsonObject, ParamScan>();

export function scanParams(params: JsonObject): ParamScan {
  const known = scanned.get(params);
  if (known !== undefined) return known;
  const findings: ParamFinding[] = [];
  const complete = eachText(params, (text, param, name) => scanNamed(findings, text, param, name));
  const scan = findings.length === 0 && complete ? CLEAN : { findings, incomplete: !complete };
  scanned.set(params, scan);
  return scan;
}

/**
 * Calls `visit` with every text in the parameters, numbers and names of members included, and where it stands.
 *
 * @param visit `name`: what the value is called; null for a name itself
 * @returns false when there was more than is looked through
 */
export function eachText(
  params: JsonObject,
  visit: (text: string, param: string, name: string | null) => void,
): boolean {
  const walk = new Walk(visit);
  walk.over(params);
  return walk.complete;
}

class Walk {
  readonly #visit: (text: string, param: string, name: string | null) => void;
  #left = MOST_SCANNED;
  complete = true;

  constructor(visit: (text: string, param: string, name: string | null) => void) {
    this.#visit = visit;
  }

  over(params: JsonObject): void {
    for (const name of Object.keys(params)) this.#member(params[name] ?? null, name, name, 0);
  }

  #member(value: JsonValue, path: string, name: string, depth: number): void {
    // A path of its own: what is found in a name cannot be taken out of the value.
    this.#text(name, `${path} (its name)`, null);
    if (typeof value === 'string') {
      this.#text(value, path, name);
      return;
    }
    if (typeof value === 'number') {
      this.#text(String(value), path, name);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    if (depth > DEEPEST) {
      this.complete = false;
      return;
    }
    if (Array.isArray(value)) {
      for (const [index, item] of (value as readonly JsonValue[]).entries())
        this.#member(item, `${path}[${index}]`, '', depth + 1);
      return;
    }
    const object = value as JsonObject;
    for (const key of Object.keys(object))
      this.#member(object[key] ?? null, `${path}.${key}`, key, depth + 1);
  }

  #text(text: string, param: string, name: string | null): void {
    if (text === '') return;
    if (text.length > this.#left) {
      this.complete = false;
      return;
    }
    this.#left -= text.length;
    this.#visit(text, param, name);
  }
}

/** A value is looked at as it is, and, when nothing is in it, together with its name: `password` says what it holds. */
function scanNamed(findings: ParamFinding[], text: string, param: string, name: string | null): void {
  const found = scanText(text);
  for (const finding of found) findings.push({ ...finding, param });
  if (found.length > 0 || name === null || name.length > 80 || text.length > 512) return;
  const head = `${name}=`;
  for (const finding of scanText(head + text)) {
    if (finding.start < head.length) continue;
    findings.push({
      ...finding,
      start: finding.start - head.length,
      end: finding.end - head.length,
      param,
    });
  }
}
