/** `tools.capabilities.content`: `{ secrets: approve, email: { do: redact, modules: [web, mcp] } }`. */
import { isMap, isSeq } from 'yaml';
import { canonicalPart } from './canonical-name.ts';
import type { Catalog } from './catalog.ts';
import {
  CONTENT_ANSWERS,
  CONTENT_NAMES,
  type ContentAnswer,
  type ContentGroup,
  type ContentKind,
  ContentPolicy,
  type ContentRow,
} from './content-policy.ts';
import { explain, quoted } from './diagnostic.ts';
import type { Field } from './document.ts';
import { knownModule } from './entries.ts';
import { isSet, type Reader } from './reader.ts';
import { suggest } from './suggest.ts';

export function compileContent(reader: Reader, field: Field | undefined, catalog: Catalog): ContentPolicy {
  const rows: ContentRow[] = [];
  for (const [name, value] of field === undefined ? [] : (reader.members(field) ?? [])) {
    const place = { ...value, node: value.keyNode };
    if (!isName(name)) {
      reader.problems.error(
        place,
        explain(`unknown class of data ${quoted(name)}`, CONTENT_NAMES, suggest(name, CONTENT_NAMES)),
      );
      continue;
    }
    if (!isSet(value)) {
      reader.problems.error(place, explain('says nothing', CONTENT_ANSWERS));
      continue;
    }
    // A list of several: one for every module, others for some.
    const items = isSeq(value.node) ? (reader.items(value) ?? []) : [value];
    for (const [index, item] of items.entries()) {
      const row = compileRow(reader, item, catalog);
      const at = isSeq(value.node)
        ? `capabilities.content.${name}[${index}]`
        : `capabilities.content.${name}`;
      if (row !== null) rows.push(Object.freeze({ name, ...row, rule: reader.problems.ref(item, at) }));
    }
  }
  return new ContentPolicy(rows);
}

function isName(name: string): name is ContentKind | ContentGroup {
  return CONTENT_NAMES.includes(name);
}

function compileRow(
  reader: Reader,
  field: Field,
  catalog: Catalog,
): { readonly modules: readonly string[] | null; readonly answer: ContentAnswer } | null {
  if (!isMap(field.node)) {
    const answer = reader.choice(field, CONTENT_ANSWERS);
    return answer === null ? null : { modules: null, answer };
  }
  const fields = reader.known(field, ['do', 'modules']);
  const doField = fields?.get('do');
  const answer = isSet(doField) ? reader.choice(doField, CONTENT_ANSWERS) : null;
  if (!isSet(doField)) reader.problems.error(field, explain('do is missing', CONTENT_ANSWERS));
  const modulesField = fields?.get('modules');
  if (!isSet(modulesField)) return answer === null ? null : { modules: null, answer };
  const names = (reader.texts(modulesField) ?? []).flatMap(({ value, field: at }) => {
    const name = canonicalPart(value);
    return knownModule(reader, name, at, catalog) ? [name] : [];
  });
  if (names.length === 0 || answer === null) return null;
  return { modules: Object.freeze(names), answer };
}
