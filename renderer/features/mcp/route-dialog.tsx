/** Routing a client's MCP entries through Gatehouse, or putting them back. */
import type { McpClientView } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { PlanDialog, type PlanWords } from '../agents/plan-dialog.tsx';
import { fileFlow } from './file-flow.ts';
import { loadClients } from './mcp-store.ts';

/** The one flow of this page. */
export const routeFlow = fileFlow<McpClientView>(
  (id, change) => call('planMcpRoute', id, change),
  (id, planId) => call('applyMcpRoute', id, planId),
  loadClients,
);

const WORDS: PlanWords = {
  title: ({ name, change }) =>
    change === 'connect' ? `Route ${name}’s MCP servers through Gatehouse` : `Put ${name}’s MCP entries back`,
  done: ({ name, change }) =>
    change === 'connect'
      ? `${name} reaches these servers through Gatehouse from its next session on.`
      : `${name} starts these servers itself again, from its next session on.`,
  button: ({ change, file }) =>
    change === 'connect' ? `Route them: change ${file}` : `Put them back in ${file}`,
};

export function RouteDialog() {
  return <PlanDialog flow={routeFlow} words={WORDS} />;
}
