/** The methods of the protocol, by what the gateway does with them; one that is in no list does not exist. */

/** Methods that carry the conversation and reach nothing of the server's own accord. */
export const PLAIN: ReadonlySet<string> = new Set([
  'ping',
  'logging/setLevel',
  'completion/complete',
  'resources/unsubscribe',
]);
/** Answered with what may be called, and no more. */
export const LISTS: ReadonlySet<string> = new Set([
  'tools/list',
  'resources/list',
  'resources/templates/list',
  'prompts/list',
]);
/** Decided by the engine before the server hears of them. */
export const DECIDED: ReadonlySet<string> = new Set([
  'tools/call',
  'resources/read',
  'resources/subscribe',
  'prompts/get',
]);
/** What a client may tell a server without being asked. */
export const CLIENT_NOTES: ReadonlySet<string> = new Set([
  'notifications/initialized',
  'notifications/progress',
  'notifications/roots/list_changed',
]);
/** What a server may ask of the client; sampling lets it use the person's model, and is decided. */
export const SERVER_ASKS: ReadonlySet<string> = new Set([
  'ping',
  'roots/list',
  'elicitation/create',
  'sampling/createMessage',
]);
