/**
 * What a person's yes is bound to.
 *
 * The fingerprint covers the exact bytes of the call in canonical JSON, and where a person is asked the digests of
 * the files that it would run; one changed byte is another call. What those files start in turn is not covered; the
 * card says so.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { RunFile } from './run-files.ts';
import type { ToolCall } from './tool-call.ts';

const DOMAIN = 'gatehouse-call-v1\n';

/**
 * Hex SHA-256 over app, client, agent, module, action, parameters and working directory, and over files when some
 * are given.
 *
 * @throws GatehouseError `not_canonical` when the parameters have no canonical form
 */
export function fingerprintOf(call: ToolCall, files: readonly RunFile[] = []): string {
  const { app, client, agent, module, action, params, cwd } = call;
  return createHash('sha256')
    .update(DOMAIN)
    .update(
      canonicalJson({
        ...{ app, client, agent, module, action, params, cwd },
        ...(files.length === 0 ? {} : { files: files.map(({ path, digest }) => ({ path, digest })) }),
      }),
    )
    .digest('hex');
}
