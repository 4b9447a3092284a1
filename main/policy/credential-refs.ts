/**
 * References from agents to the credentials that the file declares: names and scopes that must match, checked
 * here so that a misspelt one fails when the file is read and not when an agent needs it.
 */
import { isMap, isScalar } from 'yaml';
import { CREDENTIAL_SCOPES, type CredentialScope, type CredentialsSchema } from './credentials-schema.ts';
import { explain, quoted } from './diagnostic.ts';
import type { Field } from './document.ts';
import { isSet, type Reader } from './reader.ts';
import { suggest } from './suggest.ts';

/** Names with the scope each is declared with. */
export type DeclaredCredentials = ReadonlyMap<string, CredentialScope>;

/** The names that the file declares. */
export function declaredBy(schema: CredentialsSchema | null): DeclaredCredentials {
  return new Map((schema?.providers ?? []).map(({ name, scope }) => [name, scope]));
}

/** Checks every `credential` anywhere below an agent. */
export function checkCredentialRefs(reader: Reader, agent: Field, declared: DeclaredCredentials): void {
  const todo: Field[] = [agent];
  for (let field = todo.pop(); field !== undefined; field = todo.pop()) {
    if (!isMap(field.node)) {
      if (isSet(field) && !isScalar(field.node)) todo.push(...(reader.items(field) ?? []));
      continue;
    }
    const members = reader.members(field) ?? new Map<string, Field>();
    const provider = members.get('provider');
    for (const [key, member] of members) {
      if (key === 'credential') checkRef(reader, member, provider, declared);
      else if (isSet(member) && !isScalar(member.node)) todo.push(member);
    }
  }
}

/**
 * Checks one reference, in either form. Answers the name; null when there is none or it is not declared.
 *
 * @param enclosing the provider beside it, which must be the same as its own
 */
export function checkRef(
  reader: Reader,
  field: Field,
  enclosing: Field | undefined,
  declared: DeclaredCredentials,
): string | null {
  if (!isSet(field)) return null;
  if (isScalar(field.node)) {
    const ref = reader.text(field);
    return ref !== null && checkName(reader, field, ref, declared) ? ref : null;
  }
  const fields = reader.known(field, ['ref', 'scope', 'provider']);
  if (fields === null) return null;
  const refField = fields.get('ref');
  const ref = isSet(refField) ? reader.text(refField) : null;
  if (!isSet(refField)) reader.problems.error(field, 'names no credential; write { ref: …, scope: … }');
  const scopeField = fields.get('scope');
  const scope = scopeField === undefined ? null : reader.choice(scopeField, CREDENTIAL_SCOPES);
  const isDeclared = ref !== null && checkName(reader, field, ref, declared);
  if (isDeclared) {
    const wanted = declared.get(ref) ?? null;
    const asked = scope ?? 'per_user';
    if (wanted !== null && asked !== wanted)
      reader.problems.error(
        scopeField ?? field,
        `${quoted(ref)} is declared with scope ${wanted}, not ${asked}`,
      );
  }
  const own = fields.get('provider');
  const ownName = isSet(own) ? reader.text(own) : null;
  const outer = isSet(enclosing) && isScalar(enclosing.node) ? enclosing.node.value : null;
  if (own !== undefined && ownName !== null && typeof outer === 'string' && ownName !== outer) {
    reader.problems.error(
      own,
      `is ${quoted(ownName)}, and the provider beside the credential is ${quoted(outer)}`,
    );
  }
  return isDeclared ? ref : null;
}

function checkName(reader: Reader, field: Field, ref: string, declared: DeclaredCredentials): boolean {
  if (declared.has(ref)) return true;
  const names = [...declared.keys()];
  const list =
    names.length === 0 ? 'none; declare it in security.credentials_schema.providers' : names.join(', ');
  const meant = suggest(ref, names);
  reader.problems.error(field, explain(`ref ${quoted(ref)} is not declared; declared: ${list}`, [], meant));
  return false;
}
