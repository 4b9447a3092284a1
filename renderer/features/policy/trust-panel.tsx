/** A project's policy file: what trusting it would give, and what it forbids already. */
import { useState } from 'react';
import type { PolicyLayerView } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { distrust, trust } from './policy-store.ts';

export function TrustPanel({
  layer,
  said,
}: {
  readonly layer: PolicyLayerView;
  readonly said: { readonly ok: boolean; readonly text: string } | null;
}) {
  const { hash } = layer;
  // What was asked about is this text of this file: with another one in its place nothing has been asked yet.
  const version = `${layer.id} ${hash}`;
  const [askedAbout, setAskedAbout] = useState<string | null>(null);
  const asked = askedAbout === version;
  const trustable = !layer.trusted && layer.state === 'in_force' && hash !== null;
  const widens = layer.changes.filter(({ kind }) => kind === 'widens');
  const tightens = layer.changes.filter(({ kind }) => kind === 'tightens');
  return (
    <section aria-label="Trust" className="trust">
      <h2>{layer.trusted ? 'Trusted' : 'Not trusted'}</h2>
      <p>{layer.sentence}</p>
      {widens.length > 0 && (
        <>
          <h3>{layer.trusted ? 'It gives' : 'Trusted, it would give'}</h3>
          <Lines lines={widens} />
        </>
      )}
      {tightens.length > 0 && (
        <>
          <h3>It forbids already</h3>
          <Lines lines={tightens} />
        </>
      )}
      {layer.trusted && <Button onClick={() => void distrust(layer.id)}>End the trust</Button>}
      {trustable && !asked && <Button onClick={() => setAskedAbout(version)}>Trust this file…</Button>}
      {trustable && asked && (
        <div className="row">
          <Button
            variant="primary"
            onClick={() => void trust(layer.id, hash).then(() => setAskedAbout(null))}
          >
            Trust exactly this file
          </Button>
          <Button variant="quiet" onClick={() => setAskedAbout(null)}>
            Leave it
          </Button>
        </div>
      )}
      {(layer.trusted || trustable) && hash !== null && (
        <p className="t-ink2 small">
          SHA-256 <code>{hash.slice(0, 16)}…</code> A change to the file ends the trust.
        </p>
      )}
      {said !== null && (
        <p role="status" className={said.ok ? 't-ink2' : 't-stop'}>
          {said.text}
        </p>
      )}
    </section>
  );
}

function Lines({ lines }: { readonly lines: PolicyLayerView['changes'] }) {
  return (
    <ul className="policy-lines">
      {lines.map(({ line, text }) => (
        <li key={`${line} ${text}`}>
          <span className="t-ink2">line {line}</span> <VisibleText text={text} />
        </li>
      ))}
    </ul>
  );
}
