/** credential: what the vault and the reader of policies make of credentials. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import { CREDENTIAL_SCOPES } from '../../main/policy/credentials-schema.ts';
import { openVaultStore, type StoredCredential, type VaultStore } from '../../main/store/vault-store.ts';
import { placeOf } from '../../main/vault/scope.ts';
import { seal, unseal } from '../../main/vault/seal.ts';
import { checkValues, mask, typeOf } from '../../main/vault/types/types.ts';
import { type Case, type JsonMap, mapOf, type Outcome, sameJson, textOf } from './cases.ts';
import { sameGist } from './gates-area.ts';

export function runCredential({ input, expected }: Case): Outcome {
  switch (input['op']) {
    case 'mask':
      return sameJson(mask(textOf(input['value'])), expected['masked']);
    case 'create':
      return input['fields'] === undefined ? created(expected) : stored(mapOf(input['fields']), expected);
    case 'get':
      return withStore((store) => {
        store.insert(row('token', 'ann'));
        const place = placeOf('per_user', { app: null, user: input['other_user'] === true ? 'eve' : 'ann' });
        return sameJson(
          store.find('token', place.scope, place.app, place.user) === null,
          expected['error'] === 'not_found',
        );
      });
    case 'resolve':
      return withStore((store) => {
        const rows = Array.isArray(input['rows']) ? input['rows'].map(mapOf) : [];
        for (const { name, provider } of rows)
          store.insert(row(textOf(name ?? null), 'ann', textOf(provider ?? null)));
        const found = store.find(textOf(input['ref']), 'per_user', '', 'ann');
        return sameJson(found?.name ?? null, expected['resolved']);
      });
    case 'swap_ciphertext_between_rows':
      return swapped(expected);
    case 'ref_yaml':
      return reference(textOf(input['yaml']), expected);
    default:
      return `there is no operation ${JSON.stringify(input['op'])}`;
  }
}

/** The type when none is named, and that what was filled in may be used. */
function created(expected: JsonMap): Outcome {
  const file =
    'security: { credentials_schema: { providers: [{ name: x }] } }\ntools: { capabilities: {} }\n';
  const result = compilePolicy(file, 'case.yaml');
  if (!result.ok) return result.diagnostics.map(formatDiagnostic).join('\n');
  const [provider] = result.policy.credentials?.providers ?? [];
  // A label that nobody gave is the name, not "default"; a value that nobody tested is `filled`, not `valid`.
  return sameJson(provider?.type, mapOf(expected['defaults'] ?? null)['provider_type']);
}

function stored(fields: JsonMap, expected: JsonMap): Outcome {
  const type = typeOf('api_key');
  const { values, problems } = checkValues(
    type,
    type.fields,
    new Map(Object.entries(fields).map(([name, value]) => [name, textOf(value)])),
  );
  if (problems.length > 0) return problems.map(({ field, text }) => `${field} ${text}`).join('; ');
  return sameJson(
    Object.fromEntries([...values].map(([name, value]) => [name, value.toString()])),
    expected['stored'],
  );
}

function swapped(expected: JsonMap): Outcome {
  const key = randomBytes(32);
  const sealed = seal(key, Buffer.from('the value of a'), { row: 'a' });
  try {
    unseal(key, sealed, { row: 'b' });
    return 'the value of one row opens in another';
  } catch (error) {
    return sameGist(String(error), textOf(expected['error']));
  }
}

/** A policy in which an agent refers to a credential, and what declares some. */
function referring(yaml: string, providers: string) {
  const declared = `security: { credentials_schema: { providers: [${providers}] } }\n`;
  return compilePolicy(
    `agents: [{ id: main, brain: { credential: ${yaml} } }]\n${declared}tools: { capabilities: {} }\n`,
    'case.yaml',
  );
}

/** A reference is the one that is expected when it holds with just that declaration, and with no other. */
function refersTo(yaml: string, ref: string, scope: string): Outcome {
  if (referring(yaml, '{ name: another_one }').ok) return `does not refer to ${ref}`;
  for (const declared of CREDENTIAL_SCOPES) {
    const { ok } = referring(yaml, `{ name: ${ref}, scope: ${declared} }`);
    if (ok !== (scope === '' || scope === declared)) return `${declared} ${ok ? 'fits' : 'does not fit'}`;
  }
  return null;
}

function reference(yaml: string, expected: JsonMap): Outcome {
  const result = referring(yaml, '{ name: my_secret }, { name: a }');
  const wanted = expected['error'];
  if (wanted === undefined && expected['ref'] !== undefined)
    return refersTo(yaml, textOf(expected['ref']), textOf(expected['scope'] ?? null));
  if (result.ok) return wanted === undefined ? null : 'compiles, and must not';
  const found = result.diagnostics.map(formatDiagnostic).join('\n');
  if (wanted === undefined) return found;
  const names = [...textOf(wanted).matchAll(/"(\w+)"|(?:allowed: |, )(\w+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );
  const missing = names.filter((name) => !found.includes(name));
  return missing.length === 0 && names.length > 0 ? null : `does not name ${missing.join(', ')}: ${found}`;
}

function withStore(work: (store: VaultStore) => Outcome): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-case-'));
  const store = openVaultStore(join(folder, 'vault.db'));
  try {
    return work(store);
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

let rows = 0;
function row(name: string, user: string, provider: string | null = null): StoredCredential {
  rows += 1;
  return {
    ...{ id: `cred_${rows}`, name, label: name, type: 'api_key', provider, scope: 'per_user', app: '', user },
    ...{ current: 1, next: null, lastVersion: 1, state: 'filled', expires: null },
    ...{ created: rows, updated: rows, lastUsed: null },
  };
}
