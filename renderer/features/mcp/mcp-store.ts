/** The MCP servers as the supervisor told of them last. */
import { create } from 'zustand';
import type { McpServerView } from '../../../preload/contract.ts';
import { api, call } from '../../app/api.ts';

interface McpState {
  /** Null before the first word. */
  readonly servers: readonly McpServerView[] | null;
  readonly problem: string | null;
}

export const useMcp = create<McpState>()(() => ({ servers: null, problem: null }));

/** Listens from the first time on that the page is opened; asks for the present state each time. */
export function listenToMcp(): () => void {
  const end = api.on('mcp', (servers) => useMcp.setState({ servers, problem: null }));
  void call('mcpServers').then((result) =>
    useMcp.setState(result.ok ? { servers: result.value, problem: null } : { problem: result.error.message }),
  );
  return end;
}
