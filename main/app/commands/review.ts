/** `gatehouse review …`: what sandboxed sessions wrote to copies of projects, answered from a terminal. */
import { parseArgs } from 'node:util';
import { redactText } from '../../engine/redaction.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { lineDiff } from '../../points/agents/line-diff.ts';
import { type Change, shownPath } from '../../sandbox/review/change.ts';
import { lookFirst } from '../reviews/look-first.ts';
import type { ReviewContent, ReviewDesk } from '../reviews/review-desk.ts';
import type { ReviewRecord } from '../reviews/review-record.ts';
import { changeWord, stateWords, whereItStands } from '../reviews/review-words.ts';
import { appName, clientName } from '../views/words.ts';
import { printable } from './approvals.ts';
import {
  answer,
  type Command,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
  needsRunning,
  requirePresence,
} from './command.ts';

/** Rows that `show` prints without --all, and that stand before the PIN is asked for. */
const MOST_ROWS = 200;
const MOST_FIRST = 40;
/** Of each side of a file, for a difference. */
const LARGEST_SIDE = 256 * 1024;

export const review: Command = {
  usage: [
    'review list [--json]',
    'review show ID [PATH] [--all] [--json]   (PATH: the difference of that file)',
    'review apply ID [PATH...] [--digest D]   (all of it, or these paths)',
    'review undo ID',
    'review discard ID',
  ],
  what: [
    'Shows what sandboxed sessions changed in copies of projects, and carries it over or throws it away.',
    '',
    'Everything but list and show asks for the PIN. Nothing in a project changes before apply; apply does all of',
    'what is named or nothing, and refuses what changed in the project meanwhile. undo takes it out again, for 7 days.',
    'Pipes, sockets and devices are never carried over, nor are setuid, setgid and extended attributes.',
    '',
    '  --digest  the list of changes that was seen, as show prints it; another one is refused',
  ].join('\n'),
  needsSupervisor: true,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: { json: { type: 'boolean' }, all: { type: 'boolean' }, digest: { type: 'string' } },
    });
    const [verb, id, ...paths] = positionals;
    const { reviews: desk } = needsRunning(parts);
    if (desk === null) throw new GatehouseError('no_launcher', 'there is no sandbox on this computer');
    if (verb === 'list' && id === undefined) return list(desk, values.json ?? false);
    if (id !== undefined) {
      if (verb === 'show' && paths.length === 0) return show(desk, id, values);
      const [path] = paths;
      if (verb === 'show' && path !== undefined && paths.length === 1) return difference(desk, id, path);
      if (verb === 'apply') return apply(request, parts, desk, id, paths, values.digest ?? null);
      if (verb === 'undo' && paths.length === 0) return undo(request, parts, desk, id);
      if (verb === 'discard' && paths.length === 0) return discard(request, parts, desk, id);
    }
    return failed(
      `review: one of list, show ID, apply ID, undo ID, discard ID is needed; hint: ${parts.program} review --help`,
      2,
    );
  },
};

function list(desk: ReviewDesk, json: boolean): CommandAnswer {
  const rows = desk.list();
  if (json) return answer(JSON.stringify(rows.map(jsonRow), null, 2));
  if (rows.length === 0) return answer('Nothing waits for a review.');
  return answer(
    rows
      .map(
        (row) =>
          `${row.id}  ${clientName(row.client)} in ${printable(appName(row.app))}\n    ${printable(whereItStands(row.now))}`,
      )
      .join('\n'),
  );
}

function jsonRow({ id, run, session, client, app, beganMs, now }: ReviewRecord): Record<string, unknown> {
  const found = 'found' in now ? now.found : null;
  return {
    ...{ id, run, session, client, app, began: new Date(beganMs).toISOString(), state: now.state },
    files: found?.files ?? null,
    digest: found?.digest ?? null,
    undo_until: now.state === 'applied' ? new Date(now.untilMs).toISOString() : null,
  };
}

function show(
  desk: ReviewDesk,
  id: string,
  { all = false, json = false }: { all?: boolean | undefined; json?: boolean | undefined },
): CommandAnswer {
  const content = desk.content(id);
  const { record, rows, found } = content;
  if (json)
    return answer(
      JSON.stringify(
        {
          ...jsonRow(record),
          whole: found.whole,
          changes: rows.map((change) => ({
            path: shownPath(change.path),
            change: changeWord(change),
            look_first: lookFirst(change),
            before: stateWords(change.before),
            after: stateWords(change.after),
            changed_meanwhile: change.moved,
          })),
        },
        null,
        2,
      ),
    );
  const shown = all ? rows : rows.slice(0, MOST_ROWS);
  return answer(
    [
      `${clientName(record.client)} in ${printable(record.app)}: ${printable(whereItStands(record.now))}`,
      ...shown.map(line),
      ...(shown.length < rows.length ? [`and ${rows.length - shown.length} more: --all shows them`] : []),
      ...(found.whole ? [] : ['Something of the copy could not be looked at: it is not in this list.']),
      `digest ${found.digest}`,
    ].join('\n'),
  );
}

function line(change: Change): string {
  const notes = [lookFirst(change), change.moved ? 'CHANGED in the project meanwhile' : null].filter(
    (note) => note !== null,
  );
  const told = notes.length === 0 ? '' : `   (${notes.join('; ')})`;
  return `  ${changeWord(change).padEnd(8)} ${printable(shownPath(change.path))}${printable(told)}`;
}

async function difference(desk: ReviewDesk, id: string, path: string): Promise<CommandAnswer> {
  const change = pathOf(desk.content(id), path);
  const { before, after } = await desk.sides(id, change.path, LARGEST_SIDE + 1);
  const head = `${changeWord(change)}: ${stateWords(change.before)} → ${stateWords(change.after)}`;
  const texts = [before, after].map((side) => (side === null ? '' : textOf(side)));
  const [old = null, now = null] = texts;
  if (old === null || now === null) return answer(`${printable(head)}\n(no text, or too large to show)`);
  const marks = { same: ' ', add: '+', remove: '-' } as const;
  // Known secrets are left out: no PIN is asked for here.
  const lines = lineDiff(redactText(old), redactText(now)).map(
    ({ kind, text }) => `${marks[kind]} ${printable(text)}`,
  );
  return answer([printable(head), ...lines].join('\n'));
}

function textOf(side: Buffer): string | null {
  return side.length > LARGEST_SIDE || side.includes(0) ? null : side.toString('utf8');
}

/** The row of a path, as it is shown. @throws GatehouseError `ambiguous`, `not_found` */
export function pathOf({ list: { changes } }: Pick<ReviewContent, 'list'>, path: string): Change {
  const [change, another] = changes.filter((one) => shownPath(one.path) === path);
  // Bytes that are no UTF-8 all look the same.
  if (another !== undefined)
    throw new GatehouseError('ambiguous', `two names in this review are shown as ${printable(path)}`, {
      hint: 'pick on the page Reviews',
    });
  if (change === undefined)
    throw new GatehouseError('not_found', `${printable(path.slice(0, 200))} is not in this review`);
  return change;
}

async function apply(
  request: CommandRequest,
  parts: CommandParts,
  desk: ReviewDesk,
  id: string,
  paths: readonly string[],
  digest: string | null,
): Promise<CommandAnswer> {
  const content = desk.content(id);
  const { found, record, rows } = content;
  const picked = paths.length === 0 ? null : paths.map((path) => pathOf(content, path));
  const named = picked ?? rows;
  const first = named.filter((change) => lookFirst(change) !== null);
  const shown = [...first, ...named.filter((change) => lookFirst(change) === null)].slice(0, MOST_FIRST);
  const lines = shown.map((change) => `${line(change)}\n`).join('');
  const more = named.length > shown.length ? `  and ${named.length - shown.length} more\n` : '';
  const what = `carrying ${named.length === 1 ? '1 path' : `${named.length} paths`} over into ${printable(record.app)}`;
  await requirePresence(what, request, parts, `${lines}${more}`);
  const files = await desk.apply(
    id,
    digest ?? found.digest,
    picked?.map(({ path }) => path) ?? null,
    'terminal',
  );
  return answer(
    `${files === 1 ? '1 path is' : `${files} paths are`} in the project now.\nBack   ${parts.program} review undo ${id}`,
  );
}

async function undo(
  request: CommandRequest,
  parts: CommandParts,
  desk: ReviewDesk,
  id: string,
): Promise<CommandAnswer> {
  const { record } = desk.content(id);
  await requirePresence(`taking a review out of ${printable(record.app)} again`, request, parts);
  const files = await desk.undo(id, 'terminal');
  return answer(`${files === 1 ? '1 path is' : `${files} paths are`} as before. The review waits again.`);
}

async function discard(
  request: CommandRequest,
  parts: CommandParts,
  desk: ReviewDesk,
  id: string,
): Promise<CommandAnswer> {
  const { found, record } = desk.content(id);
  const what =
    record.now.state === 'waits'
      ? `throwing away changes to ${found.files === 1 ? '1 path' : `${found.files} paths`} of ${printable(record.app)}`
      : `giving up the undo of a review of ${printable(record.app)}`;
  await requirePresence(what, request, parts);
  await desk.discard(id, 'terminal');
  return answer(
    record.now.state === 'waits'
      ? 'Discarded. Nothing in the project changed.'
      : 'It cannot be undone any more.',
  );
}
