/** Clients and their files by the words that a person or a page names them with. */
import { GatehouseError } from '../../../platform/errors.ts';
import { digestOf } from '../../agents/journal.ts';
import { KNOWN_CLIENTS, type KnownClient } from './known-clients.ts';
import type { RouteParts, RoutePlace } from './route-parts.ts';

/** @throws GatehouseError `unknown_client` */
export function clientOf(id: string): KnownClient {
  const client = KNOWN_CLIENTS.find((known) => known.id === id);
  if (client !== undefined) return client;
  throw new GatehouseError('unknown_client', `there is no client ${JSON.stringify(id.slice(0, 40))}`, {
    hint: `known: ${KNOWN_CLIENTS.map((known) => known.id).join(', ')}`,
  });
}

/** A file of a client. Its own one goes by the client's name. */
export function placeOf(
  client: KnownClient,
  project: string | null,
  file: string,
  { home }: Pick<RouteParts, 'home'>,
): RoutePlace {
  const own = file === client.userFile(home);
  const part = digestOf(Buffer.from(file)).slice(0, 16);
  return { id: own ? client.id : `${client.id}-${part}`, client, project: own ? null : project, file };
}
