/**
 * Taking credentials out of a vault and into one: an encrypted file that says in its header how to open it.
 *
 * The header is plain JSON and part of what the body is bound to, so that neither its cost nor its count can be
 * changed. An import is one change of the vault: it is there whole after a kill, or not at all.
 */
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import { GatehouseError } from '../platform/errors.ts';
import { checkPassphrase, deriveKey, type Kdf, newKdf, readKdf } from './kdf.ts';
import { checkName, type Place, SCOPES } from './scope.ts';
import { seal, unseal, wipe } from './seal.ts';
import type { Vault } from './vault.ts';

const EXPORT_FORMAT = 'gatehouse/vault-export/1';
/** No file to be taken in is larger. */
export const MAX_EXPORT_BYTES = 512 * 1024 * 1024;

const ExportHeader = z.strictObject({
  format: z.literal(EXPORT_FORMAT),
  kdf: z.unknown(),
  cipher: z.literal('aes-256-gcm'),
  count: z.number().int().nonnegative(),
  /** Microseconds since 1970. */
  created: z.number().int(),
});

const Carried = z.strictObject({
  name: z.string(),
  label: z.string(),
  type: z.string(),
  provider: z.string().nullable(),
  scope: z.enum(SCOPES),
  app: z.string(),
  user: z.string(),
  expires: z.number().nullable(),
  state: z.enum(['filled', 'valid', 'invalid', 'pending', 'revoked']),
  /** Base64 by field. */
  values: z.record(z.string(), z.string()),
});
type Carried = z.infer<typeof Carried>;

export interface ImportReport {
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  /** There already, and left as they are. */
  readonly kept: readonly string[];
}

/**
 * Everything in the vault as one encrypted file.
 *
 * @throws GatehouseError `vault_locked`, `weak_passphrase`
 */
export async function exportVault(
  vault: Vault,
  passphrase: string,
  clock: Clock,
  kdf: Kdf = newKdf(),
): Promise<Buffer> {
  checkPassphrase(passphrase);
  const key = await deriveKey(passphrase, kdf);
  const carried = vault.credentials.list().map((credential): Carried => {
    const { id, name, label, type, provider, scope, app, user, expires, state, current } = credential;
    const values: Record<string, string> = {};
    if (current !== null)
      for (const [field, value] of vault.credentials.open(id)) {
        values[field] = value.toString('base64');
        wipe(value);
      }
    return { name, label, type, provider, scope, app, user, expires, state, values };
  });
  const header = {
    format: EXPORT_FORMAT,
    kdf: { ...kdf },
    cipher: 'aes-256-gcm',
    count: carried.length,
    created: clock.wallMicros(),
  };
  const body = Buffer.from(JSON.stringify(carried));
  const sealed = seal(key, body, header).toString('base64');
  wipe(key, body);
  return Buffer.from(`${JSON.stringify(header)}\n${sealed}\n`);
}

/** How an exported file is opened. @throws GatehouseError `not_an_export`, `unknown_kdf` */
export function readExportHeader(file: Buffer): { readonly count: number; readonly created: number } {
  const { count, created } = split(file).header;
  return { count, created };
}

/**
 * What an exported file holds, decrypted. Whoever takes it wipes the values.
 *
 * @throws GatehouseError `not_an_export`, `unknown_kdf`, `wrong_passphrase`
 */
export async function openExport(
  file: Buffer,
  passphrase: string,
  ownUser: string,
): Promise<readonly Incoming[]> {
  const { header, sealed } = split(file);
  const key = await deriveKey(passphrase, header.kdf);
  let body: Buffer;
  try {
    body = unseal(key, sealed, { ...header, kdf: { ...header.kdf } });
  } catch {
    throw new GatehouseError(
      'wrong_passphrase',
      'nothing was taken in: the passphrase is not right, or the file was changed',
    );
  } finally {
    wipe(key);
  }
  const carried = z.array(Carried).safeParse(parsedOrNull(body));
  wipe(body);
  if (!carried.success || carried.data.length !== header.count)
    throw notAnExport('its content is not complete');
  return carried.data.map(({ values, ...facts }) => ({
    ...facts,
    // The person is the one who imports; on another machine they may have another name.
    user: facts.user === '' ? '' : ownUser,
    values: new Map(Object.entries(values).map(([field, value]) => [field, Buffer.from(value, 'base64')])),
  }));
}

/** What is to be taken in. */
export interface Incoming extends Place {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly provider: string | null;
  readonly expires: number | null;
  readonly state: Carried['state'];
  readonly values: ReadonlyMap<string, Buffer>;
}

/** What would come of taking them in. Changes nothing. @throws GatehouseError `bad_name` */
export function planOf(vault: Vault, incoming: readonly Incoming[], replace: boolean): ImportReport {
  const report = { added: [] as string[], replaced: [] as string[], kept: [] as string[] };
  const seen = new Set<string>();
  for (const one of incoming) {
    checkName(one.name);
    // What stands twice in a file meets itself the second time.
    const place = JSON.stringify([one.name, one.scope, one.app, one.user]);
    const isThere = seen.has(place) || vault.credentials.find(one.name, one) !== null;
    seen.add(place);
    report[outcomeOf(one, isThere, replace)].push(one.name);
  }
  return report;
}

/** Takes in many credentials as one change, and wipes their values. @throws GatehouseError `vault_locked`, `bad_name` */
export function takeIn(vault: Vault, incoming: readonly Incoming[], replace: boolean): ImportReport {
  const report = { added: [] as string[], replaced: [] as string[], kept: [] as string[] };
  for (const { name } of incoming) checkName(name);
  vault.credentials.together(() => {
    for (const one of incoming) {
      const known = vault.credentials.find(one.name, one);
      const outcome = outcomeOf(one, known !== null, replace);
      if (known === null) vault.credentials.add(one, one.values);
      else if (outcome === 'replaced')
        vault.credentials.replace(known.id, one.values, { expires: one.expires, state: one.state });
      report[outcome].push(one.name);
    }
  });
  for (const { values } of incoming) wipe(...values.values());
  return report;
}

function outcomeOf({ values }: Incoming, isThere: boolean, replace: boolean): keyof ImportReport {
  if (!isThere) return 'added';
  return replace && values.size > 0 ? 'replaced' : 'kept';
}

function split(file: Buffer) {
  if (file.length > MAX_EXPORT_BYTES) throw notAnExport('it is too large');
  const end = file.indexOf(0x0a);
  let value: unknown = null;
  try {
    value = JSON.parse(file.subarray(0, Math.max(0, end)).toString('utf8'));
  } catch {
    // Told below.
  }
  const parsed = ExportHeader.safeParse(value);
  if (!parsed.success) throw notAnExport('it does not begin as one, or a later version made it');
  const kdf = readKdf(parsed.data.kdf);
  return {
    header: { ...parsed.data, kdf },
    sealed: Buffer.from(
      file
        .subarray(end + 1)
        .toString('latin1')
        .trim(),
      'base64',
    ),
  };
}

/** What a parser says of a text holds a piece of it; this text is never told. */
function parsedOrNull(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    return null;
  }
}

function notAnExport(why: string): GatehouseError {
  return new GatehouseError('not_an_export', `the file is no export of a vault: ${why}`);
}
