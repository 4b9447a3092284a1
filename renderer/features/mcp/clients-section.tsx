/** The clients' own MCP entries: which go past Gatehouse, and the button that routes them through it. */
import type { McpClientView } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { clientLine } from './client-words.ts';
import { useMcp } from './mcp-store.ts';
import { RouteDialog, routeFlow } from './route-dialog.tsx';

export function ClientsSection() {
  const { clients, clientsProblem } = useMcp();
  return (
    <section aria-label="In your clients" className="mcp-clients">
      {(clients.length > 0 || clientsProblem !== null) && <h2>In your clients</h2>}
      {clientsProblem !== null && (
        <p className="t-stop" role="alert">
          {clientsProblem}
        </p>
      )}
      {clients.length > 0 && (
        <ul className="rows">
          {clients.map((client) => (
            <ClientRow key={client.id} client={client} />
          ))}
        </ul>
      )}
      <RouteDialog />
    </section>
  );
}

function ClientRow({ client }: { readonly client: McpClientView }) {
  const open = (change: 'connect' | 'disconnect') =>
    void routeFlow.open({ agent: client.id, name: client.name, change });
  return (
    <li>
      <span>
        <b>{client.name}</b>
        <small>
          <VisibleText text={client.file} />
        </small>
      </span>
      <span className={client.problem === null ? 't-ink2' : 't-stop'}>
        <VisibleText text={client.problem ?? clientLine(client)} />
        {client.left.map(({ name, why }) => (
          <small key={name}>
            <VisibleText text={`${name} stays as it is: ${why}.`} />
          </small>
        ))}
      </span>
      <span className="row">
        {client.direct.length > 0 && <Button onClick={() => open('connect')}>Route through Gatehouse</Button>}
        {client.canPutBack && (
          <Button variant="quiet" onClick={() => open('disconnect')}>
            Put back
          </Button>
        )}
      </span>
    </li>
  );
}
