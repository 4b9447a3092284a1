/** Remembered answers and the replay of past calls put together. */
import { EVERYTHING } from '../audit/filter.ts';
import type { AuditLog } from '../audit/log.ts';
import type { CallAnalyses } from '../engine/call-analysis.ts';
import type { Engine } from '../engine/engine.ts';
import type { RuleHistory } from '../engine/remembered/book.ts';
import type { Protection } from '../engine/self-protection.ts';
import type { Clock } from '../platform/clock.ts';
import type { Paths } from '../platform/paths.ts';
import type { PolicyKeeper } from './policy-keeper.ts';
import type { PolicyLayers } from './policy-layers.ts';
import { RememberDesk } from './remember/remember-desk.ts';
import { PolicyReplay } from './replay/policy-replay.ts';
import { Replayer } from './replay/replayer.ts';
import { grammarFile } from './resources.ts';

export interface RememberSetup {
  readonly home: string;
  readonly paths: Paths;
  readonly clock: Clock;
  readonly log: AuditLog;
  readonly engine: Engine;
  readonly analyses: CallAnalyses;
  readonly policy: PolicyKeeper;
  readonly layers: PolicyLayers;
  readonly protection: () => Protection;
  readonly sessionLabel: (id: string) => string;
  readonly securityEvent: (what: string, detail: string) => void;
}

export interface Remember {
  readonly remember: RememberDesk;
  readonly replay: PolicyReplay;
  /** Takes the stored rules in that the log vouches for; once, before the first call. */
  readonly load: () => Promise<void>;
  readonly close: () => void;
}

export function createRemember(setup: RememberSetup): Remember {
  const { home, paths, clock, log, engine, analyses, policy, layers, protection, sessionLabel } = setup;
  const replayer = new Replayer({ auditDb: paths.auditDb, grammar: grammarFile, home });
  const nowMs = () => clock.wallMicros() / 1000;
  const remember = new RememberDesk({
    ...{ home, log, engine, analyses, replayer, protection, sessionLabel, nowMs },
    policy: (app) => layers.policy(app),
  });
  const replay = new PolicyReplay({
    ...{ replayer, layers, protection, nowMs },
    projects: () => [...new Set(engine.sessions.list().map((session) => session.app))],
    userFile: () => policy.status().file,
  });
  return {
    remember,
    replay,
    load: async () => {
      const strange = engine.rules.load(await ruleHistory(log));
      if (strange.length > 0)
        setup.securityEvent(
          'rules_forged',
          `${strange.length} remembered ${strange.length === 1 ? 'answer' : 'answers'} in the state file were made by nobody the log knows of, and are void`,
        );
    },
    close: () => replayer.close(),
  };
}

const PAGE = 500;

/** Every row about remembered answers, oldest first. */
async function ruleHistory(log: AuditLog): Promise<readonly RuleHistory[]> {
  const found: RuleHistory[] = [];
  for (let before: number | null = null; ; ) {
    const { rows } = await log.timeline({ ...RULE_ROWS }, before, PAGE);
    for (const { seq } of rows) {
      const event = (await log.row(seq))?.event;
      if (event?.type === 'rule.changed')
        found.push({ seq, rule: event.rule, change: event.change, digest: event.digest });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return found.reverse();
    before = last.seq;
  }
}

const RULE_ROWS = { ...EVERYTHING, action: ['rule.changed'] } as const;
