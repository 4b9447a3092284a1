/**
 * Which credential goes to which server, and how: bound by a person, or moved out of a server's registration.
 *
 * A value that stood in a registration is put into the vault first and taken out of the registration then: a
 * kill in between leaves it in both, and the next time it is found there and only taken out.
 */
import { GatehouseError } from '../../platform/errors.ts';
import { isVariableName, mayBeGiven } from '../../platform/given-names.ts';
import type { ServerBook } from '../../points/mcp/server-book.ts';
import { fromEnvironment, isReachedUnread } from '../../points/mcp/server-placeholders.ts';
import {
  LONGEST_LEASE_MINUTES,
  type SecretBinding,
  type ServerRecord,
} from '../../points/mcp/server-record.ts';
import type { Restart } from '../../points/mcp/upstream.ts';
import type { StoredCredential } from '../../store/vault-store.ts';
import { placeOf } from '../../vault/scope.ts';
import { wipe } from '../../vault/seal.ts';
import type { Kind } from './catalog.ts';
import type { DeclaredBindings, Withdrawn } from './declared-bindings.ts';
import type { Equip } from './equip.ts';
import type { StandingGrants } from './standing.ts';
import { templateOf } from './template.ts';
import type { VaultKeeper, Via } from './vault-keeper.ts';

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

export interface ServerSecretsOptions {
  readonly keeper: VaultKeeper;
  readonly servers: ServerBook;
  readonly standing: StandingGrants;
  readonly equip: Equip;
  readonly declared: DeclaredBindings;
  readonly withdrawn: Withdrawn;
  readonly restart: (server: string, why: string, which?: Restart) => Promise<void>;
  /** Overwrites what was deleted from the state file. */
  readonly scrub: () => void;
  readonly onStep?: (step: string) => void;
}

export interface Grant {
  readonly server: string;
  readonly into: 'env' | 'header';
  /** The variable or the header. */
  readonly name: string;
  /** Of these clients nobody is asked about it; `*`: of none. */
  readonly standing: readonly string[];
  /** How long one use lasts; null: a day of work. */
  readonly leaseMinutes: number | null;
}

/** A server that may be given a credential, and who says so. */
export interface Use extends Grant {
  readonly by: 'grant' | 'policy';
}

export class ServerSecrets {
  readonly #options: ServerSecretsOptions;

  constructor(options: ServerSecretsOptions) {
    this.#options = options;
  }

  /** Servers that may be given this credential. */
  usesOf(credential: StoredCredential): readonly Use[] {
    const { servers, standing, declared } = this.#options;
    const known = servers.list();
    const granted = known.flatMap((server) =>
      (server.secrets ?? [])
        .filter((binding) => binding.credential === credential.name && binding.scope === credential.scope)
        .map(
          ({ into, name, leaseMinutes = null }): Use => ({
            ...{ server: server.name, into, name, leaseMinutes, by: 'grant' },
            standing: standing.of(credential.id, server.name).map(({ client }) => client),
          }),
        ),
    );
    const byPolicy = declared
      .usesOf(credential, known)
      .filter(({ server, name }) => !granted.some((one) => one.server === server && one.name === name))
      .map(
        (use): Use => ({
          ...{ ...use, leaseMinutes: null, by: 'policy' },
          standing: standing.of(credential.id, use.server).map(({ client }) => client),
        }),
      );
    return [...granted, ...byPolicy];
  }

  /** The variable or header in which a policy has a server get a credential; null when none says one. */
  declaredPlace(credential: StoredCredential, server: string): Pick<Grant, 'into' | 'name'> | null {
    const { servers, declared } = this.#options;
    return declared.placesOf(credential, servers.list()).find((one) => one.server === server) ?? null;
  }

  /**
   * Lets a server be started with a credential.
   *
   * @throws GatehouseError `not_found`, `bad_grant`, `vault_locked`
   */
  async grant(credential: StoredCredential, kind: Kind, wish: Grant, via: Via): Promise<void> {
    const { keeper, servers, standing, equip } = this.#options;
    const server = this.#server(wish.server);
    this.#checkPlace(server, wish);
    checkLease(wish.leaseMinutes);
    const template = templateOf(kind, wish);
    if (template === null)
      throw new GatehouseError(
        'bad_grant',
        `${credential.name} has several fields, and none is known for ${wish.name}`,
        {
          hint: `name the variable after a field, as in ${[...Object.keys(kind.env), 'FIELD'][0]}`,
        },
      );
    const binding: SecretBinding = {
      ...{ into: wish.into, name: wish.name, template },
      ...{ credential: credential.name, scope: credential.scope },
      ...(wish.leaseMinutes === null ? {} : { leaseMinutes: wish.leaseMinutes }),
    };
    const others = (server.secrets ?? []).filter(({ name }) => name !== wish.name);
    await keeper.change(
      { change: 'granted', credential, detail: `${wish.server}: ${wish.name}`, via },
      () => {
        // Asked about or not: as the person says now, whatever was said before.
        standing.drop(credential.id, wish.server);
        servers.bind(wish.server, [...others, binding]);
        for (const client of wish.standing)
          standing.add({ credential: credential.id, server: wish.server, client, app: '*' });
      },
    );
    // What it had in this place before ends with the server.
    equip.leases.end(({ server: at, names }) => at === wish.server && names.includes(wish.name));
    await this.#options.restart(wish.server, 'it is given another credential');
  }

  /**
   * Takes it away from a server, or from all (null), at once. Needs no open vault.
   *
   * @throws GatehouseError `not_found`: nobody is told of a mistyped name that it has nothing any more
   */
  async revoke(credential: StoredCredential, from: string | null, via: Via): Promise<void> {
    const { keeper, servers, standing, equip, declared, withdrawn } = this.#options;
    if (from !== null) this.#server(from);
    await keeper.record({
      ...{
        type: 'vault.changed',
        v: 1,
        change: 'revoked',
        credential: credential.name,
        scope: credential.scope,
      },
      ...{ detail: from ?? 'every server', via },
    });
    // What no policy gives now is not held against one that will.
    for (const { server } of declared.usesEverywhere(credential, servers.list()))
      if (from === null || server === from) withdrawn.add(credential.id, server);
    standing.drop(credential.id, from);
    const concerned: string[] = [];
    for (const server of servers.list()) {
      if (from !== null && server.name !== from) continue;
      const left = (server.secrets ?? []).filter(
        (one) => one.credential !== credential.name || one.scope !== credential.scope,
      );
      if (left.length === (server.secrets ?? []).length) continue;
      servers.bind(server.name, left);
      concerned.push(server.name);
    }
    // Taken from each before any is waited for: one that is being started may wait for a person.
    await Promise.all([
      ...concerned.map((server) => this.#options.restart(server, 'a credential was taken away from it')),
      equip.endLeases(
        (lease) => lease.credential === credential.id && (from === null || lease.server === from),
        'the credential was taken away from it',
      ),
    ]);
    keeper.touched();
  }

  /** What a credential's servers were given has changed. */
  async changed(credential: StoredCredential, which: Restart = 'any'): Promise<void> {
    const servers = new Set(this.usesOf(credential).map(({ server }) => server));
    await Promise.all(
      [...servers].map((server) => this.#options.restart(server, 'its credential has a new value', which)),
    );
  }

  /** Moves values out of registrations into the vault, if it is open. Answers how many servers it concerned. */
  async moveIn(via: Via): Promise<number> {
    const { keeper, servers } = this.#options;
    let moved = 0;
    if (!keeper.vault.isOpen) return moved;
    for (const server of servers.list()) {
      const given = Object.entries(
        server.transport.kind === 'http' ? server.transport.headers : server.transport.env,
      ).filter(([, value]) => value !== '' && fromEnvironment(value).length === 0);
      if (given.length === 0) continue;
      await this.#moveServer(server, given, via);
      moved += 1;
    }
    if (moved > 0) {
      this.#options.scrub();
      keeper.touched();
    }
    return moved;
  }

  async #moveServer(
    server: ServerRecord,
    given: readonly (readonly [string, string])[],
    via: Via,
  ): Promise<void> {
    const { keeper, servers, standing, onStep } = this.#options;
    const { credentials } = keeper.vault;
    const name = `mcp/${server.name}`;
    const place = placeOf('per_user', { app: null, user: keeper.user });
    const fields = new Map(given.map(([key], at) => [key, fieldName(key, at)]));
    const values = new Map(given.map(([key, value]) => [fields.get(key) ?? '', Buffer.from(value)]));
    const known = credentials.find(name, place);
    const into = server.transport.kind === 'http' ? 'header' : 'env';
    const row = {
      change: 'imported',
      credential: { name, scope: 'per_user' },
      detail: `from ${server.name}`,
      via,
    } as const;
    const kept = await keeper.change(row, () => {
      if (known === null)
        return credentials.add(
          {
            ...place,
            name,
            label: `What ${server.name} is given`,
            type: 'multi_field',
            provider: null,
            expires: null,
            state: 'filled',
          },
          values,
        );
      const before = known.current === null ? new Map<string, Buffer>() : credentials.open(known.id);
      return credentials.replace(known.id, new Map([...before, ...values]));
    });
    wipe(...values.values());
    onStep?.('in the vault');
    // The person gave them to this server when they registered it.
    standing.add({ credential: kept.id, server: server.name, client: '*', app: '*' });
    const bindings = given.map(
      ([key]): SecretBinding => ({
        ...{ into, name: key, credential: name, scope: 'per_user' },
        template: `{${fields.get(key) ?? ''}}`,
      }),
    );
    const others = (server.secrets ?? []).filter((one) => !fields.has(one.name));
    servers.bind(server.name, [...others, ...bindings]);
    onStep?.('out of the registration');
  }

  #server(name: string): ServerRecord {
    const server = this.#options.servers.find(name);
    if (server === null) throw new GatehouseError('not_found', `no MCP server ${name} is registered`);
    return server;
  }

  #checkPlace(server: ServerRecord, { into, name }: Grant): void {
    const wanted = server.transport.kind === 'http' ? 'header' : 'env';
    if (into !== wanted)
      throw new GatehouseError(
        'bad_grant',
        `${server.name} is ${wanted === 'env' ? 'a program and takes variables' : 'reached over HTTP and takes headers'}`,
      );
    if (!isReachedUnread(server.transport))
      throw new GatehouseError(
        'bad_grant',
        `${server.name} is reached over plain http, and what it is given can be read on the way`,
        { hint: 'register it with its https address' },
      );
    if (!(into === 'env' ? isVariableName(name) : HEADER_NAME.test(name)) || !mayBeGiven(name))
      throw new GatehouseError('bad_grant', `${JSON.stringify(name.slice(0, 60))} cannot be given`);
  }
}

function checkLease(minutes: number | null): void {
  if (minutes === null || (Number.isInteger(minutes) && minutes >= 1 && minutes <= LONGEST_LEASE_MINUTES))
    return;
  throw new GatehouseError('bad_grant', 'a use lasts from one minute to a week');
}

/** A field for a variable or header: headers may be called what no field can. */
function fieldName(key: string, at: number): string {
  const clean = key.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^[^A-Za-z]+/, '');
  return clean === '' ? `value_${at}` : clean.slice(0, 64);
}
