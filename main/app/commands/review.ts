/** `gatehouse review …`: what sandboxed sessions wrote to copies of projects, answered from a terminal. */
import { parseArgs } from 'node:util';
import { redactText } from '../../engine/redaction.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { Pace } from '../../platform/pace.ts';
import { lineDiff } from '../../points/agents/line-diff.ts';
import { shownPath } from '../../sandbox/review/change.ts';
import { foundOf } from '../reviews/review-book.ts';
import type { ReviewContent, ReviewLine } from '../reviews/review-content.ts';
import type { ReviewDesk } from '../reviews/review-desk.ts';
import type { Found, ReviewRecord } from '../reviews/review-record.ts';
import { changeWord, isFolderAlone, stateWords, whereItStands } from '../reviews/review-words.ts';
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
/** Of rows in one answer: a terminal's door takes 16 MB. */
const MOST_BYTES = 12 * 2 ** 20;
/** Of each side of a file, for a difference. */
const LARGEST_SIDE = 256 * 1024;

export const review: Command = {
  usage: [
    'review list [--json]',
    'review show ID [PATH] [--all] [--from N] [--json]   (PATH: the difference of that file)',
    'review apply ID [PATH...] [--digest D]',
    'review undo ID [PATH...] [--digest D]',
    'review discard ID',
  ],
  what: [
    'Shows what sandboxed sessions changed in projects, and what becomes of it is said here.',
    '',
    'Of a session that wrote to a copy, nothing in the project changes before apply, which carries it over; undo takes',
    'it out again, and discard throws it away. Of one that wrote to the project itself, undo takes back what it did,',
    'apply puts that in again, and discard lets it stay for good. Both can be undone for 7 days.',
    '',
    'All of what is named is done or nothing: what changed in the project meanwhile refuses it. Everything but list',
    'and show asks for the PIN. Pipes, sockets and devices are never carried over, nor are setuid, setgid and extended',
    'attributes. Paths: none is all of it, a folder is all in it.',
    '',
    '  --digest  the list of changes that was seen, as show prints it; another one is refused',
    '  --all     every path, and with --json always; where they are too many for one answer, it says from which on',
    '            the next ones are: --from N',
  ].join('\n'),
  needsSupervisor: true,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        all: { type: 'boolean' },
        from: { type: 'string' },
        digest: { type: 'string' },
      },
    });
    const [verb, id, ...paths] = positionals;
    const { reviews: desk } = needsRunning(parts);
    if (desk === null) throw new GatehouseError('no_launcher', 'there is no sandbox on this computer');
    if (verb === 'list' && id === undefined) return list(desk, values.json ?? false);
    if (id !== undefined) {
      if (verb === 'show' && paths.length === 0) return show(desk, id, values);
      const [path] = paths;
      if (verb === 'show' && path !== undefined && paths.length === 1) return difference(desk, id, path);
      // What is in the project already is taken out by what carries a copy over, and the other way round.
      const forth = desk.record(id).kind === 'copy' ? 'apply' : 'undo';
      if (verb === forth) return carry(request, parts, desk, id, paths, values.digest ?? null);
      if ((verb === 'apply' || verb === 'undo') && paths.length === 0) return back(request, parts, desk, id);
      if (verb === 'apply' || verb === 'undo')
        return failed(
          `review: what was done is reversed as a whole: ${parts.program} review ${verb} ${id}`,
          2,
        );
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
  const warning = desk.spaceWarning;
  return answer(
    `${warning === null ? '' : `${warning}\n`}${rows
      .map(
        (row) =>
          `${row.id}  ${clientName(row.client)} in ${printable(appName(row.app))}\n    ${printable(whereItStands(row))}`,
      )
      .join('\n')}`,
  );
}

function jsonRow({
  id,
  kind,
  run,
  session,
  client,
  app,
  beganMs,
  now,
}: ReviewRecord): Record<string, unknown> {
  const found = 'found' in now ? now.found : null;
  return {
    ...{ id, kind, run, session, client, app, began: new Date(beganMs).toISOString(), state: now.state },
    why: 'why' in now ? now.why : null,
    files: found?.files ?? null,
    digest: found?.digest ?? null,
    undo_until: now.state === 'applied' ? new Date(now.untilMs).toISOString() : null,
  };
}

async function show(
  desk: ReviewDesk,
  id: string,
  {
    all = false,
    json = false,
    from = '0',
  }: { readonly all?: boolean; readonly json?: boolean; readonly from?: string },
): Promise<CommandAnswer> {
  const { record, rows, found } = await desk.content(id);
  const first = Number(from);
  if (!Number.isSafeInteger(first) || first < 0)
    return failed('review: --from: allowed: whole numbers from 0', 2);
  if (json) {
    const { lines, next } = await linesFrom(rows, first, rows.length, (row) =>
      JSON.stringify(jsonChange(row)),
    );
    const head = {
      ...jsonRow(record),
      whole: found.whole,
      not_looked_at: found.left,
      rows: rows.length,
      from: first,
      next,
    };
    // One path a line, after what is said of all of them.
    const list = lines.length === 0 ? '[]' : `[\n    ${lines.join(',\n    ')}\n  ]`;
    return answer(`${JSON.stringify(head, null, 2).slice(0, -'\n}'.length)},\n  "changes": ${list}\n}`);
  }
  const { lines, next } = await linesFrom(rows, first, all || first > 0 ? rows.length : MOST_ROWS, line);
  const more = all || first > 0 ? `--from ${next} goes on` : '--all shows them';
  return answer(
    [
      `${clientName(record.client)} in ${printable(record.app)}: ${printable(whereItStands(record))}`,
      ...lines,
      ...(next === null ? [] : [`and ${rows.length - next} more: ${more}`]),
      ...(found.whole ? [] : ['Something of it could not be looked at: it is not in this list.']),
      ...leftLines(found),
      `digest ${found.digest}`,
    ].join('\n'),
  );
}

/** Rows from one on, at most so many and as many as an answer holds. `next`: the first that is not among them. */
async function linesFrom(
  rows: readonly ReviewLine[],
  from: number,
  most: number,
  text: (row: ReviewLine) => string,
): Promise<{ readonly lines: readonly string[]; readonly next: number | null }> {
  const pace = new Pace();
  const lines: string[] = [];
  let at = from;
  for (let bytes = 0; at < rows.length && lines.length < most && bytes < MOST_BYTES; at += 1) {
    const one = text(rows[at] as ReviewLine);
    bytes += Buffer.byteLength(one) + 6;
    lines.push(one);
    if (pace.isDue) await pace.rest();
  }
  return { lines, next: at < rows.length ? at : null };
}

function jsonChange({ change, first }: ReviewLine): Record<string, unknown> {
  return {
    path: shownPath(change.path),
    change: changeWord(change),
    look_first: first,
    before: stateWords(change.before),
    after: stateWords(change.after),
    changed_meanwhile: change.moved,
  };
}

function line({ change, first }: ReviewLine): string {
  const notes = [
    isFolderAlone(change) ? 'a folder' : null,
    first,
    change.moved ? 'CHANGED in the project meanwhile' : null,
  ].filter((note) => note !== null);
  const told = notes.length === 0 ? '' : `   (${notes.join('; ')})`;
  return `  ${changeWord(change).padEnd(8)} ${printable(shownPath(change.path))}${printable(told)}`;
}

async function difference(desk: ReviewDesk, id: string, path: string): Promise<CommandAnswer> {
  const { change } = pathOf(await desk.content(id), path);
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
export function pathOf({ rows }: Pick<ReviewContent, 'rows'>, path: string): ReviewLine {
  const [row, another] = rows.filter(({ change }) => shownPath(change.path) === path);
  // Bytes that are no UTF-8 all look the same.
  if (another !== undefined)
    throw new GatehouseError('ambiguous', `two names in this review are shown as ${printable(path)}`, {
      hint: 'pick on the page Reviews',
    });
  if (row === undefined)
    throw new GatehouseError('not_found', `${printable(path.slice(0, 200))} is not in this review`);
  return row;
}

/** The rows that a path means: its own, or those in the folder. @throws GatehouseError as `pathOf` */
export function rowsOf(content: Pick<ReviewContent, 'rows'>, path: string): readonly ReviewLine[] {
  const folder = `${path.replace(/\/+$/, '')}/`;
  const below = content.rows.filter(({ change }) => shownPath(change.path).startsWith(folder));
  return below.length > 0 ? below : [pathOf(content, path)];
}

/** Does what the review is for: carries a copy over, or takes a session's work back. */
async function carry(
  request: CommandRequest,
  parts: CommandParts,
  desk: ReviewDesk,
  id: string,
  paths: readonly string[],
  digest: string | null,
): Promise<CommandAnswer> {
  const content = await desk.content(id);
  const { found, record, rows } = content;
  const pace = new Pace();
  let picked: ReviewLine[] | null = null;
  for (const path of paths) {
    picked = [...new Set([...(picked ?? []), ...rowsOf(content, path)])];
    await pace.rest();
  }
  const named = picked ?? rows;
  const first = named.filter((row) => row.first !== null);
  const shown = [...first, ...named.filter((row) => row.first === null)].slice(0, MOST_FIRST);
  const lines = shown.map((row) => `${line(row)}\n`).join('');
  const more = named.length > shown.length ? `  and ${named.length - shown.length} more\n` : '';
  const many = named.length === 1 ? '1 path' : `${named.length} paths`;
  const copy = record.kind === 'copy';
  const what = copy
    ? `carrying ${many} over into ${printable(record.app)}`
    : `taking what was done to ${many} of ${printable(record.app)} back`;
  await requirePresence(what, request, parts, `${lines}${more}`);
  const files = await desk.apply(
    id,
    digest ?? found.digest,
    picked?.map(({ change }) => change.path) ?? null,
    'terminal',
  );
  const where = copy ? 'in the project now' : 'as before the session';
  const reverse = copy ? 'undo' : 'apply';
  return answer(
    `${files === 1 ? '1 path is' : `${files} paths are`} ${where}.\nBack   ${parts.program} review ${reverse} ${id}`,
  );
}

/** The opposite of `carry`. */
async function back(
  request: CommandRequest,
  parts: CommandParts,
  desk: ReviewDesk,
  id: string,
): Promise<CommandAnswer> {
  const { app, kind } = desk.record(id);
  const copy = kind === 'copy';
  const what = copy
    ? `taking a review out of ${printable(app)} again`
    : `putting what was taken back into ${printable(app)} again`;
  await requirePresence(what, request, parts);
  const files = await desk.undo(id, 'terminal');
  const many = files === 1 ? '1 path is' : `${files} paths are`;
  return answer(copy ? `${many} as before. The review waits again.` : `${many} as the session left them.`);
}

async function discard(
  request: CommandRequest,
  parts: CommandParts,
  desk: ReviewDesk,
  id: string,
): Promise<CommandAnswer> {
  const { app, kind, now } = desk.record(id);
  if (now.state === 'running') await desk.content(id);
  const files = foundOf(now)?.files ?? null;
  const losing = kind === 'copy' && (now.state === 'waits' || now.state === 'uncompared');
  const many = files === null ? 'that cannot be compared' : files === 1 ? 'to 1 path' : `to ${files} paths`;
  const what = losing
    ? `throwing away changes ${many} of ${printable(app)}`
    : `giving up the undo of a review of ${printable(app)}`;
  await requirePresence(what, request, parts);
  await desk.discard(id, 'terminal');
  if (losing) return answer('Discarded. Nothing in the project changed.');
  return answer('It cannot be undone any more.');
}

/** What nothing is told of. */
function leftLines({ left, leftAll }: Found): readonly string[] {
  if (leftAll === 0) return [];
  const more = leftAll > left.length ? [`  and ${leftAll - left.length} more`] : [];
  return ['Not looked at, and not taken back:', ...left.map((one) => `  ${printable(one)}`), ...more];
}
