/**
 * The governed tools put into a client's file, or taken out of it: first as a plan that a person sees, then exactly as
 * shown. Taking them out gives the file back to the byte when nobody changed it since, and needs no supervisor.
 */
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AgentPlan } from '../../../../preload/contract/overview.ts';
import { GatehouseError } from '../../../platform/errors.ts';
import { tilde } from '../../agents/agent-context.ts';
import { linkTarget, makeFolders, readRegularFile, writeFileWhole } from '../../agents/atomic-file.ts';
import { digestOf } from '../../agents/journal.ts';
import type { DiffLine } from '../../agents/line-diff.ts';
import { TOOLS_NAME, withoutTools, withTools } from './added-entry.ts';
import { type ClientEntry, entriesOf } from './client-entries.ts';
import { type ClientFile, checkWritable } from './client-file.ts';
import { readDocument } from './document.ts';
import type { PipeEntry } from './entry-text.ts';
import { readRouteBackup, readRouteJournal, removeRouteJournal, writeRouteJournal } from './route-journal.ts';
import { type ReadEntry, type RoutePlace, type Survey, survey } from './route-parts.ts';
import { planId, replaceFile } from './route-plan.ts';

/** What putting the tools into a file needs of the rest of the house. */
export interface ToolsParts {
  readonly home: { readonly home: string; readonly env: Readonly<Record<string, string | undefined>> };
  /** Folder of backups and journals, 0700. */
  readonly backups: string;
  /** The words of a client's entry. */
  toolsEntry(): PipeEntry;
  /** Puts the program that the entry names at its place; null without a running supervisor. */
  readonly prepare: (() => Promise<void>) | null;
}

export interface ToolsPlan {
  readonly view: AgentPlan;
  readonly carryOut: () => Promise<void>;
}

/** The entry of the governed tools that is for everything the file is read for; null when they are not in it. */
export function toolsEntryOf(found: Survey | null, { project }: RoutePlace): ClientEntry | null {
  const has = ({ entry, reading }: ReadEntry) => reading.kind === 'tools' && entry.project === project;
  return found?.entries.find(has)?.entry ?? null;
}

/** @throws GatehouseError `bad_client_file`, `read_only_settings`, `name_taken`, `no_supervisor` */
export async function planToolsOn(place: RoutePlace, parts: ToolsParts): Promise<ToolsPlan> {
  const found = await survey(place, parts.home);
  const shown = tilde(place.file, parts.home.home);
  if (toolsEntryOf(found, place) !== null)
    return {
      view: view(place, 'connect', shown, [], ['Nothing to do: they are in it.'], ''),
      carryOut: async () => {},
    };
  if (
    found?.entries.some(
      ({ entry: { name, project } }) => name === TOOLS_NAME && project === place.project,
    ) === true
  )
    throw new GatehouseError('name_taken', `${shown} has another server of the name ${TOOLS_NAME}`, {
      hint: 'rename that one; nothing was changed',
    });
  if (found !== null) checkWritable(found.file);
  const before = found?.file.text ?? '';
  const after = withTools(place.client, before, parts.toolsEntry());
  const bytes = Buffer.from((found?.file.prefix ?? '') + after);
  const notes = [
    ...(found === null ? ['The file is made: this client has none yet.'] : []),
    `${place.client.name} keeps its own tools beside these. What it does with those is asked about where its hooks are connected, and runs in no sandbox.`,
    'Sessions that run just now find them when they are started again.',
    ...(place.project === null
      ? []
      : ['The paths in it hold on this computer only: do not commit the changed file.']),
    `A copy of the file as it is now is kept in ${tilde(parts.backups, parts.home.home)}; it can be put back to the byte.`,
  ];
  const { prepare } = parts;
  return {
    view: view(
      place,
      'connect',
      shown,
      added(place, after, 'add'),
      notes,
      planId([
        place.id,
        'tools',
        'connect',
        place.file,
        found === null ? null : digestOf(found.file.found.bytes),
        digestOf(bytes),
      ]),
    ),
    carryOut: async () => {
      if (prepare === null)
        throw new GatehouseError(
          'no_supervisor',
          'Gatehouse is not running, and only then these tools are there',
          {
            hint: 'start it with gatehouse start',
          },
        );
      await prepare();
      const target = found?.file.target ?? (await linkTarget(place.file));
      const record = {
        ...{ client: place.client.id, project: place.project, file: place.file, target },
        ...{ after: digestOf(bytes), entries: [], made: found === null },
      };
      await writeRouteJournal(parts.backups, record, found?.file.found.bytes ?? Buffer.alloc(0), 'tools');
      if (found === null) await makeFile(place.file, target, bytes);
      else await replaceFile(found.file, bytes);
    },
  };
}

/** @throws GatehouseError `bad_client_file`, `read_only_settings`, `bad_journal` */
export async function planToolsOff(place: RoutePlace, parts: ToolsParts): Promise<ToolsPlan> {
  const journal = await readRouteJournal(parts.backups, place.client.id, place.file, 'tools');
  const found = await survey(place, parts.home);
  const entry = toolsEntryOf(found, place);
  const shown = tilde(place.file, parts.home.home);
  if (found === null || entry === null) {
    const nothing =
      journal === null
        ? 'Nothing to do: they are not in it.'
        : 'They are not in it any more; only the record of it is removed.';
    return {
      view: {
        ...view(place, 'disconnect', shown, [], [nothing], planId([place.id, 'tools', 'forget'])),
        done: journal === null,
      },
      carryOut: async () => {
        if (journal !== null) await removeRouteJournal(parts.backups, journal, 'tools');
      },
    };
  }
  const { file } = found;
  checkWritable(file);
  const untouched = journal !== null && digestOf(file.found.bytes) === journal.after;
  const backup = untouched ? await readRouteBackup(parts.backups, journal) : null;
  const after = backup ?? Buffer.from(file.prefix + withoutTools(place.client, file.text, entry));
  const removes = backup !== null && journal?.made === true;
  return {
    view: view(
      place,
      'disconnect',
      shown,
      added(place, file.text, 'remove'),
      [
        ...(removes ? ['The file was made for them, and goes.'] : []),
        ...(untouched || journal === null
          ? []
          : ['The file was changed since: only this entry is taken out.']),
        'What ran in the sandbox then runs with the client’s own tools, if it has some.',
      ],
      planId([
        place.id,
        'tools',
        'disconnect',
        place.file,
        digestOf(file.found.bytes),
        digestOf(after),
        removes,
      ]),
    ),
    carryOut: async () => {
      if (removes) await removeFile(file);
      else await replaceFile(file, after);
      if (journal !== null) await removeRouteJournal(parts.backups, journal, 'tools');
    },
  };
}

function view(
  place: RoutePlace,
  change: AgentPlan['change'],
  file: string,
  diff: DiffLine[],
  notes: string[],
  id: string,
): AgentPlan {
  return { planId: id, agent: place.id, change, file, diff, notes, done: diff.length === 0 };
}

/** The entry as it stands in a text, with where it stands: nothing else of the file is shown. */
function added({ client }: RoutePlace, text: string, kind: 'add' | 'remove'): DiffLine[] {
  const entry = entriesOf(client, readDocument(client.syntax, text), null).find(
    ({ name, project }) => name === TOOLS_NAME && project === null,
  );
  if (entry === undefined) return [];
  const start = Math.min(entry.keyStart, entry.node.start);
  const line = Math.max(text.lastIndexOf('\n', start - 1), text.lastIndexOf('\r', start - 1)) + 1;
  const from = text.slice(line, start).trim() === '' ? line : start;
  return [
    { kind: 'same', text: entry.path.slice(0, -1).join(' → ') },
    ...text
      .slice(from, entry.node.end)
      .split(/\r\n|\n|\r/)
      .map((one): DiffLine => ({ kind, text: one })),
  ];
}

async function makeFile(file: string, target: string, bytes: Buffer): Promise<void> {
  await makeFolders(dirname(target), 0o700);
  if ((await readRegularFile(target, Number.MAX_SAFE_INTEGER)) !== null)
    throw new GatehouseError('plan_changed', `${file} was made since the plan was shown; nothing was done`, {
      hint: 'look at the new plan',
    });
  await writeFileWhole(target, bytes, { mode: 0o600 });
}

async function removeFile(file: ClientFile): Promise<void> {
  // Looked at as before any other change, and replaced by what is taken away at once.
  await replaceFile(file, file.found.bytes);
  await rm(file.target);
}
