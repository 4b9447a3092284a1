/** `GET …/approvals` and `POST …/approve`: what waits for an answer, and the answer of a program that may decide. */
import { z } from 'zod';
import type { Approval } from '../../engine/approvals/approval.ts';
import { endWords } from '../../engine/approvals/desk.ts';
import { redact } from '../../engine/redaction.ts';
import { storedPeer } from '../../engine/stored.ts';
import type { Peer, ProcessFacts } from '../../platform/peer.ts';
import { ApiError } from './api-error.ts';
import { appNameOf } from './apps.ts';
import { Micros, PeerSchema } from './event-schema.ts';
import { peerView } from './event-view.ts';
import type { ApiParts } from './parts.ts';
import { type Route, route } from './route.ts';

const ApprovalSchema = z
  .object({
    request_id: z.string(),
    call_id: z.string(),
    app_id: z.string(),
    session_id: z.string(),
    agent_id: z.string(),
    user_id: z.string(),
    client: z.string(),
    tool_name: z.string().meta({ description: '`module.action`' }),
    tool_params: z.record(z.string(), z.unknown()).meta({
      description: 'Exact for a token that may decide; otherwise with secrets taken out.',
    }),
    risk_level: z.enum(['low', 'medium', 'high', 'unknown']),
    reason: z.string(),
    gate: z.string(),
    rule: z.string().nullable(),
    cwd: z.string().meta({ description: 'As the client says.' }),
    fingerprint: z.string().meta({ description: 'SHA-256 of the exact call: what a yes is bound to.' }),
    created_ts: Micros,
    expires_ts: Micros,
    peer: PeerSchema,
  })
  .meta({ id: 'Approval' });

const AnswerBody = z
  .strictObject({
    request_id: z.string().max(64),
    approved: z.boolean(),
    reason: z.string().max(500).nullish(),
    fingerprint: z
      .string()
      .max(128)
      .optional()
      .meta({ description: 'What was looked at. When it is given and differs, nothing is answered.' }),
  })
  .meta({ id: 'Answer' });

const AnsweredSchema = z
  .object({
    request_id: z.string(),
    approved: z
      .boolean()
      .meta({ description: 'The call runs. False after a yes when the gates refuse it now.' }),
    outcome: z.enum(['allowed', 'denied', 'refused', 'expired', 'cancelled']),
    detail: z.string(),
  })
  .meta({ id: 'Answered' });

export function approvalRoutes(parts: ApiParts): readonly Route[] {
  const { engine } = parts;
  return [
    route({
      id: 'listApprovals',
      method: 'GET',
      path: '/api/apps/{app_id}/approvals',
      scope: 'watch',
      summary: 'Requests that wait for an answer, oldest first.',
      responses: {
        200: { description: 'What waits now.', schema: z.object({ approvals: z.array(ApprovalSchema) }) },
      },
      handle: async ({ app, token }) => ({
        status: 200,
        body: {
          approvals: engine.desk
            .pending()
            .filter((approval) => isOf(approval, app.root))
            .map((approval) => approvalView(approval, parts, token.scopes.includes('decide'))),
        },
      }),
    }),
    route({
      id: 'answerApproval',
      method: 'POST',
      path: '/api/apps/{app_id}/approve',
      scope: 'decide',
      summary: 'Answers one request, once. Needs a token that may decide; those are made in the page only.',
      body: AnswerBody,
      responses: { 200: { description: 'It has ended, this way.', schema: AnsweredSchema } },
      handle: async ({ app, body, token, peer }) => {
        const approval = engine.desk.get(body.request_id);
        if (approval === null || !isOf(approval, app.root))
          throw new ApiError('not_found', `no request ${JSON.stringify(body.request_id)} waits in this app`);
        if (approval.end !== null)
          throw new ApiError('already_decided', `the request has ended: ${endWords(approval.end)}`);
        if (comesFrom(peer, approval.peer)) {
          parts.onSecurityEvent(
            'api_self_approval',
            `the program that asks tried to answer its own request with the token ${token.name}`,
            peer,
          );
          throw new ApiError('forbidden', 'a program cannot answer what it asks itself: nothing was decided');
        }
        const said = body.reason?.trim() ?? '';
        const ended = await engine.answer(
          approval.id,
          body.fingerprint ?? approval.fingerprint,
          body.approved
            ? { kind: 'allow', scope: 'once', via: 'api', token: token.name }
            : {
                kind: 'deny',
                reason: said === '' ? null : said.toWellFormed(),
                via: 'api',
                token: token.name,
              },
        );
        if (ended.end === null) throw new ApiError('internal', 'the request did not end');
        return {
          status: 200,
          body: {
            request_id: ended.id,
            approved: ended.end.state === 'allowed',
            outcome: ended.end.state,
            detail: endWords(ended.end),
          },
        };
      },
    }),
  ];
}

/** The person's own test request is nobody else's business. */
function isOf(approval: Approval, root: string): boolean {
  return approval.call.app === root && approval.call.point !== 'test';
}

function approvalView(
  approval: Approval,
  { user, clock, clean }: Pick<ApiParts, 'user' | 'clock' | 'clean'>,
  exact: boolean,
): z.output<typeof ApprovalSchema> {
  const { call, decision, peer } = approval;
  const leftMs = Math.max(0, approval.expiresMonotonicMs - clock.monotonicMs());
  const { rule } = decision;
  return {
    request_id: approval.id,
    call_id: call.id,
    app_id: appNameOf(call.app).app_id,
    session_id: call.session,
    agent_id: call.agent,
    user_id: user,
    client: call.client,
    tool_name: call.action === '' ? call.module : `${call.module}.${call.action}`,
    tool_params: { ...(exact ? call.params : clean(redact(call.params))) },
    risk_level: decision.risk,
    reason: decision.reason,
    gate: decision.gate,
    rule: rule === null ? null : `${rule.path} at ${rule.file}:${rule.line}`,
    cwd: call.cwd,
    fingerprint: approval.fingerprint,
    created_ts: approval.createdWallMicros,
    expires_ts: clock.wallMicros() + Math.round(leftMs * 1000),
    peer: peerView(storedPeer(peer)),
  };
}

/** Whether the one who answers is the program that asks, or was started by it. A hint: ancestry can be shaken off. */
function comesFrom(answering: Peer, asking: Peer): boolean {
  const program = asking.requester;
  if (program === null) return false;
  const chain: readonly (ProcessFacts | null)[] = [answering.process, ...answering.ancestry];
  return chain.some((one) => one !== null && one.pid === program.pid && one.startTime === program.startTime);
}
