/**
 * The probe: a call that no agent makes and that is always refused, so that enforcement can be shown.
 *
 * The doctor sends it through the installed hook. The refusal carries the probe's nonce, and the supervisor
 * remembers having refused it: an answer made up on the way gets neither right.
 */

/** A tool name that no client has. Refused before the engine is asked, whatever the policy says. */
export const PROBE_TOOL = 'GatehouseEnforcementProbe';

/** Input that is cut off in the middle, as the doctor sends it. It decides nothing; it only is not an alarm. */
export const BROKEN_PROBE = Buffer.from(`{"tool_name":"${PROBE_TOOL}","hook_event_name":`);

const NONCE = /^[0-9a-f]{32}$/;
const KEPT = 64;

/** The nonce in a probe's parameters, or null when it has none that is well formed. */
export function probeNonce(params: { readonly [key: string]: unknown }): string | null {
  const nonce = params['nonce'];
  return typeof nonce === 'string' && NONCE.test(nonce) ? nonce : null;
}

/** What the client is told of a probe. */
export function probeRefusal(nonce: string | null): string {
  return `Refused by Gatehouse: this is the enforcement probe ${nonce ?? '(without a nonce)'}, which never runs.`;
}

const refused = new Set<string>();

/** Remembers that this process refused the probe; only the last 64 are kept. */
export function rememberProbe(nonce: string): void {
  refused.add(nonce);
  for (const oldest of refused) {
    if (refused.size <= KEPT) return;
    refused.delete(oldest);
  }
}

/** True once for a probe that this process refused. */
export function wasProbeRefused(nonce: string): boolean {
  return refused.delete(nonce);
}
