/** Clients' entries, routed through Gatehouse and back: what the app and the plain commands use of this folder. */

import type { McpClientView } from '../../../../preload/contract/mcp.ts';
import type { AgentPlan } from '../../../../preload/contract/overview.ts';
import { GatehouseError } from '../../../platform/errors.ts';
import { tilde } from '../../agents/agent-context.ts';
import { filesBeside, KNOWN_CLIENTS, type KnownClient } from './known-clients.ts';
import { planPutBack } from './put-back-plan.ts';
import { restorable } from './restore.ts';
import { listRouteJournals, type RouteJournal } from './route-journal.ts';
import {
  type RouteParts,
  type RoutePlace,
  type RoutePlan,
  type ServerRegister,
  survey,
} from './route-parts.ts';
import { clientOf, placeOf } from './route-places.ts';
import { planRoute } from './route-plan.ts';

export type RouteChange = AgentPlan['change'];

export interface ClientRoutesOptions {
  readonly parts: RouteParts;
  /** Null without a running supervisor: then entries can only be put back. */
  readonly register: ServerRegister | null;
  /** Roots of the projects in which agents work just now. */
  readonly projects: () => readonly string[];
}

/** All clients of this computer. One change at a time. */
export class ClientRoutes {
  readonly #options: ClientRoutesOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ClientRoutesOptions) {
    this.#options = options;
  }

  /**
   * The file of a client, by the words of a command line.
   *
   * @param project absolute; null: the person's own file
   * @throws GatehouseError `unknown_client`
   */
  async place(clientId: string, project: string | null, change: RouteChange): Promise<RoutePlace> {
    const client = clientOf(clientId);
    const { parts } = this.#options;
    if (project !== null) {
      const file = client.projectFile(project);
      if (file !== null) return this.#placeAmong(client, project, file, change);
      throw new GatehouseError('unknown_client', `${client.name} keeps no entries of its own in a project`, {
        hint: 'it reads .mcp.json: gatehouse mcp import claude-code --project DIR',
      });
    }
    const file = client.userFile(parts.home);
    if (change === 'connect') return this.#placeAmong(client, null, file, change);
    // What moves the file may have been set otherwise when its entries were routed.
    const own = (await listRouteJournals(parts.backups)).filter(
      (journal) => journal.client === client.id && journal.project === null,
    );
    const [only] = own;
    const moved = only !== undefined && own.length === 1 ? only.file : file;
    const known = own.find((journal) => filesBeside(client, file).includes(journal.file));
    return placeOf(client, null, known?.file ?? moved, parts);
  }

  /** Of a client's files beside one another: the first in which there is something to do, else one that is there. */
  async #placeAmong(
    client: KnownClient,
    project: string | null,
    file: string,
    change: RouteChange,
  ): Promise<RoutePlace> {
    const { parts } = this.#options;
    const places = filesBeside(client, file).map((one) => placeOf(client, project, one, parts));
    const [first = placeOf(client, project, file, parts), ...others] = places;
    if (others.length === 0) return first;
    const journals = await listRouteJournals(parts.backups);
    let there: RoutePlace | null = null;
    for (const place of places) {
      if (change === 'disconnect' && journalOf(place, journals) !== null) return place;
      const found = await survey(place, parts.home).catch(() => 'unreadable' as const);
      if (found === null) continue;
      there ??= place;
      if (change === 'disconnect') continue;
      if (found === 'unreadable' || found.entries.some(({ reading }) => reading.kind === 'server'))
        return place;
    }
    return there ?? first;
  }

  /** The place that a view names. @throws GatehouseError `not_found` */
  async placeById(id: string): Promise<RoutePlace> {
    const place = (await this.#places()).find((one) => one.id === id);
    if (place === undefined) throw new GatehouseError('not_found', `no file of a client is known as ${id}`);
    return place;
  }

  /** Files that hold entries or were changed by us. */
  async views(): Promise<McpClientView[]> {
    const journals = await listRouteJournals(this.#options.parts.backups);
    const views = await Promise.all(
      (await this.#places(journals)).map((place) => this.#view(place, journalOf(place, journals))),
    );
    return views.filter((view) => view !== null);
  }

  /** What a change would do. Nothing is changed. */
  async plan(place: RoutePlace, change: RouteChange): Promise<AgentPlan> {
    return (await this.#plan(place, change)).view;
  }

  /**
   * Carries out the plan of that id.
   *
   * @returns the plan that was carried out
   * @throws GatehouseError `plan_changed` when doing it now would not be what was shown
   */
  apply(place: RoutePlace, planId: string): Promise<Pick<RoutePlan, 'view' | 'servers'>> {
    const done = this.#last.then(async () => {
      const plan = await this.#shown(place, planId);
      await plan.carryOut();
      return plan;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Files that name our pipe, or may: no call may touch them. */
  async heldFiles(): Promise<string[]> {
    const { parts } = this.#options;
    const held: string[] = [];
    for (const journal of await listRouteJournals(parts.backups)) {
      const client = KNOWN_CLIENTS.find(({ id }) => id === journal.client);
      if (client === undefined) continue;
      const place = placeOf(client, journal.project, journal.file, parts);
      const found = await survey(place, parts.home).catch(() => 'unreadable' as const);
      const direct = found !== null && found !== 'unreadable' && !found.entries.some(isPipe);
      if (!direct) held.push(journal.file, journal.target);
    }
    return [...new Set(held)];
  }

  async #shown(place: RoutePlace, planId: string): Promise<RoutePlan> {
    for (const change of ['connect', 'disconnect'] as const) {
      const plan = await this.#plan(place, change).catch((error: unknown) => {
        if (error instanceof GatehouseError) return error;
        throw error;
      });
      if (!(plan instanceof GatehouseError) && plan.view.planId === planId) return plan;
    }
    throw new GatehouseError(
      'plan_changed',
      `${place.file} or the servers changed since the plan was shown; nothing was done`,
      { hint: 'look at the new plan' },
    );
  }

  async #plan(place: RoutePlace, change: RouteChange): Promise<RoutePlan> {
    const { parts, register } = this.#options;
    if (change === 'disconnect') return planPutBack(place, parts);
    if (register === null)
      throw new GatehouseError('no_supervisor', 'Gatehouse is not running, and only it registers servers', {
        hint: 'start it with gatehouse start',
      });
    return planRoute(place, parts, register);
  }

  async #places(journals?: readonly RouteJournal[]): Promise<RoutePlace[]> {
    const { parts, projects } = this.#options;
    const places = KNOWN_CLIENTS.flatMap((client) =>
      filesBeside(client, client.userFile(parts.home)).map((file) => placeOf(client, null, file, parts)),
    );
    const add = (client: KnownClient, project: string | null, file: string) => {
      if (!places.some((place) => place.file === file)) places.push(placeOf(client, project, file, parts));
    };
    for (const project of projects()) {
      for (const client of KNOWN_CLIENTS) {
        const file = client.projectFile(project);
        if (file !== null) for (const one of filesBeside(client, file)) add(client, project, one);
      }
    }
    for (const journal of journals ?? (await listRouteJournals(parts.backups))) {
      const client = KNOWN_CLIENTS.find(({ id }) => id === journal.client);
      if (client !== undefined) add(client, journal.project, journal.file);
    }
    return places;
  }

  async #view(place: RoutePlace, journal: RouteJournal | null): Promise<McpClientView | null> {
    const { home } = this.#options.parts;
    const shared = {
      id: place.id,
      name: place.client.name,
      file: tilde(place.file, home.home),
      project: place.project === null ? null : tilde(place.project, home.home),
    };
    try {
      const found = await survey(place, home);
      if (found === null || (found.entries.length === 0 && journal === null)) return null;
      const named = (kind: 'server' | 'pipe') =>
        found.entries.flatMap(({ entry, reading }) => (reading.kind === kind ? [entry.name] : []));
      return {
        ...shared,
        direct: named('server'),
        routed: named('pipe'),
        left: found.entries.flatMap(({ entry, reading }) =>
          reading.kind === 'left' ? [{ name: entry.name, why: reading.why }] : [],
        ),
        canPutBack: restorable(found.entries, journal?.entries ?? []).length > 0,
        problem: null,
      };
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error;
      return { ...shared, direct: [], routed: [], left: [], canPutBack: false, problem: error.message };
    }
  }
}

function journalOf(place: RoutePlace, journals: readonly RouteJournal[]): RouteJournal | null {
  return journals.find(({ client, file }) => client === place.client.id && file === place.file) ?? null;
}

function isPipe({ reading }: { readonly reading: { readonly kind: string } }): boolean {
  return reading.kind === 'pipe';
}
