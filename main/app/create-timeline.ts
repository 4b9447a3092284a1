/** Puts together what the timeline's page reads. */
import type { AuditLog } from '../audit/log.ts';
import { LogMap } from '../audit/log-map.ts';
import type { LogSeal } from '../audit/seal.ts';
import type { LogStream } from '../audit/stream.ts';
import type { CallAnalyses } from '../engine/call-analysis.ts';
import type { Clock } from '../platform/clock.ts';
import type { StateStore } from '../store/state-store.ts';
import { SavedViewBook } from './timeline/saved-views.ts';
import type { TimelineParts } from './timeline/timeline-handlers.ts';

export function createTimeline(setup: {
  readonly file: string;
  readonly home: string;
  readonly log: AuditLog;
  readonly seal: LogSeal;
  readonly stream: LogStream;
  readonly state: StateStore;
  readonly analyses: CallAnalyses;
  readonly clock: Clock;
}): { readonly parts: TimelineParts; readonly close: () => Promise<void> } {
  const { home, log, seal, stream, analyses, clock } = setup;
  const map = new LogMap(setup.file);
  return {
    parts: {
      log,
      map,
      stream,
      views: new SavedViewBook(setup.state.setting('timeline.views')),
      home,
      nowMicros: () => clock.wallMicros(),
      details: { home, analyses, signedTo: () => seal.state().signedTo },
    },
    close: () => map.close(),
  };
}
