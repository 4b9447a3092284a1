/** Rows for the timeline, and a plain reading of its filter, for the contract double. */
import type {
  GateStep,
  TimelineDetail,
  TimelineFilter,
  TimelinePage,
  TimelineRow,
} from '../../preload/contract.ts';
import { param } from './contract-scene.ts';

const OUTCOMES = [
  'allowed',
  'allowed',
  'refused',
  'denied',
  'allowed',
  'expired',
  'cancelled',
  'waits',
] as const;
const GATES = ['Active', 'Module', 'Risk', 'Permission', 'Policy', 'Data', 'Rate'] as const;

/** Rows 1 to `count`, oldest first, one a minute: calls of every outcome, each tenth an event. */
export function rows(count: number): TimelineRow[] {
  return Array.from({ length: count }, (_, index) =>
    timelineRow(index + 1, Date.now() - (count - index) * 60_000),
  );
}

export function timelineRow(seq: number, at: number, change: Partial<TimelineRow> = {}): TimelineRow {
  if (seq % 10 === 0) return { ...event(seq, at), ...change };
  const outcome = OUTCOMES[seq % OUTCOMES.length] ?? 'allowed';
  const byPerson = outcome === 'denied' || seq % 16 === 1;
  return {
    seq,
    at,
    kind: 'call',
    outcome,
    byPerson,
    trace: trace(outcome, byPerson),
    action: seq % 3 === 0 ? 'filesystem.read' : 'shell.bash',
    summary: seq % 3 === 0 ? `src/page-${seq}.ts` : `npm run step-${seq}`,
    reason: outcome === 'refused' ? 'The rule at line 22 denies it' : '',
    client: 'claude-code',
    agent: 'main',
    app: seq % 2 === 0 ? '/home/me/code/web' : '/home/me/code/api',
    session: seq % 2 === 0 ? 's_web' : 's_api',
    turn: 1 + Math.floor(seq / 25),
    risk: seq % 3 === 0 ? 'low' : 'high',
    scope: byPerson && outcome === 'allowed' ? 'session' : null,
    success: outcome === 'allowed' ? seq % 5 !== 0 : null,
    durationMs: outcome === 'allowed' ? 42 : null,
    alarm: false,
    ...change,
  };
}

function event(seq: number, at: number): TimelineRow {
  return {
    seq,
    at,
    kind: 'event',
    outcome: null,
    byPerson: false,
    trace: null,
    action: 'security.link_reused',
    summary: 'a link that was used before was shown again',
    reason: '',
    client: '',
    agent: '',
    app: '',
    session: '',
    turn: null,
    risk: null,
    scope: null,
    success: null,
    durationMs: null,
    alarm: true,
  };
}

function trace(outcome: NonNullable<TimelineRow['outcome']>, person: boolean): GateStep[] {
  const states = {
    allowed: 'allowed',
    refused: 'stopped',
    denied: 'stopped',
    expired: 'lapsed',
    cancelled: 'lapsed',
    waits: 'waits',
  } as const;
  return GATES.map((_, gate) => {
    if (gate < 4) return { gate, state: 'passed', note: null, person: false };
    if (gate === 4) return { gate, state: states[outcome], note: 'line 22', person };
    return { gate, state: outcome === 'refused' ? 'not_asked' : 'passed', note: null, person: false };
  });
}

export function timelineDetail(row: TimelineRow): TimelineDetail {
  return {
    row,
    params: row.kind === 'call' ? [param('command', 'command', row.summary)] : [],
    told: row.outcome === 'refused' ? 'Refused: the rule at line 22 denies it.' : null,
    facts: [{ label: 'Folder', text: '', code: row.app, source: 'claimed' }],
    effects:
      row.kind === 'event'
        ? null
        : {
            known: true,
            cells: [
              {
                label: 'In the project',
                text: 'Reads 1 path',
                detail: row.summary.slice(0, 60),
                tone: 'plain',
              },
            ],
          },
    diff:
      row.action === 'filesystem.edit'
        ? [
            { kind: 'same', text: 'const port = 80;' },
            { kind: 'remove', text: "listen(port, '0.0.0.0');" },
            { kind: 'add', text: "listen(port, '127.0.0.1');" },
          ]
        : null,
    output: row.success === false ? { text: 'exit 1', bytes: 6, source: 'claimed' } : null,
    fingerprint: row.kind === 'event' ? null : `${row.seq}`.padStart(64, 'f'),
    proof: { state: 'signed', text: 'Chained and signed' },
    gates: (row.trace ?? []).map(({ gate, state }) => ({
      gate,
      name: GATES[gate] ?? '',
      state,
      said: state === 'not_asked' ? 'not asked' : `gate ${gate} said so`,
    })),
    records: [
      {
        seq: row.seq,
        at: row.at,
        type: row.kind === 'call' ? 'call.decided' : row.action,
        hash: `${row.seq}`.padStart(64, 'a'),
        json: JSON.stringify({ seq: row.seq, summary: row.summary }),
      },
    ],
  };
}

/** The page of the timeline that the filter asks for, from rows in any order. */
export function timelinePage(
  all: readonly TimelineRow[],
  filter: TimelineFilter,
  before: number | null,
  limit: number,
): TimelinePage {
  const matching = all.filter((row) => matches(row, filter)).toSorted((a, b) => b.seq - a.seq);
  return {
    rows: matching.filter((row) => before === null || row.seq < before).slice(0, limit),
    matched: matching.length,
    total: all.length,
    stopped: matching.filter(({ outcome }) => outcome === 'refused' || outcome === 'denied').length,
    asked: matching.filter((row) => row.byPerson || row.outcome === 'waits').length,
  };
}

function matches(row: TimelineRow, filter: TimelineFilter): boolean {
  const among = <T>(wanted: readonly T[], value: T | null) =>
    wanted.length === 0 || (value !== null && wanted.includes(value));
  const text = [row.summary, row.action, row.client, row.app, row.reason].join(' ').toLowerCase();
  return (
    filter.text
      .toLowerCase()
      .split(' ')
      .every((word) => text.includes(word)) &&
    (filter.outcome.length === 0 || (row.outcome !== null && filter.outcome.includes(row.outcome))) &&
    (filter.risk.length === 0 || (row.risk !== null && filter.risk.includes(row.risk))) &&
    among(filter.client, row.client) &&
    (filter.agent.length === 0 || filter.agent.includes(row.client) || filter.agent.includes(row.agent)) &&
    among(filter.turn, row.turn) &&
    (filter.success === null || row.success === filter.success) &&
    among(filter.app, row.app) &&
    among(filter.session, row.session) &&
    (filter.action.length === 0 ||
      filter.action.some((name) =>
        name.endsWith('*')
          ? row.action.startsWith(name.slice(0, -1))
          : row.action === name || row.action.startsWith(`${name}.`),
      )) &&
    (filter.gate.length === 0 ||
      row.trace?.some(
        ({ gate, state }) =>
          filter.gate.includes(gate) && (state === 'stopped' || state === 'waits' || state === 'lapsed'),
      ) === true) &&
    row.at >= (filter.since ?? -Infinity) &&
    row.at <= (filter.until ?? Infinity) &&
    (filter.events || row.kind === 'call')
  );
}
