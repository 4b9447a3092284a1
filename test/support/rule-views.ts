/** Remembered answers, choices and replays for the contract double: each fits the contract's schema. */
import { failure, success } from '../../main/app/pages.ts';
import type {
  CoverageReport,
  Handlers,
  RememberChoices,
  ReplayReport,
  RuleView,
} from '../../preload/contract.ts';

const DAY = 86_400_000;

export function ruleView(id: string, change: Partial<RuleView> = {}): RuleView {
  const now = Date.now();
  return {
    id,
    sentence: 'git push …',
    action: 'shell.bash',
    client: { id: 'claude-code', name: 'Claude Code' },
    scope: 'project',
    app: { root: '~/code/web', name: 'web' },
    session: null,
    sandboxed: false,
    exact: false,
    never: 'another command beside it (“; rm x”), files outside the project, another host or secrets',
    madeAt: now - 3 * DAY,
    endsAt: now + 27 * DAY,
    lastUsedAt: now - 7_200_000,
    hits: 12,
    shadowedBy: null,
    mergesAs: null,
    ...change,
  };
}

const SENTENCES = [
  'git push …',
  'npm ci …',
  'gh pr create …',
  'docker compose up …',
  'exactly: ./deploy.sh staging',
];

/** As many as asked for: of three projects, some unused, some that end soon, some covered by others. */
export function ruleViews(count: number): RuleView[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) => {
    const name = ['web', 'api', 'infra'][index % 3] ?? 'web';
    const scope = index % 7 === 3 ? 'always' : index % 5 === 2 ? 'session' : 'project';
    return ruleView(`grant_${index}`, {
      sentence: `${SENTENCES[index % SENTENCES.length] ?? ''}${index % 11 === 5 ? ' in web/packages/a-very-long-name-of-a-package-that-goes-on' : ''}`,
      scope,
      app: scope === 'always' ? null : { root: `~/code/${name}`, name },
      session: scope === 'session' ? 'Fix the login test' : null,
      exact: index % SENTENCES.length === 4,
      hits: index % 4 === 0 ? 0 : index * 3,
      lastUsedAt: index % 4 === 0 ? null : now - index * 3_600_000,
      endsAt: scope === 'session' || index % 9 === 4 ? null : now + (index % 30) * DAY + 3_600_000,
      shadowedBy: index % 8 === 6 ? { id: 'grant_0', sentence: 'git push …' } : null,
      mergesAs: index % 10 < 2 ? `m${index % 3}` : null,
    });
  });
}

export function rememberChoices(change: Partial<RememberChoices> = {}): RememberChoices {
  return {
    choices: [
      {
        id: 'exact',
        digest: 'd-exact',
        label: 'this exact call',
        never: 'a single byte more or less, or another folder',
        widest: 'project',
        limit: 'Exactly this call belongs to this project.',
        sandboxed: false,
      },
      {
        id: 'kind',
        digest: 'd-kind',
        label: 'npm run test …',
        never: 'another command beside it (“; rm x”), files outside the project, the network or secrets',
        widest: 'always',
        limit: null,
        sandboxed: false,
      },
      {
        id: 'here',
        digest: 'd-here',
        label: 'npm … in web',
        never: 'another command beside it (“; rm x”), files outside that folder, the network or secrets',
        widest: 'project',
        limit: 'A folder belongs to its project.',
        sandboxed: false,
      },
    ],
    once: null,
    exactOnly: null,
    ...change,
  };
}

export function coverageReport(): CoverageReport {
  const base = { session: 2, project: 9, everywhere: 14, allowed: 13, stopped: 1 };
  return {
    coverage: [
      {
        choice: 'exact',
        ...base,
        project: 4,
        everywhere: 4,
        allowed: 4,
        stopped: 0,
        examples: ['npm run test -- --watch=false'],
      },
      { choice: 'kind', ...base, examples: ['npm run test', 'npm run test -- login'] },
      {
        choice: 'here',
        ...base,
        project: 31,
        everywhere: 31,
        examples: ['npm ci', 'npm run build', 'npm run test'],
      },
    ],
    looked: 412,
    unknown: 3,
    since: Date.now() - 12 * DAY,
    whole: true,
  };
}

export function replayReport(change: Partial<ReplayReport> = {}): ReplayReport {
  const now = Date.now();
  const one = { client: 'claude-code', app: '/home/dev/code/web', action: 'shell.bash', at: now - 3_600_000 };
  return {
    looked: 1284,
    replayed: 1250,
    same: 1244,
    counts: [
      { from: 'deny', to: 'allow', count: 1 },
      { from: 'approve', to: 'allow', count: 4 },
      { from: 'allow', to: 'deny', count: 1 },
    ],
    changes: [
      {
        ...one,
        seq: 900,
        from: 'deny',
        to: 'allow',
        summary: 'rm -rf /srv/data',
        reason: 'shell.bash is granted',
      },
      {
        ...one,
        seq: 880,
        from: 'approve',
        to: 'allow',
        summary: 'git push origin main',
        reason: 'shell.bash is granted',
      },
      {
        ...one,
        seq: 700,
        from: 'allow',
        to: 'deny',
        summary: 'curl https://example.com',
        reason: 'web.fetch is denied',
      },
    ],
    left: [
      {
        why: 'The log does not hold all of their parameters: secrets were taken out, or long text cut.',
        count: 34,
      },
    ],
    since: now - 30 * DAY,
    whole: true,
    ...change,
  };
}

export interface RuleWorld {
  rules: readonly RuleView[];
  coverage: CoverageReport;
  replay: ReplayReport;
  pushRules(): void;
}

type RuleMethods =
  | 'replayPolicy'
  | 'coverage'
  | 'rules'
  | 'rowChoices'
  | 'makeRule'
  | 'withdrawRules'
  | 'endRule'
  | 'mergeRules';

export function doubleRules(world: RuleWorld): Pick<Handlers<unknown>, RuleMethods> {
  const changed = (rules: readonly RuleView[]) => {
    world.rules = rules;
    queueMicrotask(() => world.pushRules());
    return success([...rules]);
  };
  return {
    replayPolicy: async () => success(world.replay),
    coverage: async () => success(world.coverage),
    rules: async () => success([...world.rules]),
    rowChoices: async (_page, seq) =>
      success({
        seq,
        title: 'Run npm run test',
        app: { root: '~/code/web', name: 'web' },
        decision: 'approve' as const,
        problem: null,
        remember: rememberChoices(),
        live: true,
      }),
    makeRule: async (_page, { seq, scope }) =>
      changed([ruleView(`grant_row_${seq}`, { scope }), ...world.rules]),
    withdrawRules: async (_page, ids) => {
      if (!ids.every((id) => world.rules.some((rule) => rule.id === id)))
        return failure('not_found', 'nothing is remembered under this name');
      return changed(world.rules.filter(({ id }) => !ids.includes(id)));
    },
    endRule: async (_page, id, seconds) =>
      changed(
        world.rules.map((rule) =>
          rule.id === id ? { ...rule, endsAt: seconds === null ? null : Date.now() + seconds * 1000 } : rule,
        ),
      ),
    mergeRules: async (_page, ids) => {
      const [first] = world.rules.filter(({ id }) => ids.includes(id));
      if (first === undefined) return failure('not_found', 'nothing is remembered under this name');
      return changed([
        { ...first, id: 'grant_merged', mergesAs: null },
        ...world.rules.filter(({ id }) => !ids.includes(id)),
      ]);
    },
  };
}
