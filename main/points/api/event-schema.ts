/** Events of a session or project as the API tells them; the one source of their OpenAPI schemas. */
import { z } from 'zod';

/** Microseconds since 1970, UTC. */
export const Micros = z.int().nonnegative().meta({ description: 'Microseconds since 1970, UTC.' });

export const PeerSchema = z
  .object({
    source: z
      .enum(['kernel', 'claimed'])
      .meta({ description: '`kernel`: the system named the user or process. `claimed`: nothing is known.' }),
    pid: z.int().nullable(),
    uid: z.int().nullable(),
    executable: z.string().nullable(),
  })
  .meta({ id: 'Peer', description: 'The process at the other end, as far as it is known.' });

const base = {
  seq: z.int().positive().meta({ description: 'Row of the log: grows, is never used twice, has gaps.' }),
  ts: Micros,
  app_id: z.string(),
  session_id: z.string(),
};
const call = {
  ...base,
  call_id: z.string(),
  tool_name: z.string().meta({ description: '`module.action`' }),
};

const FiringSchema = z
  .object({
    rule: z.string(),
    at: z.string().meta({ description: 'Where the rule stands.' }),
    when: z.enum(['pre_tool', 'post_tool', 'on_text']),
    action: z.enum(['block', 'warn', 'remind']),
    state: z
      .enum(['fired', 'unavailable'])
      .meta({ description: '`unavailable`: nobody tells what it asks about; it has not fired.' }),
    message: z.string(),
  })
  .meta({ id: 'BehaviorFiring', description: 'A behaviour rule that had something to say.' });

const decision = {
  ...call,
  agent_id: z.string(),
  user_id: z.string(),
  module: z.string(),
  action: z.string(),
  risk_level: z.enum(['low', 'medium', 'high', 'unknown']),
  params: z.record(z.string(), z.unknown()).meta({ description: 'Secrets are taken out, long texts cut.' }),
  gate: z.string().meta({ description: 'The gate that decided, for example `gate4_policy`.' }),
  rule: z.string().nullable().meta({ description: 'Where the rule stands that decided.' }),
  reason: z.string(),
  behavior: z.array(FiringSchema),
  caller: z.string(),
  client: z.string(),
  peer: PeerSchema.nullable(),
};

const resolved = {
  ...base,
  call_id: z.string(),
  tool_name: z.string().nullable(),
  request_id: z.string().nullable(),
  approved: z.boolean(),
  outcome: z.enum(['allowed', 'denied', 'refused', 'expired', 'cancelled']),
  by: z.enum(['person', 'program', 'time', 'agent', 'gate', 'restart', 'grant']),
  via: z.string().nullable(),
  token: z.string().nullable().meta({ description: 'With `program`: the name of the token that answered.' }),
  reason: z.string().nullable(),
  waited_ms: z.int().nonnegative(),
};

export const EventSchema = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('session_started'),
      ...base,
      client: z.string(),
      enforcement: z.string(),
      peer: PeerSchema,
    }),
    z.object({ type: z.literal('session_ended'), ...base, reason: z.string() }),
    z.object({ type: z.literal('turn_started'), ...base, turn: z.int() }),
    z.object({ type: z.literal('call_allowed'), ...decision, decision: z.literal('allowed') }),
    z.object({ type: z.literal('call_denied'), ...decision, decision: z.literal('denied') }),
    z.object({
      type: z.literal('approval_pending'),
      ...decision,
      decision: z.literal('approval_required'),
      request_id: z.string().nullable(),
    }),
    z.object({ type: z.literal('approval_resolved'), ...resolved }),
    z
      .object({ type: z.literal('auto_denied'), ...resolved })
      .meta({ description: 'Nobody answered in time.' }),
    z.object({
      type: z.literal('call_completed'),
      ...base,
      call_id: z.string(),
      tool_name: z.string().nullable(),
      success: z.boolean(),
      source: z.enum(['claimed', 'observed']),
      error: z.string().nullable(),
      duration_ms: z.number().nullable(),
      result_sha256: z.string().meta({ description: 'Results are not kept: this is what it was.' }),
      result_bytes: z.int().nonnegative(),
      behavior: z.array(FiringSchema),
    }),
    z.object({ type: z.literal('behavior_fired'), ...base, firing: FiringSchema }),
    z.object({
      type: z.literal('grant_changed'),
      ...base,
      call_id: z.string(),
      grant_id: z.string(),
      change: z.enum(['made', 'revoked', 'ended']),
    }),
    z.object({ type: z.literal('security'), ...base, what: z.string(), detail: z.string() }),
  ])
  .meta({ id: 'Event' });

export type EventView = z.output<typeof EventSchema>;
