/**
 * The small card that comes up above other windows: one request, the same parts as in the inbox, shorter.
 *
 * It shows the one that it began with until that one ends, whatever comes meanwhile. Deny once and, where the risk
 * is not high and the whole call can be read here, allow once: everything else is answered in the window. Putting it away decides nothing.
 */
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Approval, Overview } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { useTheme } from '../../app/frame.tsx';
import { useApp, usePreferences } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { calmTimeLeft } from '../../ui/format.ts';
import { CloseGlyph } from '../../ui/glyphs.tsx';
import { useKeys } from '../../ui/keys.ts';
import { RiskShape } from '../../ui/risk.tsx';
import { CompactTrack } from '../../ui/track.tsx';
import { VisibleText, visible } from '../../ui/visible-text.tsx';
import { leftOf, leftPercent, useSecond } from '../approvals/clock.ts';
import { useAnswer } from '../approvals/use-answer.ts';
import './card.css';

/** Where the page is the card and nothing else. */
export const CARD_PLACE = '#card';

/** As many lines as there is room for, with who asks above them. */
const MAX_EFFECTS = 3;
/** More than ever fits. */
const MAX_TEXT = 400;
const SEVERITY = { destructive: 0, flagged: 1, plain: 2 } as const;

export function CardWindow() {
  const { inbox, overview } = useApp();
  const [away, setAway] = useState<ReadonlySet<string>>(new Set());
  useTheme();
  usePointer();
  const waiting = (inbox?.pending ?? []).filter(({ id }) => !away.has(id));
  const shown = useKept(waiting);
  const putAway = () => {
    setAway(new Set((inbox?.pending ?? []).map(({ id }) => id)));
    void call('windowAct', { kind: 'put_away' });
  };
  // Nothing waits: the window is being closed, and this is not seen.
  if (shown === null) return <main className="card" />;
  return (
    <Card
      key={shown.id}
      approval={shown}
      overview={overview}
      place={`${waiting.indexOf(shown) + 1} of ${waiting.length}`}
      onPutAway={putAway}
    />
  );
}

function Card({
  approval,
  overview,
  place,
  onPutAway,
}: {
  readonly approval: Approval;
  readonly overview: Overview | null;
  readonly place: string;
  readonly onPutAway: () => void;
}) {
  const letters = usePreferences((state) => state.prefs.letters);
  const sentAt = useApp((state) => state.inboxAt);
  const left = leftOf(approval, sentAt, useSecond());
  const buttons = useRef<HTMLElement>(null);
  const { off, offReason, still, problem, send } = useAnswer(approval, buttons);
  const text = useRef<HTMLPreElement>(null);
  const whole = useWhole(approval, text);
  const mayAllow = whole && approval.risk !== 'high' && approval.risk !== 'unknown';
  const deny = () => send({ kind: 'deny', reason: null });
  const allow = () => send({ kind: 'allow', scope: 'once' });
  const review = () => void call('windowAct', { kind: 'review', request: approval.id });
  useKeys({ n: deny, y: mayAllow ? allow : undefined }, letters);
  useKeys({ Enter: review, Escape: onPutAway });
  return (
    <main className="card" aria-label={`Request ${place}`} data-keys={useFocused()}>
      <div className="bar">
        <i style={{ width: `${leftPercent(approval, left)}%` }} />
      </div>
      <header className="ch">
        <CompactTrack steps={approval.trace} />
        <span className="one grow">
          <VisibleText text={whereFrom(approval, overview)} />
        </span>
        <span className="nw">{place}</span>
        <span className="nw" role="timer" aria-label={`${calmTimeLeft(left)} left`}>
          {calmTimeLeft(left)}
        </span>
        <button type="button" className="away" onClick={onPutAway} aria-label="Put the card away, undecided">
          <CloseGlyph />
        </button>
      </header>
      <h1 className="ct">
        <RiskShape risk={approval.risk} />
        <span className="one" title={visible(approval.title)}>
          <VisibleText text={approval.title} />
        </span>
      </h1>
      <Facts approval={approval} />
      <CommandText approval={approval} textRef={text} whole={whole} />
      {(problem ?? offReason) !== null && (
        <p className="cp t-stop one" role="alert" title={problem ?? offReason ?? ''}>
          {problem ?? offReason}
        </p>
      )}
      <footer className="ca" ref={buttons}>
        <Button onClick={deny} keys="N" disabled={off} dead={still} variant={mayAllow ? 'plain' : 'primary'}>
          Deny once
        </Button>
        <span className="grow" />
        <Button onClick={review} keys="↵" variant="quiet">
          Review
        </Button>
        {mayAllow && (
          <Button onClick={allow} keys="Y" disabled={off} dead={still} variant="primary">
            Allow once
          </Button>
        )}
      </footer>
    </main>
  );
}

/** Who asks, and what it would do; what is not known is said. */
function Facts({ approval }: { readonly approval: Approval }) {
  const asks = approval.who.find(({ source }) => source !== 'claimed');
  const { effects } = approval;
  const cells = effects.known ? effects.cells : [];
  // Where not all of them fit, the worst stay, and the last line says that there are more.
  const shown =
    cells.length <= MAX_EFFECTS
      ? cells
      : cells.toSorted((a, b) => SEVERITY[a.tone] - SEVERITY[b.tone]).slice(0, MAX_EFFECTS - 1);
  return (
    <dl className="cf">
      {asks !== undefined && (
        <>
          <dt>Asks</dt>
          <dd className="one">
            <VisibleText
              text={[asks.text, asks.code].filter((part) => part !== '' && part !== null).join(' ')}
            />
          </dd>
        </>
      )}
      {effects.known ? (
        shown.map((cell) => (
          <div key={cell.label} data-tone={cell.tone}>
            <dt>
              <VisibleText text={cell.label} />
            </dt>
            <dd className="one" title={visible(cell.text)}>
              <VisibleText text={cell.text} />
            </dd>
          </div>
        ))
      ) : (
        <div data-tone="flagged">
          <dt>Effects</dt>
          <dd className="one">not known: judge by the text</dd>
        </div>
      )}
      {cells.length > shown.length && (
        <div data-tone="flagged">
          <dt>More</dt>
          <dd className="one">{cells.length - shown.length} more effects: Review shows them</dd>
        </div>
      )}
    </dl>
  );
}

/** The call, as far as there is room; the whole of it otherwise, in the window. */
function CommandText({
  approval,
  textRef,
  whole,
}: {
  readonly approval: Approval;
  readonly textRef: RefObject<HTMLPreElement | null>;
  readonly whole: boolean;
}) {
  const [main] = approval.params;
  if (main === undefined) return null;
  return (
    <>
      <pre className="cl" ref={textRef}>
        <VisibleText text={main.value.slice(0, MAX_TEXT)} />
      </pre>
      {!whole && <p className="cn t-wait">Not all of it fits here. Review shows it.</p>}
    </>
  );
}

/** Whether everything that would run can be read on the card. A yes to the rest is given in the window. */
function useWhole(approval: Approval, text: RefObject<HTMLElement | null>): boolean {
  const [cut, setCut] = useState(true);
  useLayoutEffect(() => {
    const element = text.current;
    if (element === null) {
      setCut(false);
      return undefined;
    }
    const look = () => setCut(element.scrollHeight > element.clientHeight + 1);
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [text]);
  const [main, ...rest] = approval.params;
  const hidden = rest.some(({ name, kind }) => name !== 'description' || kind !== 'text');
  const long = main !== undefined && (main.truncated || main.value.length > MAX_TEXT);
  return !cut && !hidden && !long;
}

function whereFrom(approval: Approval, overview: Overview | null): string {
  const session = overview?.sessions.find(({ id }) => id === approval.session.id);
  return [approval.client.name, approval.app.name, approval.test ? 'your test' : session?.enforcement]
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** The one that is shown stays until it ends; then the first that waits comes. */
function useKept(waiting: readonly Approval[]): Approval | null {
  const [kept, setKept] = useState<string | null>(null);
  const shown = waiting.find(({ id }) => id === kept) ?? waiting[0] ?? null;
  const id = shown?.id ?? null;
  useEffect(() => setKept(id), [id]);
  return shown;
}

/** Whether keys reach the card: without the focus no key is promised. */
function useFocused(): boolean {
  const [focused, setFocused] = useState(() => document.hasFocus());
  useEffect(() => {
    const look = () => setFocused(document.hasFocus());
    for (const event of ['focus', 'blur']) addEventListener(event, look);
    return () => {
      for (const event of ['focus', 'blur']) removeEventListener(event, look);
    };
  }, []);
  return focused;
}

/** Tells the window when the hand is over it: only then may it take the focus. */
function usePointer(): void {
  useEffect(() => {
    const { documentElement } = document;
    const tell = (over: boolean) => () => void call('windowAct', { kind: 'pointer', over });
    const [enter, leave] = [tell(true), tell(false)];
    documentElement.addEventListener('pointerenter', enter);
    documentElement.addEventListener('pointerleave', leave);
    return () => {
      documentElement.removeEventListener('pointerenter', enter);
      documentElement.removeEventListener('pointerleave', leave);
    };
  }, []);
}
