/** The calls of a filter by session, by turn of a session, or by agent: a line each, the one with the newest call first. */
import { useEffect, useState } from 'react';
import type { TimelineFilter, TimelineGroupBy, TimelineGroups } from '../../../preload/contract.ts';
import { useApi } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { count, plural } from '../../ui/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import type { Term } from './filter.ts';
import { duration, rowTime } from './row-words.ts';

type Group = TimelineGroups['groups'][number];

export interface GroupListProps {
  readonly filter: TimelineFilter;
  readonly by: TimelineGroupBy;
  /** Changes when rows have come in. */
  readonly total: number;
  readonly now: number;
  /** Session ids as people know them. */
  readonly label: (session: string) => string | null;
  readonly onOpen: (terms: readonly Term[]) => void;
  readonly onStory: (session: string) => void;
}

/** New rows change the list at most this often, in milliseconds. */
const AGAIN_MS = 1000;

export function GroupList({ filter, by, total, now, label, onOpen, onStory }: GroupListProps) {
  const api = useApi();
  const [found, setFound] = useState<TimelineGroups | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const question = JSON.stringify([filter, by]);
  const [shown, setShown] = useState('');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the question stands for filter and grouping.
  useEffect(() => {
    let current = true;
    const timer = setTimeout(
      () =>
        void api.call('timelineGroups', filter, by).then((answer) => {
          if (!current) return;
          setShown(question);
          setFound(answer.ok ? answer.value : null);
          setProblem(answer.ok ? null : answer.error.message);
        }),
      shown === question ? AGAIN_MS : 0,
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [api, question, total]);

  if (problem !== null)
    return (
      <p className="tl-foot t-stop" role="alert">
        Cannot read the log: {problem}
      </p>
    );
  if (found === null) return <p className="tl-none">looking…</p>;
  if (found.groups.length === 0) return <p className="tl-none">No call matches.</p>;
  return (
    <div className="tl-groups">
      <ul aria-label={`Calls by ${by}, newest first`}>
        {found.groups.map((group) => (
          <li key={`${group.session} ${group.turn} ${group.client} ${group.agent}`}>
            <button type="button" className="tl-group" onClick={() => onOpen(termsOf(group, by))}>
              <b className="one">
                <VisibleText text={titleOf(group, by, label)} />
              </b>
              <span className="t-ink3 one">
                <VisibleText text={placeOf(group, by)} />
              </span>
              <span className="t-ink3 tl-when">
                {rowTime(group.from, now)}, {duration(Math.max(0, group.to - group.from))}
              </span>
              <span className="tl-sums">
                <span>{plural(group.calls, 'call')}</span>
                <span className={group.stopped > 0 ? 't-stop' : 't-ink3'}>
                  {count(group.stopped)} stopped
                </span>
                <span className={group.asked > 0 ? 't-wait' : 't-ink3'}>{count(group.asked)} asked</span>
                <span className={group.failed > 0 ? 't-stop' : 't-ink3'}>{count(group.failed)} failed</span>
              </span>
            </button>
            {by === 'session' && group.session !== '' && (
              <Button size="small" variant="quiet" onClick={() => onStory(group.session)}>
                Story
              </Button>
            )}
          </li>
        ))}
      </ul>
      {found.total > found.groups.length && (
        <p className="tl-none">
          The {count(found.groups.length)} newest of {count(found.total)} are shown. Narrow the time to see
          others.
        </p>
      )}
    </div>
  );
}

function titleOf(group: Group, by: TimelineGroupBy, label: (session: string) => string | null): string {
  if (by === 'agent') return group.agent === '' || group.agent === 'main' ? group.client : group.agent;
  const session = label(group.session) ?? (group.session === '' ? 'no session' : group.session);
  if (by === 'session') return session;
  return group.turn === null ? session : `Prompt ${group.turn} of ${session}`;
}

function placeOf(group: Group, by: TimelineGroupBy): string {
  return by === 'agent'
    ? [group.client, group.agent].filter((part) => part !== '').join(' · ')
    : [group.client, group.app].filter((part) => part !== '').join(' · ');
}

/** What the rows of a group have in common, as terms of the filter. */
function termsOf(group: Group, by: TimelineGroupBy): readonly Term[] {
  if (by === 'agent')
    return [
      { key: 'agent', value: group.agent === '' || group.agent === 'main' ? group.client : group.agent },
    ];
  return [
    { key: 'session', value: group.session },
    ...(by === 'turn' && group.turn !== null ? [{ key: 'turn', value: group.turn } as const] : []),
  ];
}
