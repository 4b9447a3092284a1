/** What sealed things are bound to, as canonical JSON says it. */
import type { StoredCredential, StoredVersion } from '../store/vault-store.ts';
import { FORMAT } from './seal.ts';

/** A data key, wrapped by a master key. */
export function keyBound(
  vault: string,
  version: Pick<StoredVersion, 'credential' | 'version' | 'dataKey' | 'masterKey'>,
) {
  const { credential, version: number, dataKey, masterKey } = version;
  return {
    fmt: FORMAT,
    what: 'data-key',
    vault,
    row: credential,
    version: number,
    key: dataKey,
    master: masterKey,
  };
}

/** A field, sealed by a data key. */
export function fieldBound(
  vault: string,
  credential: StoredCredential,
  version: StoredVersion,
  field: string,
) {
  const { id, name, type, scope, app, user } = credential;
  const owner = { app, user };
  return {
    ...{ fmt: FORMAT, what: 'field', vault, row: id, name, type, scope, owner, field },
    ...{ version: version.version, key: version.dataKey },
  };
}
