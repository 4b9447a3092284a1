/**
 * Which credential goes to which server, and how: bound by a person, or moved out of a server's registration.
 *
 * A value that stood in a registration is put into the vault first and taken out of the registration then: a
 * kill in between leaves it in both, and the next time it is found there and only taken out.
 */
import { GatehouseError } from '../../platform/errors.ts';
import type { ServerBook } from '../../points/mcp/server-book.ts';
import { fromEnvironment, isReachedUnread, mayBeGiven } from '../../points/mcp/server-placeholders.ts';
import type { SecretBinding, ServerRecord } from '../../points/mcp/server-record.ts';
import type { StoredCredential } from '../../store/vault-store.ts';
import { placeOf } from '../../vault/scope.ts';
import { wipe } from '../../vault/seal.ts';
import type { Kind } from './catalog.ts';
import type { Equip } from './equip.ts';
import type { StandingGrants } from './standing.ts';
import type { VaultKeeper, Via } from './vault-keeper.ts';

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

export interface ServerSecretsOptions {
  readonly keeper: VaultKeeper;
  readonly servers: ServerBook;
  readonly standing: StandingGrants;
  readonly equip: Equip;
  readonly restart: (server: string, why: string, which?: 'any' | 'running') => Promise<void>;
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
}

export class ServerSecrets {
  readonly #options: ServerSecretsOptions;

  constructor(options: ServerSecretsOptions) {
    this.#options = options;
  }

  /** Servers that may be given this credential. */
  usesOf(credential: StoredCredential): readonly Grant[] {
    const { servers, standing } = this.#options;
    return servers.list().flatMap((server) =>
      (server.secrets ?? [])
        .filter((binding) => binding.credential === credential.name && binding.scope === credential.scope)
        .map(({ into, name }) => ({
          ...{ server: server.name, into, name },
          standing: standing.of(credential.id, server.name).map(({ client }) => client),
        })),
    );
  }

  /**
   * Lets a server be started with a credential.
   *
   * @throws GatehouseError `not_found`, `bad_grant`, `vault_locked`
   */
  async grant(credential: StoredCredential, kind: Kind, wish: Grant, via: Via): Promise<void> {
    const { keeper, servers, standing } = this.#options;
    const server = this.#server(wish.server);
    this.#checkPlace(server, wish);
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
    await this.#options.restart(wish.server, 'it is given another credential');
  }

  /** Takes it away from a server, or from all (null), at once. Needs no open vault. */
  async revoke(credential: StoredCredential, from: string | null, via: Via): Promise<void> {
    const { keeper, servers, standing, equip } = this.#options;
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
  async changed(credential: StoredCredential, which: 'any' | 'running' = 'any'): Promise<void> {
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
    if (!(into === 'env' ? ENV_NAME : HEADER_NAME).test(name) || !mayBeGiven(name))
      throw new GatehouseError('bad_grant', `${JSON.stringify(name.slice(0, 60))} cannot be given`);
  }
}

/** What of a credential goes into a variable or header of this name. */
function templateOf(kind: Kind, { into, name }: Grant): string | null {
  if (into === 'header') {
    if (kind.header?.name.toLowerCase() === name.toLowerCase()) return kind.header.value;
    return kind.type.primary === null ? null : `{${primaryOf(kind)}}`;
  }
  if (Object.hasOwn(kind.env, name)) return kind.env[name] ?? null;
  const field = kind.fields.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (field !== undefined) return `{${field.name}}`;
  if (kind.type.more !== undefined && /^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return `{${name}}`;
  return kind.type.primary === null ? null : `{${primaryOf(kind)}}`;
}

/** The field that a credential is mostly for; null where it has several and none is the one. */
export function primaryField(kind: Kind): string | null {
  return kind.type.primary === null ? null : primaryOf(kind);
}

function primaryOf(kind: Kind): string {
  const named = kind.fields.find(({ name }) => name === kind.type.primary);
  return named?.name ?? kind.fields.find(({ type }) => type === 'secret')?.name ?? kind.type.primary ?? '';
}

/** A field for a variable or header: headers may be called what no field can. */
function fieldName(key: string, at: number): string {
  const clean = key.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^[^A-Za-z]+/, '');
  return clean === '' ? `value_${at}` : clean.slice(0, 64);
}
