/** What an answer would be remembered as, in words; and which choice stands when nobody chose. Pure. */
import type {
  Answer,
  Approval,
  Coverage,
  CoverageReport,
  RememberChoice,
  ScopeChoice,
} from '../../../preload/contract.ts';
import { count, plural } from '../../ui/format.ts';
import { visible } from '../../ui/visible-text.tsx';

export type Scope = ScopeChoice['scope'];

/** What the person has chosen so far; what they left alone is as narrow as it can be. */
export interface Wish {
  readonly scope: Scope;
  /** Null: the narrowest that the scope allows. */
  readonly choice: RememberChoice['id'] | null;
  /** Seconds; null: until it is taken back. Only for a project and for all. */
  readonly forSeconds: number | null;
}

const DAY = 86_400;
export const ENDS: readonly { readonly seconds: number | null; readonly label: string }[] = [
  { seconds: 3600, label: '1 hour' },
  { seconds: DAY, label: '1 day' },
  { seconds: 30 * DAY, label: '30 days' },
  { seconds: null, label: 'until taken back' },
];

export const FIRST_WISH: Wish = { scope: 'once', choice: null, forSeconds: 30 * DAY };

const REACH: readonly Scope[] = ['once', 'session', 'project', 'always'];

export function allows(choice: RememberChoice, scope: Scope): boolean {
  return REACH.indexOf(choice.widest) >= REACH.indexOf(scope);
}

/** The choice that stands: the person's, if the scope allows it, else the narrowest that it allows. */
export function chosenOf({ remember }: Pick<Approval, 'remember'>, wish: Wish): RememberChoice | null {
  if (wish.scope === 'once') return null;
  const possible = remember.choices.filter((choice) => allows(choice, wish.scope));
  return possible.find(({ id }) => id === wish.choice) ?? possible[0] ?? null;
}

/** The next of a list that goes round. */
export function nextOf<T>(list: readonly T[], now: T | undefined): T | undefined {
  return list[(list.findIndex((one) => one === now) + 1) % Math.max(1, list.length)];
}

function endWords(forSeconds: number | null, now: number): string {
  if (forSeconds === null) return 'until you take it back';
  const end = new Date(now + forSeconds * 1000);
  const time = end.toTimeString().slice(0, 5);
  if (end.toDateString() === new Date(now).toDateString()) return `until ${time}`;
  const day = end.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return forSeconds <= 2 * DAY ? `until ${day}, ${time}` : `until ${day}`;
}

/** The whole consequence, for the button. */
export function buttonWords(approval: Approval, wish: Wish, now = Date.now()): string {
  const { scopes, app } = approval;
  const choice = chosenOf(approval, wish);
  if (choice === null) return visible(scopes[0]?.button ?? 'Allow once');
  const what = visible(choice.label);
  if (wish.scope === 'session') return `Allow ${what} in ${visible(app.name)} until the session ends`;
  const where = wish.scope === 'always' ? 'in every project' : `in ${visible(app.name)}`;
  return `Allow ${what} ${where} ${endWords(wish.forSeconds, now)}`;
}

/** What is sent. */
export function verdictOf(approval: Approval, wish: Wish): Answer['verdict'] {
  const choice = chosenOf(approval, wish);
  if (choice === null) return { kind: 'allow', scope: 'once' };
  const forSeconds = wish.scope === 'session' ? null : wish.forSeconds;
  return {
    kind: 'allow',
    scope: wish.scope,
    remember: { choice: choice.id, digest: choice.digest, forSeconds },
  };
}

/** `Would have covered 9 past calls, for example “npm run test”.` */
export function coverageWords(report: CoverageReport, choice: RememberChoice, scope: Scope): string {
  const found = report.coverage.find((one) => one.choice === choice.id);
  if (found === undefined) return '';
  const number = coveredBy(found, scope);
  const seen = report.whole ? 'the last 30 days' : `the last ${count(report.looked)} calls`;
  if (number === 0) return `Would have covered no other call in ${seen}.`;
  const examples = found.examples.slice(0, 2).map((text) => `“${visible(text.replace(/\s+/g, ' '))}”`);
  const then =
    found.stopped > 0 ? ` ${plural(found.stopped, 'of them was', 'of them were')} stopped then.` : '';
  const left = report.unknown > 0 ? ` ${plural(report.unknown, 'call')} could not be compared.` : '';
  const such = examples.length === 0 ? '' : `, for example ${examples.join(' and ')}`;
  return `Would have covered ${plural(number, 'call')} in ${seen}${such}.${then}${left}`;
}

function coveredBy(found: Coverage, scope: Scope): number {
  return scope === 'session' ? found.session : scope === 'always' ? found.everywhere : found.project;
}
