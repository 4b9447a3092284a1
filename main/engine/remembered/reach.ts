/**
 * What a command or tool does, as words that can be compared: a rule's words must hold those of a later call.
 *
 * Files inside the project are one word, as secrets and what runs later are concerns of their own; files elsewhere
 * are named by their folder, hosts by their name, and what is deleted by its path.
 */
import { dirname } from 'node:path';
import { isWithin } from '../../analysis/place.ts';
import type { ConcernCode, Effect } from '../../analysis/result.ts';
import { assertNever } from '../../platform/errors.ts';

/** Allowed to every rule by shape: nothing speaks against them where they may stand. */
const FREE: ReadonlySet<string> = new Set(['read:project', 'read:temp', 'read:folder', 'write:temp']);

/** Concerns that a rule by shape may cover, in its project at most. All others are about one exact call. */
const SHAPEABLE: ReadonlySet<ConcernCode> = new Set<ConcernCode>([
  'service',
  'private_host',
  'outside_write',
]);

/** What stands for a part of a path that is not known. */
const HOLE = '…';

/** @param folder where the rule is to hold; null: all of the project */
export function reachOf(effects: readonly Effect[], folder: string | null): readonly string[] | null {
  const words = new Set<string>();
  for (const effect of effects) {
    const word = wordOf(effect, folder);
    if (word === null) return null;
    if (!FREE.has(word)) words.add(word);
  }
  return [...words].sort();
}

/** Null for what no rule can be bound to. */
function wordOf(effect: Effect, folder: string | null): string | null {
  switch (effect.kind) {
    case 'read':
    case 'write':
    case 'delete':
      return pathWord(effect, folder);
    case 'network':
      if (effect.class === 'own') return 'net:own';
      return effect.class === 'unknown' ? null : `net:${effect.how}:${effect.host ?? '*'}`;
    case 'run':
      if (effect.what === 'package_code') return 'run:package';
      return effect.what === 'workspace_code' ? `run:${effect.file ?? '*'}` : null;
    case 'process':
      return effect.target.includes(HOLE) ? null : `process:${effect.target}`;
    default:
      return assertNever(effect, 'an effect');
  }
}

function pathWord(
  { kind, path, at }: Extract<Effect, { kind: 'read' | 'write' | 'delete' }>,
  folder: string | null,
): string | null {
  if (at === 'unknown') return null;
  const vague = path.includes(HOLE) || /[*?[]/.test(path);
  if (kind === 'delete') return vague ? null : `delete:${path}`;
  if (at === 'temp') return `${kind}:temp`;
  if (folder !== null && !path.includes(HOLE) && isWithin(path, folder)) return `${kind}:folder`;
  if (at === 'workspace' && folder === null) return `${kind}:project`;
  if (vague) return null;
  return kind === 'read' ? `read:${path}` : `write:${dirname(path)}`;
}

/** Whether all that a call does lies within what a rule lets do. */
export function withinReach(reach: readonly string[], allowed: readonly string[]): boolean {
  return reach.every((word) => allowed.includes(word));
}

/** Whether a rule by shape may cover what speaks against a call. */
export function shapeable(concerns: readonly { readonly code: ConcernCode }[]): boolean {
  return concerns.every(({ code }) => SHAPEABLE.has(code));
}

/** The codes, sorted, each once. */
export function codesOf(concerns: readonly { readonly code: ConcernCode }[]): readonly ConcernCode[] {
  return [...new Set(concerns.map(({ code }) => code))].sort();
}

/** Whether it runs code that the project or a package brings, which an agent may have written. */
export function runsProjectCode(effects: readonly Effect[]): boolean {
  return effects.some((effect) => effect.kind === 'run' && effect.what !== 'inline_code');
}
