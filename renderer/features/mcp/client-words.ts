/** A client's entries in words. Pure. */
import type { McpClientView } from '../../../preload/contract.ts';

/** `github, files go past Gatehouse · notes goes through it` */
export function clientLine({ direct, routed, left }: McpClientView): string {
  const past = direct.length === 0 ? '' : `${goes(direct)} past Gatehouse`;
  const through = routed.length === 0 ? '' : `${goes(routed)} through ${past === '' ? 'Gatehouse' : 'it'}`;
  if (past !== '' || through !== '') return [past, through].filter((part) => part !== '').join(' · ');
  return left.length === 0 ? 'No entries.' : 'Nothing that could be routed.';
}

function goes(names: readonly string[]): string {
  return `${names.join(', ')} ${names.length === 1 ? 'goes' : 'go'}`;
}
