/** What answers a page about the governed tools. */
import type { GovernedToolsView, Handlers } from '../../preload/contract.ts';
import { readNativeStatus } from '../platform/native-status.ts';
import type { ToolsInUse } from '../points/tools/tool-clients.ts';
import type { Mcp } from './mcp.ts';
import type { McpRoutes } from './mcp-routes.ts';
import { type Page, success } from './pages.ts';
import { clientName, enforcementWords, tildePath } from './views/words.ts';

type ToolMethods = 'governedTools' | 'planGovernedTools' | 'applyGovernedTools';

export interface ToolHandlerParts {
  readonly mcp: Pick<Mcp, 'toolSessions'>;
  readonly routes: Pick<McpRoutes, 'toolClients' | 'planToolsById' | 'applyToolsById'>;
  readonly home: string;
}

export function toolHandlers({ mcp, routes, home }: ToolHandlerParts): Pick<Handlers<Page>, ToolMethods> {
  return {
    governedTools: async () =>
      success<GovernedToolsView>({
        clients: await routes.toolClients(),
        sessions: mcp.toolSessions().map((session) => sessionView(session, home)),
        problem: toolsProblem(),
      }),
    planGovernedTools: async (_page, id, change) => success(await routes.planToolsById(id, change)),
    applyGovernedTools: async (_page, id, planId) => success(await routes.applyToolsById(id, planId)),
  };
}

/** Why no governed tool can run on this computer; null when they can. */
export function toolsProblem(): string | null {
  const { launcherPath, workerPath } = readNativeStatus();
  return launcherPath !== null && workerPath !== null
    ? null
    : 'There is no sandbox for them on this computer: their calls fail. `gatehouse doctor` says why.';
}

export function sessionView(
  { id, client, workspace, startedMs, calls, told, copy, noUndo }: ToolsInUse,
  home: string,
): GovernedToolsView['sessions'][number] {
  return {
    ...{
      id,
      client: clientName(client),
      folder: tildePath(workspace, home),
      startedAt: startedMs,
      calls,
      copy,
    },
    enforced: told === null ? null : enforcementWords(told.reached ?? 'reduced'),
    lacking: [
      ...(told?.lacking ?? []),
      ...(noUndo === null ? [] : [`what it changes cannot be taken back: ${noUndo}`]),
    ],
  };
}
