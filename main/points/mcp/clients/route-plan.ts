/**
 * Routing a client's entries through Gatehouse, first as a plan that a person sees, then carried out exactly as
 * shown. Putting them back is in put-back-plan.ts.
 *
 * A plan is bound to the bytes it was made from. Whatever happens in between, either the shown change is made
 * or none.
 */
import { canonicalJson, type JsonValue } from '../../../platform/canonical-json.ts';
import { GatehouseError } from '../../../platform/errors.ts';
import { tilde } from '../../agents/agent-context.ts';
import { codeOf, writeFileWhole } from '../../agents/atomic-file.ts';
import { digestOf } from '../../agents/journal.ts';
import { type DiffLine, lineDiff } from '../../agents/line-diff.ts';
import { type ServerRecord, sameServer } from '../server-record.ts';
import type { ClientEntry } from './client-entries.ts';
import { type ClientFile, checkWritable, requireUnchanged } from './client-file.ts';
import type { Syntax } from './document.ts';
import { edited, routedValue, shownEntry, type TextEdit } from './entry-text.ts';
import { restorable, restoreEdits } from './restore.ts';
import { readRouteJournal, removeRouteJournal, writeRouteJournal } from './route-journal.ts';
import {
  type RouteParts,
  type RoutePlace,
  type RoutePlan,
  type ServerRegister,
  survey,
} from './route-parts.ts';

interface Routed {
  readonly entry: ClientEntry;
  readonly record: ServerRecord;
  /** It has to be registered first. */
  readonly isNew: boolean;
  readonly filledIn: readonly string[];
  readonly value: string;
}

/**
 * What routing would do to one file.
 *
 * @throws GatehouseError `bad_client_file`, `read_only_settings`, `no_entries`, `bad_journal`
 */
export async function planRoute(
  place: RoutePlace,
  parts: RouteParts,
  register: ServerRegister,
): Promise<RoutePlan> {
  const shown = tilde(place.file, parts.home.home);
  const found = await survey(place, parts.home);
  if (found === null)
    throw new GatehouseError(
      'no_entries',
      `${place.client.name} has no MCP servers in ${shown}: there is no such file`,
    );
  const { file, entries } = found;
  const journal = await readRouteJournal(parts.backups, place.client.id, place.file);
  const notes: string[] = [];
  const routed: Routed[] = [];
  const names = new Map<string, ServerRecord>();
  for (const { entry, reading } of entries) {
    if (reading.kind === 'pipe' || reading.kind === 'tools') continue;
    if (reading.kind === 'left') {
      notes.push(leftNote(entry, reading.why));
      continue;
    }
    const record = await register.recordOf(reading.draft).catch((error: unknown) => {
      if (error instanceof GatehouseError) return error;
      throw error;
    });
    if (record instanceof GatehouseError) {
      notes.push(leftNote(entry, record.message));
      continue;
    }
    const known = register.find(record.name) ?? names.get(record.name) ?? null;
    if (known !== null && !sameServer(known, record)) {
      const remove = `gatehouse mcp remove ${record.name}`;
      notes.push(
        leftNote(entry, `another server is registered as ${record.name}; rename it here, or ${remove}`),
      );
      continue;
    }
    const value = routedValue(file.text, entry, place.client, parts.entry(record.name));
    routed.push({ entry, record: known ?? record, isNew: known === null, filledIn: reading.filledIn, value });
    names.set(record.name, known ?? record);
  }
  const done = routed.length === 0;
  if (!done) checkWritable(file);
  const edits = routed.map(
    ({ entry, value }): TextEdit => ({
      start: entry.node.start,
      end: entry.node.end,
      text: value,
    }),
  );
  const after = bytesOf(file, edits);
  const kept = restorable(entries, journal?.entries ?? []);
  const diff = entriesDiff(file.text, place.client.syntax, routed);
  const records = routed.map(({ record }) => record.transport as unknown as JsonValue);
  return {
    view: {
      planId: planId([
        place.id,
        'connect',
        file.target,
        digestOf(file.found.bytes),
        digestOf(after),
        records,
      ]),
      agent: place.id,
      change: 'connect',
      file: shown,
      diff,
      notes: [
        ...(done
          ? ['Nothing to do: no entry is left that could be routed.']
          : routeNotes(place, parts, routed)),
        ...notes,
      ],
      done,
    },
    servers: routed.map(({ record }) => record.name),
    carryOut: async () => {
      if (done) return;
      await requireUnchanged(file);
      await register.prepare();
      const entered: string[] = [];
      let written = false;
      try {
        for (const { record } of routed.filter(({ isNew }, at) => isNew && firstOf(routed, at))) {
          await register.enter(record);
          entered.push(record.name);
        }
        await writeRouteJournal(
          parts.backups,
          {
            client: place.client.id,
            project: place.project,
            file: place.file,
            target: file.target,
            after: digestOf(after),
            entries: [
              ...kept.map(({ entry, original }) => ({ ...original, path: [...entry.path] })),
              ...routed.map(({ entry, record }) => ({
                path: [...entry.path],
                server: record.name,
                original: file.text.slice(entry.node.start, entry.node.end),
              })),
            ],
          },
          bytesOf(file, restoreEdits(kept)),
        );
        await replaceFile(file, after);
        written = true;
      } finally {
        // A file that could not be written leaves nothing behind that says it was.
        if (!written) await forget(place, parts, register, entered, journal === null);
      }
    },
  };
}

/** The bytes of the file with these edits made. */
export function bytesOf(file: ClientFile, edits: readonly TextEdit[]): Buffer {
  return Buffer.from(file.prefix + edited(file.text, edits));
}

/** Replaces the file whole, if it still is what it was. @throws GatehouseError `plan_changed`, `settings_not_written` */
export async function replaceFile(file: ClientFile, after: Buffer): Promise<void> {
  await requireUnchanged(file);
  try {
    await writeFileWhole(file.target, after, { mode: 0o600, like: file.found });
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    throw new GatehouseError(
      'settings_not_written',
      `${file.file} cannot be written (${codeOf(error) ?? 'unknown'}); it is unchanged`,
      { cause: error },
    );
  }
}

/** Entries as they were and as they will be: nothing else of the file is shown. */
export function entriesDiff(
  text: string,
  syntax: Syntax,
  changes: readonly { readonly entry: ClientEntry; readonly value: string }[],
): DiffLine[] {
  let last: string | null = null;
  return changes.flatMap(({ entry, value }): DiffLine[] => {
    const where = entry.path.slice(0, -1).join(' → ');
    const heading: DiffLine[] = where === last ? [] : [{ kind: 'same', text: where }];
    last = where;
    const before = shownEntry(text, entry, text.slice(entry.node.start, entry.node.end), syntax);
    return [...heading, ...lineDiff(before, shownEntry(text, entry, value, syntax))];
  });
}

/** One id for exactly this change of exactly this file. */
export function planId(bound: JsonValue): string {
  return digestOf(Buffer.from(canonicalJson(bound)));
}

async function forget(
  place: RoutePlace,
  parts: RouteParts,
  register: ServerRegister,
  entered: readonly string[],
  wasFirst: boolean,
): Promise<void> {
  for (const name of entered) await register.remove(name);
  // An earlier record stays: it names every entry that is routed, and those that are not do no harm in it.
  const journal = wasFirst
    ? await readRouteJournal(parts.backups, place.client.id, place.file).catch(() => null)
    : null;
  if (journal !== null) await removeRouteJournal(parts.backups, journal);
}

function firstOf(routed: readonly Routed[], at: number): boolean {
  const name = routed[at]?.record.name;
  return routed.findIndex(({ record }) => record.name === name) === at;
}

function leftNote({ name }: ClientEntry, why: string): string {
  return `${JSON.stringify(name)} stays as it is: ${why}.`;
}

function routeNotes(place: RoutePlace, parts: RouteParts, routed: readonly Routed[]): string[] {
  const home = parts.home.home;
  const http = routed.filter(
    ({ record: { transport } }) => transport.kind === 'http' && Object.keys(transport.headers).length === 0,
  );
  const secret = routed.some(
    ({ record: { transport } }) =>
      Object.keys(transport.kind === 'http' ? transport.headers : transport.env).length > 0,
  );
  return [
    ...routed.flatMap(({ entry, record, isNew, filledIn }) => [
      ...(entry.name === record.name
        ? []
        : [`${JSON.stringify(entry.name)} is registered as ${record.name}.`]),
      ...(isNew ? [] : [`${record.name} is registered already, in the same way.`]),
      ...(filledIn.length === 0
        ? []
        : [`${record.name} is given ${filledIn.join(', ')} as set where Gatehouse runs now.`]),
    ]),
    ...(secret
      ? ['The values of env and headers move into Gatehouse; only the server itself is given them.']
      : []),
    ...(http.length === 0
      ? []
      : [
          `${http.map(({ record }) => record.name).join(', ')}: a server that wants you to sign in through the browser cannot be reached this way yet.`,
        ]),
    ...(routed.some(({ record }) => record.transport.kind === 'stdio')
      ? [
          'A program is given PATH, HOME and the like and what its entry names, nothing else of the client’s variables.',
        ]
      : []),
    'Sessions that run just now keep the servers they have until they are started again.',
    ...(place.project === null
      ? []
      : ['The paths in it hold on this computer only: do not commit the changed file.']),
    `A copy of the file as it is now is kept in ${tilde(parts.backups, home)}; it can be put back to the byte.`,
  ];
}
