/** How a credential stands, in words, a shape and a tone. */
import type { CredentialScope, CredentialView } from '../../../preload/contract.ts';

export interface Standing {
  readonly word: string;
  readonly shape: 'ring' | 'disc' | 'half' | 'cross';
  readonly tone: string;
}

const DAY_MS = 24 * 3_600_000;

export function standingOf(
  { state, leases, expiresAt, lastUsedAt, uses, bySignIn }: CredentialView,
  now: number,
): Standing {
  switch (state) {
    case 'invalid':
      return {
        word: bySignIn ? 'Sign in again' : 'Not taken by its service',
        shape: 'cross',
        tone: 't-stop',
      };
    case 'revoked':
      return { word: 'Revoked', shape: 'cross', tone: 't-stop' };
    case 'expired':
      return { word: 'Expired', shape: 'cross', tone: 't-stop' };
    case 'pending':
      return { word: 'Nothing filled in', shape: 'half', tone: 't-wait' };
    case 'expiring':
      return { word: `Ends ${inDays((expiresAt ?? now) - now)}`, shape: 'half', tone: 't-wait' };
    case 'filled':
    case 'valid':
      if (leases.length > 0)
        return {
          word: leases.length === 1 ? '1 lease' : `${leases.length} leases`,
          shape: 'disc',
          tone: 't-allow',
        };
      return {
        word: uses.length > 0 && lastUsedAt === null ? 'Never used' : state === 'valid' ? 'Valid' : 'Ready',
        shape: 'ring',
        tone: 't-ink2',
      };
  }
}

function inDays(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  return days < 1 ? 'today' : days === 1 ? 'tomorrow' : `in ${days} days`;
}

export const SCOPE_WORDS: Readonly<Record<CredentialScope, string>> = {
  per_user: 'Yours, in every project',
  per_app_per_user: 'Yours, in one project',
  per_app_shared: 'One project’s',
  system_wide: 'This computer’s',
};

/** Under which heading a credential stands in the list. */
export function groupOf({ scope, app }: Pick<CredentialView, 'scope' | 'app'>): string {
  if (app !== null) return `Only in ${app}`;
  return scope === 'per_user' ? 'Every project' : 'This computer';
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const minute = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

export const onDay = (at: number): string => day.format(at);
export const atMinute = (at: number): string => minute.format(at);

/** Minutes in words: `30 min`, `8 h`, `7 days`. */
export function spanOf(minutes: number): string {
  if (minutes % 1440 === 0) return minutes === 1440 ? '1 day' : `${minutes / 1440} days`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
