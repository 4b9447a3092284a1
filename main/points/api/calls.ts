/** `…/calls`: an agent or SDK asks for a call, waits for the answer, runs it, and tells what came of it. */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { ApiError } from './api-error.ts';
import { appNameOf } from './apps.ts';
import type { CallDesk } from './call-desk.ts';
import type { ApiParts } from './parts.ts';
import { type Reply, type Route, route } from './route.ts';
import type { Standing } from './submitted-call.ts';

const CALL_BYTES = 4 * 1024 * 1024;
const MAX_WAIT_SECONDS = 300;
const DEFAULT_WAIT_SECONDS = 30;

const Label = z.string().min(1).max(128);

const CallBody = z
  .strictObject({
    tool_name: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: '`module.action`, for example `shell.bash`, or the name of an MCP tool.' }),
    params: z.record(z.string(), z.unknown()).default({}),
    session: Label.default('default').meta({ description: 'Your own name for this run.' }),
    agent_id: z.string().min(1).max(100).default('main'),
    call_id: Label.optional().meta({
      description: 'Your own id of the call. Sent again, it asks for the same call and not for another one.',
    }),
    cwd: z.string().max(4096).optional().meta({ description: 'Absolute; the project root when left out.' }),
    wait_seconds: z.number().min(0).max(MAX_WAIT_SECONDS).default(DEFAULT_WAIT_SECONDS),
  })
  .meta({ id: 'Call' });

const ResultBody = z
  .strictObject({
    success: z.boolean(),
    result: z.string().optional().meta({ description: 'Kept as its SHA-256 and size only.' }),
    error: z.string().optional().meta({ description: 'Its beginning is kept.' }),
    duration_ms: z.number().nonnegative().max(1e12).optional(),
  })
  .meta({ id: 'Result' });

export const CallStandingSchema = z
  .object({
    call_id: z.string(),
    app_id: z.string(),
    session_id: z.string().nullable(),
    request_id: z.string().nullable().meta({ description: 'Set when a person or program was asked.' }),
    status: z.enum(['waiting', 'allowed', 'denied', 'refused', 'expired', 'cancelled', 'completed']),
    message: z.string().nullable().meta({ description: 'For the agent: why, and what it can do.' }),
    notices: z
      .array(z.string())
      .meta({ description: 'For the agent: what behaviour rules say of the call, and of its result.' }),
  })
  .meta({ id: 'CallStanding' });

const ALLOWED = { description: 'It may run: run it now, once.', schema: CallStandingSchema };
const WAITING = {
  description: 'A person has not answered yet. Ask again at Location; who stays away two minutes gives up.',
  schema: CallStandingSchema,
};
const Wait = z.strictObject({
  wait_seconds: z.coerce.number().min(0).max(MAX_WAIT_SECONDS).default(DEFAULT_WAIT_SECONDS),
});

export function callRoutes(desk: CallDesk, parts: ApiParts): readonly Route[] {
  return [
    route({
      id: 'submitCall',
      method: 'POST',
      path: '/api/apps/{app_id}/calls',
      scope: 'submit',
      summary: 'Asks for a tool call. Only 200 means that it may run.',
      body: CallBody,
      maxBodyBytes: CALL_BYTES,
      responses: { 200: ALLOWED, 202: WAITING },
      handle: async ({ token, app, body, peer, signal }) => {
        const cwd = body.cwd ?? app.root;
        if (!isAbsolute(cwd)) throw new ApiError('bad_request', 'cwd: it must be an absolute path');
        const wanted = {
          session: body.session,
          callId: body.call_id ?? null,
          agent: body.agent_id,
          toolName: body.tool_name,
          // The body was read as JSON: there is nothing else in it.
          params: body.params as JsonObject,
          cwd,
        };
        return replyOf(await desk.submit(token, app.root, wanted, peer, body.wait_seconds * 1000, signal));
      },
    }),
    route({
      id: 'lookAtCall',
      method: 'GET',
      path: '/api/apps/{app_id}/calls/{call_id}',
      scope: 'submit',
      summary: 'Waits for the answer to a call of this token. Only 200 means that it may run.',
      query: Wait,
      responses: { 200: ALLOWED, 202: WAITING },
      handle: async ({ token, app, path, query, signal }) =>
        replyOf(await desk.look(token, app.root, path['call_id'] ?? '', query.wait_seconds * 1000, signal)),
    }),
    route({
      id: 'cancelCall',
      method: 'DELETE',
      path: '/api/apps/{app_id}/calls/{call_id}',
      scope: 'submit',
      summary: 'Gives a call up that waits. It can no longer run.',
      responses: { 200: { description: 'It was given up.', schema: CallStandingSchema } },
      handle: async ({ token, app, path }) => ({
        status: 200,
        body: standingView(await desk.cancel(token, app.root, path['call_id'] ?? '')),
      }),
    }),
    route({
      id: 'completeCall',
      method: 'POST',
      path: '/api/apps/{app_id}/calls/{call_id}/complete',
      scope: 'submit',
      summary: 'Tells the result of a call that ran. Taken once.',
      body: ResultBody,
      maxBodyBytes: CALL_BYTES,
      responses: { 200: { description: 'It is on the log.', schema: CallStandingSchema } },
      handle: async ({ token, app, path, body, peer }) => {
        const told = {
          success: body.success,
          result: (body.success ? body.result : (body.error ?? body.result)) ?? '',
          durationMs: body.duration_ms ?? null,
        };
        const standing = await desk.complete(token, app.root, path['call_id'] ?? '', told, peer);
        return { status: 200, body: standingView(standing) };
      },
    }),
    route({
      id: 'endSession',
      method: 'POST',
      path: '/api/apps/{app_id}/sessions/{session_id}/end',
      scope: 'submit',
      summary: 'Ends a session of this token, and with it what was remembered for it.',
      body: z.strictObject({}),
      responses: {
        200: { description: 'It has ended.', schema: z.object({ session_id: z.string() }) },
      },
      handle: async ({ token, app, path, peer }) => {
        const { engine } = parts;
        const session = engine.sessions
          .list()
          .find(
            ({ id, app: root, holder }) =>
              id === path['session_id'] && root === app.root && holder === token.id,
          );
        if (session === undefined) throw new ApiError('not_found', 'this token holds no such session');
        const claim = {
          client: session.client,
          claimedSession: session.claimedId,
          claimedCwd: app.root,
          peer,
          held: { token: token.id, app: app.root },
        };
        await engine.endSession(claim, 'its client ended it');
        return { status: 200, body: { session_id: session.id } };
      },
    }),
  ];
}

function standingView(standing: Standing): z.output<typeof CallStandingSchema> {
  const { callId, sessionId, requestId, app, verdict, completed } = standing;
  return {
    call_id: callId,
    app_id: appNameOf(app).app_id,
    session_id: sessionId,
    request_id: requestId,
    status: completed ? 'completed' : (verdict?.outcome ?? 'waiting'),
    message: verdict?.message ?? null,
    notices: [...standing.notices],
  };
}

/** 200 for a call that may run and for nothing else: a client that looks at the status alone is safe. */
function replyOf(standing: Standing): Reply {
  const call = standingView(standing);
  const { verdict } = standing;
  if (verdict === null) {
    const location = `/api/apps/${call.app_id}/calls/${call.call_id}`;
    return { status: 202, body: call, headers: { Location: location, 'Retry-After': '1' } };
  }
  if (standing.completed) {
    const error = { code: 'already_completed', message: 'this call ran, and its result was told' };
    return { status: 409, body: { error, call } };
  }
  if (verdict.kind === 'allow') return { status: 200, body: call };
  const error = { code: 'permission_denied', message: verdict.message };
  if (verdict.retryAfterMs !== null) {
    const seconds = Math.max(1, Math.ceil(verdict.retryAfterMs / 1000));
    return {
      status: 429,
      body: { error: { ...error, retry_after_seconds: seconds }, call },
      headers: { 'Retry-After': String(seconds) },
    };
  }
  // Without a call id it never became a call: stopping, or the log cannot be written.
  if (verdict.callId === '')
    return {
      status: 503,
      body: { error: { ...error, code: 'unavailable' } },
      headers: { 'Retry-After': '5' },
    };
  return { status: 403, body: { error, call } };
}
