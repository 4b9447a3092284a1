/** Whether `security.sandbox.network.allow` names a place on the network. */
import { hostPattern } from './conditions/hosts.ts';
import type { SandboxHost } from './sandbox-policy.ts';

/** How a place is named: by its own name or address, or as one of those below a name. */
export type Named = 'exactly' | 'below';

/**
 * @param host  canonical: lower case, without brackets and trailing dot
 * @returns null when no entry names it; the closest entry counts
 */
export function namedHost(hosts: readonly SandboxHost[] | null, host: string, port: number): Named | null {
  let found: Named | null = null;
  for (const entry of hosts ?? []) {
    if (entry.port !== null && entry.port !== port) continue;
    const pattern = hostPattern(entry.host);
    if (pattern === host) return 'exactly';
    if (pattern?.startsWith('*.') === true && host.endsWith(pattern.slice(1))) found = 'below';
  }
  return found;
}

/** The place that a connection's call names in its parameters; see the egress point, which writes them. */
export function placeOfUrl(url: unknown): { readonly host: string; readonly port: number } | null {
  const match =
    typeof url === 'string' ? /^tcp:\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+):(\d{1,5})$/.exec(url) : null;
  if (match?.[1] === undefined) return null;
  return { host: match[1].replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}

/** The same place as a call's parameter. */
export function urlOfPlace(host: string, port: number): string {
  return `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
