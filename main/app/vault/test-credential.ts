/** Asks a service whether a credential is good: one request that changes nothing, to the host that its file names. */
import { messageOf } from '../../platform/errors.ts';
import { fill } from '../../vault/types/types.ts';
import type { Kind } from './catalog.ts';

const LIMIT_MS = 10_000;

export interface Tested {
  readonly outcome: 'good' | 'bad' | 'unknown';
  /** Never holds the value. */
  readonly text: string;
}

/** Host that would be asked; null when the service's file names no request. */
export function testHostOf(kind: Kind, open: ReadonlyMap<string, Buffer> = new Map()): string | null {
  const template = kind.provider?.verify?.url;
  if (template === undefined) return null;
  const url = fill(template, open) ?? template.replaceAll(/\{[A-Za-z0-9_]+\}/g, 'x');
  return URL.canParse(url) ? new URL(url).host : null;
}

export async function testCredential(kind: Kind, values: ReadonlyMap<string, Buffer>): Promise<Tested> {
  const verify = kind.provider?.verify;
  if (verify === undefined) return { outcome: 'unknown', text: 'This service has no test.' };
  const url = fill(verify.url, values);
  const headers = Object.entries(verify.headers).map(
    ([name, template]) => [name, fill(template, values)] as const,
  );
  if (url === null || headers.some(([, value]) => value === null))
    return { outcome: 'unknown', text: 'A field that the test needs is not filled in.' };
  const host = new URL(url).host;
  try {
    const response = await fetch(url, {
      method: verify.method,
      headers: headers.map(([name, value]): [string, string] => [name, value ?? '']),
      ...(verify.body === undefined ? {} : { body: verify.body }),
      // The credential goes to this host and to no other.
      redirect: 'error',
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    await response.body?.cancel();
    if (verify.good.includes(response.status)) return { outcome: 'good', text: `${host} takes it.` };
    if (verify.bad.includes(response.status))
      return { outcome: 'bad', text: `${host} does not take it (${response.status}).` };
    return { outcome: 'unknown', text: `${host} answered ${response.status}: that says nothing.` };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    // The address may hold the value; a fault's own words may hold the address.
    const why = messageOf(cause).replaceAll(url, host).slice(0, 120);
    return { outcome: 'unknown', text: `${host} cannot be reached: ${why}` };
  }
}
