/**
 * The track of a line: seven ticks, an eighth where a behaviour rule blocks, and how the database holds them.
 *
 * As text most ticks are one letter, because most gates have nothing to say: `["p","p","p","p",["a","line 3"],"p","p"]`.
 */
import type { StoredFiring, StoredGate } from './event.ts';
import type { LineGate } from './line.ts';

const LETTERS = { passed: 'p', allowed: 'a', stopped: 's', waits: 'w', lapsed: 'l', not_asked: 'n' } as const;
type Letter = (typeof LETTERS)[LineGate['state']];
const STATES = new Map(
  Object.entries(LETTERS).map(([state, letter]) => [letter, state as LineGate['state']]),
);

/** A letter alone, or with its note, or with its note and that a person answered. */
type Packed = Letter | readonly [Letter, string | null] | readonly [Letter, string | null, true];

export function traceText(ticks: readonly LineGate[]): string {
  return JSON.stringify(
    ticks.map(({ state, note, person }): Packed => {
      const letter = LETTERS[state];
      if (person) return [letter, note, true];
      return note === null ? letter : [letter, note];
    }),
  );
}

/** Null for a line that is no call. */
export function readTrace(text: string | null): readonly LineGate[] | null {
  if (text === null) return null;
  return (JSON.parse(text) as readonly Packed[]).map((packed) => {
    const [letter, note, person] = typeof packed === 'string' ? ([packed, null] as const) : packed;
    return { state: STATES.get(letter) ?? 'not_asked', note, person: person ?? false };
  });
}

/** The eighth tick: a behaviour rule stopped the call, or has a person asked. Null when none blocks. */
export function behaviorTick(
  firings: readonly StoredFiring[],
  decision: 'allowed' | 'denied' | 'approval_required',
): LineGate | null {
  const block = firings.find(({ action, state }) => action === 'block' && state === 'fired');
  if (block === undefined) return null;
  const state = decision === 'denied' ? 'stopped' : decision === 'allowed' ? 'allowed' : 'waits';
  return { state, note: block.rule, person: false };
}

/** A tick as the decision left it. */
export function firstTick(gate: StoredGate): LineGate {
  return { state: gate.state === 'asks' ? 'waits' : gate.state, note: gate.note, person: false };
}

/** A tick after the request ended: the gate that waited shows the answer; a gate that refused at release shows that. */
export function laterTick(
  tick: LineGate,
  index: number,
  outcome: string,
  person: boolean,
  refusedAt: number | null,
): LineGate {
  if (refusedAt !== null) {
    if (index === refusedAt) return { state: 'stopped', note: tick.note, person: false };
    if (index > refusedAt) return { ...tick, state: 'not_asked' };
    return tick.state === 'waits' ? { ...tick, state: 'passed' } : tick;
  }
  if (tick.state !== 'waits') return tick;
  const state =
    outcome === 'allowed' ? 'allowed' : outcome === 'denied' || outcome === 'refused' ? 'stopped' : 'lapsed';
  return { ...tick, state, person };
}
