/**
 * Which places a sandbox may reach at all, before and after a name is looked up: what is not on the internet only
 * where the policy names it.
 */
import type { Named } from '../../policy/sandbox-hosts.ts';
import { type AddressKind, kindOfAddress } from './address.ts';
import { refusal, type Target } from './target.ts';

const WORDS: Readonly<Record<AddressKind, string>> = {
  public: '',
  loopback: 'this computer itself',
  private: 'an address of a private network',
  shared: 'an address of a carrier’s or overlay network',
  link_local: 'an address of this network segment',
  metadata: 'the address where a machine in a cloud finds its credentials',
  multicast: 'an address of many at once',
  reserved: 'an address that is no place on the internet',
  embedded: 'an IPv6 address that stands for an IPv4 one',
};
/** Names that are looked up in this network only, or on this computer. */
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|lan|intranet|corp|home|home\.arpa|localdomain)$/;
/** What a name that the policy names exactly may turn out to be, as names of a company's own network do. */
const INTRANET: ReadonlySet<AddressKind> = new Set(['public', 'private', 'shared']);

/** Before anybody is asked and any name is looked up. @throws GatehouseError `egress_refused` */
export function checkTarget({ host, isAddress }: Target, named: Named | null): void {
  if (named === 'exactly') return;
  if (isAddress) {
    const kind = kindOfAddress(host);
    if (kind !== 'public') throw refusal(notNamed(WORDS[kind]));
  } else if (!host.includes('.') || LOCAL_NAME.test(host))
    throw refusal(notNamed('a name of this computer or network'));
}

/**
 * What a name was found to stand for. One address that may not be reached refuses them all: whoever answers so
 * plays with them.
 *
 * @throws GatehouseError `egress_refused`
 */
export function checkAddresses(
  { host, isAddress }: Target,
  named: Named | null,
  addresses: readonly string[],
): void {
  for (const address of addresses) {
    const kind = kindOfAddress(address);
    if (kind === 'public') continue;
    if (named === 'exactly') {
      if (isAddress && host === address) continue;
      if (!isAddress && INTRANET.has(kind)) continue;
      if (!isAddress && kind === 'loopback' && /(?:^|\.)localhost$/.test(host)) continue;
    }
    throw refusal(`${host} stands for ${address}, ${WORDS[kind]}`);
  }
}

function notNamed(what: string): string {
  return `${what}, which security.sandbox.network.allow does not name`;
}
