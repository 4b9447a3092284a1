/**
 * `{{secret.NAME}}` and `{{env.NAME}}` in a policy: a fallback of the tutorials' language, told as a warning.
 *
 * Gatehouse fills them in for registered MCP servers only, in their variables and headers, and never in a policy.
 * What a model runtime reads from the file is for that runtime; a name there must be declared, as in a reference.
 */
import { isMap, isScalar, isSeq } from 'yaml';
import { placeholdersIn, writtenPlaceholder } from '../platform/placeholders.ts';
import type { DeclaredCredentials } from './credential-refs.ts';
import { explain, quoted } from './diagnostic.ts';
import type { Field } from './document.ts';
import { isSet, type Reader } from './reader.ts';
import { suggest } from './suggest.ts';

/** @param runtime sections that only a model runtime reads */
export function checkPlaceholders(
  reader: Reader,
  root: Field,
  runtime: readonly Field[],
  declared: DeclaredCredentials,
): void {
  const forRuntime = new Set(runtime.map(({ node }) => node));
  const todo: { readonly field: Field; readonly inRuntime: boolean }[] = [{ field: root, inRuntime: false }];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { field } = next;
    if (!isSet(field)) continue;
    const inRuntime = next.inRuntime || forRuntime.has(field.node);
    if (isScalar(field.node)) {
      if (typeof field.node.value === 'string')
        checkText(reader, field, field.node.value, inRuntime ? declared : null);
      continue;
    }
    const items = isSeq(field.node) ? reader.items(field) : null;
    const below = isMap(field.node) ? reader.members(field)?.values() : items;
    for (const child of below ?? []) todo.push({ field: child, inRuntime });
  }
}

/** @param declared null: outside of what a runtime reads, where it is text like any other */
function checkText(reader: Reader, field: Field, text: string, declared: DeclaredCredentials | null): void {
  const { found, broken } = placeholdersIn(text);
  if (declared === null) {
    const [first] = [...found.map(writtenPlaceholder), ...broken];
    if (first !== undefined)
      reader.problems.warning(field, `${quoted(first)} is text here: no value is put in its place`);
    return;
  }
  for (const word of broken)
    reader.problems.error(field, `${quoted(word)} is neither {{secret.NAME}} nor {{env.NAME}}`);
  for (const one of found) {
    const written = writtenPlaceholder(one);
    if (one.from === 'env') {
      reader.problems.warning(
        field,
        `${written} is a fallback: whatever runs as you can read it; declare a credential in security.credentials_schema and write credential: NAME`,
      );
    } else if (declared.has(one.name)) {
      reader.problems.warning(
        field,
        `${written} is a fallback, and says no scope; write credential: { ref: ${one.name}, scope: ${declared.get(one.name) ?? ''} }`,
      );
    } else {
      const names = [...declared.keys()];
      const list =
        names.length === 0 ? 'none; declare it in security.credentials_schema.providers' : names.join(', ');
      reader.problems.error(
        field,
        explain(`ref ${quoted(one.name)} is not declared; declared: ${list}`, [], suggest(one.name, names)),
      );
    }
  }
}
