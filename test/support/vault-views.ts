/** The vault as the double shows it. Each view fits the contract's schema. */
import { failure, type Page, success } from '../../main/app/pages.ts';
import type { Presence } from '../../main/app/presence.ts';
import type { vaultHandlers } from '../../main/app/vault/vault-handlers.ts';
import {
  CREDENTIALS_AT_ONCE,
  type CredentialKind,
  type CredentialView,
  type VaultView,
} from '../../preload/contract.ts';
import { doubleTransfers } from './vault-transfers.ts';

const DAY = 24 * 3_600_000;
const field = (name: string, label: string, change: Partial<CredentialKind['fields'][number]> = {}) => ({
  ...{ name, label, type: 'secret' as const, required: true, multiline: false },
  ...{ placeholder: '', description: '', options: [], prefixes: [], ...change },
});

export const KINDS: readonly CredentialKind[] = [
  {
    ...{ id: 'github', label: 'GitHub', type: 'bearer_token', typeLabel: 'Bearer token' },
    ...{ fields: [field('token', 'Token', { prefixes: ['ghp_'] })], more: false, bySignIn: false },
    ...{ page: 'https://github.com/settings/tokens', own: false },
  },
  {
    ...{ id: 'postgres', label: 'PostgreSQL', type: 'connection_string', typeLabel: 'Connection string' },
    ...{ fields: [field('url', 'Connection string')], more: false, bySignIn: false, page: null, own: false },
  },
  {
    ...{
      id: 'type:basic_auth',
      label: 'User name and password',
      type: 'basic_auth',
      typeLabel: 'User name and password',
    },
    fields: [field('username', 'User name', { type: 'string' }), field('password', 'Password')],
    ...{ more: false, bySignIn: false, page: null, own: false },
  },
  {
    ...{ id: 'notes-sign-in', label: 'Notes, signed in', type: 'oauth2', typeLabel: 'Sign-in (OAuth 2)' },
    fields: [field('client_id', 'Client ID', { type: 'string' })],
    ...{ more: false, bySignIn: true, page: 'https://notes.example/apps', own: false },
  },
  {
    ...{ id: 'type:file_upload', label: 'File', type: 'file_upload', typeLabel: 'File' },
    fields: [field('file', 'File', { type: 'file' })],
    ...{ more: false, bySignIn: false, page: null, own: false },
  },
];

/** A credential that nobody uses yet. */
export function credential(name: string, change: Partial<CredentialView> = {}): CredentialView {
  const now = Date.now();
  return {
    ...{
      id: `cred_${name}`,
      name,
      label: name,
      type: 'bearer_token',
      typeLabel: 'GitHub',
      provider: 'github',
    },
    ...{ scope: 'per_user', app: null, state: 'filled', version: 1, staged: false },
    fields: [{ name: 'token', label: 'Token', secret: true, file: false }],
    ...{ createdAt: now - 30 * DAY, updatedAt: now - 20 * DAY, lastUsedAt: null, expiresAt: null },
    ...{ uses: [], leases: [], page: 'https://github.com/settings/tokens', testHost: 'api.github.com' },
    ...{ bySignIn: false, renews: false },
    ...change,
  };
}

export function vaultView(change: Partial<VaultView> = {}): VaultView {
  const credentials = change.credentials ?? [];
  return {
    ...{
      state: 'open',
      problem: null,
      trouble: null,
      keptBy: 'The key needs the keychain and your passphrase.',
    },
    ...{ needsPassphrase: true, passphraseOptional: false, hasRecovery: true },
    ...{ locksAt: Date.now() + 12 * 60_000, credentials, missing: [] },
    ...{ total: credentials.length, leases: credentials.reduce((sum, one) => sum + one.leases.length, 0) },
    ...{ servers: [{ name: 'notes', kind: 'stdio' }], projects: ['~/src/web'], signIns: [] },
    ...change,
  };
}

const LEASE: CredentialView['leases'][number] = {
  id: 'lease_1',
  session: 'fix login',
  client: 'Claude Code',
  app: '~/src/web',
  server: 'notes',
  by: 'you, for the session',
  since: Date.now(),
  until: Date.now() + 8 * 3_600_000,
};
const GRANT = { by: 'grant', leaseMinutes: null } as const;
/** Some of each state. */
export const fullVault = (): VaultView =>
  vaultView({
    credentials: [
      credential('github', {
        label: 'GitHub token',
        uses: [{ server: 'notes', into: 'env', name: 'GITHUB_TOKEN', standing: [], ...GRANT }],
        leases: [LEASE],
      }),
      credential('stripe', {
        label: 'Stripe test key',
        state: 'expiring',
        expiresAt: Date.now() + 3.5 * 24 * 3_600_000,
      }),
      credential('npm', {
        label: 'npm publish token',
        scope: 'per_app_per_user',
        app: '~/src/api',
        state: 'invalid',
      }),
    ],
    missing: [
      {
        ...{ name: 'linear', label: 'Linear', scope: 'per_user', type: 'api_key' },
        ...{ kind: 'type:api_key', fields: [] },
      },
    ],
  });

/** So many that they come in stretches: half of them every project's, half of one. */
export const manyCredentials = (many: number): VaultView =>
  vaultView({
    credentials: Array.from({ length: many }, (_, at) =>
      credential(`key-${String(at).padStart(5, '0')}`, at < many / 2 ? {} : { app: '~/src/api' }),
    ),
  });

export const SIGN_IN_URL = 'https://notes.example/authorize?client_id=x';

/** One that waits for the person. */
export function signIn(change: Partial<VaultView['signIns'][number]> = {}): VaultView['signIns'][number] {
  return {
    ...{ id: 'signin_1', name: 'wiki', credential: null, host: 'notes.example', state: 'waiting', text: '' },
    ...{ endsAt: Date.now() + 10 * 60_000, ...change },
  };
}

/** What stands for a value in the double. */
export const DOUBLE_VALUE = 'ghp_the-value-in-the-double';
export const RECOVERY = Array.from({ length: 14 }, () => 'ABCD').join('-');

/** As the page is sent it: with the first of the credentials. */
export function shownVault(vault: VaultView): VaultView {
  const { credentials } = vault;
  const leases = credentials.reduce((sum, one) => sum + one.leases.length, 0);
  const first = credentials.slice(0, CREDENTIALS_AT_ONCE);
  return { ...vault, total: credentials.length, leases, credentials: first };
}

export interface VaultWorld {
  vault: VaultView;
  readonly presence: Presence;
  pushVault(): void;
}

export function doubleVault(world: VaultWorld): ReturnType<typeof vaultHandlers> {
  const set = (change: Partial<VaultView>) => {
    world.vault = { ...world.vault, ...change };
    queueMicrotask(() => world.pushVault());
    return success(shownVault(world.vault));
  };
  const edit = (id: string, change: (one: CredentialView) => CredentialView | null) =>
    set({
      credentials: world.vault.credentials.flatMap((one) => {
        if (one.id !== id) return [one];
        const next = change(one);
        return next === null ? [] : [next];
      }),
    });
  const saved = { saved: true, id: null, problems: [], warnings: [] };
  return {
    vault: async () => success(shownVault(world.vault)),
    ...doubleTransfers(world, set),
    credentials: async (_page: Page, { text, from, at }) => {
      const matching = world.vault.credentials.filter((one) =>
        `${one.name}\n${one.label}`.toLowerCase().includes(text.toLowerCase()),
      );
      const place = at === null ? -1 : matching.findIndex(({ id }) => id === at);
      const begin = place < 0 ? from : place - (place % CREDENTIALS_AT_ONCE);
      const credentials = matching.slice(begin, begin + CREDENTIALS_AT_ONCE);
      return success({ from: begin, matching: matching.length, credentials });
    },
    credentialCatalog: async () => success({ kinds: [...KINDS], problems: [] }),
    connectCredential: async (_page: Page, { name, credential, values }) => {
      if (values['client_id'] === '')
        return success({ signIn: null, problems: [{ field: 'client_id', text: 'is needed' }] });
      const id = `signin_${world.vault.signIns.length + 1}`;
      set({ signIns: [signIn({ id, name, credential }), ...world.vault.signIns] });
      return success({ signIn: { id, url: SIGN_IN_URL, opened: true }, problems: [] });
    },
    cancelSignIn: async (_page: Page, id) =>
      set({
        signIns: world.vault.signIns.map((one) =>
          one.id === id ? { ...one, state: 'cancelled', text: 'you ended it' } : one,
        ),
      }),
    pasteSignIn: async (_page: Page, id, address) =>
      address.startsWith('http://127.0.0.1:')
        ? set({
            credentials: [...world.vault.credentials, credential('wiki', { bySignIn: true, renews: true })],
            signIns: world.vault.signIns.map((one) =>
              one.id === id ? { ...one, state: 'done', credential: 'cred_wiki' } : one,
            ),
          })
        : failure('bad_argument', 'that is no address that begins with http://127.0.0.1:1/callback?'),
    makeVault: async () =>
      success({
        recoveryKey: RECOVERY,
        vault: set({ state: 'open' }).ok ? shownVault(world.vault) : world.vault,
      }),
    unlockVault: async (_page: Page, { passphrase }) =>
      passphrase === 'wrong passphrase'
        ? failure('wrong_pin', 'the vault stays locked: the passphrase is not right')
        : set({ state: 'open' }),
    lockVault: async () => set({ state: 'locked', locksAt: null }),
    addCredential: async (_page: Page, { name, label, kind, scope, values, files, confirmed }) => {
      const [value = ''] = [...Object.values(values), ...Object.values(files)];
      if (value === '')
        return success({ ...saved, saved: false, problems: [{ field: 'token', text: 'is needed' }] });
      if (kind === 'github' && !value.startsWith('ghp_') && !confirmed)
        return success({
          ...saved,
          saved: false,
          warnings: [{ field: 'token', text: 'does not begin with ghp_' }],
        });
      const made = credential(name, { label: label === '' ? name : label, scope });
      set({ credentials: [...world.vault.credentials, made] });
      return success({ ...saved, id: made.id });
    },
    renewCredential: async (_page: Page, { id, how }) => {
      edit(id, (one) =>
        how === 'stage' ? { ...one, staged: true } : { ...one, version: (one.version ?? 0) + 1 },
      );
      return success({ ...saved, id });
    },
    settleCredential: async (_page: Page, id, how) =>
      edit(id, (one) => ({
        ...one,
        staged: false,
        version: how === 'promote' ? (one.version ?? 0) + 1 : one.version,
      })),
    revealCredential: async (_page: Page, { pin }) => {
      await world.presence.check(pin, 'page');
      return success({ value: DOUBLE_VALUE });
    },
    testCredential: async () => success({ outcome: 'good', text: 'api.github.com takes it.' }),
    removeCredential: async (_page: Page, id) => edit(id, () => null),
    grantCredential: async (_page: Page, { id, server, into, name, standing, leaseMinutes = null }) =>
      edit(id, (one) => ({
        ...one,
        uses: [
          ...one.uses,
          { server, into, name, standing: standing ? ['*'] : [], by: 'grant', leaseMinutes },
        ],
      })),
    revokeCredential: async (_page: Page, id, server) =>
      edit(id, (one) => ({
        ...one,
        uses: one.uses.filter((use) => server !== null && use.server !== server),
        leases: [],
      })),
    endLease: async (_page: Page, lease) =>
      set({
        credentials: world.vault.credentials.map((one) => ({
          ...one,
          leases: one.leases.filter(({ id }) => id !== lease),
        })),
      }),
  };
}
