/**
 * Gives registered MCP servers the credentials that a person bound to them, for one session at a time.
 *
 * Looked up by exact name and scope; not there is told at once. The first use by an agent is a question, unless
 * the person said that it is none. The value goes into the server's environment or headers and nowhere else.
 */
import type { Engine } from '../../engine/engine.ts';
import type { SessionClaim } from '../../engine/requests.ts';
import type { Clock } from '../../platform/clock.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { mayBeGiven } from '../../platform/given-names.ts';
import { newId } from '../../platform/ids.ts';
import { USE_CREDENTIAL } from '../../points/mcp/pseudo-actions.ts';
import { PRIMARY } from '../../points/mcp/server-placeholders.ts';
import type { SecretBinding, ServerRecord } from '../../points/mcp/server-record.ts';
import type { Restart } from '../../points/mcp/upstream.ts';
import type { StoredCredential } from '../../store/vault-store.ts';
import { placeOf } from '../../vault/scope.ts';
import { wipe } from '../../vault/seal.ts';
import { fill } from '../../vault/types/types.ts';
import { type DeclaredBindings, withDeclared } from './declared-bindings.ts';
import { envId, filled, givenFromEnvironment, variablesOf } from './from-environment.ts';
import { LEASE_MINUTES, type Lease, Leases, type StandingGrants } from './standing.ts';
import type { VaultKeeper } from './vault-keeper.ts';

const PATIENCE_MS = 5 * 60_000;

export interface EquipOptions {
  readonly keeper: VaultKeeper;
  readonly standing: StandingGrants;
  /** Set once it is there: the engine needs to know of the question before. */
  readonly engine: () => Engine;
  /** Ends a server for all its clients; started anew with what it may have then. `running`: after its calls. */
  readonly restart: (server: string, why: string, which?: Restart) => Promise<void>;
  readonly clock: Clock;
  /** Renews what is about to end. @throws GatehouseError when it cannot be used any more */
  readonly fresh: (credential: StoredCredential) => Promise<void>;
  /** The field that a credential is mostly for; null where none is. */
  readonly primary: (credential: StoredCredential) => string | null;
  /** What a registration may name a variable of. */
  readonly env: NodeJS.ProcessEnv;
  /** A server as it is registered now; the record that it is started from may be older. */
  readonly registered: (server: string) => ServerRecord | null;
  /** What policies give servers. */
  readonly declared: DeclaredBindings;
  readonly onProblem: (text: string) => void;
}

export class Equip {
  readonly leases: Leases;
  /** Uses whose time is over, and whose server finishes its calls. */
  readonly #ending = new Set<string>();
  readonly #options: EquipOptions;

  constructor(options: EquipOptions) {
    this.#options = options;
    this.leases = new Leases(options.clock);
    options.keeper.onLock(() => void this.endLeases(() => true, 'the vault was locked'));
  }

  /**
   * The server with its credentials in place.
   *
   * @throws GatehouseError `credential_missing`, `credential_conflict`, `vault_locked`, `credential_refused`
   */
  async server(record: ServerRecord, claim: SessionClaim, signal: AbortSignal): Promise<ServerRecord> {
    const { engine, keeper, declared } = this.#options;
    const variables = variablesOf(record);
    const isBound = (record.secrets ?? []).length > 0;
    // What is given nothing begins no session by being started.
    if (!isBound && variables.length === 0 && !declared.concerns(record.name, engine().sessions.appOf(claim)))
      return record;
    await engine().startSession(claim);
    const session = engine().sessions.find(claim);
    if (session === null) throw new GatehouseError('credential_refused', 'there is no session to use it in');
    const bindings = withDeclared(record, record.secrets ?? [], declared.of(record, session.app));
    if (bindings.length === 0 && variables.length === 0) return record;
    const asker = { app: session.app, user: keeper.user };
    const wanted = bindings.map((binding) => ({ binding, credential: this.#find(binding, asker) }));
    const env = new Map(variables.map((name) => [name, this.#variable(name)]));
    const needed = bindings[0]?.credential ?? `{{env.${variables[0] ?? ''}}}`;
    this.#needOpen(record.name, needed);
    const credentials = [...new Map(wanted.map(({ credential }) => [credential.id, credential])).values()];
    await this.#freshen(credentials);
    const unasked = credentials.filter((credential) => !this.#may(credential, record.name, session));
    const news = variables.filter((name) => this.leases.find(envId(name), record.name, session.id) === null);
    const isAsked = unasked.length + news.length > 0;
    if (isAsked) {
      await this.#ask(record, bindings, unasked, news, claim, signal);
      // A person may have taken longer than a token lasts.
      await this.#freshen(credentials);
    }
    // While a question or a renewal was waited for, the vault may have locked, and the use may have been taken away.
    this.#needOpen(record.name, needed);
    this.#needBound(record, session.app, bindings);
    // Only what a person answers for keeps the vault open: an agent could start a server again and again.
    const write: VaultKeeper['log'] = (event) => (isAsked ? keeper.record(event) : keeper.log(event));
    for (const credential of credentials)
      await write({
        ...{
          type: 'credential.used',
          v: 1,
          credential: credential.name,
          scope: credential.scope,
          how: 'server',
        },
        ...{ client: session.client, app: session.app, session: session.id },
        detail: `${record.name}: ${bindings.map(({ name }) => name).join(', ')}`,
      });
    for (const [name, value] of env) {
      // Before anybody has it: what the server says of it is taken out of its answers.
      keeper.watch(Buffer.from(value));
      await write({
        ...{ type: 'credential.used', v: 1, credential: envId(name), scope: 'environment', how: 'server' },
        ...{ client: session.client, app: session.app, session: session.id },
        detail: `${record.name}: {{env.${name}}}`,
      });
    }
    // The rows were waited for too; from here on nothing is.
    this.#needOpen(record.name, needed);
    this.#needBound(record, session.app, bindings);
    for (const credential of credentials) {
      const its = wanted.flatMap((one) => (one.credential.id === credential.id ? [one.binding] : []));
      this.leases.begin({
        ...{ credential: credential.id, server: record.name, session: session.id, client: session.client },
        ...{ app: session.app, by: unasked.includes(credential) ? 'you' : 'grant' },
        names: its.map(({ name }) => name),
        minutes: Math.min(...its.map(({ leaseMinutes }) => leaseMinutes ?? LEASE_MINUTES)),
      });
      keeper.vault.credentials.used(credential.id);
    }
    for (const name of env.keys())
      this.leases.begin({
        ...{ credential: envId(name), server: record.name, session: session.id, client: session.client },
        ...{ app: session.app, by: 'you', names: [], minutes: LEASE_MINUTES },
      });
    keeper.touched();
    return placed(
      filled(record, env),
      wanted.map(({ binding, credential }) => [binding, this.#value(binding, credential)]),
    );
  }

  #needOpen(server: string, credential: string): void {
    if (this.#options.keeper.vault.isOpen) return;
    throw new GatehouseError(
      'vault_locked',
      `${server} was not started: it needs the credential ${credential}, and the vault is locked`,
      { hint: 'the person unlocks it in Gatehouse' },
    );
  }

  #needBound(record: ServerRecord, app: string, bindings: readonly SecretBinding[]): void {
    const now = this.#boundNow(record.name, app);
    for (const { credential, scope, name } of bindings)
      if (!now.some((one) => one.credential === credential && one.scope === scope && one.name === name))
        throw new GatehouseError(
          'credential_refused',
          `${record.name} was not started: the credential ${credential} was taken away from it meanwhile`,
        );
  }

  /** What a server may have in a project now. @throws GatehouseError as `server` */
  #boundNow(server: string, app: string): readonly SecretBinding[] {
    const record = this.#options.registered(server);
    if (record === null) return [];
    return withDeclared(record, record.secrets ?? [], this.#options.declared.of(record, app));
  }

  async #freshen(credentials: readonly StoredCredential[]): Promise<void> {
    const { keeper, fresh } = this.#options;
    for (const { id } of credentials) {
      const now = keeper.vault.credentials.get(id);
      if (now !== null) await fresh(now);
    }
  }

  /** Why a person is asked before a server is started with credentials; for the engine. */
  concern(action: string): string | null {
    return action === USE_CREDENTIAL
      ? 'it would be started with credentials from the vault, for the first time in this session'
      : null;
  }

  /** Ends uses; what runs with them is ended, so that the value is gone from there too. */
  async endLeases(test: (lease: Lease) => boolean, why: string): Promise<readonly Lease[]> {
    const ended = this.leases.end(test);
    await Promise.all(
      [...new Set(ended.map(({ server }) => server))].map((server) => this.#options.restart(server, why)),
    );
    if (ended.length > 0) this.#options.keeper.touched();
    return ended;
  }

  /** Uses end with their session, with their time, and when neither a grant nor a policy gives them any more. */
  sweep(): void {
    // It is called from the first moment on, and there is no engine yet while the app starts.
    const leases = this.leases.list();
    if (leases.length === 0) return;
    const live = new Set(
      this.#options
        .engine()
        .sessions.list()
        .filter((one) => !one.ended)
        .map(({ id }) => id),
    );
    if (leases.some(({ session }) => !live.has(session)))
      void this.endLeases(({ session }) => !live.has(session), 'its session ended');
    this.#endThoseOver();
    const withdrawn = this.leases.list().filter((lease) => !this.#isStillGiven(lease));
    if (withdrawn.length === 0) return;
    const why = 'nothing gives it to this server any more';
    void this.endLeases((lease) => withdrawn.includes(lease), why);
    this.#tellOf(withdrawn, why);
  }

  /**
   * A use whose time is over lets no server be started. What runs with it may finish its calls first; until then
   * the lease stays, so that a lock or a revoke in this time ends the server at once.
   */
  #endThoseOver(): void {
    const over = this.leases
      .list()
      .filter((lease) => this.leases.isOver(lease) && !this.#ending.has(lease.id));
    const why = 'its time was over';
    for (const [server, leases] of Map.groupBy(over, (lease) => lease.server)) {
      const ids = new Set(leases.map(({ id }) => id));
      for (const id of ids) this.#ending.add(id);
      const ended = this.#options
        .restart(server, why, 'idle')
        .catch((error: unknown) => this.#options.onProblem(messageOf(error)));
      void ended.then(() => {
        for (const id of ids) this.#ending.delete(id);
        if (this.leases.end(({ id }) => ids.has(id)).length > 0) this.#options.keeper.touched();
      });
    }
    this.#tellOf(over, why);
  }

  /** A row for each. */
  #tellOf(ended: readonly Lease[], why: string): void {
    const { keeper, onProblem } = this.#options;
    for (const { credential, server } of ended) {
      const known = keeper.vault.credentials.get(credential);
      keeper
        .log({
          ...{ type: 'vault.changed', v: 1, change: 'lease_ended', credential: known?.name ?? credential },
          ...{ scope: known?.scope ?? null, detail: `${server}: ${why}`, via: 'gatehouse' },
        })
        .catch((error: unknown) => onProblem(`the end of a use: ${messageOf(error)}`));
    }
  }

  /** A policy can change at any time; a grant by hand ends its uses itself. */
  #isStillGiven({ credential, server, app, names }: Lease): boolean {
    if (names.length === 0) return true;
    const known = this.#options.keeper.vault.credentials.get(credential);
    if (known === null) return false;
    try {
      const now = this.#boundNow(server, app);
      return names.every((name) =>
        now.some((one) => one.name === name && one.credential === known.name && one.scope === known.scope),
      );
    } catch {
      return false;
    }
  }

  #find(binding: SecretBinding, asker: { readonly app: string; readonly user: string }): StoredCredential {
    const { keeper } = this.#options;
    const found = keeper.vault.credentials.find(binding.credential, placeOf(binding.scope, asker));
    if (found === null || found.current === null)
      throw new GatehouseError(
        'credential_missing',
        `credential missing: ${binding.credential} (${binding.scope})`,
        { hint: 'the person adds it in Gatehouse, on the page Vault' },
      );
    return found;
  }

  #may(
    credential: StoredCredential,
    server: string,
    session: { id: string; client: string; app: string },
  ): boolean {
    return (
      this.leases.find(credential.id, server, session.id) !== null ||
      this.#options.standing.covers(credential.id, server, session.client, session.app)
    );
  }

  async #ask(
    record: ServerRecord,
    bindings: readonly SecretBinding[],
    credentials: readonly StoredCredential[],
    variables: readonly string[],
    claim: SessionClaim,
    signal: AbortSignal,
  ): Promise<void> {
    const verdict = await this.#options.engine().authorize(
      {
        ...claim,
        claimedCallId: newId('use'),
        agent: 'main',
        toolName: USE_CREDENTIAL,
        module: `mcp_${record.name}`,
        action: USE_CREDENTIAL,
        params: {
          server: record.name,
          gives: [
            ...credentials.map(({ name, label }) => (name === label ? name : `${label} (${name})`)),
            ...variables.map((name) => `the environment variable ${name} of Gatehouse’s own`),
          ],
          as: [
            ...bindings.map((one) => {
              const { into, name } = one;
              const said = record.secrets?.includes(one) === true ? '' : ', as the policy says';
              return `${into === 'env' ? 'variable' : 'header'} ${name}${said}`;
            }),
            ...givenFromEnvironment(record).map(
              ([name]) => `${record.transport.kind === 'http' ? 'header' : 'variable'} ${name}`,
            ),
          ],
        },
        caller: 'llm',
        point: 'mcp',
        patienceMs: PATIENCE_MS,
      },
      signal,
    );
    if (verdict.kind !== 'allow') throw new GatehouseError('credential_refused', verdict.message);
    // Nothing of a server runs by this call itself: it ends here.
    if (signal.aborted) throw new GatehouseError('credential_refused', 'the client has gone');
  }

  /** @throws GatehouseError `credential_missing` */
  #variable(name: string): string {
    const value = mayBeGiven(name) ? this.#options.env[name] : undefined;
    if (value === undefined || value === '' || /[\r\n\0]/.test(value))
      throw new GatehouseError(
        'credential_missing',
        `credential missing: the environment variable ${name} ${value === undefined || value === '' ? 'is not set' : 'is not one line'}`,
        { hint: `keep it in the vault, or start Gatehouse with ${name} set` },
      );
    return value;
  }

  #value(binding: SecretBinding, credential: StoredCredential): string {
    const values = this.#options.keeper.vault.credentials.open(credential.id);
    try {
      const primary = this.#options.primary(credential);
      const template =
        primary === null ? binding.template : binding.template.replace(PRIMARY, `{${primary}}`);
      const value = template.includes(PRIMARY) ? null : fill(template, values);
      if (value === null || value.includes('\0') || (binding.into === 'header' && /[\r\n]/.test(value)))
        throw new GatehouseError(
          'credential_missing',
          `credential missing: ${binding.credential} has no value that fits ${binding.name}`,
        );
      return value;
    } finally {
      wipe(...values.values());
    }
  }
}

function placed(record: ServerRecord, values: readonly (readonly [SecretBinding, string])[]): ServerRecord {
  const of = (into: SecretBinding['into']) =>
    Object.fromEntries(
      values.filter(([binding]) => binding.into === into).map(([{ name }, value]) => [name, value]),
    );
  const { transport } = record;
  return {
    ...record,
    transport:
      transport.kind === 'http'
        ? { ...transport, headers: { ...transport.headers, ...of('header') } }
        : { ...transport, env: { ...transport.env, ...of('env') } },
  };
}
