/**
 * Putting a client's original entries back: the file as it was, to the byte, when nobody changed it since;
 * otherwise each entry that still is our pipe gets its own text back and every other byte stays.
 *
 * Needs no supervisor. The servers stay registered.
 */
import { tilde } from '../../agents/agent-context.ts';
import { digestOf } from '../../agents/journal.ts';
import { checkWritable } from './client-file.ts';
import type { Syntax } from './document.ts';
import { changedSince, restorable, restoreEdits } from './restore.ts';
import { type RouteJournal, readRouteBackup, readRouteJournal, removeRouteJournal } from './route-journal.ts';
import { type RouteParts, type RoutePlace, type RoutePlan, type Survey, survey } from './route-parts.ts';
import { bytesOf, entriesDiff, planId, replaceFile } from './route-plan.ts';

/**
 * What putting back would do to one file.
 *
 * @throws GatehouseError `bad_client_file`, `read_only_settings`, `bad_journal`
 */
export async function planPutBack(place: RoutePlace, parts: RouteParts): Promise<RoutePlan> {
  const journal = await readRouteJournal(parts.backups, place.client.id, place.file);
  const found = await survey(place, parts.home);
  const back = restorable(found?.entries ?? [], journal?.entries ?? []);
  if (found !== null && back.length > 0) checkWritable(found.file);
  const after = found === null ? null : await bytesAfter(found, back, journal, parts);
  const changes = found !== null && after !== null && !after.equals(found.file.found.bytes);
  const done = !changes && journal === null;
  const before = found === null ? null : digestOf(found.file.found.bytes);
  return {
    view: {
      planId: planId([place.id, 'disconnect', place.file, before, after === null ? null : digestOf(after)]),
      agent: place.id,
      change: 'disconnect',
      file: tilde(place.file, parts.home.home),
      diff:
        found === null
          ? []
          : entriesDiff(
              found.file.text,
              place.client.syntax,
              back.map(({ entry, original }) => ({ entry, value: original.original })),
            ),
      notes: notesOf(found, back, journal, place.client.syntax),
      done,
    },
    servers: back.map(({ original }) => original.server),
    carryOut: async () => {
      if (changes) await replaceFile(found.file, after);
      if (journal !== null) await removeRouteJournal(parts.backups, journal);
    },
  };
}

async function bytesAfter(
  { file }: Survey,
  back: ReturnType<typeof restorable>,
  journal: RouteJournal | null,
  parts: RouteParts,
): Promise<Buffer> {
  if (journal !== null && digestOf(file.found.bytes) === journal.after) {
    const backup = await readRouteBackup(parts.backups, journal);
    if (backup !== null) return backup;
  }
  return bytesOf(file, restoreEdits(back));
}

function notesOf(
  found: Survey | null,
  back: ReturnType<typeof restorable>,
  journal: RouteJournal | null,
  syntax: Syntax,
): string[] {
  const pipes = found?.entries.filter(({ reading }) => reading.kind === 'pipe') ?? [];
  const unknown = pipes.filter(({ entry }) => !back.some((one) => one.entry === entry));
  const gone = (journal?.entries ?? []).filter((one) => !back.some(({ original }) => original === one));
  const stays = unknown.map(
    ({ entry }) => `${JSON.stringify(entry.name)} stays as it is: what stood there before is not known.`,
  );
  if (journal === null)
    return [...(pipes.length === 0 ? ['Nothing to do: no entry was routed.'] : []), ...stays];
  return [
    ...(back.length === 0
      ? ['No entry goes through Gatehouse any more; only the record of it is removed.']
      : ['The client then starts these servers itself: what they do is not asked or recorded.']),
    ...back.flatMap((one) =>
      changedSince(one, syntax).map(
        (key) =>
          `${JSON.stringify(one.entry.name)}: "${key}" was changed since, and goes back to what it was.`,
      ),
    ),
    ...(back.length === 0
      ? []
      : gone.map(
          ({ path }) => `${JSON.stringify(path.at(-1))} is not put back: its entry was changed or taken out.`,
        )),
    ...stays,
    ...(back.length === 0 ? [] : ['The servers stay registered with Gatehouse until you remove them there.']),
  ];
}
