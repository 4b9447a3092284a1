/** What routing works on: the place, its entries as they are now, and what it needs of the rest of the house. */
import type { AgentPlan } from '../../../../preload/contract/overview.ts';
import type { ServerDraft, ServerRecord } from '../server-record.ts';
import { type ClientEntry, type EntryReading, entriesOf, readEntry } from './client-entries.ts';
import { type ClientFile, readClientFile } from './client-file.ts';
import type { PipeEntry } from './entry-text.ts';
import type { ClientHome, KnownClient } from './known-clients.ts';

/** One file of one client. */
export interface RoutePlace {
  /** `claude-code` for the person's own file; with a part for the project otherwise. */
  readonly id: string;
  readonly client: KnownClient;
  readonly project: string | null;
  readonly file: string;
}

/** The registered servers. Declared here, as this folder needs them. */
export interface ServerRegister {
  /** Puts the program that entries name at its place. @throws GatehouseError `no_program` */
  prepare(): Promise<void>;
  find(name: string): ServerRecord | null;
  /** The record that registering would make. @throws GatehouseError `bad_server`, `server_missing` */
  recordOf(draft: ServerDraft): Promise<ServerRecord>;
  /** @throws GatehouseError `server_known`, `too_many_servers` */
  enter(record: ServerRecord): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface RouteParts {
  readonly home: ClientHome;
  /** Folder of backups and journals, 0700. */
  readonly backups: string;
  /** The words of a client's entry for a server. */
  entry(server: string): PipeEntry;
}

/** A change of one file, shown before it is made. */
export interface RoutePlan {
  readonly view: AgentPlan;
  /** Servers whose entries change, by their registered names. */
  readonly servers: readonly string[];
  readonly carryOut: () => Promise<void>;
}

export interface ReadEntry {
  readonly entry: ClientEntry;
  readonly reading: EntryReading;
}

export interface Survey {
  readonly file: ClientFile;
  readonly entries: readonly ReadEntry[];
}

/** The file of a place and what its entries are; null when there is no file. @throws GatehouseError `bad_client_file` */
export async function survey(place: RoutePlace, home: ClientHome): Promise<Survey | null> {
  const file = await readClientFile(place.file, place.client.syntax);
  if (file === null) return null;
  const entries = entriesOf(place.client, file.root, place.project);
  return {
    file,
    entries: entries.map((entry) => ({ entry, reading: readEntry(place.client, entry, home) })),
  };
}
