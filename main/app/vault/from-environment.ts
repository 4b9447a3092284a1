/** `{{env.NAME}}` in a registration: which variables it names, and the registration with their values in place. */
import { fillPlaceholders } from '../../platform/placeholders.ts';
import { fromEnvironment } from '../../points/mcp/server-placeholders.ts';
import type { ServerRecord } from '../../points/mcp/server-record.ts';

/** Stands in a lease for what no credential of the vault is. */
export function envId(variable: string): string {
  return `env:${variable}`;
}

/** The variables or headers of a server whose text names variables of Gatehouse's own. */
export function givenFromEnvironment({ transport }: ServerRecord): (readonly [string, string])[] {
  return Object.entries(transport.kind === 'http' ? transport.headers : transport.env).filter(
    ([, text]) => fromEnvironment(text).length > 0,
  );
}

/** The names of those variables, each once. */
export function variablesOf(record: ServerRecord): readonly string[] {
  return [...new Set(givenFromEnvironment(record).flatMap(([, text]) => fromEnvironment(text)))];
}

/** With the values of variables where the registration names them. */
export function filled(record: ServerRecord, env: ReadonlyMap<string, string>): ServerRecord {
  const given = Object.fromEntries(
    givenFromEnvironment(record).map(([name, text]) => [
      name,
      fillPlaceholders(text, (one) => env.get(one.name) ?? ''),
    ]),
  );
  const { transport } = record;
  return {
    ...record,
    transport:
      transport.kind === 'http'
        ? { ...transport, headers: { ...transport.headers, ...given } }
        : { ...transport, env: { ...transport.env, ...given } },
  };
}
