/** Decides past calls anew by a changed policy. Runs in the worker. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplayChange, ReplayReport } from '../../../preload/contract.ts';
import type { Analyst } from '../../analysis/analyst.ts';
import { CallAnalyses } from '../../engine/call-analysis.ts';
import { decide } from '../../engine/decide.ts';
import { freshFacts, type Understanding, understanding } from '../../engine/eval-line.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { compilePolicy, formatDiagnostic } from '../../policy/compile.ts';
import type { Enforcement } from '../../policy/conditions/subject.ts';
import type { PolicyLayer } from '../../policy/layer.ts';
import { mergeLayers } from '../../policy/merge-layers.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import type { Database } from '../../store/database.ts';
import { PROJECT_FILE } from '../policy-layers.ts';
import { profilesBeside } from '../profile-files.ts';
import type { LayerText, PolicyJob } from './job.ts';
import { BEHAVIOR, callOfRow, type Kind, pastCalls, saidThen, whyNot } from './past-calls.ts';

const MOST_CHANGES = 200;
const NO_PROJECT_POLICY = 'Their project has a policy file of its own that is not known here.';

/** Widening first: what nobody was asked about, then what was not even asked. */
const ORDER: readonly string[] = [
  'deny>allow',
  'approve>allow',
  'deny>approve',
  'allow>approve',
  'approve>deny',
  'allow>deny',
];

/** @throws GatehouseError `has_errors` when the policy does not compile */
export function replayPolicy(job: PolicyJob, database: Database, analyst: Analyst): ReplayReport {
  const end = performance.now() + job.budgetMs;
  const policies = new Policies(job);
  const known = new Map<Enforcement, Understanding>();
  const knows = (enforcement: Enforcement): Understanding => {
    const made = known.get(enforcement) ?? {
      ...understanding(job.home, new CallAnalyses(analyst, job.home)),
      enforcement,
    };
    known.set(enforcement, made);
    return made;
  };
  const left = new Map<string, number>();
  const counts = new Map<string, number>();
  const found = new Map<string, ReplayChange[]>();
  const leave = (why: string) => left.set(why, (left.get(why) ?? 0) + 1);
  let [looked, replayed, same] = [0, 0, 0];
  let since: number | null = null;
  let whole = true;
  for (const { seq, at, event } of pastCalls(database, job.sinceMs, job.mostRows)) {
    if (performance.now() > end) {
      whole = false;
      break;
    }
    if (event.call.point === 'test') continue;
    looked += 1;
    since = Math.floor(at / 1000);
    const reason = whyNot(event);
    if (reason !== null) {
      leave(reason);
      continue;
    }
    const call = callOfRow(event);
    const policy = policies.of(call.app);
    if (policy === undefined) {
      leave(NO_PROJECT_POLICY);
      continue;
    }
    const sandbox = event.peer?.sandbox;
    const enforcement = sandbox === undefined || sandbox === 'reduced' ? 'none' : (sandbox as Enforcement);
    const now = decide(call, policy, freshFacts(call, job.protection, knows(enforcement)));
    if (now.gate === 'behavior' || now.behavior.length > 0) {
      leave(BEHAVIOR);
      continue;
    }
    replayed += 1;
    const [from, to] = [saidThen(event), saidNow(now)];
    if (from === to) {
      same += 1;
      continue;
    }
    const way = `${from}>${to}`;
    counts.set(way, (counts.get(way) ?? 0) + 1);
    const list = found.get(way) ?? [];
    found.set(way, list);
    if (list.length < MOST_CHANGES)
      list.push({
        ...{ seq, from, to, reason: now.reason, at: Math.floor(at / 1000) },
        ...{
          client: call.client,
          app: call.app,
          action: `${call.module}.${call.action}`,
          summary: event.call.summary,
        },
      });
  }
  return {
    ...{ looked, replayed, same, since },
    whole: whole && looked < job.mostRows,
    counts: ORDER.flatMap((way) => {
      const [from, to] = way.split('>') as [Kind, Kind];
      const count = counts.get(way) ?? 0;
      return count === 0 ? [] : [{ from, to, count }];
    }),
    changes: ORDER.flatMap((way) => found.get(way) ?? []).slice(0, MOST_CHANGES),
    left: [...left].map(([why, count]) => ({ why, count })).toSorted((a, b) => b.count - a.count),
  };
}

/** What the policy says, whether or not it would be carried out. */
function saidNow({ kind, observed }: { kind: Kind; observed?: 'denied' | 'approval_required' }): Kind {
  return observed === undefined ? kind : observed === 'denied' ? 'deny' : 'approve';
}

class Policies {
  readonly #shared: readonly PolicyLayer[];
  readonly #projects: ReadonlyMap<string, PolicyLayer>;
  readonly #merged = new Map<string, CompiledPolicy | null | undefined>();

  constructor({ shared, projects }: PolicyJob) {
    this.#shared = shared.map(layerOf);
    this.#projects = new Map(projects.map(({ app, layer }) => [app, layerOf(layer)]));
  }

  /** Undefined where a project has a file that this job was not given. */
  of(app: string): CompiledPolicy | null | undefined {
    if (this.#merged.has(app)) return this.#merged.get(app);
    const own = this.#projects.get(app);
    const policy =
      own === undefined && existsSync(join(app, PROJECT_FILE))
        ? undefined
        : mergeLayers([...this.#shared, ...(own === undefined ? [] : [own])]);
    this.#merged.set(app, policy);
    return policy;
  }
}

function layerOf({ name, file, text, trusted }: LayerText): PolicyLayer {
  const compiled = compilePolicy(text, file, name === 'user' ? { findProfile: profilesBeside(file) } : {});
  if (!compiled.ok) {
    const [first] = compiled.diagnostics;
    throw new GatehouseError(
      'has_errors',
      first === undefined ? `${file} does not compile` : formatDiagnostic(first),
      {
        hint: 'repair it first',
      },
    );
  }
  return { name, policy: compiled.policy, trusted };
}
