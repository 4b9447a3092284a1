/** Connections out of a sandbox: what names their place apart from the rules on actions. */
import { namedHost, placeOfUrl } from '../../policy/sandbox-hosts.ts';
import type { Question } from './question.ts';

/**
 * Why a connection is let through where no rule says anything: `security.sandbox.network.allow` names its place,
 * or the egress point knows it. Null for every other call.
 */
export function namedConnection(question: Question): string | null {
  const { call, policy } = question;
  if (!isConnection(question)) return null;
  const place = placeOfUrl(call.params['url']);
  if (place !== null && namedHost(policy.sandbox?.networkAllow ?? null, place.host, place.port) !== null)
    return 'security.sandbox.network.allow names it';
  // A list that is written says what else there is.
  return call.point === 'egress' && policy.sandbox?.networkAllow == null ? (call.standing ?? null) : null;
}

/** A list of hosts is written, and a connection that it does not name is asked about at least. */
export function beyondList(question: Question): boolean {
  return isConnection(question) && question.policy.sandbox?.networkAllow != null;
}

function isConnection({ module, action }: Question): boolean {
  return module === 'web' && action === 'connect';
}
