/** What answers a page about remembered answers, and about what a changed policy would have decided. */
import type { Handlers, RuleView } from '../../../preload/contract.ts';
import type { Engine } from '../../engine/engine.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { type Page, success } from '../pages.ts';
import type { PolicyReplay } from '../replay/policy-replay.ts';
import type { RememberDesk } from './remember-desk.ts';

export interface RememberHandlerParts {
  readonly engine: Engine;
  readonly remember: RememberDesk;
  readonly replay: PolicyReplay;
}

type RememberMethods =
  | 'replayPolicy'
  | 'coverage'
  | 'rules'
  | 'rowChoices'
  | 'makeRule'
  | 'withdrawRules'
  | 'endRule'
  | 'mergeRules';

export function rememberHandlers({
  engine,
  remember,
  replay,
}: RememberHandlerParts): Pick<Handlers<Page>, RememberMethods> {
  const rules = (): { readonly ok: true; readonly value: RuleView[] } => ({
    ok: true,
    value: remember.rules(),
  });
  return {
    replayPolicy: async (_page, { draft, days }) => success(await replay.draft(draft, days)),
    coverage: async (_page, ref) => {
      if ('seq' in ref) return success(await remember.coverageOfRow(ref.seq));
      const approval = engine.desk.get(ref.approval);
      if (approval === null) throw new GatehouseError('not_found', 'this request is not known any more');
      return success(await remember.coverageOf(approval));
    },
    rules: async () => rules(),
    rowChoices: async (_page, seq) => success(await remember.rowChoices(seq)),
    makeRule: async (page, { seq, scope, remember: wish }) => {
      await remember.makeFromRow(seq, scope, wishOf(wish), page.via);
      return rules();
    },
    withdrawRules: async (page, ids) => {
      await remember.withdraw(ids, page.via);
      return rules();
    },
    endRule: async (page, id, seconds) => {
      await remember.end(id, seconds === null ? null : seconds * 1000, page.via);
      return rules();
    },
    mergeRules: async (page, ids) => {
      await remember.merge(ids, page.via);
      return rules();
    },
  };
}

/** As the engine takes it. */
export function wishOf({
  choice,
  digest,
  forSeconds,
}: {
  readonly choice: 'exact' | 'kind' | 'here' | 'tool';
  readonly digest: string;
  readonly forSeconds: number | null;
}) {
  return { choice, digest, forMs: forSeconds === null ? null : forSeconds * 1000 };
}
