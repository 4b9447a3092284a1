/** Registering a server by pasting the entry that its page prints for a client. */
import { useState } from 'react';
import { call } from '../../app/api.ts';

const EXAMPLE = `{
  "files": {
    "command": "npx",
    "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me/notes"]
  }
}`;

export function RegisterServer({
  first,
  onRegistered,
}: {
  readonly first: boolean;
  readonly onRegistered: (name: string) => void;
}) {
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const register = async () => {
    setBusy(true);
    const result = await call('addMcpServer', { text, name: name.trim() === '' ? null : name.trim() });
    setBusy(false);
    if (result.ok) onRegistered(result.value.name);
    else setProblem(result.error.message);
  };
  return (
    <form
      className="mcp-register"
      onSubmit={(event) => {
        event.preventDefault();
        void register();
      }}
    >
      <h2>{first ? 'No MCP server is registered yet' : 'Register a server'}</h2>
      <p className="t-ink2">
        Paste the entry for a client that the server’s page shows. Gatehouse starts the server itself, stands
        between, and decides each call of its tools. Only what you register here is ever started.
      </p>
      <label className="field">
        Entry (JSON)
        <textarea
          rows={9}
          spellCheck={false}
          autoComplete="off"
          placeholder={EXAMPLE}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setProblem(null);
          }}
        />
      </label>
      <label className="field">
        Name, if not the entry’s own
        <input
          autoComplete="off"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </label>
      {problem !== null && (
        <p className="t-stop" role="alert">
          {problem}
        </p>
      )}
      <div className="row">
        <button type="submit" className="btn" data-variant="primary" disabled={busy || text.trim() === ''}>
          Register the server
        </button>
      </div>
    </form>
  );
}
