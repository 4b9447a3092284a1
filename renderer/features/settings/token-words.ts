/** What a token of the API may do, in words, and what is wrong with a wish for one before it is sent. */
import type { ApiScope, ApiToken } from '../../../preload/contract.ts';

/** The choices: what each is for, and the scopes it has. */
export const TOKEN_KINDS = {
  agent: { label: 'ask for calls and watch', scopes: ['submit', 'watch'] },
  watcher: { label: 'watch', scopes: ['watch'] },
  decider: { label: 'watch and answer requests in your place', scopes: ['watch', 'decide'] },
} as const satisfies Record<string, { readonly label: string; readonly scopes: readonly ApiScope[] }>;

export type TokenKind = keyof typeof TOKEN_KINDS;

const NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/;

/** Why this wish cannot be sent yet; null when it can. The supervisor checks it again. */
export function wishProblem(wish: {
  readonly name: string;
  readonly kind: TokenKind;
  readonly app: string;
  readonly pin: string;
  readonly pinSet: boolean;
}): string | null {
  if (wish.name === '') return 'Give it a name.';
  if (!NAME.test(wish.name))
    return 'The name takes a–z, 0–9, dot, dash and underscore, a letter or digit first.';
  if (wish.kind === 'agent' && wish.app.trim() === '') return 'Name the project it is for.';
  if (wish.kind !== 'decider') return null;
  if (!wish.pinSet) return 'Set a PIN first: this needs it.';
  return wish.pin === '' ? 'Enter your PIN: this token answers in your place.' : null;
}

const DOES: Readonly<Record<ApiScope, string>> = {
  submit: 'asks for calls',
  watch: 'watches',
  decide: 'answers requests',
};

/** `asks for calls, watches · ~/src/web` */
export function tokenWords({ scopes, apps }: Pick<ApiToken, 'scopes' | 'apps'>): string {
  const where = apps === null ? 'every project' : apps.join(', ');
  return `${scopes.map((scope) => DOES[scope]).join(', ')} · ${where}`;
}

/** When a token was used last, from wall time in milliseconds. */
export function usedWords(lastUsedAt: number | null, now: number): string {
  if (lastUsedAt === null) return 'never used';
  const minutes = Math.floor(Math.max(0, now - lastUsedAt) / 60_000);
  if (minutes < 1) return 'used just now';
  if (minutes < 60) return `used ${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `used ${hours} h ago`;
  return `used ${Math.floor(hours / 24)} days ago`;
}
