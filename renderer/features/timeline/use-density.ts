/** The strip's numbers, read again when the filter changes, when rows come in, and when there is more room. */
import { useEffect, useState } from 'react';
import type { GatehouseApi, TimelineDensity, TimelineFilter } from '../../../preload/contract.ts';
import type { Span } from './density.ts';

/** Rows that come in change the strip at most this often, in milliseconds. */
const AGAIN_MS = 1000;

/** @param filter without its times @param total changes when rows have come in */
export function useDensity(
  api: Pick<GatehouseApi, 'call'>,
  filter: TimelineFilter,
  span: Span | null,
  buckets: number,
  total: number,
): TimelineDensity | null {
  const [density, setDensity] = useState<TimelineDensity | null>(null);
  const question = JSON.stringify([filter, span, buckets]);
  const [asked, setAsked] = useState({ question: '', at: 0 });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the question stands for filter, span and buckets.
  useEffect(() => {
    if (buckets === 0) return;
    let current = true;
    const wait = asked.question === question ? Math.max(0, asked.at + AGAIN_MS - performance.now()) : 0;
    const timer = setTimeout(() => {
      void api.call('timelineDensity', filter, span, buckets).then((answer) => {
        if (!current) return;
        setAsked({ question, at: performance.now() });
        if (answer.ok) setDensity(answer.value);
      });
    }, wait);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [api, question, total]);
  return density;
}
