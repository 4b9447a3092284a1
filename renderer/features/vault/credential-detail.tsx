/** One credential in full: its values behind dots, where it goes, who uses it now, and what can be done with it. */
import { useState } from 'react';
import type { CredentialView, TestReport, VaultView } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { atMinute, onDay, SCOPE_WORDS, spanOf, standingOf } from './credential-words.ts';
import { GrantForm } from './grant-form.tsx';
import { Rotate } from './rotate.tsx';
import { type Begun, beginSignIn, SignInPanel } from './sign-in.tsx';
import { StateMark } from './state-mark.tsx';
import { DOTS, ValueRow } from './value-row.tsx';
import { take } from './vault-store.ts';

export function CredentialDetail({
  credential,
  vault,
}: {
  readonly credential: CredentialView;
  readonly vault: VaultView;
}) {
  const [mode, setMode] = useState<'rotate' | 'grant' | 'remove' | null>(null);
  const [tested, setTested] = useState<TestReport | null>(null);
  const [begun, setBegun] = useState<Begun | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const { id, name, label, uses, leases, testHost, staged, bySignIn } = credential;
  const locked = vault.state !== 'open';
  const test = async () => {
    const result = await call('testCredential', id, 'current');
    setTested(result.ok ? result.value : { outcome: 'unknown', text: result.error.message });
  };
  const signInAgain = async () => {
    const wish = { credential: id, name, label, kind: '', values: {} };
    const result = await beginSignIn(wish, setBegun);
    setRefused(result.ok ? (result.value.problems[0]?.text ?? null) : result.error.message);
  };
  const secrets = credential.fields.filter(({ secret, file }) => secret && !file);
  const files = credential.fields.filter(({ file }) => file);
  const open = credential.fields.filter(({ secret, file }) => !secret && !file);
  return (
    <section className="vault-detail" aria-label={label}>
      <div className="row">
        <h2 className="vault-title grow">{label}</h2>
        <StateMark standing={standingOf(credential, Date.now())} />
      </div>
      <p className="t-ink2">
        <code>{name}</code>. Agents never see the value; servers are started with it.
      </p>
      <section className="vault-sec" aria-label="Value">
        <h3>Value</h3>
        <div>
          {secrets.map((field, at) => (
            <ValueRow
              key={field.name}
              id={id}
              field={field.name}
              label={field.label}
              first={at === 0}
              locked={locked}
            />
          ))}
          {open.length > 0 && (
            <p className="t-12 t-ink2">And {open.map((field) => field.label).join(', ')}.</p>
          )}
          {files.length > 0 && (
            <p className="t-ink2">
              {files.map((field) => field.label).join(', ')}: {DOTS} A file is given to servers and not shown.
            </p>
          )}
          <p className="t-12 t-ink3">
            {secrets.length === 0
              ? ''
              : locked
                ? 'Unlock the vault first.'
                : 'Both ask for the PIN first, and both are rows in the log.'}
          </p>
        </div>
      </section>
      <section className="vault-sec" aria-label="Goes to">
        <h3>Goes to</h3>
        <div>
          {uses.length === 0 && <p className="t-ink2">No server is given it.</p>}
          {uses.map((use) => (
            <div className="row" key={`${use.server} ${use.name}`}>
              <span className="grow">
                <code>{use.server}</code> as {use.into === 'env' ? 'variable' : 'header'}{' '}
                <code>{use.name}</code>
                <small className="t-ink2">
                  {use.by === 'policy' && ' by the policy,'}
                  {use.standing.length > 0 ? ' without a question' : ' asked about once in each session'}
                  {use.leaseMinutes !== null && `, for ${spanOf(use.leaseMinutes)} at most`}
                </small>
              </span>
              <Button size="small" onClick={() => void call('revokeCredential', id, use.server).then(take)}>
                Take it from {use.server}
              </Button>
            </div>
          ))}
          {mode === 'grant' ? (
            <GrantForm credential={credential} vault={vault} onDone={() => setMode(null)} />
          ) : (
            vault.servers.length > 0 && (
              <Button size="small" disabled={locked} onClick={() => setMode('grant')}>
                Give it to a server…
              </Button>
            )
          )}
        </div>
      </section>
      {leases.length > 0 && (
        <section className="vault-sec" aria-label="Leases">
          <h3>Leases</h3>
          <ul className="rows vault-leases">
            {leases.map((lease) => (
              <li key={lease.id}>
                <span>
                  <VisibleText text={lease.session} />
                  <small className="t-ink3">
                    {' '}
                    {lease.client} · {lease.app}
                  </small>
                </span>
                <span className="t-ink2">
                  {lease.server}, by {lease.by}, since {atMinute(lease.since)}, until {atMinute(lease.until)}{' '}
                  at the latest
                </span>
                <Button size="small" onClick={() => void call('endLease', lease.id).then(take)}>
                  End lease
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section className="vault-sec" aria-label="Kept">
        <h3>Kept</h3>
        <dl className="vault-facts">
          <dt>Scope</dt>
          <dd>
            {SCOPE_WORDS[credential.scope]}
            {credential.app !== null && `: ${credential.app}`}
          </dd>
          <dt>For</dt>
          <dd>{credential.typeLabel}</dd>
          <dt>Sealed by</dt>
          <dd>{vault.keptBy}</dd>
          <dt>Version</dt>
          <dd>
            {credential.version ?? 'none'}, since {onDay(credential.updatedAt)}. Earlier ones are destroyed.
          </dd>
          {credential.renews && (
            <>
              <dt>Renewed</dt>
              <dd>by itself, ten minutes before each token ends, while the vault is open</dd>
            </>
          )}
          <dt>Last used</dt>
          <dd>{credential.lastUsedAt === null ? 'never' : atMinute(credential.lastUsedAt)}</dd>
        </dl>
      </section>
      {begun !== null ? (
        <section className="vault-sec" aria-label="Sign in again">
          <h3>Sign in again</h3>
          <SignInPanel begun={begun} onDone={() => setBegun(null)} onLeft={() => setBegun(null)} />
        </section>
      ) : mode === 'rotate' || staged ? (
        <Rotate credential={credential} onLeft={() => setMode(null)} />
      ) : (
        <div className="row vault-acts">
          {bySignIn ? (
            <Button disabled={locked} onClick={() => void signInAgain()}>
              Sign in again…
            </Button>
          ) : (
            <Button disabled={locked} onClick={() => setMode('rotate')}>
              Rotate…
            </Button>
          )}
          {testHost !== null && (
            <Button disabled={locked} onClick={() => void test()}>
              Test it at {testHost}
            </Button>
          )}
          <span className="grow" />
          {mode === 'remove' ? (
            <>
              <Button disabled={locked} onClick={() => void call('removeCredential', id).then(take)}>
                Remove {name}, its servers lose it now
              </Button>
              <Button variant="quiet" onClick={() => setMode(null)}>
                Keep it
              </Button>
            </>
          ) : (
            <Button variant="quiet" disabled={locked} onClick={() => setMode('remove')}>
              Remove from vault…
            </Button>
          )}
        </div>
      )}
      <p role="status" className={refused !== null || tested?.outcome === 'bad' ? 't-stop' : 't-ink2'}>
        {refused ?? tested?.text ?? ''}
      </p>
    </section>
  );
}
