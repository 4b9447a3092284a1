/** Events for which hooks are installed: read by the installer, the doctor and the adapter, so that they cannot disagree. */
export interface HookEvent {
  readonly name: string;
  /** Seconds after which the hook program gives up by itself, blocking. */
  readonly deadlineSeconds: number;
  /** What the entry has for the time after which the agent ends the hook program; seconds where the agent says so. */
  readonly timeoutSeconds: number;
  /** It only tells what happened: its hook never blocks. */
  readonly tells?: true;
}

/** Of an agent whose entries say which tools they are for. */
export interface MatchedEvent extends HookEvent {
  /** What the entry is for; null for events that have no matcher. */
  readonly matcher: string | null;
}

/** How long an agent waits for the answer to a tool call, milliseconds, with a margin for the way back. */
export function patienceMs({ deadlineSeconds }: Pick<HookEvent, 'deadlineSeconds'>): number {
  return (deadlineSeconds - 5) * 1000;
}
