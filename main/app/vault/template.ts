/** What of a credential a server is given under the name of a variable or header. */
import type { SecretBinding } from '../../points/mcp/server-record.ts';
import type { Kind } from './catalog.ts';

/** What of a credential goes into a variable or header of this name. */
export function templateOf(kind: Kind, { into, name }: Pick<SecretBinding, 'into' | 'name'>): string | null {
  if (into === 'header') {
    if (kind.header?.name.toLowerCase() === name.toLowerCase()) return kind.header.value;
    return kind.type.primary === null ? null : `{${primaryOf(kind)}}`;
  }
  if (Object.hasOwn(kind.env, name)) return kind.env[name] ?? null;
  const field = kind.fields.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (field !== undefined) return `{${field.name}}`;
  if (kind.type.more !== undefined && /^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return `{${name}}`;
  return kind.type.primary === null ? null : `{${primaryOf(kind)}}`;
}

/** The field that a credential is mostly for; null where it has several and none is the one. */
export function primaryField(kind: Kind): string | null {
  return kind.type.primary === null ? null : primaryOf(kind);
}

function primaryOf(kind: Kind): string {
  const named = kind.fields.find(({ name }) => name === kind.type.primary);
  return named?.name ?? kind.fields.find(({ type }) => type === 'secret')?.name ?? kind.type.primary ?? '';
}
