/** How long our plugin in opencode waits: read by the plugin's text and by the adapter, so that the two agree. */

/** Seconds after which the hook program gives up by itself, blocking; the plugin ends it ten seconds later. */
export const OPENCODE_DEADLINES = { before: 3650, after: 50, tells: 20 } as const;

/** How long the plugin waits for the answer to a tool call, milliseconds, with a margin for the way back. */
export const OPENCODE_PATIENCE_MS = (OPENCODE_DEADLINES.before - 5) * 1000;
