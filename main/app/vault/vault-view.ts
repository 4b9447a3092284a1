/** The vault as the page shows it: names, states, uses; never a value. */
import type { CredentialView, VaultView } from '../../../preload/contract.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import type { StoredCredential } from '../../store/vault-store.ts';
import { placeOf } from '../../vault/scope.ts';
import { secretFields } from '../../vault/types/types.ts';
import { clientName, millis, tildePath } from '../views/words.ts';
import type { CredentialKinds, Kind } from './catalog.ts';
import type { Equip } from './equip.ts';
import type { ServerSecrets } from './server-secrets.ts';
import type { Lease } from './standing.ts';
import { testHostOf } from './test-credential.ts';
import type { VaultKeeper } from './vault-keeper.ts';

const SOON_MS = 7 * 24 * 3_600_000;

export interface VaultViewParts {
  readonly keeper: VaultKeeper;
  readonly kinds: CredentialKinds;
  readonly secrets: ServerSecrets;
  readonly equip: Equip;
  readonly policy: (app: string | null) => CompiledPolicy | null;
  readonly servers: () => VaultView['servers'];
  readonly signIns: () => readonly VaultView['signIns'][number][];
  readonly projects: () => readonly string[];
  readonly sessionLabel: (id: string) => string;
  readonly home: string;
  readonly nowMs: () => number;
}

export function vaultView(parts: VaultViewParts): VaultView {
  const { keeper, equip, home } = parts;
  const stored = keeper.vault.credentials.list();
  const kinds = new Map<string, Kind>();
  const kindOf = (credential: StoredCredential): Kind => {
    const key = `${credential.type} ${credential.provider ?? ''}`;
    const known = kinds.get(key) ?? parts.kinds.of(credential);
    kinds.set(key, known);
    return known;
  };
  const kept = keeper.vault.exists ? keeper.vault.keptBy : null;
  const leases = equip.leases.list();
  return {
    state: keeper.state,
    problem: keeper.problem,
    keptBy: keeper.keptBy(),
    needsPassphrase: kept?.passphrase ?? true,
    passphraseOptional: kept === null && keeper.keychainKnown !== false,
    hasRecovery: kept?.recovery ?? false,
    locksAt: keeper.locksAt(),
    credentials: stored.map((credential) => credentialView(credential, kindOf(credential), leases, parts)),
    missing: missing(parts),
    servers: [...parts.servers()],
    signIns: [...parts.signIns()],
    projects: parts.projects().map((root) => tildePath(root, home)),
  };
}

/** Declared by the policy, for a project that is at work or for every one, and not there. */
export function missing({
  keeper,
  policy,
  projects,
}: Pick<VaultViewParts, 'keeper' | 'policy' | 'projects'>): VaultView['missing'] {
  const declared = new Map(
    [null, ...projects()].flatMap((app) =>
      (policy(app)?.credentials?.providers ?? []).map((one) => [`${one.scope} ${one.name}`, one] as const),
    ),
  );
  return [...declared.values()].flatMap(({ name, label, scope, type }) => {
    const apps = scope === 'per_user' || scope === 'system_wide' ? [null] : projects();
    const gone = apps.some((app) => {
      const found = keeper.vault.credentials.find(name, placeOf(scope, { app, user: keeper.user }));
      return found?.current == null;
    });
    return gone ? [{ name, label, scope, type }] : [];
  });
}

/** Why no call may run in this project: a credential that its policy requires is not there. Null when all are. */
export function credentialMissing(
  app: string,
  { keeper, policy }: Pick<VaultViewParts, 'keeper' | 'policy'>,
): string | null {
  const schema = policy(app)?.credentials ?? null;
  if (schema === null) return null;
  for (const { name, scope, required } of schema.providers) {
    if (!schema.required && !required) continue;
    const found = keeper.vault.credentials.find(name, placeOf(scope, { app, user: keeper.user }));
    if (found?.current == null)
      return `credential missing: ${name} (${scope}). The person adds it in Gatehouse, on the page Vault.`;
  }
  return null;
}

function credentialView(
  credential: StoredCredential,
  kind: Kind,
  leases: readonly Lease[],
  parts: VaultViewParts,
): CredentialView {
  const { id, name, label, type, provider, scope, app, current, next, created, updated, lastUsed, expires } =
    credential;
  const names = parts.keeper.vault.credentials.fieldNames(id);
  const renews = kind.type.bySignIn === true && names.includes('refresh_token');
  const secret = new Set(secretFields(kind.fields, names));
  return {
    ...{ id, name, label, type, provider, scope },
    typeLabel: kind.provider === null ? kind.type.label : kind.label,
    app: app === '' ? null : tildePath(app, parts.home),
    // What is renewed by itself does not end.
    state: stateOf(renews ? { ...credential, expires: null } : credential, parts.nowMs()),
    version: current,
    staged: next !== null,
    fields: names.map((field) => ({
      name: field,
      label: kind.fields.find((one) => one.name === field)?.label ?? field,
      secret: secret.has(field),
    })),
    createdAt: millis(created),
    updatedAt: millis(updated),
    lastUsedAt: lastUsed === null ? null : millis(lastUsed),
    expiresAt: expires === null ? null : millis(expires),
    uses: parts.secrets.usesOf(credential).map((use) => ({ ...use, standing: [...use.standing] })),
    leases: leases
      .filter((lease) => lease.credential === id)
      .map((lease) => ({
        id: lease.id,
        session: parts.sessionLabel(lease.session),
        client: clientName(lease.client),
        app: tildePath(lease.app, parts.home),
        server: lease.server,
        by: lease.by === 'you' ? 'you, for the session' : 'allowed for this server',
        since: lease.since,
      })),
    page: kind.provider?.page ?? null,
    testHost: current === null ? null : testHostOf(kind),
    bySignIn: kind.type.bySignIn ?? false,
    renews,
  };
}

/** What is stored, and what the clock says of it. */
export function stateOf({ state, expires }: StoredCredential, nowMs: number): CredentialView['state'] {
  if (expires === null || (state !== 'filled' && state !== 'valid')) return state;
  if (expires / 1000 <= nowMs) return 'expired';
  return expires / 1000 - nowMs < SOON_MS ? 'expiring' : state;
}
