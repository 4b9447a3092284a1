/** A client's entries in words. Pure. */
import type { McpClientView } from '../../../preload/contract.ts';

/** `github, files go past Gatehouse · notes through it` */
export function clientLine({ direct, routed, left }: McpClientView): string {
  const parts = [
    ...(direct.length === 0
      ? []
      : [`${direct.join(', ')} ${direct.length === 1 ? 'goes' : 'go'} past Gatehouse`]),
    ...(routed.length === 0
      ? []
      : [`${routed.join(', ')} ${routed.length === 1 ? 'goes' : 'go'} through it`]),
  ];
  if (parts.length > 0) return parts.join(' · ');
  return left.length === 0 ? 'No entries.' : 'Nothing that could be routed.';
}
