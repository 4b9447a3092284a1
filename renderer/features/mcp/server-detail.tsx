/** One server in full: what it is, its tools as clients see them, its last calls, and how a client names it. */
import { useEffect, useState } from 'react';
import type { McpServerView, McpToolView, TimelineRow } from '../../../preload/contract.ts';
import { api, call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText, visible } from '../../ui/visible-text.tsx';
import { exactClock, outcomeWords } from '../timeline/row-words.ts';
import { STANDINGS, toolLine } from './server-words.ts';

const RECENT = 8;

export function ServerDetail({ server }: { readonly server: McpServerView }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [removing, setRemoving] = useState(false);
  const act = async (work: Promise<{ ok: true } | { ok: false; error: { message: string } }>) => {
    const result = await work;
    setProblem(result.ok ? null : result.error.message);
  };
  return (
    <section aria-label={`MCP server ${server.name}`} className="mcp-detail">
      <h2>{server.name}</h2>
      <pre className="diff" tabIndex={0} aria-label={server.kind === 'http' ? 'URL' : 'Command'}>
        <VisibleText text={server.what} />
      </pre>
      {server.secrets.length > 0 && (
        <p className="t-12 t-ink2">
          Only this server is given: {server.secrets.join(', ')}. The values are not shown.
        </p>
      )}
      {server.warning !== null && (
        <p className="t-12 t-wait">
          <VisibleText text={server.warning} />
        </p>
      )}
      {server.why !== null && (
        <p className="t-stop" role="status">
          {server.why}
        </p>
      )}
      {server.state === 'changed' && (
        <div className="row">
          <Button onClick={() => void act(call('acceptMcpProgram', server.name))}>
            Start the program as it is now
          </Button>
        </div>
      )}
      {problem !== null && (
        <p className="t-stop" role="alert">
          {problem}
        </p>
      )}
      <h2>Tools</h2>
      <p className="t-ink2">{toolLine(server.tools)}</p>
      {server.tools.length > 0 && (
        <ul className="rows mcp-tools">
          {server.tools.map((tool) => (
            <ToolRow
              key={tool.name}
              tool={tool}
              onAgree={() => void act(call('acceptMcpTool', server.name, tool.name))}
            />
          ))}
        </ul>
      )}
      <RecentCalls server={server.name} />
      <h2>In a client</h2>
      <p className="t-ink2">This entry in the client’s MCP settings reaches it through Gatehouse.</p>
      <pre className="diff" tabIndex={0} aria-label="Entry for a client">
        {JSON.stringify({ [server.name]: server.entry }, null, 2)}
      </pre>
      <div className="row">
        {removing ? (
          <>
            <Button onClick={() => void act(call('removeMcpServer', server.name))}>
              Remove {server.name}, clients lose it now
            </Button>
            <Button variant="quiet" onClick={() => setRemoving(false)}>
              Keep it
            </Button>
          </>
        ) : (
          <Button variant="quiet" onClick={() => setRemoving(true)}>
            Remove…
          </Button>
        )}
      </div>
    </section>
  );
}

function ToolRow({ tool, onAgree }: { readonly tool: McpToolView; readonly onAgree: () => void }) {
  const { word, tone } = STANDINGS[tool.standing];
  return (
    <li {...(tool.concern === null ? {} : { 'data-concern': '' })}>
      <span>
        <code>
          <VisibleText text={tool.name} />
        </code>
        <small className={tone}>{word}</small>
      </span>
      <span className="t-ink2">
        <span className="mcp-words" title={visible(tool.description)}>
          <VisibleText text={tool.description} />
        </span>
        {tool.concern !== null && <small className="t-stop">Look closely: {tool.concern}.</small>}
      </span>
      <span className="row">
        {tool.concern !== null && (
          <Button size="small" onClick={onAgree}>
            Agree to it as it is
          </Button>
        )}
      </span>
    </li>
  );
}

/** Its last calls, read anew with each one that comes or ends. */
function RecentCalls({ server }: { readonly server: string }) {
  const [rows, setRows] = useState<readonly TimelineRow[]>([]);
  useEffect(() => {
    let gone = false;
    const read = async () => {
      const filter = { action: [`mcp_${server}.*`], events: false };
      const result = await call('timeline', filter, null, RECENT);
      if (!gone && result.ok) setRows(result.value.rows);
    };
    void read();
    const end = api.on('timeline', (changed) => {
      if (changed.some(({ action }) => action.startsWith(`mcp_${server}.`))) void read();
    });
    return () => {
      gone = true;
      end();
    };
  }, [server]);
  return (
    <>
      <h2>Last calls</h2>
      {rows.length === 0 ? (
        <p className="t-ink2">None yet.</p>
      ) : (
        <ul className="rows mcp-calls">
          {rows.map((row) => (
            <li key={row.seq}>
              <time className="t-ink3">{exactClock(row.at).slice(0, 8)}</time>
              <span className="one">
                <code>{row.action}</code> <VisibleText text={row.summary} />
              </span>
              <span className="t-ink2">{outcomeWords(row)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
