/**
 * What policies declare for registered servers, as if the person had bound it there.
 *
 * Only what the person or a trusted file says reaches here. Each use is asked about; what the person granted or
 * took away by hand stands above it.
 */
import { z } from 'zod';
import { GatehouseError } from '../../platform/errors.ts';
import { isReachedUnread, PRIMARY } from '../../points/mcp/server-placeholders.ts';
import type { SecretBinding, ServerRecord } from '../../points/mcp/server-record.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import type { ServerAuth } from '../../policy/server-auth.ts';
import type { StoredCredential } from '../../store/vault-store.ts';
import { placeOf } from '../../vault/scope.ts';
import type { Kind } from './catalog.ts';
import { templateOf } from './template.ts';
import type { VaultKeeper } from './vault-keeper.ts';

export interface DeclaredBinding extends SecretBinding {
  /** The policy that says so. */
  readonly file: string;
}

export interface DeclaredBindingsOptions {
  readonly keeper: VaultKeeper;
  readonly kindOf: (credential: StoredCredential) => Kind;
  /** In force in a project; of no project: null. */
  readonly policy: (app: string | null) => CompiledPolicy | null;
  /** Projects that agents work in. */
  readonly projects: () => readonly string[];
  /** Projects whose own file is trusted, whether or not an agent works there. */
  readonly trustedProjects: () => readonly string[];
  readonly withdrawn: Withdrawn;
}

/** A server, and the variable or header that it is given a credential in. */
export type DeclaredPlace = Pick<SecretBinding, 'into' | 'name'> & { readonly server: string };
type Target = Pick<ServerRecord, 'name' | 'transport'>;

export class DeclaredBindings {
  readonly #options: DeclaredBindingsOptions;
  #seen: Map<string | null, readonly ServerAuth[]> | null = null;

  constructor(options: DeclaredBindingsOptions) {
    this.#options = options;
  }

  /** Whether the policy of a project says anything of a server. */
  concerns(server: string, app: string): boolean {
    return this.#options.policy(app)?.serverAuth.some((one) => one.server === server) ?? false;
  }

  /**
   * What a server is to be given in a project.
   *
   * @throws GatehouseError `bad_grant` when it cannot be given there, `credential_missing` when none of its fields fits
   */
  of(server: Target, app: string): readonly DeclaredBinding[] {
    const { keeper, kindOf, withdrawn } = this.#options;
    return this.#auth(server.name, app).flatMap((auth) => {
      const slot = slotOf(server, auth);
      if (slot === null) return [];
      const { credential: name, scope, rule } = auth;
      const found = keeper.vault.credentials.find(name, placeOf(scope, { app, user: keeper.user }));
      if (found !== null && withdrawn.has(found.id, server.name)) return [];
      if (!isReachedUnread(server.transport))
        throw new GatehouseError(
          'bad_grant',
          `${server.name} was not started: ${rule.file} gives it the credential ${name}, and it is reached over plain http`,
          { hint: 'register it with its https address' },
        );
      // One that is not there is told when it is looked for.
      const template = found === null ? PRIMARY : templateOf(kindOf(found), slot);
      if (template === null)
        throw new GatehouseError(
          'credential_missing',
          `credential missing: ${name} has several fields, and none is known for ${slot.name}`,
          { hint: `gatehouse vault grant ${name} --to ${server.name} --env FIELD` },
        );
      return [{ ...slot, template, credential: name, scope, file: rule.file }];
    });
  }

  /** Where policies have a credential go and no person took it away, in the projects at work and in none. */
  usesOf(credential: StoredCredential, servers: readonly Target[]): readonly DeclaredPlace[] {
    const { withdrawn } = this.#options;
    return this.placesOf(credential, servers).filter(({ server }) => !withdrawn.has(credential.id, server));
  }

  /**
   * The same in trusted projects too: what is taken away while nobody works there stays away when somebody does.
   * Looks at a file of each, which may lie on a disk that is away; so only when a person takes something away.
   */
  usesEverywhere(credential: StoredCredential, servers: readonly Target[]): readonly DeclaredPlace[] {
    return this.placesOf(credential, servers, this.#options.trustedProjects());
  }

  /** The same as usesOf with what a person took away. */
  placesOf(
    credential: StoredCredential,
    servers: readonly Target[],
    also: readonly string[] = [],
  ): readonly DeclaredPlace[] {
    const projects = new Set([null, ...this.#options.projects(), ...also]);
    const apps = credential.app === '' ? [...projects] : [credential.app];
    const found = new Map<string, DeclaredPlace>();
    for (const auth of apps.flatMap((app) => this.#known(app))) {
      if (auth.credential !== credential.name || auth.scope !== credential.scope) continue;
      const server = servers.find(({ name }) => name === auth.server);
      const slot = server === undefined ? null : slotOf(server, auth);
      if (slot !== null) found.set(`${auth.server} ${slot.name}`, { ...slot, server: auth.server });
    }
    return [...found.values()];
  }

  /** What a policy says of servers; looked at once for all credentials of a list, whose length has no limit. */
  #known(app: string | null): readonly ServerAuth[] {
    if (this.#seen === null) {
      this.#seen = new Map();
      queueMicrotask(() => {
        this.#seen = null;
      });
    }
    const known = this.#seen.get(app) ?? this.#options.policy(app)?.serverAuth ?? [];
    this.#seen.set(app, known);
    return known;
  }

  #auth(server: string, app: string): readonly ServerAuth[] {
    return this.#options.policy(app)?.serverAuth.filter((one) => one.server === server) ?? [];
  }
}

/** Null for a program when the policy names no variable. */
function slotOf(
  { transport }: Target,
  { variable }: ServerAuth,
): Pick<SecretBinding, 'into' | 'name'> | null {
  if (transport.kind === 'http') return { into: 'header', name: 'Authorization' };
  return variable === null ? null : { into: 'env', name: variable };
}

/**
 * What a person bound by hand, and what policies declare beside it. Two different values for one place are refused:
 * neither goes where the other was meant to.
 *
 * @throws GatehouseError `credential_conflict`
 */
export function withDeclared(
  server: Target,
  bound: readonly SecretBinding[],
  declared: readonly DeclaredBinding[],
): readonly SecretBinding[] {
  const { transport } = server;
  const written = Object.keys(transport.kind === 'http' ? transport.headers : transport.env);
  // Names of headers are the same in any case.
  const key = (name: string) => (transport.kind === 'http' ? name.toLowerCase() : name);
  const beside = declared.filter((one) => {
    const by = bound.find(({ name }) => key(name) === key(one.name));
    if (by?.credential === one.credential && by.scope === one.scope) return false;
    if (by === undefined && !written.some((name) => key(name) === key(one.name))) return true;
    throw new GatehouseError(
      'credential_conflict',
      `${server.name} was not started: ${one.file} gives it ${one.credential} as ${one.name}, and ${
        by === undefined
          ? 'its registration has a value of its own there'
          : `it was granted ${by.credential} as that`
      }`,
      {
        hint:
          by === undefined
            ? 'take one of the two away'
            : `gatehouse vault revoke ${by.credential} --from ${server.name}, or change the policy`,
      },
    );
  });
  return [...bound, ...beside];
}

const EVERY = '*';
const Pairs = z.array(z.strictObject({ credential: z.string(), server: z.string() }));

/** Credentials that a person took from a server while a policy gave them: that policy gives them there no more. */
export class Withdrawn {
  readonly #setting: { read(): string | null; write(text: string): void };
  #pairs: z.infer<typeof Pairs>;

  constructor(setting: { read(): string | null; write(text: string): void }) {
    this.#setting = setting;
    this.#pairs = readPairs(setting.read());
  }

  has(credential: string, server: string): boolean {
    return this.#pairs.some(
      (one) => one.credential === EVERY || (one.credential === credential && one.server === server),
    );
  }

  add(credential: string, server: string): void {
    if (this.has(credential, server)) return;
    this.#pairs = [...this.#pairs, { credential, server }];
    this.#setting.write(JSON.stringify(this.#pairs));
  }

  /** The credential is gone. */
  forget(credential: string): void {
    const left = this.#pairs.filter((one) => one.credential !== credential);
    if (left.length === this.#pairs.length) return;
    this.#pairs = left;
    this.#setting.write(JSON.stringify(left));
  }
}

function readPairs(text: string | null): z.infer<typeof Pairs> {
  const parsed = Pairs.safeParse(parse(text ?? '[]'));
  if (parsed.success) return parsed.data;
  // What a person took away is not known: it counts as everything.
  return [{ credential: EVERY, server: EVERY }];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
