/**
 * How long each client waits for an answer to a tool call, so that it is answered before it gives up.
 *
 * Measured on the real clients; a client that is not known is taken for one on the TypeScript SDK's default of
 * 60 s. Progress keeps opencode waiting; in the others it changes nothing that can be relied on.
 */

const MINUTE_MS = 60_000;

interface Waits {
  /** Milliseconds. */
  readonly plain: number;
  /** With a progress token, where progress extends the time. */
  readonly withProgress?: number;
}

const LONG_MS = 60 * MINUTE_MS;
const UNKNOWN: Waits = { plain: MINUTE_MS };

const CLIENTS: readonly (readonly [RegExp, Waits])[] = [
  // Its hard limit is about 28 h, its idle timer 30 min, which progress resets.
  [/^claude-code\b/i, { plain: 29 * MINUTE_MS, withProgress: LONG_MS }],
  // Waited 150 s without a setting; nothing longer was measured.
  [/^codex/i, { plain: 2.5 * MINUTE_MS }],
  [/^gemini/i, { plain: 10 * MINUTE_MS }],
  [/copilot/i, { plain: 1.5 * MINUTE_MS }],
  [/^opencode/i, { plain: MINUTE_MS, withProgress: LONG_MS }],
  [/^cursor/i, { plain: 5 * MINUTE_MS }],
];

/**
 * Milliseconds from the request until the client gives up.
 *
 * @param clientName as initialize told it
 * @param toldMs what the client's own entry for the server says; null when it says nothing
 */
export function patienceMs(clientName: string, hasProgress: boolean, toldMs: number | null): number {
  const waits = CLIENTS.find(([pattern]) => pattern.test(clientName))?.[1] ?? UNKNOWN;
  // A limit that the person set is hard in every client but opencode.
  const extended = hasProgress && waits.withProgress !== undefined;
  if (toldMs !== null) return extended && /^opencode/i.test(clientName) ? LONG_MS : toldMs;
  return extended ? (waits.withProgress ?? waits.plain) : waits.plain;
}
