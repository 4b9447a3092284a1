/**
 * Names of the MCP servers that a client has in a folder, as its files say: clients join them with the names of their
 * tools, and only who knows them can take the two apart.
 */
import { readPlainFileAsync } from '../../../platform/plain-file.ts';
import { readDocument } from './document.ts';
import {
  type ClientHome,
  containersOf,
  filesBeside,
  KNOWN_CLIENTS,
  type KnownClient,
} from './known-clients.ts';

const MOST_BYTES = 8 * 1024 * 1024;

/**
 * The names, each once. A file that is not there, is too long or cannot be understood has none.
 *
 * @param folders  the project and the folder in which the client works
 */
export async function serverNames(
  clientId: string,
  place: ClientHome,
  folders: readonly string[],
): Promise<readonly string[]> {
  const client = KNOWN_CLIENTS.find(({ id }) => id === clientId);
  if (client === undefined) return [];
  // Claude Code's file of a project is read by clients that have none of their own.
  const ofProjects = KNOWN_CLIENTS.find(({ id }) => id === 'claude-code');
  const places: { readonly reader: KnownClient; readonly file: string; readonly project: string | null }[] = [
    ...filesBeside(client, client.userFile(place)).map((file) => ({ reader: client, file, project: null })),
    ...[...new Set(folders)].flatMap((project) => {
      const reader = client.projectFile(project) === null ? ofProjects : client;
      const file = reader?.projectFile(project) ?? null;
      return reader === undefined || file === null
        ? []
        : filesBeside(reader, file).map((one) => ({ reader, file: one, project }));
    }),
  ];
  const found = await Promise.all(places.map(({ reader, file, project }) => namesIn(reader, file, project)));
  return [...new Set(found.flat())];
}

async function namesIn(
  client: KnownClient,
  file: string,
  project: string | null,
): Promise<readonly string[]> {
  try {
    const text = (await readPlainFileAsync(file, MOST_BYTES)).toString('utf8');
    const root = readDocument(client.syntax, text);
    return containersOf(client, root, project).flatMap(({ node }) =>
      node.kind === 'object' ? node.members.map(({ key }) => key) : [],
    );
  } catch {
    return [];
  }
}
