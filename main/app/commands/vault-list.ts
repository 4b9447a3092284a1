/** The vault as lines of text. No value stands in them. */
import type { CredentialView, VaultView } from '../../../preload/contract.ts';
import { printable } from './approvals.ts';

export function listText(view: VaultView, program: string): string {
  const state = { none: `not made yet: ${program} vault unlock makes it`, locked: 'locked', open: 'open' }[
    view.state
  ];
  return [
    `Vault   ${state}. ${view.keptBy}`,
    ...(view.problem === null ? [] : [`        ${printable(view.problem)}`]),
    ...view.credentials.map(lineOf),
    ...view.missing.map(
      ({ name, scope }) => `${printable(name).padEnd(24)} missing    ${scope}, asked for by the policy`,
    ),
    ...(view.credentials.length + view.missing.length === 0 ? ['There are no credentials.'] : []),
  ].join('\n');
}

function lineOf({ name, state, typeLabel, scope, app, uses, leases, staged }: CredentialView): string {
  const who = uses
    .map(({ server, name: as, by }) => `${server} as ${as}${by === 'policy' ? ' (by the policy)' : ''}`)
    .join(', ');
  return [
    `${printable(name).padEnd(24)} ${state.padEnd(10)} ${typeLabel}, ${scope}${app === null ? '' : ` ${printable(app)}`}`,
    ...(staged ? ['    a new value waits to be put in force'] : []),
    ...(who === '' ? [] : [`    given to ${printable(who)}`]),
    ...leases.map(
      ({ server, client, app: where, until }) =>
        `    in use by ${printable(client)} through ${printable(server)} in ${printable(where)}, until ${minuteOf(until)} at the latest`,
    ),
  ].join('\n');
}

/** In the time of this computer: `2026-11-26 17:40`. */
function minuteOf(at: number): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  const date = new Date(at);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(pad).join('-');
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
}
