/** Settings: the PIN, how the page looks, the policy file, notifications, the API, and what this is. */
import { useState } from 'react';
import { call } from '../../app/api.ts';
import { type Preferences, useOverview, usePreferences } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { useKeyHelp } from '../../ui/key-help.tsx';
import { pinProblems } from '../agents/pin-rules.ts';
import { ApiSection } from './api-section.tsx';
import { NotificationsSection } from './notifications-section.tsx';
import { StartupSection } from './startup-section.tsx';

export function SettingsPage() {
  const overview = useOverview();
  if (overview === null) return <p className="empty">looking…</p>;
  return (
    <>
      <header className="head">
        <h1>Settings</h1>
      </header>
      <div className="page parts">
        <h2>PIN</h2>
        <PinForm pinSet={overview.presence.pinSet} />
        <h2>Look and keys</h2>
        <Look />
        <h2>Policy</h2>
        <p>{overview.policy.sentence}</p>
        <p>
          <code>{overview.policy.file}</code>
        </p>
        <ul aria-label="Errors in the policy file">
          {overview.policy.errors.map((error) => (
            <li key={`${error.line}:${error.column}:${error.path}`} className="t-stop">
              <code>
                {error.file}:{error.line}:{error.column}
              </code>{' '}
              {error.path}: {error.message}
            </li>
          ))}
        </ul>
        <Reload />
        <h2>Notifications</h2>
        <NotificationsSection />
        <h2>HTTP API</h2>
        <ApiSection pinSet={overview.presence.pinSet} />
        <h2>At login</h2>
        <StartupSection />
        <h2>This Gatehouse</h2>
        <p className="t-ink2">
          {overview.version}, {overview.shell}. {overview.log.sentence}. {overview.log.kept}.
        </p>
      </div>
    </>
  );
}

function Reload() {
  const [said, setSaid] = useState<{ readonly ok: boolean; readonly text: string } | null>(null);
  const read = async () => {
    setSaid(null);
    const result = await call('reloadPolicy');
    setSaid(
      result.ok ? { ok: true, text: result.value.sentence } : { ok: false, text: result.error.message },
    );
  };
  return (
    <div className="form">
      <Button onClick={() => void read()}>Read the file again</Button>
      <span role="status" className={said?.ok === false ? 't-stop' : 't-ink2'}>
        {said === null ? '' : said.ok ? `Read. ${said.text}` : said.text}
      </span>
    </div>
  );
}

function PinForm({ pinSet }: { readonly pinSet: boolean }) {
  const [current, setCurrent] = useState('');
  const [pin, setPin] = useState('');
  const [again, setAgain] = useState('');
  const [said, setSaid] = useState<string | null>(null);
  const problems = pinProblems(pin, again);
  const save = async () => {
    const result = await call('setPin', { pin, current: pinSet ? current : null });
    setSaid(result.ok ? 'The PIN is set. Other pages must show it now.' : result.error.message);
    setCurrent('');
    setPin('');
    setAgain('');
  };
  const field = (label: string, value: string, set: (value: string) => void) => (
    <label className="field">
      {label}
      <input
        type="password"
        autoComplete="off"
        value={value}
        onChange={(event) => {
          set(event.currentTarget.value);
          setSaid(null);
        }}
      />
    </label>
  );
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {pinSet && field('Current PIN', current, setCurrent)}
      {field('New PIN', pin, setPin)}
      {field('Again', again, setAgain)}
      <button type="submit" className="btn" disabled={problems.pin !== null || problems.again !== null}>
        {pinSet ? 'Change the PIN' : 'Set the PIN'}
      </button>
      <p role="status" className="t-12 t-ink2">
        {said ?? (pin === '' ? '' : (problems.pin ?? problems.again ?? ''))}
      </p>
    </form>
  );
}

function Look() {
  const { prefs, setPrefs } = usePreferences();
  const choose = <K extends keyof Preferences>(
    key: K,
    label: string,
    values: readonly (readonly [Preferences[K], string])[],
  ) => (
    <label className="field">
      {label}
      <select
        value={String(prefs[key])}
        onChange={(event) =>
          setPrefs({
            [key]: values.find(([value]) => String(value) === event.currentTarget.value)?.[0] ?? prefs[key],
          })
        }
      >
        {values.map(([value, words]) => (
          <option key={String(value)} value={String(value)}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div className="form">
      {choose('theme', 'Theme', [
        ['system', 'as the system'],
        ['light', 'light'],
        ['dark', 'dark'],
      ])}
      {choose('contrast', 'Contrast', [
        ['system', 'as it is'],
        ['more', 'more'],
      ])}
      {choose('letters', 'Single letters', [
        [true, 'act on requests'],
        [false, 'are off'],
      ])}
      <Button onClick={() => useKeyHelp.getState().show(true)}>Show all keys</Button>
    </div>
  );
}
