/**
 * What a person's yes is bound to.
 *
 * The fingerprint covers the exact bytes of the call in canonical JSON; one changed byte is another call.
 * Files that the call would execute are not covered, though the analysis names them; the card says so.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { ToolCall } from './tool-call.ts';

const DOMAIN = 'gatehouse-call-v1\n';

/**
 * Hex SHA-256 over app, client, agent, module, action, parameters and working directory.
 *
 * @throws GatehouseError `not_canonical` when the parameters have no canonical form
 */
export function fingerprintOf(call: ToolCall): string {
  const { app, client, agent, module, action, params, cwd } = call;
  return createHash('sha256')
    .update(DOMAIN)
    .update(canonicalJson({ app, client, agent, module, action, params, cwd }))
    .digest('hex');
}
