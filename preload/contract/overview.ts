import { z } from 'zod';

/** An agent program on this computer and how it stands with Gatehouse. */
export const AgentView = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string().nullable(),
  state: z.enum(['not_found', 'not_connected', 'connected', 'broken']),
  /** One sentence: what Connect does, or what is wrong. */
  note: z.string(),
  /** File that Connect changes, with ~. */
  settingsFile: z.string().nullable(),
  program: z.string().nullable(),
  /** Last time a call of it passed, wall ms. */
  lastSeen: z.number().nullable(),
});
export type AgentView = z.infer<typeof AgentView>;

/** A change to an agent's settings, shown before it is made. */
export const AgentPlan = z.object({
  /** Digest of the exact change and of the file it applies to; sent back to carry it out. */
  planId: z.string(),
  agent: z.string(),
  change: z.enum(['connect', 'disconnect']),
  file: z.string(),
  diff: z.array(z.object({ kind: z.enum(['same', 'add', 'remove']), text: z.string() })),
  notes: z.array(z.string()),
  /** Nothing to do: it is already so. */
  done: z.boolean(),
});
export type AgentPlan = z.infer<typeof AgentPlan>;

export const DoctorReport = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), hint: z.string().nullable() }),
  ),
});
export type DoctorReport = z.infer<typeof DoctorReport>;

export const SessionView = z.object({
  id: z.string(),
  label: z.string(),
  client: z.object({ id: z.string(), name: z.string() }),
  app: z.object({ root: z.string(), name: z.string() }),
  startedAt: z.number(),
  lastCallAt: z.number().nullable(),
  live: z.boolean(),
  waiting: z.number().int(),
  /** 0 not enforced, 1 hooks only, 2 sandbox standard, 3 sandbox strict. */
  strength: z.number().int().min(0).max(3),
  /** `Hooks only`, `Sandbox strict`, `Tools: sandbox strict`, `MCP calls only`, … */
  enforcement: z.string(),
  /** `A program this agent starts is not confined.` */
  caveat: z.string(),
});
export type SessionView = z.infer<typeof SessionView>;

/** For how long a pause is offered. `tomorrow` is 06:00 of the next morning. */
export const PauseLength = z.enum(['15m', '1h', 'tomorrow']);
export type PauseLength = z.infer<typeof PauseLength>;

export const PauseView = z.object({
  /** Pauses that run; agent null: all agents. */
  running: z.array(
    z.object({
      agent: z.string().nullable(),
      /** Wall time, milliseconds since 1970. */
      until: z.number(),
      /** `Paused until 15:00. Calls run and are recorded.` */
      sentence: z.string(),
    }),
  ),
  /** Since when everything is stopped, wall ms; null when it is not. */
  stoppedSince: z.number().nullable(),
  /** The tray asks for a pause of this length; a page confirms it. */
  wished: PauseLength.nullable(),
  /** When a pause that begins now would end, in words. */
  ends: z.object({ '15m': z.string(), '1h': z.string(), tomorrow: z.string() }),
});
export type PauseView = z.infer<typeof PauseView>;

export const Overview = z.object({
  version: z.string(),
  shell: z.enum(['headless', 'electron']),
  home: z.string(),
  startedAt: z.number(),
  enforcement: z.object({
    /**
     * `none`: nothing is supervised; `on`; `weak`: a layer is missing or sabotaged; `paused`: the calls of all agents
     * run; `deny_all`: everything is refused.
     */
    state: z.enum(['none', 'on', 'weak', 'paused', 'deny_all']),
    sentence: z.string(),
    problems: z.array(z.string()),
  }),
  policy: z.object({
    state: z.enum(['ok', 'last_good', 'none']),
    file: z.string(),
    sentence: z.string(),
    errors: z.array(
      z.object({
        file: z.string(),
        line: z.number(),
        column: z.number(),
        path: z.string(),
        message: z.string(),
      }),
    ),
  }),
  log: z.object({
    state: z.enum(['intact', 'broken', 'unwritable']),
    rows: z.number().int(),
    sentence: z.string(),
    /** Where its key and the note of its newest row are kept, and what that proves. */
    kept: z.string(),
  }),
  presence: z.object({
    pinSet: z.boolean(),
    /** This page may decide. */
    mayDecide: z.boolean(),
    /** Why not, and what to do; null when it may. */
    reason: z.string().nullable(),
  }),
  sessions: z.array(SessionView),
  agents: z.array(AgentView),
  waiting: z.number().int(),
  pause: PauseView,
});
export type Overview = z.infer<typeof Overview>;

/** Something the person should see at once. Stays until it is put away. */
export const Notice = z.object({
  id: z.string(),
  tone: z.enum(['plain', 'wait', 'stop']),
  text: z.string(),
  at: z.number(),
});
export type Notice = z.infer<typeof Notice>;
