/**
 * Self-protection for commands that only the analysis finds: put together out of variables, decoded, written to a
 * script and run. What stands in the call as it is has been read before.
 */
import type { CallAnalysis } from '../analysis/result.ts';
import { type ProtectedHit, type Protection, protects } from './self-protection.ts';
import type { ToolCall } from './tool-call.ts';

/** Commands beyond this are no text that a person would read: the call is opaque anyway. */
const MOST = 60;

/** Whether one of the simple commands is aimed at Gatehouse itself; null when none is. */
export function protectsNested(
  call: Pick<ToolCall, 'cwd' | 'app'>,
  analysis: CallAnalysis,
  protection: Protection,
): ProtectedHit | null {
  for (const { words, via } of analysis.commands.slice(0, MOST)) {
    if (words.length === 0 || (via.length === 0 && words.length === 1)) continue;
    const command = words.map(quoted).join(' ');
    const hit = protects({ ...call, module: 'shell', action: 'bash', params: { command } }, protection);
    if (hit !== null) return hit;
  }
  for (const effect of analysis.effects) {
    if (effect.kind !== 'write' && effect.kind !== 'delete') continue;
    const hit = protects(
      { ...call, module: 'filesystem', action: 'write', params: { file_path: effect.path } },
      protection,
    );
    if (hit !== null) return hit;
  }
  return null;
}

function quoted(word: string): string {
  return /^[\w./:=@%+,~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
