/** The governed tools in clients' files: in which they are, and what putting them in or taking them out would do. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { GovernedClientView } from '../../../../preload/contract/mcp.ts';
import type { AgentPlan } from '../../../../preload/contract/overview.ts';
import { GatehouseError } from '../../../platform/errors.ts';
import { tilde } from '../../agents/agent-context.ts';
import { locateProgram } from '../../agents/agent-program.ts';
import { KNOWN_AGENTS } from '../../agents/known-agents.ts';
import { filesBeside, KNOWN_CLIENTS, type KnownClient } from './known-clients.ts';
import { listRouteJournals } from './route-journal.ts';
import { type RoutePlace, survey } from './route-parts.ts';
import { clientOf, placeOf } from './route-places.ts';
import { planToolsOff, planToolsOn, type ToolsParts, type ToolsPlan, toolsEntryOf } from './tools-plan.ts';

export class ToolsSwitch {
  readonly #parts: ToolsParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: ToolsParts) {
    this.#parts = parts;
  }

  /** Each client's own file, and files of projects that have the tools. */
  async views(): Promise<GovernedClientView[]> {
    return Promise.all((await this.#places()).map((place) => this.#view(place)));
  }

  /** @param project absolute; null: the person's own file @throws GatehouseError `unknown_client` */
  place(clientId: string, project: string | null): RoutePlace {
    const client = clientOf(clientId);
    if (project === null) return this.#own(client.id);
    const file = client.projectFile(project);
    if (file !== null) return this.#among(client, project, file);
    throw new GatehouseError('unknown_client', `${client.name} keeps no entries of its own in a project`, {
      hint: 'leave --project out',
    });
  }

  /** The place that a view names. @throws GatehouseError `not_found` */
  async placeById(id: string): Promise<RoutePlace> {
    const place = (await this.#places()).find((one) => one.id === id);
    if (place === undefined) throw new GatehouseError('not_found', `no file of a client is known as ${id}`);
    return place;
  }

  plan(place: RoutePlace, change: AgentPlan['change']): Promise<ToolsPlan> {
    return change === 'connect' ? planToolsOn(place, this.#parts) : planToolsOff(place, this.#parts);
  }

  /** Carries out the plan of that id. @throws GatehouseError `plan_changed` when it would not be what was shown */
  apply(place: RoutePlace, planId: string): Promise<AgentPlan> {
    const done = this.#last.then(async () => {
      for (const change of ['connect', 'disconnect'] as const) {
        const plan = await this.plan(place, change).catch((error: unknown) => {
          if (error instanceof GatehouseError) return null;
          throw error;
        });
        if (plan === null || plan.view.planId !== planId || plan.view.done) continue;
        await plan.carryOut();
        return plan.view;
      }
      throw new GatehouseError(
        'plan_changed',
        `${place.file} changed since the plan was shown; nothing was done`,
        { hint: 'look at the new plan' },
      );
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Files that name our program: no call may touch them. */
  async heldFiles(): Promise<string[]> {
    const journals = await listRouteJournals(this.#parts.backups, 'tools');
    return journals.flatMap(({ file, target }) => [file, target]);
  }

  async #view(place: RoutePlace): Promise<GovernedClientView> {
    const { home } = this.#parts.home;
    const shared = {
      id: place.id,
      name: place.client.name,
      file: tilde(place.file, home),
      project: place.project === null ? null : tilde(place.project, home),
      installed: existsSync(place.file) || (place.project === null && (await this.#isHere(place))),
    };
    try {
      return {
        ...shared,
        on: toolsEntryOf(await survey(place, this.#parts.home), place) !== null,
        problem: null,
      };
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error;
      return { ...shared, on: false, problem: error.message };
    }
  }

  /** The client keeps something on this computer, or its program is there and was never started. */
  async #isHere(place: RoutePlace): Promise<boolean> {
    const { home, env } = this.#parts.home;
    if (hasFolder(place, home)) return true;
    const agent = KNOWN_AGENTS.find(({ id }) => id === place.client.id);
    const context = { home, env, platform: process.platform };
    return agent !== undefined && (await locateProgram(agent, context)) !== null;
  }

  async #places(): Promise<RoutePlace[]> {
    const places = KNOWN_CLIENTS.map(({ id }) => this.#own(id));
    for (const { client: id, project, file } of await listRouteJournals(this.#parts.backups, 'tools')) {
      const client = KNOWN_CLIENTS.find((one) => one.id === id);
      if (client !== undefined && !places.some((place) => place.file === file))
        places.push(placeOf(client, project, file, this.#parts));
    }
    return places;
  }

  #own(id: string): RoutePlace {
    const client = clientOf(id);
    return this.#among(client, null, client.userFile(this.#parts.home));
  }

  /** Of the files that a client reads beside one another the first that is there. */
  #among(client: KnownClient, project: string | null, file: string): RoutePlace {
    const found = filesBeside(client, file).find((one) => existsSync(one));
    return placeOf(client, project, found ?? file, this.#parts);
  }
}

/** Whether the client keeps something on this computer; the home folder itself says nothing. */
function hasFolder({ file }: RoutePlace, home: string): boolean {
  const folder = dirname(file);
  return folder !== home && existsSync(folder);
}
