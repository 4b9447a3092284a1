/** The seven gates: which let a call through, stopped it, or waits. Always in the same order and place; a behaviour rule that blocks comes after them. */
import type { GateStep, TimelineDetail } from '../../preload/contract.ts';
import { OutcomeGlyph, type OutcomeName } from './glyphs.tsx';

export const GATE_NAMES = ['Active', 'Module', 'Risk', 'Permission', 'Policy', 'Data', 'Rate'] as const;
const STATES = {
  passed: 'passed',
  allowed: 'let it through',
  stopped: 'stopped it',
  waits: 'waits for you',
  lapsed: 'nobody answered',
  not_asked: 'not asked',
} as const;

/** The one sentence a track says. */
export function trackSentence(steps: readonly GateStep[]): string {
  const telling =
    steps.find(({ state }) => state === 'stopped' || state === 'waits' || state === 'lapsed') ??
    steps.find(({ state }) => state === 'allowed') ??
    steps.at(-1);
  if (telling === undefined) return '';
  const name = GATE_NAMES[telling.gate];
  const who = name === undefined ? `Behaviour rule ${telling.note ?? ''}` : `Gate ${telling.gate}, ${name}`;
  return `${who}: ${STATES[telling.state]}${telling.person ? ', by you' : ''}`;
}

export function CompactTrack({ steps }: { readonly steps: readonly GateStep[] }) {
  return (
    <svg
      className="track"
      width="54"
      height="16"
      viewBox="0 0 54 16"
      role="img"
      aria-label={trackSentence(steps)}
    >
      {steps.map((step) => (
        <Tick key={step.gate} step={step} x={step.gate * 7} />
      ))}
    </svg>
  );
}

function Tick({ step, x }: { readonly step: GateStep; readonly x: number }) {
  switch (step.state) {
    case 'passed':
      return <rect className="pass" x={x + 1.5} y="4" width="2" height="8" />;
    case 'not_asked':
      return <rect className="none" x={x + 1.5} y="7" width="2" height="2" />;
    case 'waits':
      return <rect className="w" x={x + 0.75} y="1.75" width="3.5" height="12.5" />;
    case 'lapsed':
      return <rect className="x" x={x + 0.75} y="1.75" width="3.5" height="12.5" />;
    case 'allowed':
      return (
        <g className="a">
          <rect x={x} y={step.person ? 5 : 1} width="5" height={step.person ? 10 : 14} />
          {step.person && <circle cx={x + 2.5} cy="2.5" r="1.8" />}
        </g>
      );
    case 'stopped':
      return (
        <g className="r">
          <rect x={x} y={step.person ? 5 : 1} width="5" height={step.person ? 4 : 6} />
          <rect x={x} y={step.person ? 11 : 9} width="5" height={step.person ? 4 : 6} />
          {step.person && <circle cx={x + 2.5} cy="2.5" r="1.8" />}
        </g>
      );
  }
}

/** The arch of a gate that had the say; null for one that only let pass or was not asked. */
function outcomeAt(state: GateStep['state'], person: boolean): OutcomeName | null {
  switch (state) {
    case 'waits':
      return 'waits';
    case 'stopped':
      return person ? 'denied' : 'refused';
    case 'lapsed':
      return 'expired';
    case 'allowed':
      return 'allowed';
    case 'passed':
    case 'not_asked':
      return null;
  }
}

/** Left to right, with names and a short reason each. */
export function WideTrack({ steps }: { readonly steps: readonly GateStep[] }) {
  return (
    <ol className="gates" aria-label="The seven gates">
      {steps.map((step) => {
        const outcome = outcomeAt(step.state, step.person);
        return (
          <li
            key={step.gate}
            data-state={step.state}
            title={step.note ?? STATES[step.state]}
            {...(outcome === null ? {} : { 'data-hit': '' })}
          >
            {outcome !== null && <OutcomeGlyph outcome={outcome} />}
            <i>{step.gate}</i> <span className="name">{GATE_NAMES[step.gate]}</span>
            {step.note !== null && <small>{step.note}</small>}
          </li>
        );
      })}
    </ol>
  );
}

/** Top to bottom, with what each gate said, and each behaviour rule that had something to say. */
export function TallTrack({
  gates,
  person,
}: {
  readonly gates: TimelineDetail['gates'];
  readonly person: boolean;
}) {
  return (
    <ol className="path" aria-label="What each gate said">
      {gates.map((gate, index) => {
        const outcome = outcomeAt(gate.state, person);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a row never change their places
          <li key={index} data-state={gate.state} {...(outcome === null ? {} : { 'data-hit': '' })}>
            {outcome === null ? <i /> : <OutcomeGlyph outcome={outcome} />}
            <b>
              {gate.gate < GATE_NAMES.length ? `${gate.gate} ` : ''}
              {gate.name}
            </b>
            <span>{gate.said}</span>
          </li>
        );
      })}
    </ol>
  );
}
