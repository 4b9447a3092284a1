/** The vault put together: its keeper, its catalog, what servers are given, and what the page is shown. */
import { join } from 'node:path';
import type { CredentialsPage, CredentialsWish, VaultView } from '../../../preload/contract.ts';
import type { KnownSecrets } from '../../analysis/content/known-secrets.ts';
import type { Engine } from '../../engine/engine.ts';
import type { LogPort } from '../../engine/ports.ts';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import type { Clock } from '../../platform/clock.ts';
import { messageOf } from '../../platform/errors.ts';
import type { Keychain } from '../../platform/keychain/keychain.ts';
import type { Paths } from '../../platform/paths.ts';
import type { Restart } from '../../points/mcp/upstream.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import type { StateStore } from '../../store/state-store.ts';
import type { StoredCredential } from '../../store/vault-store.ts';
import type { AwayPort } from '../../vault/auto-lock.ts';
import type { Redactor } from '../../vault/redaction/redactor.ts';
import { Browser } from '../browser.ts';
import type { Mcp, VaultOfServers } from '../mcp.ts';
import { installRoot } from '../resources.ts';
import { CredentialKinds } from './catalog.ts';
import { CredentialsDesk } from './credentials-desk.ts';
import { DeclaredBindings, Withdrawn } from './declared-bindings.ts';
import { Equip } from './equip.ts';
import { PageUploads } from './page-uploads.ts';
import { Refresher } from './refresher.ts';
import { ServerSecrets } from './server-secrets.ts';
import { SignIns } from './sign-ins.ts';
import { StandingGrants } from './standing.ts';
import { primaryField } from './template.ts';
import { TransferDesk } from './transfer-desk.ts';
import { VaultKeeper, type Via } from './vault-keeper.ts';
import { VaultSecrets } from './vault-secrets.ts';
import { credentialMissing, credentialsPage, vaultView, wholeVaultView } from './vault-view.ts';

const SWEEP_MS = 2000;
const RENEW_MS = 30_000;

export interface VaultSetup {
  readonly paths: Paths;
  readonly home: string;
  /** Where programs that show a page are found. */
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly log: LogPort;
  readonly state: StateStore;
  readonly redactor: Redactor;
  /** Closed with the vault. */
  readonly keychain: Keychain;
  readonly away: AwayPort | null;
  /** In force in a project; null: where there is none. */
  readonly policy: (app: string | null) => CompiledPolicy | null;
  readonly engine: () => Engine;
  readonly mcp: () => Mcp;
  /** Projects that agents work in. */
  readonly projects: () => readonly string[];
  /** Projects whose own policy file is trusted. */
  readonly trustedProjects: () => readonly string[];
  readonly sessionLabel: (id: string) => string;
  readonly onProblem: (text: string) => void;
  /** Tells the person, wherever they look. */
  readonly tell: (text: string) => void;
}

export interface VaultParts {
  readonly keeper: VaultKeeper;
  /** What calls are looked through for. */
  readonly known: KnownSecrets;
  readonly kinds: CredentialKinds;
  readonly desk: CredentialsDesk;
  readonly equip: Equip;
  readonly secrets: ServerSecrets;
  readonly signIns: SignIns;
  readonly transfers: TransferDesk;
  /** Files on their way from and to a page. */
  readonly uploads: PageUploads;
  /** Shows a person the page that they sign in at. */
  readonly browser: Browser;
  readonly refresher: Refresher;
  readonly forServers: VaultOfServers;
  /** With the first of the credentials. */
  view(): VaultView;
  /** With every credential. */
  wholeView(): VaultView;
  credentials(wish: CredentialsWish): CredentialsPage;
  /** Takes it from every server, back at its service, and out of the vault. Answers how the service took it. */
  remove(credential: StoredCredential, via: Via): Promise<string>;
  /** Why no call may run in this project; null when nothing that its policy requires is missing. */
  unready(app: string): string | null;
  close(): void;
}

/** Builds it; nothing is asked of the keychain before a person does. */
export function createVault(setup: VaultSetup): VaultParts {
  const { paths, clock, log, state, redactor, away, home } = setup;
  const nowMs = () => clock.wallMicros() / 1000;
  const kinds = new CredentialKinds({
    shipped: join(installRoot, 'resources', 'providers'),
    own: paths.providers,
  });
  const known = new VaultSecrets(() => kinds.forms());
  const keeper = new VaultKeeper({
    file: paths.vaultDb,
    secrets: known,
    keyFile: paths.vaultKey,
    clock,
    log,
    redactor,
    keychain: setup.keychain,
    away,
    anchor: state.setting('vault.newest'),
    onProblem: setup.onProblem,
  });
  const desk = new CredentialsDesk(keeper, kinds, home, setup);
  const transfers = new TransferDesk(keeper, clock);
  const uploads = new PageUploads();
  keeper.onLock(() => uploads.dropAll());
  const standing = new StandingGrants(state.setting('vault.standing'));
  const withdrawn = new Withdrawn(state.setting('vault.withdrawn'));
  const declared = new DeclaredBindings({
    ...{ keeper, withdrawn, policy: setup.policy },
    ...{ projects: setup.projects, trustedProjects: setup.trustedProjects },
    kindOf: (credential) => kinds.of(credential),
  });
  const restart = (server: string, why: string, which?: Restart) => setup.mcp().restart(server, why, which);
  const equip: Equip = new Equip({
    ...{ keeper, standing, engine: setup.engine, restart, clock, declared, onProblem: setup.onProblem },
    fresh: (credential) => refresher.fresh(credential),
    primary: (credential) => primaryField(kinds.of(credential)),
    env: setup.env,
    registered: (server) => setup.mcp().servers.find(server),
  });
  // The book is the gateway's: it is there once the gateway is.
  const secrets = new ServerSecrets({
    keeper,
    get servers() {
      return setup.mcp().servers;
    },
    standing,
    equip,
    declared,
    withdrawn,
    restart,
    scrub: () => state.scrub(),
  });
  const { onProblem } = setup;
  const browser = new Browser({ runFolder: paths.run, platform: process.platform, env: setup.env });
  const signIns = new SignIns({
    ...{ keeper, nowMs, onProblem },
    changed: (credential) => secrets.changed(credential),
  });
  const refresher = new Refresher({
    ...{ keeper, nowMs, onProblem },
    // Whoever starts a server waits for the renewal: it must not wait for them.
    changed: (credential) =>
      void secrets
        .changed(credential, 'running')
        .catch((error: unknown) => onProblem(`after a renewal: ${messageOf(error)}`)),
    ended: async (credential, why) => {
      const { id, name, scope } = credential;
      setup.tell(`The sign-in of ${name} has ended. Sign in again on the page Vault.`);
      await equip.endLeases((lease) => lease.credential === id, 'its sign-in has ended');
      await keeper.log({
        ...{ type: 'vault.changed', v: 1, change: 'sign_in_ended', credential: name, scope },
        ...{ detail: why, via: 'gatehouse' },
      });
      keeper.touched();
    },
  });
  const timers = [
    setInterval(() => equip.sweep(), SWEEP_MS),
    setInterval(() => void refresher.sweep(), RENEW_MS),
  ];
  for (const timer of timers) timer.unref();
  const viewParts = {
    ...{ keeper, kinds, secrets, equip, home, nowMs },
    policy: setup.policy,
    servers: () =>
      setup
        .mcp()
        .servers.list()
        .map(({ name, transport }) => ({ name, kind: transport.kind })),
    projects: setup.projects,
    sessionLabel: setup.sessionLabel,
    signIns: () => signIns.list(),
  };
  return {
    keeper,
    known,
    kinds,
    desk,
    equip,
    secrets,
    signIns,
    transfers,
    uploads,
    refresher,
    browser,
    forServers: {
      clean: (message) => redactor.json(message as unknown as JsonObject) as unknown as typeof message,
      equipped: (server, claim, signal) => equip.server(server, claim, signal),
      concern: (action) => equip.concern(action),
      registered: async () => {
        if (!keeper.vault.isOpen) return;
        await secrets.moveIn('gatehouse').catch((error: unknown) => setup.onProblem(messageOf(error)));
      },
      removed: (server) => {
        standing.dropServer(server);
        equip.leases.end((lease) => lease.server === server);
        keeper.touched();
      },
    },
    view: () => vaultView(viewParts),
    wholeView: () => wholeVaultView(viewParts),
    credentials: (wish) => credentialsPage(wish, viewParts),
    unready: (app) => credentialMissing(app, viewParts),
    remove: async (credential, via) => {
      await secrets.revoke(credential, null, via);
      const told =
        credential.type === 'oauth2' && credential.current !== null ? await signIns.revoke(credential) : '';
      await desk.remove(credential.id, via);
      withdrawn.forget(credential.id);
      return told;
    },
    close: () => {
      for (const timer of timers) clearInterval(timer);
      signIns.close();
      browser.close();
      uploads.dropAll();
      keeper.close();
    },
  };
}

/** Takes the vault's values out of whatever is JSON. */
export function cleanJson<T>(redactor: Redactor, value: T): T {
  return redactor.json(value as unknown as JsonValue) as unknown as T;
}
