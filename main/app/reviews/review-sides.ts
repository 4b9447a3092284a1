/** Both sides of one changed path, wherever they lie now. */
import { GatehouseError } from '../../platform/errors.ts';
import type { ReviewProgram } from '../../sandbox/review/review-program.ts';
import { selected } from '../../sandbox/review/selection.ts';
import { asCarried, type ReviewBook } from './review-book.ts';
import type { ReviewContent } from './review-content.ts';

/** As the session changed it; null where no file is. */
export interface Sides {
  readonly before: Buffer | null;
  readonly after: Buffer | null;
}

/** @throws GatehouseError `not_found` */
export async function sidesOf(
  content: ReviewContent,
  path: string,
  limit: number,
  { book, program }: { readonly book: ReviewBook; readonly program: ReviewProgram },
): Promise<Sides> {
  const { record, byPath } = content;
  const change = byPath.get(path)?.change;
  if (change === undefined) throw new GatehouseError('not_found', 'this path is not in the review');
  const folder = book.folder(record.id);
  const copy = record.kind === 'copy';
  const [there, comes] = copy ? [change.before, change.after] : [change.after, change.before];
  const backup = there.kind === 'file' ? await backupOf(content, path) : null;
  const [old, fresh] = await Promise.all([
    there.kind !== 'file'
      ? null
      : backup === null
        ? program.read(record.app, path, limit)
        : program.read(folder.backup, backup, limit),
    comes.kind === 'file' ? program.read(folder.source(record.kind), path, limit) : null,
  ]);
  return copy ? { before: old, after: fresh } : { before: fresh, after: old };
}

/** Where what was replaced lies in the backup: under its number in the list that was carried out. Null before that. */
async function backupOf({ record, list }: ReviewContent, path: string): Promise<string | null> {
  const { now } = record;
  if (now.state !== 'applied') return null;
  const picked = now.picked === null ? null : new Set(now.picked);
  const chosen = await selected(asCarried(record, list.changes), picked);
  const at = chosen.findIndex((one) => one.path === path);
  return at < 0 ? null : String(at);
}
