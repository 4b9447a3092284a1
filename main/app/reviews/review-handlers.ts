/** What answers a page about reviews. */
import type { Handlers, ReviewPick, ReviewRow, ReviewView } from '../../../preload/contract.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { lineDiff } from '../../points/agents/line-diff.ts';
import { decodeBytes } from '../../sandbox/launch-plan.ts';
import { type Change, encodeBytes, shownPath } from '../../sandbox/review/change.ts';
import { type Page, success } from '../pages.ts';
import { appName, clientName } from '../views/words.ts';
import type { ReviewContent, ReviewLine } from './review-content.ts';
import type { ReviewDesk } from './review-desk.ts';
import type { ReviewRecord } from './review-record.ts';
import { changeWord, isFolderAlone, stateWords, whereItStands } from './review-words.ts';

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
      const { record, rows, found, leftOut } = await open().content(id);
      return success({
        review: reviewView(record),
        rows: rows.slice(from, from + limit).map(rowView),
        total: rows.length,
        leftOut,
        whole: found.whole,
        left: found.left,
        leftAll: found.leftAll,
      });
    },
    reviewDiff: async (_page, id, key) => {
      const change = changeOf(await open().content(id), key);
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
      await open().apply(id, digest, pathsOf(await open().content(id), pick), page.via);
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

function reviewView(record: ReviewRecord): ReviewView {
  const { id, kind, client, app, beganMs, now } = record;
  const found = 'found' in now ? now.found : null;
  return {
    id,
    client: { id: client, name: clientName(client) },
    app: { root: app, name: appName(app) },
    beganAt: beganMs,
    kind,
    state: now.state,
    sentence: whereItStands(record),
    files: found?.files ?? null,
    digest: found?.digest ?? null,
    undoUntil: now.state === 'applied' ? now.untilMs : null,
  };
}

function rowView({ change, first }: ReviewLine): ReviewRow {
  return {
    key: encodeBytes(change.path),
    path: shownPath(change.path),
    change: changeWord(change),
    folder: isFolderAlone(change),
    first,
    before: stateWords(change.before),
    after: stateWords(change.after),
    moved: change.moved,
  };
}

/** Paths of the rows that are meant; null for all. */
function pathsOf({ byPath }: ReviewContent, pick: ReviewPick): readonly string[] | null {
  if (pick.kind === 'all') return null;
  const paths = new Set(pick.keys.map(pathOfKey));
  for (const path of paths)
    if (!byPath.has(path))
      throw new GatehouseError('not_found', 'a path that was picked is not in this review');
  return pick.kind === 'only' ? [...paths] : [...byPath.keys()].filter((path) => !paths.has(path));
}

function changeOf({ byPath }: ReviewContent, key: string): Change {
  const line = byPath.get(pathOfKey(key));
  if (line === undefined) throw new GatehouseError('not_found', 'this path is not in the review');
  return line.change;
}

function pathOfKey(key: string): string {
  return decodeBytes(key).toString('latin1');
}

function textOf(side: Buffer | null): string | null {
  if (side === null) return '';
  return side.length > LARGEST_SIDE || side.includes(0) ? null : side.toString('utf8').toWellFormed();
}
