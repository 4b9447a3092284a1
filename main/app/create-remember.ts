/** Remembered answers and the replay of past calls put together. */
import type { AuditEvent } from '../audit/event.ts';
import { EVERYTHING } from '../audit/filter.ts';
import type { AuditLog } from '../audit/log.ts';
import type { CallAnalyses } from '../engine/call-analysis.ts';
import type { Engine } from '../engine/engine.ts';
import type { RuleBook } from '../engine/remembered/book.ts';
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
      const rows = await ruleRows(log);
      const strange = engine.rules.load(
        rows.map(({ seq, event: { rule, change, digest } }) => ({ seq, rule, change, digest })),
      );
      if (strange.length > 0)
        setup.securityEvent(
          'rules_forged',
          `${strange.length} remembered ${strange.length === 1 ? 'answer' : 'answers'} in the state file were made by nobody the log knows of, and are void`,
        );
      await endLost(rows, engine.rules, log);
    },
    close: () => replayer.close(),
  };
}

/**
 * Ends on the log what it says was made and the state file has not got: a rule whose end could not be written, or
 * whose making was cut short. An older state file that is put back later gives it nothing.
 *
 * @param rows every row about remembered answers, oldest first
 */
async function endLost(
  rows: readonly RuleRow[],
  rules: Pick<RuleBook, 'has'>,
  log: Pick<AuditLog, 'append'>,
): Promise<void> {
  const open = new Map<string, RuleEvent>();
  for (const { event } of rows)
    if (event.change === 'made') open.set(event.rule, event);
    else open.delete(event.rule);
  for (const event of open.values())
    if (event.scope !== 'session' && !rules.has(event.rule))
      await log.append({ ...event, change: 'withdrawn', via: null, why: 'it was not in the state file' });
}

type RuleEvent = Extract<AuditEvent, { type: 'rule.changed' }>;

interface RuleRow {
  readonly seq: number;
  readonly event: RuleEvent;
}

const PAGE = 500;

/** Every row about remembered answers, oldest first. */
async function ruleRows(log: AuditLog): Promise<readonly RuleRow[]> {
  const found: RuleRow[] = [];
  for (let before: number | null = null; ; ) {
    const { rows } = await log.timeline({ ...RULE_ROWS }, before, PAGE);
    for (const { seq } of rows) {
      const event = (await log.row(seq))?.event;
      if (event?.type === 'rule.changed') found.push({ seq, event });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return found.reverse();
    before = last.seq;
  }
}

const RULE_ROWS = { ...EVERYTHING, action: ['rule.changed'] } as const;
