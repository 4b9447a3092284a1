/**
 * Codex's record of which hooks the person trusts: `hooks.state."FILE:EVENT:GROUP:HANDLER".trusted_hash` in the
 * person's config.toml. A hook without it is skipped in silence (measured with 0.169.0).
 *
 * The hash is SHA-256 over the canonical JSON of what the hook is. Whether Codex agrees is asked of Codex itself by
 * the doctor, through `hooks/list`.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { JsonObject } from '../../../platform/canonical-json.ts';
import { canonicalJson } from '../../../platform/canonical-json.ts';

/** What a hook is, as far as the hash goes. */
export interface TrustedHook {
  readonly event: string;
  readonly matcher: string | null;
  readonly command: string;
  /** Seconds. */
  readonly timeout: number;
}

/** `PreToolUse` as keys and hashes have it: `pre_tool_use`. */
export function eventKey(event: string): string {
  return event.replace(/(?!^)([A-Z])/g, '_$1').toLowerCase();
}

export function trustHash({ event, matcher, command, timeout }: TrustedHook): string {
  const identity: JsonObject = {
    event_name: eventKey(event),
    hooks: [{ type: 'command', command, timeout, async: false }],
    ...(matcher === null ? {} : { matcher }),
  };
  return `sha256:${createHash('sha256').update(canonicalJson(identity)).digest('hex')}`;
}

/**
 * The file as it stands in keys: with the variable `CODEX_HOME` Codex resolves the folder's links, without it does
 * not. Where the two differ, either may come.
 */
export function keyFiles(file: string): readonly string[] {
  try {
    return [...new Set([file, join(realpathSync(dirname(file)), basename(file))])];
  } catch {
    return [file];
  }
}

export function trustKey(file: string, event: string, group: number): string {
  return `${file}:${eventKey(event)}:${group}:0`;
}
