/** Remembered answers in words, and which of them a filter leaves. Pure. */
import type { RuleView } from '../../../preload/contract.ts';
import { plural } from '../../ui/format.ts';

const DAY_MS = 86_400_000;

export function whereWords({ scope, app, session }: RuleView): string {
  switch (scope) {
    case 'session':
      return `${session ?? 'one session'}, in ${app?.name ?? ''}`;
    case 'project':
      return app?.name ?? '';
    case 'always':
      return 'every project';
  }
}

export function untilWords({ endsAt, scope }: RuleView, now: number): string {
  if (endsAt === null) return scope === 'session' ? 'its session ends' : 'you take it back';
  const end = new Date(endsAt);
  const time = end.toTimeString().slice(0, 5);
  if (end.toDateString() === new Date(now).toDateString()) return `today, ${time}`;
  const day = end.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return endsAt - now < 2 * DAY_MS ? `${day}, ${time}` : day;
}

export function usedWords({ hits, lastUsedAt, madeAt }: RuleView, now: number): string {
  if (lastUsedAt === null) return `never, made ${agoWords(now - madeAt)}`;
  return `${plural(hits, 'time')}, ${agoWords(now - lastUsedAt)}`;
}

function agoWords(ms: number): string {
  if (ms < 60_000) return 'just now';
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  if (ms < DAY_MS) return `${Math.floor(ms / 3_600_000)} h ago`;
  return `${plural(Math.floor(ms / DAY_MS), 'day')} ago`;
}

/** Rules that hold every word of a filter somewhere. */
export function filtered(rules: readonly RuleView[], text: string): readonly RuleView[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return rules;
  return rules.filter((rule) => {
    const hay = [rule.sentence, rule.client.name, rule.action, whereWords(rule), rule.scope]
      .join(' ')
      .toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}

/** Groups that can be made one, each with its rules. */
export function mergeable(rules: readonly RuleView[]): readonly (readonly RuleView[])[] {
  const groups = new Map<string, RuleView[]>();
  for (const rule of rules) {
    if (rule.mergesAs === null) continue;
    groups.set(rule.mergesAs, [...(groups.get(rule.mergesAs) ?? []), rule]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
