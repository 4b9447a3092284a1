import { z } from 'zod';

/** A tool of an MCP server, and what a client may do with it now. */
export const McpToolView = z.object({
  name: z.string(),
  /** The server's own words, cut. */
  description: z.string(),
  /** `asked`: a person is asked for each call; `denied` and `hidden`: no client is shown it. */
  standing: z.enum(['allowed', 'asked', 'denied', 'hidden']),
  /** Why a person is asked whatever the policy says; null when nothing speaks against it. */
  concern: z.string().nullable(),
});
export type McpToolView = z.infer<typeof McpToolView>;

export const McpServerView = z.object({
  name: z.string(),
  kind: z.enum(['stdio', 'http']),
  /** The command line or the URL, values of the environment and of headers left out. */
  what: z.string(),
  /** Names of the environment variables or headers that only this server is given. */
  secrets: z.array(z.string()),
  /** `idle`: registered, nobody uses it. `changed`: its program is not the registered one, so it is not started. */
  state: z.enum(['idle', 'starting', 'running', 'down', 'changed']),
  /** Why it is down or changed. */
  why: z.string().nullable(),
  /** What to know about how it starts, such as that it may fetch code each time; null when there is nothing. */
  warning: z.string().nullable(),
  /** Clients that are connected to it now. */
  clients: z.array(z.string()),
  tools: z.array(McpToolView),
  /** How a client is told to use it: the words of its own entry. */
  entry: z.object({ command: z.string(), args: z.array(z.string()) }),
});
export type McpServerView = z.infer<typeof McpServerView>;

export const McpDraft = z.object({
  /** A client's JSON entry, as servers' pages print it. */
  text: z
    .string()
    .min(1)
    .max(64 * 1024),
  /** Null: the name in the text. */
  name: z.string().max(200).nullable(),
});
export type McpDraft = z.infer<typeof McpDraft>;

/** One file of a client that holds MCP entries, and which of them go through Gatehouse. Names are the client's own. */
export const McpClientView = z.object({
  id: z.string(),
  name: z.string(),
  /** With ~. */
  file: z.string(),
  /** With ~; null for the person's own file. */
  project: z.string().nullable(),
  /** Entries that the client starts itself, and that can be routed. */
  direct: z.array(z.string()),
  routed: z.array(z.string()),
  /** Entries that stay as they are, and why. */
  left: z.array(z.object({ name: z.string(), why: z.string() })),
  /** What stood in the place of the routed ones is known. */
  canPutBack: z.boolean(),
  /** Why the file cannot be read or edited; null when it can. */
  problem: z.string().nullable(),
});
export type McpClientView = z.infer<typeof McpClientView>;

/** One file of a client in which the governed tools can stand. */
export const GovernedClientView = z.object({
  id: z.string(),
  name: z.string(),
  /** With ~. */
  file: z.string(),
  /** With ~; null for the person's own file. */
  project: z.string().nullable(),
  /** The client’s program is on this computer, or something that it keeps. */
  installed: z.boolean(),
  on: z.boolean(),
  /** Why the file cannot be read or edited; null when it can. */
  problem: z.string().nullable(),
});
export type GovernedClientView = z.infer<typeof GovernedClientView>;

/** A connection that has the governed tools now. */
export const GovernedSessionView = z.object({
  id: z.string(),
  client: z.string(),
  /** Folder that it works in, with ~. */
  folder: z.string(),
  startedAt: z.number(),
  /** Calls that were carried out, or begun. */
  calls: z.number().int(),
  /** `Sandbox strict`: what is really enforced; null before the first worker stands. */
  enforced: z.string().nullable(),
  /** What the policy asks for and is not enforced, with why. */
  lacking: z.array(z.string()),
  /** It works on a copy of its folder, which waits for a review when it ends. */
  copy: z.boolean(),
});
export type GovernedSessionView = z.infer<typeof GovernedSessionView>;

export const GovernedToolsView = z.object({
  clients: z.array(GovernedClientView),
  sessions: z.array(GovernedSessionView),
  /** Why none of their calls can run on this computer; null when they can. */
  problem: z.string().nullable(),
});
export type GovernedToolsView = z.infer<typeof GovernedToolsView>;
