import { useId, useState } from 'react';
import type { MadeToken } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { TOKEN_KINDS, type TokenKind, wishProblem } from './token-words.ts';

export interface TokenFormProps {
  readonly projects: readonly string[];
  readonly pinSet: boolean;
  readonly onMade: (made: MadeToken) => void;
}

/** Makes a token. One that answers in the person's place asks for the PIN. */
export function TokenForm({ projects, pinSet, onMade }: TokenFormProps) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<TokenKind>('agent');
  const [app, setApp] = useState('');
  const [pin, setPin] = useState('');
  const [refused, setRefused] = useState<string | null>(null);
  const known = useId();
  const problem = wishProblem({ name, kind, app, pin, pinSet });
  const make = async () => {
    const folder = app.trim();
    const result = await call('makeToken', {
      name,
      scopes: [...TOKEN_KINDS[kind].scopes],
      app: folder === '' ? null : folder,
      pin: kind === 'decider' ? pin : null,
    });
    setPin('');
    setRefused(result.ok ? null : result.error.message);
    if (result.ok) onMade(result.value);
  };
  return (
    <form
      className="form"
      aria-label="New token"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <label className="field">
        Name of the program
        <input autoComplete="off" value={name} onChange={(event) => setName(event.currentTarget.value)} />
      </label>
      <label className="field">
        It may
        <select value={kind} onChange={(event) => setKind(event.currentTarget.value as TokenKind)}>
          {Object.entries(TOKEN_KINDS).map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        {kind === 'agent' ? 'Folder of its project' : 'Folder of its project, empty for every project'}
        <input
          autoComplete="off"
          list={known}
          placeholder="~/src/web"
          value={app}
          onChange={(event) => setApp(event.currentTarget.value)}
        />
      </label>
      <datalist id={known}>
        {projects.map((root) => (
          <option key={root} value={root} />
        ))}
      </datalist>
      {kind === 'decider' && (
        <label className="field">
          Your PIN
          <input
            type="password"
            autoComplete="off"
            value={pin}
            onChange={(event) => setPin(event.currentTarget.value)}
          />
        </label>
      )}
      <button type="submit" className="btn" disabled={problem !== null}>
        Make the token
      </button>
      <p role="status" className={refused === null ? 't-12 t-ink2' : 't-stop'}>
        {refused ?? (name === '' ? '' : (problem ?? ''))}
      </p>
    </form>
  );
}
