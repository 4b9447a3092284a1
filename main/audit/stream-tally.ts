/** What adds up over the rows of the log: failed calls, waiting times, rules that fired. */
import type { AuditEvent, StoredFiring } from './event.ts';
import type { Metrics } from './stream-query.ts';

/** What is counted: calls that failed, requests that waited (key: how they ended), rules that fired (key: decision, blank, rule). */
export type TallyKind = 'failed' | 'waited' | 'fired';

/** One sum over a day of a project. `day` counts from 1970, UTC. */
export interface Tally {
  readonly app: string;
  readonly day: number;
  readonly key: string;
  readonly n: number;
  readonly total: number;
  readonly most: number;
}

export const DAY_MICROS = 86_400_000_000;

/** What one row adds. */
export function tallies(
  event: AuditEvent,
): readonly { readonly kind: TallyKind; readonly key: string; readonly amount: number }[] {
  if (event.type === 'behavior.fired') return fired([event.firing]);
  if (event.type === 'call.completed')
    return [
      ...(event.success ? [] : [{ kind: 'failed' as const, key: '', amount: 0 }]),
      ...fired(event.behavior ?? []),
    ];
  if (event.type === 'approval.resolved')
    return [{ kind: 'waited', key: event.outcome, amount: event.waitedMs }];
  if (event.type === 'call.decided') {
    const behavior = fired(event.behavior ?? []);
    // A behaviour rule that decided is among those that fired.
    if (event.rule === null || event.gate === 'behavior') return behavior;
    return [{ kind: 'fired', key: `${event.decision} ${event.rule}`, amount: 0 }, ...behavior];
  }
  return [];
}

function fired(firings: readonly StoredFiring[]): ReturnType<typeof tallies> {
  return firings.flatMap(({ state, action, at }) =>
    state === 'fired' ? [{ kind: 'fired' as const, key: `${action} ${at}`, amount: 0 }] : [],
  );
}

/** The sums as they are told. */
export function metricsOf(read: (kind: TallyKind) => readonly Tally[]): Metrics {
  return {
    failed: read('failed').map(({ app, day, n }) => ({ app, day: dayText(day), count: n })),
    waited: read('waited').map(({ app, day, n, total, most, key }) => ({
      app,
      day: dayText(day),
      outcome: key,
      count: n,
      totalMs: total,
      longestMs: most,
    })),
    fired: read('fired').map(({ app, day, n, key }) => {
      const cut = key.indexOf(' ');
      return { app, day: dayText(day), decision: key.slice(0, cut), rule: key.slice(cut + 1), count: n };
    }),
  };
}

function dayText(day: number): string {
  return new Date((day * DAY_MICROS) / 1000).toISOString().slice(0, 10);
}
