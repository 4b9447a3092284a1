/** What the tray shows, from what the supervisor knows. Pure. */
import type { Overview } from '../../../preload/contract.ts';
import type { TrayItem, TrayView } from '../desktop-port.ts';
import { clip } from '../views/words.ts';
import { visible } from './notification-text.ts';

/** A request as the menu names it. */
export interface TrayRequest {
  readonly id: string;
  /** `Run npm publish`, without secrets. */
  readonly title: string;
  /** `Claude Code in web` */
  readonly who: string;
}

const MOST_REQUESTS = 5;
const LINE = 60;

/**
 * @param overview  as a page gets it
 * @param newest  the requests that wait, newest first
 */
export function trayView(overview: Overview, newest: readonly TrayRequest[]): TrayView {
  const { enforcement, pause, waiting } = overview;
  const stopped = pause.stoppedSince !== null;
  const paused = enforcement.state === 'paused';
  const blocked = enforcement.state === 'deny_all';
  const unsure = enforcement.state === 'none' || enforcement.state === 'weak';
  const waits = waiting === 1 ? '1 request waits' : `${waiting} requests wait`;
  const state = blocked
    ? 'blocked'
    : paused
      ? 'paused'
      : waiting > 0
        ? 'waiting'
        : unsure
          ? 'not_enforcing'
          : 'calm';
  const short = {
    blocked: 'agents are blocked',
    paused: 'paused',
    not_enforcing: 'not everything is enforced',
  };
  const standing = state === 'waiting' || state === 'calm' ? null : short[state];
  return {
    state,
    bars: blocked ? 'down' : paused || enforcement.state === 'none' ? 'up' : 'half',
    dot: waiting > 0,
    waiting,
    title: ['Gatehouse', ...[waiting > 0 ? waits : null, standing].filter((part) => part !== null)].join(
      ': ',
    ),
    tooltip: [...(waiting > 0 ? [`${waits}.`] : []), enforcement.sentence].map(visible).join(' '),
    menu: [
      label(waiting > 0 ? `${waits}` : 'Nothing waits'),
      ...newest.slice(0, MOST_REQUESTS).map(
        ({ id, title, who }): TrayItem => ({
          kind: 'action',
          text: visible(`${clip(title, LINE)}  (${clip(who, LINE)})`),
          action: { kind: 'review', request: id },
        }),
      ),
      ...(newest.length > MOST_REQUESTS
        ? [label(`and ${newest.length - MOST_REQUESTS} more in the inbox`)]
        : []),
      SEPARATOR,
      { kind: 'action', text: 'Open Gatehouse', action: { kind: 'open' } },
      SEPARATOR,
      ...(stopped ? [label('Everything is stopped')] : pauseItems(pause)),
      stopped
        ? { kind: 'action', text: 'Let agents work again…', action: { kind: 'resume' } }
        : {
            kind: 'action',
            text: waiting > 0 ? `Stop everything, deny ${waiting}` : 'Stop everything',
            action: { kind: 'panic' },
          },
      SEPARATOR,
      { kind: 'action', text: 'Quit: connected agents are then blocked', action: { kind: 'quit' } },
    ],
  };
}

const SEPARATOR: TrayItem = { kind: 'separator' };

function label(text: string): TrayItem {
  return { kind: 'label', text };
}

function pauseItems({ running, ends }: Overview['pause']): readonly TrayItem[] {
  if (running.length > 0)
    return [
      ...running.map(({ sentence }) => label(visible(sentence))),
      { kind: 'action', text: 'Resume now', action: { kind: 'resume' } },
    ];
  return [
    {
      kind: 'submenu',
      text: 'Pause all agents',
      items: [
        {
          kind: 'action',
          text: `For 15 minutes, until ${ends['15m']}`,
          action: { kind: 'pause', length: '15m' },
        },
        { kind: 'action', text: `For 1 hour, until ${ends['1h']}`, action: { kind: 'pause', length: '1h' } },
        { kind: 'action', text: `Until ${ends.tomorrow}`, action: { kind: 'pause', length: 'tomorrow' } },
      ],
    },
  ];
}
