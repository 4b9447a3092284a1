/** What the menu "Add filter" offers: the fixed values of each key, and the agents, projects and sessions that are known. */
import type { Overview } from '../../../preload/contract.ts';
import { GATE_NAMES, type Term, termOf } from './filter.ts';
import { outcomeWords } from './row-words.ts';

export interface FilterOffer {
  readonly label: string;
  readonly choices: readonly { readonly label: string; readonly note: string | null; readonly term: Term }[];
}

type Known = Pick<Overview, 'agents' | 'sessions'>;

const OUTCOMES = ['waits', 'allowed', 'denied', 'refused', 'expired', 'cancelled'] as const;
const TIMES = [
  ['15m', 'Last 15 minutes'],
  ['1h', 'Last hour'],
  ['today', 'Today'],
  ['yesterday', 'Since yesterday'],
  ['7d', 'Last 7 days'],
] as const;

/** Offers without anything to choose are left out. */
export function filterOffers(known: Known | null, now: number): FilterOffer[] {
  const agents = new Map<string, string>();
  const apps = new Map<string, string>();
  for (const agent of known?.agents ?? []) if (agent.state !== 'not_found') agents.set(agent.id, agent.name);
  for (const session of known?.sessions ?? []) {
    agents.set(session.client.id, session.client.name);
    apps.set(session.app.name, session.app.root);
  }
  const offers: FilterOffer[] = [
    {
      label: 'Outcome',
      choices: OUTCOMES.map((value) => ({
        label: outcomeWords({ kind: 'call', outcome: value, byPerson: false, alarm: false }),
        note: null,
        term: { key: 'outcome', value },
      })),
    },
    {
      label: 'Gate',
      choices: GATE_NAMES.map((name, value) => ({
        label: `${value} ${name}`,
        note: null,
        term: { key: 'gate', value },
      })),
    },
    {
      label: 'Time',
      choices: TIMES.flatMap(([value, label]) => made(termOf('since', value, now), label, null)),
    },
    {
      label: 'Agent',
      choices: [...agents].flatMap(([id, name]) => made(termOf('agent', id, now), name, null)),
    },
    {
      label: 'Project',
      choices: [...apps].flatMap(([name, root]) => made(termOf('app', name, now), name, root)),
    },
    {
      label: 'Session',
      choices: (known?.sessions ?? []).flatMap((session) =>
        made(
          termOf('session', session.id, now),
          session.label,
          `${session.client.name} · ${session.app.name}`,
        ),
      ),
    },
    {
      label: 'Risk',
      choices: (['low', 'medium', 'high'] as const).map((value) => ({
        label: `${value.charAt(0).toUpperCase()}${value.slice(1)} risk`,
        note: null,
        term: { key: 'risk', value },
      })),
    },
    {
      label: 'Result',
      choices: [
        { label: 'Failed', note: null, term: { key: 'success', value: 'no' } },
        { label: 'Went well', note: null, term: { key: 'success', value: 'yes' } },
      ],
    },
    {
      label: 'Events',
      choices: [{ label: 'Hide events, calls only', note: null, term: { key: 'events', value: 'no' } }],
    },
  ];
  return offers.filter((offer) => offer.choices.length > 0);
}

function made(term: Term | string, label: string, note: string | null): FilterOffer['choices'] {
  return typeof term === 'string' ? [] : [{ label, note, term }];
}
