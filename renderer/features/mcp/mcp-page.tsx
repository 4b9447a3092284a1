/** MCP servers: which are registered, what each offers, who uses it, and what to look at. */
import { useEffect, useState } from 'react';
import type { McpServerView } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { ClientsSection } from './clients-section.tsx';
import { listenToMcp, useMcp } from './mcp-store.ts';
import { RegisterServer } from './register-server.tsx';
import { ServerDetail } from './server-detail.tsx';
import { STATES, serverLine } from './server-words.ts';
import { ToolsSection } from './tools-section.tsx';
import './mcp.css';

export function McpPage() {
  const { servers, problem } = useMcp();
  const [chosen, setChosen] = useState<string | null>(null);
  const [adding, setAdding] = useState(false);
  useEffect(listenToMcp, []);
  if (servers === null) return <p className="empty">{problem ?? 'looking…'}</p>;
  const open = servers.find(({ name }) => name === chosen) ?? servers[0] ?? null;
  const register = adding || servers.length === 0;
  return (
    <>
      <header className="head">
        <h1 className="grow">MCP servers</h1>
        {servers.length > 0 && (
          <Button onClick={() => setAdding(!adding)}>{adding ? 'Leave it' : 'Register a server'}</Button>
        )}
      </header>
      <div className="page mcp">
        {problem !== null && (
          <p className="t-stop" role="alert">
            {problem}
          </p>
        )}
        {register && (
          <RegisterServer
            first={servers.length === 0}
            onRegistered={(name) => {
              setAdding(false);
              setChosen(name);
            }}
          />
        )}
        {servers.length > 0 && (
          <ul className="mcp-list" aria-label="MCP servers">
            {servers.map((server) => (
              <ServerRow
                key={server.name}
                server={server}
                open={server.name === open?.name}
                onOpen={() => setChosen(server.name)}
              />
            ))}
          </ul>
        )}
        {open !== null && !register && <ServerDetail key={open.name} server={open} />}
        <ToolsSection />
        <ClientsSection />
      </div>
    </>
  );
}

function ServerRow({
  server,
  open,
  onOpen,
}: {
  readonly server: McpServerView;
  readonly open: boolean;
  readonly onOpen: () => void;
}) {
  const { word, tone } = STATES[server.state];
  return (
    <li>
      <button type="button" className="choice-row mcp-row" aria-pressed={open} onClick={onOpen}>
        <b>{server.name}</b>
        <span className={tone}>{word}</span>
        <span className="t-ink2 one">{serverLine(server)}</span>
      </button>
    </li>
  );
}
