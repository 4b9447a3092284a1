/** The rows of a conformance file, and what running one of them says. */
import { readFileSync } from 'node:fs';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonMap = { [key: string]: Json };

export interface Case {
  readonly id: string;
  readonly area: string;
  readonly kind: string;
  readonly input: JsonMap;
  readonly expected: JsonMap;
}

/** Null: as expected. Otherwise what was found instead. */
export type Outcome = string | null;
export type AreaRunner = (row: Case) => Outcome;

export const NOT_BUILT = 'not built yet';

export function readCases(file: string): readonly Case[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Case);
}

export function mapOf(value: Json | undefined): JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Null when both are the same JSON. */
export function sameJson(found: unknown, wanted: unknown): Outcome {
  const [left, right] = [stable(found), stable(wanted)];
  return left === right ? null : `got ${left}, wanted ${right}`;
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
