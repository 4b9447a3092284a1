/** Values that are known to be secret, wherever they stand and however they are spelt: the redactor of the vault. */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { CLEAN, eachText, type ParamFinding, type ParamScan, scanParams } from './scan-params.ts';

export interface KnownSecrets {
  /** There is nothing to look for, for example because the vault is locked. */
  readonly isEmpty: boolean;
  /** Where values stand in a text: starts and ends in turn, in order and without overlap. */
  find(text: string): readonly number[];
}

/** What is looked for in the parameters of a call. */
export interface Wanted {
  /** Secrets and personal data by their form. */
  readonly forms: boolean;
  readonly known: KnownSecrets | null;
}

/**
 * What the scan finds, and the known values. These are looked for anew each time: what is known changes while the
 * parameters stay. Where both find something in one place it is one finding, of a known value.
 */
export function scanFor({ forms, known }: Wanted, params: JsonObject): ParamScan {
  const scan = forms ? scanParams(params) : CLEAN;
  if (known === null || known.isEmpty) return scan;
  const found: ParamFinding[] = [];
  const complete = eachText(params, (text, param) => {
    const places = known.find(text);
    for (let at = 0; at < places.length; at += 2)
      found.push({
        class: 'vault_secret',
        confidence: 'high',
        rule: 'vault_secret',
        start: places[at] ?? 0,
        end: places[at + 1] ?? text.length,
        param,
      });
  });
  const findings = found.length === 0 ? scan.findings : joined(found, scan.findings);
  return { findings, incomplete: scan.incomplete || !complete };
}

function joined(known: readonly ParamFinding[], others: readonly ParamFinding[]): readonly ParamFinding[] {
  const result: ParamFinding[] = [...known];
  const apart = others.filter((other) => {
    const at = result.findIndex(
      ({ param, start, end }) => param === other.param && other.start < end && start < other.end,
    );
    const same = result[at];
    if (same === undefined) return true;
    result[at] = {
      ...same,
      start: Math.min(same.start, other.start),
      end: Math.max(same.end, other.end),
    };
    return false;
  });
  return [...result, ...apart];
}
