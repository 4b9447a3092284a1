/** The vault as the page shows it: names, states, uses; never a value. */
import {
  CREDENTIALS_AT_ONCE,
  type CredentialsPage,
  type CredentialsWish,
  type CredentialView,
  type VaultView,
} from '../../../preload/contract.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import type { StoredCredential } from '../../store/vault-store.ts';
import { placeOf } from '../../vault/scope.ts';
import { secretFields } from '../../vault/types/types.ts';
import { clientName, millis, tildePath } from '../views/words.ts';
import { type CredentialKinds, formOf, type Kind } from './catalog.ts';
import { allDeclared, kindIdFor, withDeclaredForm } from './declared.ts';
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

/** What one answer with credentials may weigh: half of a message, for names and projects can be long. */
const PAGE_BYTES = 512 * 1024;

export function vaultView(parts: VaultViewParts): VaultView {
  const stored = inOrder(parts.keeper.vault.credentials.list());
  return { ...frame(stored.length, parts), credentials: stretch(stored, 0, parts) };
}

/** The same with every credential: for a terminal, which takes a message of any length. */
export function wholeVaultView(parts: VaultViewParts): VaultView {
  const stored = inOrder(parts.keeper.vault.credentials.list());
  const show = shower(parts);
  return { ...frame(stored.length, parts), credentials: stored.map(show) };
}

/** Those that match, from a place on, or from the page on which a credential stands. */
export function credentialsPage({ text, from, at }: CredentialsWish, parts: VaultViewParts): CredentialsPage {
  const kindOf = lookUpKinds(parts);
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const matching = inOrder(parts.keeper.vault.credentials.list()).filter((credential) => {
    if (words.length === 0) return true;
    const { name, label, app } = credential;
    const known = `${name}\n${label}\n${app}\n${kindOf(credential).label}`.toLowerCase();
    return words.every((word) => known.includes(word));
  });
  const place = at === null ? -1 : matching.findIndex(({ id }) => id === at);
  const wanted = place < 0 ? from : place - (place % CREDENTIALS_AT_ONCE);
  // What was removed meanwhile leaves no empty page behind.
  const last = Math.max(0, matching.length - 1);
  const begin = wanted <= last ? wanted : last - (last % CREDENTIALS_AT_ONCE);
  return { from: begin, matching: matching.length, credentials: stretch(matching, begin, parts, place) };
}

/** The order of the list: what every project has, then the computer's, then each project's; by name in each. */
function inOrder(stored: readonly StoredCredential[]): readonly StoredCredential[] {
  const rank = ({ scope, app }: StoredCredential) => (app !== '' ? 2 : scope === 'per_user' ? 0 : 1);
  const before = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return stored.toSorted((a, b) => rank(a) - rank(b) || before(a.app, b.app) || before(a.name, b.name));
}

/** As many from a place on as one message bears. @param must  one that is in it, whatever the others weigh */
function stretch(
  stored: readonly StoredCredential[],
  from: number,
  parts: VaultViewParts,
  must = -1,
): CredentialView[] {
  const show = shower(parts);
  const shown: CredentialView[] = [];
  let bytes = 0;
  for (const credential of stored.slice(from, from + CREDENTIALS_AT_ONCE)) {
    const view = show(credential);
    bytes += Buffer.byteLength(JSON.stringify(view));
    if (shown.length > 0 && bytes > PAGE_BYTES && from + shown.length > must) break;
    shown.push(view);
  }
  return shown;
}

function frame(total: number, parts: VaultViewParts): Omit<VaultView, 'credentials'> {
  const { keeper, equip, home } = parts;
  const kept = keeper.vault.exists ? keeper.vault.keptBy : null;
  return {
    state: keeper.state,
    problem: keeper.problem,
    trouble: keeper.trouble,
    keptBy: keeper.keptBy(),
    needsPassphrase: kept?.passphrase ?? true,
    passphraseOptional: kept === null && keeper.keychainKnown !== false,
    hasRecovery: kept?.recovery ?? false,
    locksAt: keeper.locksAt(),
    total,
    leases: equip.leases.list().length,
    missing: missing(parts),
    servers: [...parts.servers()],
    signIns: [...parts.signIns()],
    projects: parts.projects().map((root) => tildePath(root, home)),
  };
}

function shower(parts: VaultViewParts): (credential: StoredCredential) => CredentialView {
  const kindOf = lookUpKinds(parts);
  const leases = Map.groupBy(parts.equip.leases.list(), ({ credential }) => credential);
  return (credential) =>
    credentialView(credential, kindOf(credential), leases.get(credential.id) ?? [], parts);
}

/** Kinds of many credentials, each looked up once. */
function lookUpKinds({ kinds }: Pick<VaultViewParts, 'kinds'>): (credential: StoredCredential) => Kind {
  const known = new Map<string, Kind>();
  return (credential) => {
    const key = `${credential.type} ${credential.provider ?? ''}`;
    const kind = known.get(key) ?? kinds.of(credential);
    known.set(key, kind);
    return kind;
  };
}

/** Declared by the policy, for a project that is at work or for every one, and not there. */
export function missing(
  parts: Pick<VaultViewParts, 'keeper' | 'kinds' | 'policy' | 'projects'>,
): VaultView['missing'] {
  const { keeper, kinds, projects } = parts;
  return allDeclared(parts).flatMap((declared) => {
    const { name, label, scope, type } = declared;
    const apps = scope === 'per_user' || scope === 'system_wide' ? [null] : projects();
    const gone = apps.some((app) => {
      const found = keeper.vault.credentials.find(name, placeOf(scope, { app, user: keeper.user }));
      return found?.current == null;
    });
    if (!gone) return [];
    const kind = kindIdFor(declared, kinds.services());
    // A sign-in is asked nothing that its service tells by itself.
    const fields =
      type === 'oauth2' || declared.fields.length === 0
        ? []
        : formOf(withDeclaredForm(kinds.find(kind), declared));
    return [{ name, label, scope, type, kind, fields }];
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
      file: kind.fields.find((one) => one.name === field)?.type === 'file',
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
        since: Math.round(lease.since),
        until: Math.round(lease.until),
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
