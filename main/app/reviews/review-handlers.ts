/** What answers a page about reviews. */
import type { Handlers, ReviewPick, ReviewRow, ReviewView } from '../../../preload/contract.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { lineDiff } from '../../points/agents/line-diff.ts';
import { type Change, encodeBytes, shownPath } from '../../sandbox/review/change.ts';
import { type Page, success } from '../pages.ts';
import { appName, clientName } from '../views/words.ts';
import { lookFirst } from './look-first.ts';
import type { ReviewContent, ReviewDesk } from './review-desk.ts';
import type { ReviewRecord } from './review-record.ts';
import { changeWord, stateWords, whereItStands } from './review-words.ts';

type ReviewMethods = 'reviews' | 'reviewRows' | 'reviewDiff' | 'applyReview' | 'undoReview' | 'discardReview';

/** Bytes of each side, and lines of the difference, that a page is sent. */
const LARGEST_SIDE = 256 * 1024;
const MOST_LINES = 5000;

/** @param desk  null where no sandbox can be had */
export function reviewHandlers(desk: ReviewDesk | null): Pick<Handlers<Page>, ReviewMethods> {
  const open = (): ReviewDesk => {
    if (desk === null) throw new GatehouseError('unavailable', 'there is no sandbox on this computer');
    return desk;
  };
  const all = () => success(desk === null ? [] : reviewViews(desk));
  return {
    reviews: async () => all(),
    reviewRows: async (_page, id, from, limit) => {
      const { record, rows, found } = open().content(id);
      return success({
        review: reviewView(record),
        rows: rows.slice(from, from + limit).map(rowView),
        total: rows.length,
        leftOut: rows.filter((change) => changeWord(change) === 'left out').length,
        whole: found.whole,
      });
    },
    reviewDiff: async (_page, id, key) => {
      const change = changeOf(open().content(id), key);
      const { before, after } = await open().sides(id, change.path, LARGEST_SIDE + 1);
      const [old, now] = [textOf(before), textOf(after)];
      if (before === null && after === null)
        return success({ key, lines: null, note: 'There is no file to compare.' });
      if (old === null || now === null)
        return success({ key, lines: null, note: 'It is no text, or more than 256 KB.' });
      const lines = lineDiff(old, now);
      const note = lines.length > MOST_LINES ? `The first ${MOST_LINES} lines of the difference.` : '';
      return success({ key, lines: lines.slice(0, MOST_LINES), note });
    },
    applyReview: async (page, { id, digest, pick }) => {
      await open().apply(id, digest, pathsOf(open().content(id), pick), page.via);
      return all();
    },
    undoReview: async (page, id) => {
      await open().undo(id, page.via);
      return all();
    },
    discardReview: async (page, id) => {
      await open().discard(id, page.via);
      return all();
    },
  };
}

/** Every review, the newest first. */
export function reviewViews(desk: ReviewDesk): ReviewView[] {
  return desk.list().map(reviewView);
}

function reviewView({ id, client, app, beganMs, now }: ReviewRecord): ReviewView {
  const found = 'found' in now ? now.found : null;
  return {
    id,
    client: { id: client, name: clientName(client) },
    app: { root: app, name: appName(app) },
    beganAt: beganMs,
    state: now.state,
    sentence: whereItStands(now),
    files: found?.files ?? null,
    digest: found?.digest ?? null,
    undoUntil: now.state === 'applied' ? now.untilMs : null,
  };
}

function rowView(change: Change): ReviewRow {
  return {
    key: encodeBytes(change.path),
    path: shownPath(change.path),
    change: changeWord(change),
    first: lookFirst(change),
    before: stateWords(change.before),
    after: stateWords(change.after),
    moved: change.moved,
  };
}

/** Paths of the rows that are meant; null for all. */
function pathsOf({ rows }: ReviewContent, pick: ReviewPick): readonly string[] | null {
  if (pick.kind === 'all') return null;
  const keys = new Set(pick.keys);
  const known = new Set(rows.map(({ path }) => encodeBytes(path)));
  if (pick.keys.some((key) => !known.has(key)))
    throw new GatehouseError('not_found', 'a path that was picked is not in this review');
  const wanted = pick.kind === 'only';
  return rows.map(({ path }) => path).filter((path) => keys.has(encodeBytes(path)) === wanted);
}

function changeOf({ rows }: ReviewContent, key: string): Change {
  const change = rows.find(({ path }) => encodeBytes(path) === key);
  if (change === undefined) throw new GatehouseError('not_found', 'this path is not in the review');
  return change;
}

function textOf(side: Buffer | null): string | null {
  if (side === null) return '';
  return side.length > LARGEST_SIDE || side.includes(0) ? null : side.toString('utf8').toWellFormed();
}
