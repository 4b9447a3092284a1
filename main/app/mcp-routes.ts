/** Clients' MCP entries as the app routes them: carried out, written down, and protected from then on. */
import type { AgentPlan, GovernedClientView, McpClientView } from '../../preload/contract.ts';
import type { LogPort } from '../engine/ports.ts';
import { GatehouseError } from '../platform/errors.ts';
import type { RouteParts, RoutePlace, ServerRegister } from '../points/mcp/clients/route-parts.ts';
import { ClientRoutes, type RouteChange } from '../points/mcp/clients/routes.ts';
import type { ToolsParts } from '../points/mcp/clients/tools-plan.ts';
import { ToolsSwitch } from '../points/mcp/clients/tools-switch.ts';

export interface McpRoutesOptions {
  readonly parts: RouteParts;
  readonly tools: Pick<ToolsParts, 'toolsEntry' | 'prepare'>;
  /** Null without a running supervisor. */
  readonly register: ServerRegister | null;
  readonly projects: () => readonly string[];
  readonly log: () => Promise<Pick<LogPort, 'append'>>;
  /** Told after every change which files name our pipe. */
  readonly onHeldFiles: (files: readonly string[]) => void;
}

export class McpRoutes {
  readonly #routes: ClientRoutes;
  readonly #tools: ToolsSwitch;
  readonly #options: McpRoutesOptions;

  constructor(options: McpRoutesOptions) {
    this.#options = options;
    this.#routes = new ClientRoutes(options);
    this.#tools = new ToolsSwitch({ ...options.parts, ...options.tools });
  }

  /** Looks at every client's file. */
  async clients(): Promise<McpClientView[]> {
    await this.protect();
    return this.#routes.views();
  }

  async planById(id: string, change: RouteChange): Promise<AgentPlan> {
    return this.#routes.plan(await this.#routes.placeById(id), change);
  }

  /** Carries out the plan that a page was shown; answers how the file stands then. */
  async applyById(id: string, planId: string): Promise<McpClientView> {
    await this.#apply(await this.#routes.placeById(id), planId);
    const view = (await this.#routes.views()).find((one) => one.id === id);
    if (view === undefined) throw new GatehouseError('not_found', 'the file is gone');
    return view;
  }

  /** The plan for the words of a command line. `project` absolute, or null for the person's own file. */
  async plan(client: string, project: string | null, change: RouteChange): Promise<AgentPlan> {
    return this.#routes.plan(await this.#routes.place(client, project, change), change);
  }

  async apply(
    client: string,
    project: string | null,
    plan: Pick<AgentPlan, 'planId' | 'change'>,
  ): Promise<void> {
    await this.#apply(await this.#routes.place(client, project, plan.change), plan.planId);
  }

  /** In which clients' files the governed tools are, or can be put. */
  async toolClients(): Promise<GovernedClientView[]> {
    await this.protect();
    return this.#tools.views();
  }

  async planToolsById(id: string, change: RouteChange): Promise<AgentPlan> {
    return (await this.#tools.plan(await this.#tools.placeById(id), change)).view;
  }

  /** Carries out the plan that a page was shown; answers how the file stands then. */
  async applyToolsById(id: string, planId: string): Promise<GovernedClientView> {
    await this.#applyTools(await this.#tools.placeById(id), planId);
    const view = (await this.#tools.views()).find((one) => one.id === id);
    if (view !== undefined) return view;
    // A project's file that was made for them is gone with them.
    throw new GatehouseError('not_found', 'the file is gone');
  }

  /** The plan for the words of a command line. `project` absolute, or null for the person's own file. */
  async planTools(client: string, project: string | null, change: RouteChange): Promise<AgentPlan> {
    return (await this.#tools.plan(this.#tools.place(client, project), change)).view;
  }

  async applyTools(client: string, project: string | null, plan: Pick<AgentPlan, 'planId'>): Promise<void> {
    await this.#applyTools(this.#tools.place(client, project), plan.planId);
  }

  /** Protects the files that name our pipe now. */
  async protect(): Promise<void> {
    const held = [await this.#routes.heldFiles(), await this.#tools.heldFiles()];
    this.#options.onHeldFiles([...new Set(held.flat())]);
  }

  async #applyTools(place: RoutePlace, planId: string): Promise<void> {
    const { change, file } = await this.#tools.apply(place, planId);
    await this.protect();
    const log = await this.#options.log();
    await log.append({
      type: 'mcp.changed',
      v: 1,
      server: 'gatehouse',
      change: change === 'connect' ? 'tools_on' : 'tools_off',
      detail: `${place.client.name}, ${file}`.slice(0, 500).toWellFormed(),
    });
  }

  async #apply(place: RoutePlace, planId: string): Promise<void> {
    const { view, servers } = await this.#routes.apply(place, planId);
    await this.protect();
    if (servers.length === 0) return;
    const log = await this.#options.log();
    for (const server of servers) {
      await log.append({
        type: 'mcp.changed',
        v: 1,
        server,
        change: view.change === 'connect' ? 'routed' : 'put_back',
        detail: `${place.client.name}, ${view.file}`.slice(0, 500).toWellFormed(),
      });
    }
  }
}
