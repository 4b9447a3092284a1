/** Tray and notifications: who shows them, whether they may allow, and the hours in which none come. */
import { useEffect, useRef, useState } from 'react';
import type { DesktopView, NotificationSettings, Result } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';

const REFRESH_MS = 3000;
const NIGHT = { from: '22:00', to: '07:00' };

export function NotificationsSection() {
  const [view, setView] = useState<DesktopView | null>(null);
  /** What was chosen and is not answered yet: the next choice is made on top of it, not of what was before. */
  const [wished, setWished] = useState<NotificationSettings | null>(null);
  const newest = useRef<NotificationSettings | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let shown = true;
    const look = async () => {
      const result = await call('desktop');
      if (shown && result.ok) setView(result.value);
    };
    void look();
    // Services come and go without this page.
    const again = setInterval(() => void look(), REFRESH_MS);
    return () => {
      shown = false;
      clearInterval(again);
    };
  }, []);
  if (view === null) return <p className="t-ink3">looking…</p>;
  const take = (result: Result<DesktopView>) => {
    setProblem(result.ok ? null : result.error.message);
    if (result.ok) setView(result.value);
  };
  const { notifier, tray } = view;
  const settings = wished ?? view.settings;
  const change = (part: Partial<NotificationSettings>) => {
    const next = { ...settings, ...part };
    newest.current = next;
    setWished(next);
    void call('setNotifications', next).then((result) => {
      // What an earlier choice came to says nothing of this one, unless it failed.
      if (newest.current === next) {
        take(result);
        setWished(null);
      } else if (!result.ok) take(result);
    });
  };
  const { service } = notifier;
  const { quiet } = settings;
  return (
    <>
      <p>
        {notifier.detail}
        {!notifier.trusted && notifier.state === 'ready' && ' It may show Deny and Review, not Allow.'}
      </p>
      {notifier.hint !== null && <p className="t-12 t-wait">{sentence(notifier.hint)}</p>}
      {service !== null && !notifier.trusted && (
        <div className="form">
          <Button onClick={() => void call('trustNotifier', service).then(take)}>
            This is my notification service: let it show Allow
          </Button>
        </div>
      )}
      <div className="form">
        <Choice
          label="Notifications"
          value={settings.enabled}
          words={['are shown', 'are off']}
          onChange={(enabled) => change({ enabled })}
        />
        <Choice
          label="At low and medium risk"
          value={settings.approve}
          words={['offer Allow once', 'offer Deny and Review']}
          onChange={(approve) => change({ approve })}
        />
        <Choice
          label="Do not disturb"
          value={quiet !== null}
          words={['at these hours', 'never']}
          onChange={(on) => change({ quiet: on ? NIGHT : null })}
        />
        {quiet !== null && (
          <>
            <Time
              label="From"
              value={quiet.from}
              onChange={(from) => change({ quiet: { ...quiet, from } })}
            />
            <Time label="To" value={quiet.to} onChange={(to) => change({ quiet: { ...quiet, to } })} />
          </>
        )}
        <p role="status" className="t-12 t-ink2">
          {view.quietNow ? 'None are shown now: it is one of the hours. What waits is in the inbox.' : ''}
        </p>
        {problem !== null && (
          <span className="t-stop" role="alert">
            {problem}
          </span>
        )}
      </div>
      <p className="t-12 t-ink2">
        Tray: {tray.detail}
        {tray.hint !== null && ` ${sentence(tray.hint)}`}
      </p>
    </>
  );
}

/** A hint as a terminal prints it, as a sentence. */
function sentence(hint: string): string {
  return `${hint.charAt(0).toUpperCase()}${hint.slice(1)}.`;
}

function Choice({
  label,
  value,
  words,
  onChange,
}: {
  readonly label: string;
  readonly value: boolean;
  readonly words: readonly [string, string];
  readonly onChange: (value: boolean) => void;
}) {
  return (
    <label className="field">
      {label}
      <select value={String(value)} onChange={(event) => onChange(event.currentTarget.value === 'true')}>
        <option value="true">{words[0]}</option>
        <option value="false">{words[1]}</option>
      </select>
    </label>
  );
}

/** A time of day. What is typed counts when it is whole. */
function Time({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <label className="field">
      {label}
      <input
        type="time"
        value={value}
        onChange={(event) => {
          if (event.currentTarget.value !== '') onChange(event.currentTarget.value);
        }}
      />
    </label>
  );
}
