/**
 * The timeline: every call and event of the log, newest first, narrowed by a filter, followed live.
 *
 * Rows arrive only while the reader is at the top; further down the list stays where it is and says how many
 * are newer. All numbers come from the supervisor.
 */
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useApi } from '../../app/api.ts';
import { useOverview } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { count } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { DetailPanel } from './detail-panel.tsx';
import { DetailStore } from './detail-store.ts';
import { type Counts, TimelineFeed } from './feed.ts';
import { toContract } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { filterOffers } from './filter-offers.ts';
import { useFilter } from './filter-store.ts';
import { ListFoot } from './list-foot.tsx';
import { type ListControl, TimelineList } from './timeline-list.tsx';
import { useVerify, VerifyBanner } from './verify.tsx';
import './timeline.css';

/** Words that are being typed are looked for after this pause, in milliseconds. */
const TYPING_MS = 150;

export function Timeline() {
  return null;
}

/** `212 of 48 213 calls, 9 stopped, 4 asked` */
export function countsSentence({ matched, total, stopped, asked }: Counts): string {
  const calls = total === 1 ? 'call' : 'calls';
  const head = matched === total ? `${count(total)} ${calls}` : `${count(matched)} of ${count(total)} ${calls}`;
  return `${head}, ${count(stopped)} stopped, ${count(asked)} asked`;
}
