/** The governed tools: in which clients they are, the button that puts them there, and who has them now. */
import type { GovernedClientView, GovernedSessionView } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { useMcp } from './mcp-store.ts';
import { ToolsDialog, toolsFlow } from './tools-dialog.tsx';
import { sessionLine } from './tools-words.ts';

export function ToolsSection() {
  const { governed, governedProblem } = useMcp();
  const shown = governed?.clients.filter(({ installed, on, problem }) => installed || on || problem !== null);
  return (
    <section aria-label="Governed tools" className="mcp-clients">
      <h2>Governed tools</h2>
      <p className="t-12 t-ink2">
        Gatehouse’s own tools for files, commands and requests, as an MCP server. Each call is decided and
        runs in a sandbox that sees the project and little else. An agent with no other tools can do nothing
        besides.
      </p>
      {governedProblem !== null && (
        <p className="t-stop" role="alert">
          {governedProblem}
        </p>
      )}
      {governed?.problem != null && <p className="t-stop">{governed.problem}</p>}
      {shown?.length === 0 && (
        <p className="t-12 t-ink2">
          No known client is on this computer. <code>gatehouse mcp add --tools</code> prints the entry for any
          other.
        </p>
      )}
      {shown !== undefined && shown.length > 0 && (
        <ul className="rows" aria-label="Clients that can have them">
          {shown.map((client) => (
            <ClientRow key={client.id} client={client} />
          ))}
        </ul>
      )}
      {governed !== null && governed.sessions.length > 0 && (
        <>
          <h3 className="t-12">Connected now</h3>
          <ul className="rows" aria-label="Connected now">
            {governed.sessions.map((session) => (
              <SessionRow key={session.id} session={session} />
            ))}
          </ul>
        </>
      )}
      <ToolsDialog />
    </section>
  );
}

function ClientRow({ client }: { readonly client: GovernedClientView }) {
  const { id, name, file, project, on, problem } = client;
  const change = on ? 'disconnect' : 'connect';
  return (
    <li>
      <span>
        <b>{name}</b>
        <small>
          <VisibleText text={file} />
        </small>
      </span>
      <span className={problem !== null ? 't-stop' : on ? 't-go' : 't-ink2'}>
        <VisibleText text={problem ?? (on ? `On${project === null ? '' : `, in ${project}`}` : 'Off')} />
      </span>
      <span className="row">
        {problem === null && (
          <Button
            variant={on ? 'quiet' : 'plain'}
            onClick={() => void toolsFlow.open({ agent: id, name, change })}
          >
            {on ? `Turn off for ${name}` : `Turn on for ${name}`}
          </Button>
        )}
      </span>
    </li>
  );
}

function SessionRow({ session }: { readonly session: GovernedSessionView }) {
  const { client, folder, lacking } = session;
  return (
    <li>
      <span>
        <b>
          <VisibleText text={client} />
        </b>
        <small>
          <VisibleText text={folder} />
        </small>
      </span>
      <span className="t-ink2">
        <VisibleText text={sessionLine(session)} />
        {lacking.map((one) => (
          <small key={one} className="t-wait">
            <VisibleText text={`Not enforced here: ${one}`} />
          </small>
        ))}
      </span>
    </li>
  );
}
