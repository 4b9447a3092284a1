/** Texts and parameters with what was found in them taken out. Nothing changes its input. */
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import type { ContentClass, Finding } from './content-class.ts';
import { scanFor, type Wanted } from './known-secrets.ts';
import { scanText } from './scan.ts';
import type { ParamFinding } from './scan-params.ts';

/** `[REDACTED]`, or with the class where the reader has use for it: `[REDACTED:api_token]`. */
export function withoutFindings(
  text: string,
  findings: readonly Finding[],
  mark: (found: ContentClass) => string,
): string {
  if (findings.length === 0) return text;
  let copy = '';
  let at = 0;
  for (const finding of findings) {
    if (finding.end <= at) continue;
    copy += text.slice(at, finding.start) + mark(finding.class);
    at = finding.end;
  }
  return copy + text.slice(at);
}

/**
 * A copy of the parameters in which every finding that `wanted` picks is replaced; null when it picks none, or
 * when one of them stands where it cannot be taken out: in the name of a member, or in a number.
 */
export function redactParams(
  params: JsonObject,
  wanted: (finding: ParamFinding) => boolean,
  what: Wanted = { forms: true, known: null },
): JsonObject | null {
  const picked = scanFor(what, params).findings.filter(wanted);
  if (picked.length === 0) return null;
  const byParam = Map.groupBy(picked, (finding) => finding.param);
  let replaced = 0;
  const copyOf = (value: JsonValue, path: string): JsonValue => {
    if (typeof value === 'string') {
      const findings = (byParam.get(path) ?? []).toSorted((a, b) => a.start - b.start);
      replaced += findings.length;
      return withoutFindings(value, findings, (found) => `[REDACTED:${found}]`);
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value))
      return (value as readonly JsonValue[]).map((item, index) => copyOf(item, `${path}[${index}]`));
    const object = value as JsonObject;
    return Object.fromEntries(
      Object.keys(object).map((key) => [key, copyOf(object[key] ?? null, `${path}.${key}`)]),
    );
  };
  const copy = Object.fromEntries(Object.keys(params).map((key) => [key, copyOf(params[key] ?? null, key)]));
  if (replaced < picked.length) return null;
  // What is left must be clean: otherwise the call is not made to look so.
  return scanFor(what, copy).findings.some(wanted) ? null : copy;
}

/** A text with the secrets in it replaced that the scan is sure of; personal data stays. */
export function withoutSecrets(text: string, mark: string): string {
  const findings = scanText(text).filter(
    (finding) =>
      finding.confidence === 'high' &&
      finding.class !== 'payment_card' &&
      finding.class !== 'iban' &&
      finding.class !== 'national_id' &&
      finding.class !== 'email',
  );
  return withoutFindings(text, findings, () => mark);
}
