/** The refusal of the doctor's probe, written down. */
import { ENFORCEMENT_PROBE } from '../../audit/event.ts';
import { storedPeer } from '../../engine/stored.ts';
import type { JsonObject } from '../../platform/canonical-json.ts';
import type { Peer } from '../../platform/peer.ts';
import type { HookLog } from './hook-exchange.ts';
import { probeNonce, probeRefusal, rememberProbe } from './probe.ts';

/** Why this probe is refused, in the words by which the doctor knows its own. */
export async function refusedProbe(
  client: string,
  params: JsonObject,
  peer: Peer,
  log: HookLog,
): Promise<string> {
  const nonce = probeNonce(params);
  await log.append({
    type: 'security',
    v: 1,
    what: ENFORCEMENT_PROBE,
    detail: `The hook of ${client} was tested and refused the call (${nonce ?? 'no nonce'})`,
    peer: storedPeer(peer),
    session: null,
  });
  if (nonce !== null) rememberProbe(nonce);
  return probeRefusal(nonce);
}
