/** The MCP servers as the supervisor told of them last. */
import { create } from 'zustand';
import type { GovernedToolsView, McpClientView, McpServerView } from '../../../preload/contract.ts';
import { api, call } from '../../app/api.ts';

interface McpState {
  /** Null before the first word. */
  readonly servers: readonly McpServerView[] | null;
  readonly problem: string | null;
  /** Clients' files with entries in them, as they were when they were looked at last. */
  readonly clients: readonly McpClientView[];
  readonly clientsProblem: string | null;
  /** Null before the first word. */
  readonly governed: GovernedToolsView | null;
  readonly governedProblem: string | null;
}

export const useMcp = create<McpState>()(() => ({
  servers: null,
  problem: null,
  clients: [],
  clientsProblem: null,
  governed: null,
  governedProblem: null,
}));

/** While the page is open: sessions come and go, and count their calls. */
const LOOK_MS = 3000;

/** Looks at the clients' files anew. */
export async function loadClients(): Promise<void> {
  const result = await call('mcpClients');
  useMcp.setState(
    result.ok ? { clients: result.value, clientsProblem: null } : { clientsProblem: result.error.message },
  );
}

/** Looks anew at who has the governed tools. */
export async function loadGoverned(): Promise<void> {
  const result = await call('governedTools');
  useMcp.setState(
    result.ok ? { governed: result.value, governedProblem: null } : { governedProblem: result.error.message },
  );
}

/** Listens from the first time on that the page is opened; asks for the present state each time. */
export function listenToMcp(): () => void {
  const end = api.on('mcp', (servers) => useMcp.setState({ servers, problem: null }));
  void loadClients();
  void loadGoverned();
  const look = setInterval(() => {
    if (document.visibilityState === 'visible') void loadGoverned();
  }, LOOK_MS);
  void call('mcpServers').then((result) =>
    useMcp.setState(result.ok ? { servers: result.value, problem: null } : { problem: result.error.message }),
  );
  return () => {
    clearInterval(look);
    end();
  };
}
