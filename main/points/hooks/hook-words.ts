/** What the adapters' answers have in common. */
import { ENFORCEMENT_PROBE } from '../../audit/event.ts';
import { storedPeer } from '../../engine/stored.ts';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { agentText, behaviorText } from './agent-text.ts';
import type { HookContext, HookRequest } from './hook-exchange.ts';
import { probeNonce, probeRefusal, rememberProbe } from './probe.ts';

/** Text that has UTF-8 bytes: results may be cut in the middle of a character. */
export function tellable(text: string): string {
  return text.toWellFormed();
}

/** A result as the log keeps it. */
export function resultText(result: JsonValue): string {
  return tellable(typeof result === 'string' ? result : JSON.stringify(result));
}

/** A verdict's reason or a rule's text, as an agent may be shown it. */
export function reasonText(reason: string): string {
  return behaviorText(reason) ?? agentText(reason);
}

/** What behaviour rules have for the model, as one text; null when there is nothing. */
export function rulesText(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : texts.map(reasonText).join('\n\n');
}

/**
 * Writes down that the enforcement probe came and is refused.
 *
 * @param name  the client as a person calls it
 * @returns the reason, which the client is to be told with a refusal
 */
export async function refusedProbe(
  params: JsonObject,
  name: string,
  { peer }: HookRequest,
  { log }: HookContext,
): Promise<string> {
  const nonce = probeNonce(params);
  await log.append({
    type: 'security',
    v: 1,
    what: ENFORCEMENT_PROBE,
    detail: `The hook of ${name} was tested and refused the call (${nonce ?? 'no nonce'})`,
    peer: storedPeer(peer),
    session: null,
  });
  if (nonce !== null) rememberProbe(nonce);
  return probeRefusal(nonce);
}
