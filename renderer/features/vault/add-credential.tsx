/** Adding a credential: its service or type, its name and scope, and the form that those have. */
import { useEffect, useState } from 'react';
import type { CredentialCatalog, CredentialScope, VaultView } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { SCOPE_WORDS } from './credential-words.ts';
import { type Begun, beginSignIn, SignInPanel } from './sign-in.tsx';
import { ValueForm } from './value-form.tsx';

const SCOPES: readonly CredentialScope[] = ['per_user', 'per_app_per_user', 'per_app_shared', 'system_wide'];

export function AddCredential({
  vault,
  name: asked,
  onAdded,
  onLeft,
}: {
  readonly vault: VaultView;
  readonly name: string;
  readonly onAdded: (id: string) => void;
  readonly onLeft: (() => void) | null;
}) {
  const wanted = vault.missing.find(({ name }) => name === asked) ?? null;
  const [catalog, setCatalog] = useState<CredentialCatalog | null>(null);
  const [kindId, setKindId] = useState(wanted?.kind ?? '');
  const [name, setName] = useState(asked);
  const [scope, setScope] = useState<CredentialScope>(wanted?.scope ?? 'per_user');
  const [app, setApp] = useState(vault.projects[0] ?? '');
  const [begun, setBegun] = useState<Begun | null>(null);
  useEffect(() => {
    let gone = false;
    void call('credentialCatalog').then((result) => {
      if (!gone && result.ok) setCatalog(result.value);
    });
    return () => {
      gone = true;
    };
  }, []);
  if (catalog === null) return <p className="vault-detail t-ink2">looking…</p>;
  const { kinds } = catalog;
  const chosen = kinds.find(({ id }) => id === kindId) ?? null;
  // The form that the policy declares holds for what it asks for, as long as the type is the one that it names.
  const declared =
    wanted !== null && wanted.fields.length > 0 && wanted.name === name && wanted.type === chosen?.type;
  const kind = chosen !== null && declared ? { ...chosen, fields: wanted.fields } : chosen;
  const bySignIn = kind?.bySignIn ?? false;
  const hasApp = !bySignIn && (scope === 'per_app_per_user' || scope === 'per_app_shared');
  const named = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/.test(name);
  const blocked = !named
    ? 'It needs a name: letters, digits, and . _ / - between them'
    : hasApp && app === ''
      ? 'It needs a project'
      : null;
  if (begun !== null)
    return (
      <section className="vault-detail" aria-label={`Sign in for ${name}`}>
        <h2 className="vault-title">Sign in for {name}</h2>
        <SignInPanel begun={begun} onDone={onAdded} onLeft={() => setBegun(null)} />
      </section>
    );
  return (
    <section className="vault-detail" aria-label="Add a credential">
      <h2 className="vault-title">Add a credential</h2>
      <div className="vault-form">
        <label className="field">
          Service or kind
          <select
            value={kindId}
            onChange={(event) => {
              const id = event.currentTarget.value;
              setKindId(id);
              if (name === '' && !id.startsWith('type:')) setName(id);
            }}
          >
            <option value="">choose a service</option>
            <optgroup label="Services">
              {kinds
                .filter(({ id }) => !id.startsWith('type:'))
                .map(({ id, label, own }) => (
                  <option key={id} value={id}>
                    {own ? `${label} (yours)` : label}
                  </option>
                ))}
            </optgroup>
            <optgroup label="Anything else">
              {kinds
                .filter(({ id }) => id.startsWith('type:'))
                .map(({ id, label }) => (
                  <option key={id} value={id}>
                    {label}
                  </option>
                ))}
            </optgroup>
          </select>
        </label>
        {kind?.page != null && (
          <p className="t-12 t-ink2">
            One is made at <code>{kind.page}</code>
          </p>
        )}
        {catalog.problems.map((problem) => (
          <p key={problem} className="t-12 t-wait">
            Left out: {problem}
          </p>
        ))}
      </div>
      {kind !== null && (
        <>
          <div className="vault-form">
            <label className="field">
              Name, as servers and policies call it
              <input
                autoComplete="off"
                spellCheck={false}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
            </label>
            {bySignIn ? (
              <p className="t-12 t-ink2">A sign-in is always yours: {SCOPE_WORDS.per_user}.</p>
            ) : (
              <label className="field">
                Whose it is
                <select
                  value={scope}
                  onChange={(event) => setScope(event.currentTarget.value as CredentialScope)}
                >
                  {SCOPES.map((one) => (
                    <option key={one} value={one}>
                      {SCOPE_WORDS[one]}
                    </option>
                  ))}
                </select>
              </label>
            )}
            {hasApp && (
              <label className="field">
                Folder of the project
                <input
                  autoComplete="off"
                  placeholder="~/src/web"
                  value={app}
                  onChange={(event) => setApp(event.currentTarget.value)}
                />
              </label>
            )}
          </div>
          <ValueForm
            key={kind.id}
            kind={kind}
            submit={bySignIn ? `Connect ${kind.label}` : `Add ${named ? name : 'it'} to the vault`}
            blocked={blocked}
            onLeft={onLeft}
            onSaved={bySignIn ? () => undefined : onAdded}
            save={(values, confirmed, files) =>
              bySignIn
                ? beginSignIn({ credential: null, name, label: '', kind: kind.id, values }, setBegun)
                : call('addCredential', {
                    name,
                    label: '',
                    kind: kind.id,
                    scope,
                    app: hasApp ? app : null,
                    values,
                    files,
                    confirmed,
                  })
            }
          />
        </>
      )}
    </section>
  );
}
