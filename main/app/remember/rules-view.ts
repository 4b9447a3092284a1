/** Remembered answers and choices as the page shows them. */
import type { RememberChoices, RuleView } from '../../../preload/contract.ts';
import type { RuleBook } from '../../engine/remembered/book.ts';
import type { Choice, Choices } from '../../engine/remembered/choice.ts';
import { shadows } from '../../engine/remembered/covers.ts';
import { type RememberedRule, shapeDigest } from '../../engine/remembered/rule.ts';
import { neverWords, sentenceOf } from '../../engine/remembered/words.ts';
import type { ToolCall } from '../../engine/tool-call.ts';
import { appName, clientName, millis, tildePath } from '../views/words.ts';

/** Beyond this many rules nobody asks which covers which. */
const MOST_COMPARED = 400;

export function choicesView({ choices, once, exactOnly }: Choices, call: ToolCall): RememberChoices {
  return {
    choices: choices.map((choice) => ({
      id: choice.id,
      digest: shapeDigest(choice.shape),
      label: labelOf(choice, call),
      never: neverWords(choice.shape),
      widest: choice.widest,
      limit: choice.limit,
      sandboxed: choice.sandboxed,
    })),
    once,
    exactOnly,
  };
}

function labelOf({ shape }: Choice, call: ToolCall): string {
  return shape.kind === 'exact' ? 'this exact call' : sentenceOf(shape, call);
}

export function rulesView(book: RuleBook, home: string, sessionLabel: (id: string) => string): RuleView[] {
  const kept = book.list();
  const rules = kept.map(({ rule }) => rule);
  const compared = rules.length <= MOST_COMPARED;
  const groups = mergeGroups(rules);
  return kept.map(({ rule, hits, lastUsedMicros }) => {
    const outer = compared ? rules.find((other) => shadows(other, rule) && isFirst(other, rule)) : undefined;
    const group = mergeKey(rule);
    return {
      id: rule.id,
      sentence: rule.sentence,
      action: `${rule.module}.${rule.action}`,
      client: { id: rule.client, name: clientName(rule.client) },
      scope: rule.scope,
      app: rule.app === null ? null : { root: tildePath(rule.app, home), name: appName(rule.app) },
      session: rule.session === null ? null : sessionLabel(rule.session),
      sandboxed: rule.sandboxed,
      exact: rule.shape.kind === 'exact',
      never: neverWords(rule.shape),
      madeAt: millis(rule.madeMicros),
      endsAt: rule.endsMicros === null ? null : millis(rule.endsMicros),
      lastUsedAt: lastUsedMicros === null ? null : millis(lastUsedMicros),
      hits,
      shadowedBy: outer === undefined ? null : { id: outer.id, sentence: outer.sentence },
      mergesAs: group !== null && (groups.get(group) ?? 0) > 1 ? group : null,
    };
  });
}

/** Of two that cover one another the older one stays. */
function isFirst(outer: RememberedRule, inner: RememberedRule): boolean {
  return (
    !shadows(inner, outer) ||
    outer.madeMicros < inner.madeMicros ||
    (outer.madeMicros === inner.madeMicros && outer.id < inner.id)
  );
}

function mergeGroups(rules: readonly RememberedRule[]): ReadonlyMap<string, number> {
  const groups = new Map<string, number>();
  for (const rule of rules) {
    const key = mergeKey(rule);
    if (key !== null) groups.set(key, (groups.get(key) ?? 0) + 1);
  }
  return groups;
}

/** The same for rules that can be made one without covering anything more; null for one that cannot. */
export function mergeKey({
  shape,
  scope,
  client,
  module,
  action,
  app,
  session,
  sandboxed,
}: RememberedRule): string | null {
  if (shape.kind !== 'commands') return null;
  return JSON.stringify([scope, client, module, action, app, session, sandboxed, shape.folder, shape.sets]);
}
