/** Whether what a call does can be undone. */
import type { CallAnalysis, Concern, Effect } from './result.ts';

/** From what speaks against a call and what it touches. */
export function undoOf(concerns: readonly Concern[], effects: readonly Effect[]): CallAnalysis['undo'] {
  const codes = new Set(concerns.map(({ code }) => code));
  if (codes.has('destroys') || codes.has('sends') || codes.has('service')) return 'no';
  if (
    codes.has('opaque') ||
    codes.has('remote_code') ||
    codes.has('remote_shell') ||
    codes.has('outside_code')
  )
    return 'unknown';
  if (effects.some((one) => one.kind === 'run')) return 'unknown';
  return effects.some((one) => one.kind === 'write' || one.kind === 'delete') ? 'yes' : 'nothing_to_undo';
}
