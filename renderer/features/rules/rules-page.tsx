/** Remembered answers: what each lets through, where and until when, how it is used; and taking them back. */
import { useEffect, useState } from 'react';
import type { RuleView } from '../../../preload/contract.ts';
import { useOverview } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { RuleRow } from './rule-row.tsx';
import { filtered, mergeable } from './rule-words.ts';
import { changeRules, listenToRules, useRules } from './rules-store.ts';
import './rules.css';

/** As many rows as are drawn at once; nobody has so many, and a filter finds the rest. */
const MOST_ROWS = 300;

export function RulesPage() {
  const { rules, problem } = useRules();
  const mayDecide = useOverview()?.presence.mayDecide ?? false;
  const [text, setText] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  const now = useMinute();
  useEffect(listenToRules, []);
  if (rules === null) return <p className="empty">{problem ?? 'looking…'}</p>;
  const shown = filtered(rules, text);
  const groups = mergeable(rules);
  return (
    <>
      <header className="head">
        <h1 className="grow">Remembered</h1>
        {rules.length > 0 && (
          <label className="field rules-filter">
            <span className="vh">Filter</span>
            <input
              type="search"
              placeholder="Filter"
              value={text}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => setText(event.currentTarget.value)}
            />
          </label>
        )}
      </header>
      <div className="page rules">
        <p className="t-ink2">
          {rules.length === 0
            ? 'Nothing is remembered. Answer a request with “this session”, “in the project” or “everywhere”, and it stands here until it ends.'
            : 'These calls run without a question. A deny, a behaviour rule that blocks, and the rules that protect Gatehouse stand above them.'}
        </p>
        {problem !== null && (
          <p className="t-stop" role="alert">
            {problem}
          </p>
        )}
        {groups.length > 0 && (
          <ul className="rules-merge" aria-label="Rules that can be made one">
            {groups.map((group) => (
              <Merge key={group.map(({ id }) => id).join()} group={group} off={!mayDecide} />
            ))}
          </ul>
        )}
        {rules.length > 0 && (
          <table className="rules-table" aria-label="Remembered answers">
            <thead>
              <tr>
                <th scope="col">Lets through</th>
                <th scope="col">Where</th>
                <th scope="col">Until</th>
                <th scope="col">Used</th>
                <th scope="col">
                  <span className="vh">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, MOST_ROWS).map((rule) => (
                <RuleRow
                  key={rule.id}
                  rule={rule}
                  now={now}
                  open={rule.id === open}
                  mayDecide={mayDecide}
                  onOpen={() => setOpen(rule.id === open ? null : rule.id)}
                />
              ))}
            </tbody>
          </table>
        )}
        <p className="t-12 t-ink3" role="status">
          {rules.length === 0
            ? ''
            : shown.length === rules.length
              ? plural(rules.length, 'remembered answer')
              : shown.length === 0
                ? `None of ${plural(rules.length, 'remembered answer')} matches.`
                : `${shown.length} of ${plural(rules.length, 'remembered answer')}`}
          {shown.length > MOST_ROWS && `, the first ${MOST_ROWS} are shown`}
        </p>
      </div>
    </>
  );
}

function Merge({ group, off }: { readonly group: readonly RuleView[]; readonly off: boolean }) {
  return (
    <li>
      <span className="grow">
        <VisibleText text={groupWords(group)} />
        <small className="t-ink2"> can be one rule: it covers the same, until the first of them ends.</small>
      </span>
      <Button
        size="small"
        disabled={off}
        onClick={() =>
          void changeRules(
            'mergeRules',
            group.map(({ id }) => id),
          )
        }
      >
        Make them one
      </Button>
    </li>
  );
}

/** The first few of a group, and how many more. */
function groupWords(group: readonly RuleView[]): string {
  const names = [...new Set(group.map(({ sentence }) => sentence))];
  const more = group.length - Math.min(3, names.length);
  return `${names.slice(0, 3).join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The time, a new one every minute. */
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
