/** One request in full, and the answer to it. Keys and buttons are dead for 400 ms after it came up. */
import { useEffect, useRef, useState } from 'react';
import type { Answer, Approval, Fact, Param } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { useApp, usePreferences } from '../../app/store.ts';
import { Button, HOLD_MS, HoldButton } from '../../ui/button.tsx';
import { timeLeft } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { RiskMark } from '../../ui/risk.tsx';
import { WideTrack } from '../../ui/track.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

const DEAD_MS = 450;
const SOURCES = {
  kernel: 'from the kernel',
  checked: 'checked',
  observed: 'observed',
  claimed: 'agent’s words',
  unknown: 'not known',
} as const;

export function RequestDetail({ approval, left }: { readonly approval: Approval; readonly left: number }) {
  const whole = Math.max(1, approval.expiresAt - approval.createdAt);
  const answerBy = new Date(approval.expiresAt).toTimeString().slice(0, 8);
  return (
    <section className="det" aria-label="Request">
      <div
        className="bar"
        role="progressbar"
        aria-label="Time left to answer"
        aria-valuemin={0}
        aria-valuemax={Math.round(whole / 1000)}
        aria-valuenow={Math.round(left / 1000)}
      >
        <i style={{ width: `${Math.min(100, (left / whole) * 100)}%` }} />
      </div>
      <div className="body">
        <div className="top">
          <h1 className="grow">
            <VisibleText text={approval.title} />
          </h1>
          <RiskMark risk={approval.risk} />
        </div>
        <p className="sub">
          {approval.client.name} in {approval.app.root}. Answer by {answerBy}, in {timeLeft(left)}. No answer
          denies it once.
        </p>
        <WideTrack steps={approval.trace} />
        <section className="sec">
          <h2>Why it asks</h2>
          <p>
            {approval.reason}
            {approval.rule !== null && <small>{approval.rule}</small>}
          </p>
        </section>
        <section className="sec">
          <h2>Effects</h2>
          {approval.effects.known ? (
            <p>{approval.effects.cells.map((cell) => `${cell.label}: ${cell.text}`).join('. ')}</p>
          ) : (
            <p>
              Effects not known<small>{approval.effects.reason}</small>
            </p>
          )}
        </section>
        {approval.params.map((param, position) => (
          <ParamSection key={param.name} param={param} binding={position === 0 ? approval.binding : null} />
        ))}
        <section className="sec">
          <h2>Who asks</h2>
          <dl className="who">
            {approval.who.map((fact) => (
              <WhoRow key={fact.label} fact={fact} />
            ))}
          </dl>
        </section>
      </div>
      <Actions approval={approval} />
    </section>
  );
}

function ParamSection({ param, binding }: { readonly param: Param; readonly binding: string | null }) {
  return (
    <section className="sec">
      <h2>{param.kind === 'command' ? 'Command' : param.name}</h2>
      <div>
        <pre className="cmd" tabIndex={0} aria-label={param.name}>
          <VisibleText text={param.value} />
        </pre>
        {param.truncated && <small>{param.bytes} bytes in all; the rest is not shown here.</small>}
        {binding !== null && <small>{binding}</small>}
      </div>
    </section>
  );
}

function WhoRow({ fact }: { readonly fact: Fact }) {
  return (
    <>
      <dt>{fact.label}</dt>
      <dd>
        <VisibleText text={fact.text} /> {fact.code !== null && <code>{fact.code}</code>}
      </dd>
      <dd>{SOURCES[fact.source]}</dd>
    </>
  );
}

function Actions({ approval }: { readonly approval: Approval }) {
  const letters = usePreferences((state) => state.prefs.letters);
  const connection = useApp((state) => state.connection);
  const locked = useApp((state) => state.overview?.presence.mayDecide === false);
  const [dead, setDead] = useState(true);
  const [busy, setBusy] = useState(false);
  const [scope, setScope] = useState<'once' | 'session'>('once');
  const [reason, setReason] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setDead(false), DEAD_MS);
    return () => clearTimeout(timer);
  }, []);
  const off = dead || busy || locked || connection !== 'open';
  const high = approval.risk === 'high' || approval.risk === 'unknown';
  const choice = approval.scopes.find((candidate) => candidate.scope === scope) ?? approval.scopes[0];

  const send = async (verdict: Answer['verdict']) => {
    if (off) return;
    setBusy(true);
    const { id, fingerprint, nonce } = approval;
    const result = await call('answer', { id, fingerprint, nonce, verdict });
    setBusy(false);
    setProblem(result.ok ? null : result.error.message);
  };
  const deny = (why: string | null) => void send({ kind: 'deny', reason: why });
  const allow = (how: 'once' | 'session') => void send({ kind: 'allow', scope: how });
  const nextScope = () => {
    const possible = approval.scopes.filter((candidate) => candidate.unavailable === null);
    const at = possible.findIndex((candidate) => candidate.scope === scope);
    setScope(possible[(at + 1) % possible.length]?.scope ?? 'once');
  };
  useKeys(
    {
      n: () => deny(null),
      r: () => setReason(reason ?? ''),
      s: nextScope,
      o: high ? undefined : () => allow('once'),
      y: high ? undefined : () => allow(scope),
      Escape: () => setReason(null),
    },
    letters,
  );
  useHeldKey('y', high && letters && !off, () => allow(scope));

  return (
    <>
      <section className="acts" aria-label="Remember">
        <span className="t-12 t-ink3">Remember</span>
        <div className="seg" role="radiogroup" aria-label="How long">
          {approval.scopes.map((candidate) => (
            <label key={candidate.scope} title={candidate.unavailable ?? candidate.button}>
              <input
                type="radio"
                name={`scope-${approval.id}`}
                checked={candidate.scope === scope}
                disabled={candidate.unavailable !== null}
                onChange={() => setScope(candidate.scope)}
              />
              {candidate.label}
            </label>
          ))}
        </div>
        <span className="t-12 t-ink3">
          {approval.scopes.find((candidate) => candidate.unavailable !== null)?.unavailable ?? ''}
        </span>
      </section>
      {problem !== null && (
        <p className="acts t-stop" role="alert">
          {problem}
        </p>
      )}
      {reason !== null && (
        <form
          className="acts"
          onSubmit={(event) => {
            event.preventDefault();
            deny(reason.trim() === '' ? null : reason.trim());
          }}
        >
          <label className="field grow">
            What {approval.client.name} is told
            <input
              autoFocus
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              onKeyDown={(event) => event.key === 'Escape' && setReason(null)}
            />
          </label>
          <button type="submit" className="btn" disabled={off}>
            Deny with this reason
          </button>
        </form>
      )}
      <footer className="acts">
        <Button onClick={() => deny(null)} keys="N" disabled={off} variant={high ? 'primary' : 'plain'}>
          Deny once
        </Button>
        <Button onClick={() => setReason('')} keys="R" disabled={off} variant="quiet">
          Deny with reason
        </Button>
        <span className="row yes">
          {!high && scope !== 'once' && (
            <Button onClick={() => allow('once')} keys="O" disabled={off}>
              Allow once
            </Button>
          )}
          {high ? (
            <HoldButton onHeld={() => allow(scope)} keys="Y" disabled={off}>
              Hold: {choice?.button ?? 'Allow once'}
            </HoldButton>
          ) : (
            <Button onClick={() => allow(scope)} keys="Y" disabled={off} variant="primary">
              {choice?.button ?? 'Allow once'}
            </Button>
          )}
        </span>
      </footer>
    </>
  );
}

/** A key that acts only when it is held. */
function useHeldKey(key: string, enabled: boolean, act: () => void): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    if (!enabled) return;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const end = () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    };
    const down = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof HTMLElement && event.target.matches('input:not([type="radio"]), textarea');
      if (
        typing ||
        event.repeat ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        event.key.toLowerCase() !== key
      )
        return;
      timer ??= setTimeout(() => {
        end();
        latest.current();
      }, HOLD_MS);
    };
    addEventListener('keydown', down);
    addEventListener('keyup', end);
    addEventListener('blur', end);
    return () => {
      end();
      removeEventListener('keydown', down);
      removeEventListener('keyup', end);
      removeEventListener('blur', end);
    };
  }, [key, enabled]);
}
