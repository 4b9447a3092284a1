/** A new value in four steps: take it in beside the old one, test it, put it in force, take the old one back. */
import { useEffect, useState } from 'react';
import type { CredentialKind, CredentialView, TestReport } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { ValueForm } from './value-form.tsx';
import { take } from './vault-store.ts';

export function Rotate({
  credential,
  onLeft,
}: {
  readonly credential: CredentialView;
  readonly onLeft: () => void;
}) {
  const { id, provider, type, staged, testHost, page } = credential;
  const [kind, setKind] = useState<CredentialKind | null>(null);
  const [tested, setTested] = useState<TestReport | null>(null);
  const [switched, setSwitched] = useState(false);
  useEffect(() => {
    let gone = false;
    void call('credentialCatalog').then((result) => {
      if (gone || !result.ok) return;
      const { kinds } = result.value;
      setKind(
        kinds.find((one) => one.id === provider) ?? kinds.find((one) => one.id === `type:${type}`) ?? null,
      );
    });
    return () => {
      gone = true;
    };
  }, [provider, type]);
  const settle = async (how: 'promote' | 'discard') => {
    if (!take(await call('settleCredential', id, how))) return;
    if (how === 'promote') setSwitched(true);
    else onLeft();
  };
  const test = async () => {
    const result = await call('testCredential', id, 'next');
    setTested(result.ok ? result.value : { outcome: 'unknown', text: result.error.message });
  };
  return (
    <section className="vault-sec" aria-label="A new value">
      <h3>New value</h3>
      {switched ? (
        <div>
          <p role="status">The new value is in force, and servers that have it start anew.</p>
          <p className="t-ink2">
            Now take the old one back{page === null ? ' at its service.' : ': '}
            {page !== null && <code>{page}</code>}
          </p>
          <Button onClick={onLeft}>Done</Button>
        </div>
      ) : staged ? (
        <div className="vault-steps">
          <p>It lies beside the old one, which is still in force.</p>
          <div className="row">
            {testHost !== null && <Button onClick={() => void test()}>Test the new one at {testHost}</Button>}
            <Button variant="primary" onClick={() => void settle('promote')}>
              Put the new one in force, destroy the old
            </Button>
            <Button variant="quiet" onClick={() => void settle('discard')}>
              Throw the new one away
            </Button>
          </div>
          <p role="status" className={tested?.outcome === 'bad' ? 't-stop' : 't-ink2'}>
            {tested?.text ?? ''}
          </p>
        </div>
      ) : kind === null ? (
        <p className="t-ink2">looking…</p>
      ) : (
        <div>
          <p className="t-ink2">
            Make a new one{page === null ? '' : ' at '}
            {page !== null && <code>{page}</code>}. It is kept beside the old one until you put it in force.
          </p>
          <ValueForm
            kind={kind}
            submit="Take the new value in"
            onLeft={onLeft}
            onSaved={() => setTested(null)}
            save={(values, confirmed, files) =>
              call('renewCredential', { id, how: 'stage', values, files, confirmed })
            }
          />
        </div>
      )}
    </section>
  );
}
