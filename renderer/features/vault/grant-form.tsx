/** Giving a credential to a registered MCP server. */
import { useState } from 'react';
import type { CredentialView, VaultView } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { setVault } from './vault-store.ts';

/** How long one use may last, in minutes. */
const LENGTHS = [
  [60, 'an hour'],
  [480, 'eight hours'],
  [1440, 'a day'],
  [10_080, 'a week'],
] as const;

export function GrantForm({
  credential,
  vault,
  onDone,
}: {
  readonly credential: CredentialView;
  readonly vault: VaultView;
  readonly onDone: () => void;
}) {
  const [server, setServer] = useState(vault.servers[0]?.name ?? '');
  const [name, setName] = useState('');
  const [standing, setStanding] = useState(false);
  const [leaseMinutes, setLeaseMinutes] = useState<number>(480);
  const [refused, setRefused] = useState<string | null>(null);
  const into: 'header' | 'env' =
    vault.servers.find((one) => one.name === server)?.kind === 'http' ? 'header' : 'env';
  const give = async () => {
    const wish = { id: credential.id, server, into, name, standing, leaseMinutes };
    const result = await call('grantCredential', wish);
    setRefused(result.ok ? null : result.error.message);
    if (!result.ok) return;
    setVault(result.value);
    onDone();
  };
  return (
    <form
      className="vault-form"
      aria-label="Give it to a server"
      onSubmit={(event) => {
        event.preventDefault();
        void give();
      }}
    >
      <label className="field">
        MCP server
        <select value={server} onChange={(event) => setServer(event.currentTarget.value)}>
          {vault.servers.map((one) => (
            <option key={one.name}>{one.name}</option>
          ))}
        </select>
      </label>
      <label className="field">
        {into === 'env' ? 'As the environment variable' : 'As the header'}
        <input
          autoComplete="off"
          spellCheck={false}
          placeholder={into === 'env' ? 'GITHUB_TOKEN' : 'Authorization'}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label className="field">
        One use ends with its session, or after
        <select value={leaseMinutes} onChange={(event) => setLeaseMinutes(Number(event.currentTarget.value))}>
          {LENGTHS.map(([minutes, words]) => (
            <option key={minutes} value={minutes}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label className="vault-check">
        <input
          type="checkbox"
          checked={standing}
          onChange={(event) => setStanding(event.currentTarget.checked)}
        />
        Without a question: every agent that uses {server} gets the use of it
      </label>
      <div className="row">
        <button type="submit" className="btn" disabled={name === ''}>
          Start {server} with it
        </button>
        <Button variant="quiet" onClick={onDone}>
          Leave it
        </Button>
      </div>
      <p role="status" className="t-stop">
        {refused ?? ''}
      </p>
    </form>
  );
}
