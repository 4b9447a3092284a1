/** What a call would do, in the words of the card: where it reaches first, then what speaks against it. */
import type { CommandMark, Effects, Param } from '../../../preload/contract.ts';
import type { CallAnalysis, Concern, ConcernCode, Effect } from '../../analysis/result.ts';
import { projectPath } from './words.ts';

type Cell = Extract<Effects, { known: true }>['cells'][number];

const MOST_NAMES = 3;
const LONGEST = 160;

interface Words {
  readonly label: string;
  readonly tone: Cell['tone'];
}

/** In the order in which they are shown. */
const CONCERNS: readonly (readonly [ConcernCode, Words])[] = [
  ['destroys', { label: 'Lost', tone: 'destructive' }],
  ['remote_shell', { label: 'Opens this machine', tone: 'destructive' }],
  ['secret', { label: 'Secrets', tone: 'destructive' }],
  ['sends', { label: 'Leaves this machine', tone: 'flagged' }],
  ['metadata', { label: 'Machine metadata', tone: 'destructive' }],
  ['remote_code', { label: 'Foreign code', tone: 'destructive' }],
  ['attack_tool', { label: 'Attack tool', tone: 'destructive' }],
  ['persistence', { label: 'Runs later', tone: 'flagged' }],
  ['agent_config', { label: 'Steers an agent', tone: 'flagged' }],
  ['privilege', { label: 'Rights', tone: 'flagged' }],
  ['tampering', { label: 'Guards and traces', tone: 'flagged' }],
  ['system', { label: 'This machine', tone: 'flagged' }],
  ['service', { label: 'Services', tone: 'flagged' }],
  ['private_host', { label: 'Inner network', tone: 'flagged' }],
  ['outside_code', { label: 'Unknown program', tone: 'flagged' }],
  ['opaque', { label: 'Not known before it runs', tone: 'flagged' }],
];

/** @param app canonical root of the project; @param home the person's home folder */
export function effectsView(analysis: CallAnalysis, app: string, home: string): Effects {
  const { effects, concerns } = analysis;
  const name = (path: string) => projectPath(path, app, home);
  const files = (kind: 'read' | 'write' | 'delete', inside: boolean) => [
    ...new Set(
      effects.flatMap((one) => (one.kind === kind && isInside(one) === inside ? [name(one.path)] : [])),
    ),
  ];
  const cells: Cell[] = [
    {
      label: 'In the project',
      ...fileWords(files('read', true), files('write', true), files('delete', true)),
      tone: 'plain',
    },
  ];
  const [reads, writes, deletes] = [files('read', false), files('write', false), files('delete', false)];
  if (reads.length + writes.length + deletes.length > 0)
    cells.push({
      label: 'Outside the project',
      ...fileWords(reads, writes, deletes),
      tone: writes.length + deletes.length > 0 ? 'flagged' : 'plain',
    });
  const network = effects.filter((one) => one.kind === 'network');
  if (network.length > 0) cells.push(networkCell(network));
  const code = effects.filter((one) => one.kind === 'run');
  if (code.length > 0) cells.push(codeCell(code, name));
  for (const [which, words] of CONCERNS) {
    const said = concerns.filter((one) => one.code === which);
    if (said.length > 0) cells.push({ ...words, text: saidOf(said), detail: null });
  }
  cells.push(undoCell(analysis));
  return { known: true, cells };
}

function isInside(effect: Extract<Effect, { kind: 'read' | 'write' | 'delete' }>): boolean {
  return effect.at === 'workspace';
}

function fileWords(
  reads: readonly string[],
  writes: readonly string[],
  deletes: readonly string[],
): { text: string; detail: string | null } {
  const parts = [
    writes.length > 0 ? `changes ${countOf(writes)}` : '',
    deletes.length > 0 ? `deletes ${countOf(deletes)}` : '',
    reads.length > 0 ? `reads ${countOf(reads)}` : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) return { text: 'Names no files', detail: null };
  const text = parts.join(', ');
  return {
    text: text.charAt(0).toUpperCase() + text.slice(1),
    detail: namesOf([...writes, ...deletes, ...reads]),
  };
}

function countOf(names: readonly string[]): string {
  return names.length === 1 ? '1 path' : `${names.length} paths`;
}

function namesOf(names: readonly string[]): string {
  const all = [...new Set(names)];
  const more = all.length - MOST_NAMES;
  return clipped(all.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : ''));
}

function clipped(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function networkCell(all: readonly Extract<Effect, { kind: 'network' }>[]): Cell {
  const isOwn = all.every((one) => one.class === 'own');
  const sends = all.some((one) => one.how === 'send' && one.class !== 'own');
  const hosts = [...new Set(all.flatMap(({ host }) => (host === null ? [] : [host])))];
  const verbs = isOwn
    ? 'This machine only'
    : sends
      ? 'Sends'
      : all.some((one) => one.how === 'listen')
        ? 'Listens'
        : 'Fetches';
  return {
    label: 'Network',
    text: verbs,
    detail: hosts.length === 0 ? 'the host is not named' : namesOf(hosts),
    tone: isOwn ? 'plain' : 'flagged',
  };
}

function codeCell(all: readonly Extract<Effect, { kind: 'run' }>[], name: (path: string) => string): Cell {
  const files = all.flatMap(({ file }) => (file === null ? [] : [name(file)]));
  const kinds = new Set(all.map(({ what }) => what));
  const text = kinds.has('package_code')
    ? 'Runs code of packages'
    : kinds.has('workspace_code')
      ? 'Runs code of the project'
      : 'Runs the code in the call';
  return {
    label: 'Project code',
    text,
    detail: files.length > 0 ? namesOf(files) : null,
    tone: kinds.has('package_code') ? 'flagged' : 'plain',
  };
}

function saidOf(concerns: readonly Concern[]): string {
  const said = concerns.slice(0, MOST_NAMES).map(({ says }) => says);
  const more = concerns.length - MOST_NAMES;
  const text = said.join('; ') + (more > 0 ? `; and ${more} more` : '');
  return clipped(text.charAt(0).toUpperCase() + text.slice(1));
}

function undoCell({ undo }: CallAnalysis): Cell {
  switch (undo) {
    case 'no':
      return { label: 'Undo', text: 'No', detail: null, tone: 'destructive' };
    case 'unknown':
      return { label: 'Undo', text: 'Not known before it runs', detail: null, tone: 'plain' };
    case 'yes':
      return {
        label: 'Undo',
        text: 'By hand, from version control or a backup',
        detail: null,
        tone: 'plain',
      };
    case 'nothing_to_undo':
      return { label: 'Undo', text: 'Nothing to undo', detail: null, tone: 'plain' };
  }
}

/**
 * Which parts of a command a person has to look at. Parts that nothing speaks against are settled; where nothing
 * speaks against any part, all of it is to be looked at and nothing is marked.
 *
 * @param text the command as it is shown
 */
export function marksOf(analysis: CallAnalysis, text: string): CommandMark[] {
  if (!analysis.commands.some(({ concerns }) => concerns.length > 0)) return [];
  const parts = new Map<string, { start: number; end: number; said: Set<string> }>();
  for (const { start, end, concerns } of analysis.commands) {
    if (end > text.length || start >= end) continue;
    const key = `${start}:${end}`;
    const part = parts.get(key) ?? { start, end, said: new Set<string>() };
    for (const { says } of concerns) part.said.add(says);
    parts.set(key, part);
  }
  const marks: CommandMark[] = [];
  // The narrowest part says it: a part that holds another one is cut by it.
  for (const part of [...parts.values()].sort((a, b) => a.end - a.start - (b.end - b.start))) {
    if (marks.some((other) => part.start < other.end && other.start < part.end)) continue;
    const said = [...part.said];
    marks.push({
      start: part.start,
      end: part.end,
      undecided: said.length > 0,
      says: said.length === 0 ? null : clipped(said.slice(0, MOST_NAMES).join('; ')),
    });
  }
  return marks.sort((a, b) => a.start - b.start);
}

/** Marks the command among the parameters. */
export function withMarks(params: readonly Param[], analysis: CallAnalysis): Param[] {
  const commands = params.filter(({ kind }) => kind === 'command');
  return params.map((param) => {
    // Places in a text are places in that text alone.
    if (param.kind !== 'command' || commands.length !== 1) return param;
    const marks = marksOf(analysis, param.value);
    return marks.length === 0 ? param : { ...param, marks };
  });
}
