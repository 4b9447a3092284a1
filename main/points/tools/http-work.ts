/**
 * The http tools: curl in the worker, through the proxy and nowhere else, with words that no shell takes apart. What was
 * decided is the address in its one spelling; where it redirects to is another call.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { webAddress } from './tool-list.ts';

const DEFAULT_SECONDS = 60;
const GRACE_MS = 15_000;

export interface HttpWork {
  readonly fields: readonly string[];
  readonly limitMs: number;
  /** Where it connects to, as the proxy names places. */
  readonly host: string;
  readonly port: number;
}

/** @throws GatehouseError `bad_call` for an address that is none, which a policy may have made of it */
export function httpWork(params: JsonObject, cwd: string): HttpWork {
  const url = webAddress(String(params['url'] ?? ''));
  if (url === null) throw new GatehouseError('bad_call', 'the address is not one of http or https');
  const seconds = Number(params['timeout'] ?? DEFAULT_SECONDS);
  const body = params['body'];
  const sends =
    body === undefined
      ? []
      : [
          '--header',
          `Content-Type: ${String(params['content_type'] ?? 'application/json')}`,
          '--data-binary',
          '@-',
        ];
  const words = [
    'curl',
    // No settings of a file, nothing to expand, no other protocol, no way around the proxy.
    ...['--disable', '--globoff', '--proto', '=http,https', '--noproxy', '', '--path-as-is'],
    ...['--silent', '--show-error', '--include', '--suppress-connect-headers', '--no-buffer'],
    ...['--user-agent', 'gatehouse', '--max-time', String(seconds), ...sends, '--url', url.href],
  ];
  return {
    fields: ['run', cwd, String(seconds * 1000 + 5000), String(body ?? ''), ...words],
    limitMs: seconds * 1000 + GRACE_MS,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
  };
}
