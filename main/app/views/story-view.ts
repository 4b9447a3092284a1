/** A session told in order: who, how it was enforced, and then prompt by prompt what was called and what became of it. */
import type { SessionStory } from '../../../preload/contract.ts';
import type { AuditRow } from '../../audit/event.ts';
import type { TimelineLine } from '../../audit/line.ts';
import { appName, clientName, clip, enforcementWords, millis, tildePath } from './words.ts';

type Chapter = SessionStory['chapters'][number];
type StoryLine = Chapter['lines'][number];

/** Names that a run of like calls shows before it counts. */
const MOST_NAMES = 3;
const LONGEST_CODE = 2000;
const LONGEST_NOTE = 600;
const VERBS: Readonly<Record<string, string>> = {
  'shell.bash': 'Ran',
  'filesystem.read': 'Read',
  'filesystem.write': 'Wrote',
  'filesystem.edit': 'Edited',
  'filesystem.glob': 'Looked for',
  'filesystem.grep': 'Searched for',
  'filesystem.list': 'Listed',
  'web.fetch': 'Fetched',
  'web.search': 'Searched the web for',
};

/**
 * @param lines of the session, oldest first
 * @param began its first row, where it is still on the log
 * @param cut   there are more lines than these
 */
export function storyView(
  lines: readonly TimelineLine[],
  began: AuditRow | null,
  cut: boolean,
  home: string,
): SessionStory {
  const calls = lines.filter(({ callId }) => callId !== null);
  const first = calls[0] ?? lines[0];
  const client = first === undefined || first.client === '' ? 'An agent' : clientName(first.client);
  const project = first === undefined ? '' : appName(first.app);
  return {
    title: project === '' ? client : `${client} in ${project}`,
    facts: factsOf(lines, calls, began, home),
    chapters: chaptersOf(lines),
    cut,
  };
}

function factsOf(
  lines: readonly TimelineLine[],
  calls: readonly TimelineLine[],
  began: AuditRow | null,
  home: string,
): SessionStory['facts'] {
  const first = lines[0];
  const last = lines.at(-1);
  const event = began?.event.type === 'session.started' ? began.event : null;
  const of = (outcomes: readonly (TimelineLine['outcome'] | null)[]) =>
    calls.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const told = [
    `${calls.length} ${calls.length === 1 ? 'call' : 'calls'}`,
    `${of(['allowed'])} let through`,
    `${calls.filter(({ byPerson }) => byPerson).length} answered by you`,
    `${of(['denied', 'refused', 'expired', 'cancelled'])} stopped`,
    `${calls.filter(({ success }) => success === false).length} failed`,
  ];
  return [
    ...(first === undefined
      ? []
      : [
          { label: 'Session', text: first.session },
          { label: 'From', text: utc(first.at) },
        ]),
    ...(last === undefined ? [] : [{ label: 'To', text: utc(last.at) }]),
    ...(calls[0] === undefined ? [] : [{ label: 'Project', text: tildePath(calls[0].app, home) }]),
    ...(event === null
      ? []
      : [
          { label: 'Program', text: tildePath(event.peer.executable ?? 'not known', home) },
          { label: 'Enforced', text: enforcementWords(event.peer.sandbox) },
          { label: 'Policy', text: event.policyHash ?? 'none' },
        ]),
    { label: 'In all', text: told.join(', ') },
    ...(last === undefined || first === undefined
      ? []
      : [{ label: 'Rows of the log', text: `${first.seq} to ${last.lastSeq}` }]),
  ];
}

function chaptersOf(lines: readonly TimelineLine[]): Chapter[] {
  const chapters: { title: string; at: number; lines: StoryLine[] }[] = [];
  let run: TimelineLine[] = [];
  let turn: number | null = null;
  const current = () => chapters.at(-1);
  const flush = () => {
    const [one] = run;
    if (one !== undefined) current()?.lines.push(run.length === 1 ? lineOf(one) : runOf(run));
    run = [];
  };
  for (const line of lines) {
    const isPrompt = line.action === 'turn.started';
    // The first call of a turn whose prompt is not on the log begins a chapter as well.
    const isNew = line.turn !== null && line.turn !== turn;
    if (isNew || current() === undefined) {
      flush();
      turn = line.turn;
      const title = line.turn === null || line.turn === 0 ? 'Before the first prompt' : `Prompt ${line.turn}`;
      chapters.push({
        title: isPrompt && line.reason !== '' ? `${title}, ${line.reason}` : title,
        at: millis(line.at),
        lines: [],
      });
    }
    if (isPrompt) continue;
    if (run.length > 0 && !(isQuiet(line) && run[0]?.action === line.action)) flush();
    run.push(line);
    if (!isQuiet(line)) flush();
  }
  flush();
  return chapters;
}

/** Let through by a rule at low risk, and nothing came of it that would need a line of its own. */
function isQuiet(line: TimelineLine): boolean {
  return line.outcome === 'allowed' && !line.byPerson && line.risk === 'low' && line.success !== false;
}

function runOf(lines: readonly TimelineLine[]): StoryLine {
  const [first] = lines as readonly [TimelineLine, ...TimelineLine[]];
  const names = [...new Set(lines.map(({ summary }) => summary))];
  const more = names.length - MOST_NAMES;
  return {
    ...lineOf(first),
    text: `${verb(first)} ${lines.length} times`,
    code: clip(names.slice(0, MOST_NAMES).join('\n') + (more > 0 ? `\nand ${more} more` : ''), LONGEST_CODE),
  };
}

function lineOf(line: TimelineLine): StoryLine {
  const base = { seq: line.seq, at: millis(line.at) };
  if (line.callId === null)
    return {
      ...base,
      tone: line.alarm ? 'stop' : 'plain',
      text: clip(line.summary, LONGEST_NOTE),
      code: null,
      note: clip(line.reason, LONGEST_NOTE),
    };
  const code = clip(line.summary, LONGEST_CODE);
  const reason = clip(line.reason, LONGEST_NOTE);
  switch (line.outcome) {
    case 'allowed':
      return {
        ...base,
        tone: line.byPerson ? 'allow' : 'plain',
        text: line.success === false ? `${verb(line)}, and it failed` : verb(line),
        code,
        note: [
          line.byPerson
            ? `Allowed by you${line.scope === null ? '' : `, ${line.scope}`}.`
            : (line.rule ?? ''),
          line.durationMs === null ? '' : `${Math.round(line.durationMs)} ms`,
        ]
          .filter((part) => part !== '')
          .join(' '),
      };
    case 'waits':
      return { ...base, tone: 'wait', text: `Asks: ${line.action}`, code, note: reason };
    case 'denied':
      return {
        ...base,
        tone: 'stop',
        text: `Denied${line.byPerson ? ' by you' : ''}: ${line.action}`,
        code,
        note: reason,
      };
    case 'refused':
      return {
        ...base,
        tone: 'stop',
        text: `Refused: ${line.action}`,
        code,
        note: [reason, line.rule ?? ''].filter((part) => part !== '').join(' '),
      };
    case 'expired':
      return {
        ...base,
        tone: 'plain',
        text: `Nobody answered: ${line.action}`,
        code,
        note: 'It did not run.',
      };
    default:
      return { ...base, tone: 'plain', text: `Given up by the agent: ${line.action}`, code, note: '' };
  }
}

function verb(line: TimelineLine): string {
  return VERBS[line.action] ?? `Called ${line.action}:`;
}

function utc(micros: number): string {
  return `${new Date(micros / 1000).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
}
