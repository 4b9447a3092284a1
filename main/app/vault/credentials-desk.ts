/** What a person does with credentials, in the page or in a terminal: checked here, whoever checked before. */
import { isAbsolute, join } from 'node:path';
import type { ConnectWish, SavedCredential } from '../../../preload/contract.ts';
import { projectRoot } from '../../engine/sessions/project-root.ts';
import { GatehouseError } from '../../platform/errors.ts';
import type { StoredCredential } from '../../store/vault-store.ts';
import { checkName, placeOf, type Scope } from '../../vault/scope.ts';
import { wipe } from '../../vault/seal.ts';
import { checkValues, type Problem, secretFields } from '../../vault/types/types.ts';
import type { CredentialKinds, Kind } from './catalog.ts';
import { type DeclaredParts, declaredAs, withDeclaredForm } from './declared.ts';
import type { SignInWish } from './sign-ins.ts';
import { type Tested, testCredential } from './test-credential.ts';
import type { VaultKeeper, Via } from './vault-keeper.ts';

export interface DraftOfCredential {
  readonly name: string;
  readonly label: string;
  readonly kind: string;
  readonly scope: Scope;
  /** A folder of the project, for scopes that have one. */
  readonly app: string | null;
  readonly values: ReadonlyMap<string, string | Buffer>;
  /** Odd-looking values are wanted all the same. */
  readonly confirmed: boolean;
}

const NOTHING: SavedCredential = { saved: false, id: null, problems: [], warnings: [] };

export class CredentialsDesk {
  readonly #keeper: VaultKeeper;
  readonly #kinds: CredentialKinds;
  readonly #home: string;
  readonly #declared: DeclaredParts;

  constructor(keeper: VaultKeeper, kinds: CredentialKinds, home: string, declared: DeclaredParts) {
    this.#keeper = keeper;
    this.#kinds = kinds;
    this.#home = home;
    this.#declared = declared;
  }

  /** Takes a new one in. What is wrong with the form is in the answer; then nothing was saved. */
  async add(draft: DraftOfCredential, via: Via): Promise<SavedCredential> {
    const kind = this.#kinds.find(draft.kind);
    if (kind.type.bySignIn === true)
      throw new GatehouseError('bad_argument', 'this is filled by signing in, and no value is taken for it', {
        hint: 'gatehouse vault connect NAME --service SERVICE',
      });
    checkName(draft.name);
    const place = placeOf(draft.scope, { app: this.#rootOf(draft.app), user: this.#keeper.user });
    const checked = this.#check(
      this.#declaredForm(kind, { ...draft, ...place }),
      draft.values,
      draft.confirmed,
    );
    if (!checked.ok) return checked.report;
    if (this.#keeper.vault.credentials.find(draft.name, place) !== null)
      throw new GatehouseError(
        'name_taken',
        `there is a credential ${draft.name} with the scope ${draft.scope} already`,
      );
    const label = draft.label.trim() === '' ? kind.label : draft.label.trim();
    const made = await this.#keeper.change(
      { change: 'added', credential: draft, detail: kind.label, via },
      () =>
        this.#keeper.vault.credentials.add(
          {
            ...place,
            ...{ name: draft.name, label, type: kind.type.id, provider: kind.provider?.id ?? null },
            ...{ expires: null, state: 'filled' },
          },
          checked.values,
        ),
    );
    wipe(...checked.values.values());
    return { ...NOTHING, saved: true, id: made.id };
  }

  /** What a sign-in is begun with, checked. */
  signInWish({ credential, name, label, kind, values }: ConnectWish): SignInWish | readonly Problem[] {
    const known = credential === null ? null : this.known(credential);
    const found = known === null ? this.#kinds.find(kind) : this.#kinds.of(known);
    if (found.type.bySignIn !== true)
      throw new GatehouseError('bad_argument', `${found.label} is not signed in to: fill its value in`);
    const named = known === null ? { name, label } : { name: known.name, label: known.label };
    // The client of the time before is used again.
    const form = known === null ? found.fields.filter(({ byService }) => byService !== true) : [];
    const checked = checkValues(found.type, form, new Map(Object.entries(values)));
    if (checked.problems.length > 0) return checked.problems;
    const texts = new Map([...checked.values].map(([field, value]) => [field, value.toString('utf8')]));
    return { ...named, credential: known, kind: found, values: texts };
  }

  /**
   * A new value: put in force at once, or kept beside the old one to be tested first. One that waited from before
   * is thrown away by either.
   */
  async renew(
    id: string,
    how: 'replaced' | 'staged',
    values: ReadonlyMap<string, string | Buffer>,
    confirmed: boolean,
    via: Via,
  ): Promise<SavedCredential> {
    const credential = this.known(id);
    const kind = this.#kinds.of(credential);
    if (kind.type.bySignIn === true)
      throw new GatehouseError('bad_argument', 'it gets a new value by signing in again');
    const checked = this.#check(this.#declaredForm(kind, credential), values, confirmed);
    if (!checked.ok) return checked.report;
    const { credentials } = this.#keeper.vault;
    const detail = credential.next === null ? '' : 'the new value that waited was thrown away';
    await this.#keeper.change({ change: how, credential, detail, via }, () =>
      how === 'replaced' || credential.current === null
        ? credentials.replace(id, checked.values)
        : credentials.stage(id, checked.values),
    );
    wipe(...checked.values.values());
    return { ...NOTHING, saved: true, id };
  }

  /** Puts the value that waits in force; the one before is destroyed. */
  async promote(id: string, via: Via): Promise<void> {
    const credential = this.known(id);
    if (credential.next === null)
      throw new GatehouseError(
        'nothing_staged',
        `no new value of ${credential.name} waits to be put in force`,
      );
    await this.#keeper.change({ change: 'promoted', credential, via }, () =>
      this.#keeper.vault.credentials.promote(id),
    );
  }

  async discard(id: string, via: Via): Promise<void> {
    await this.#keeper.change({ change: 'discarded', credential: this.known(id), via }, () =>
      this.#keeper.vault.credentials.discard(id),
    );
  }

  async remove(id: string, via: Via): Promise<void> {
    await this.#keeper.change({ change: 'removed', credential: this.known(id), via }, () =>
      this.#keeper.vault.credentials.remove(id),
    );
  }

  /**
   * One field, decrypted, for the person who showed that they are there. The row is durable before it is.
   *
   * @param field empty: the one that is meant when none is named
   */
  async reveal(id: string, field: string, how: 'revealed' | 'copied', via: Via): Promise<string> {
    const credential = this.known(id);
    const kind = this.#kinds.of(credential);
    const values = this.#keeper.vault.credentials.open(id);
    try {
      const wanted = field !== '' ? field : (kind.type.primary ?? [...values.keys()][0] ?? '');
      const value = values.get(wanted);
      if (value === undefined)
        throw new GatehouseError(
          'not_found',
          `${credential.name} has no field ${JSON.stringify(wanted.slice(0, 64))}`,
        );
      const text = value.toString('utf8');
      if (!Buffer.from(text).equals(value))
        throw new GatehouseError(
          'not_text',
          `${wanted} of ${credential.name} is a file of ${value.length} bytes and no text: it cannot be shown`,
        );
      await this.#keeper.record(used(credential, how, `${wanted}, ${via}`));
      this.#keeper.vault.credentials.used(id);
      this.#keeper.touched();
      return text;
    } finally {
      wipe(...values.values());
    }
  }

  /** Asks its service about it, and notes what came out. */
  async test(id: string, which: 'current' | 'next'): Promise<Tested> {
    const credential = this.known(id);
    const kind = this.#kinds.of(credential);
    const values = this.#keeper.vault.credentials.open(id, which);
    try {
      await this.#keeper.record(used(credential, 'tested', which === 'next' ? 'the new value' : ''));
      const tested = await testCredential(kind, values);
      if (which === 'current' && tested.outcome !== 'unknown')
        this.#keeper.vault.credentials.note(id, { state: tested.outcome === 'good' ? 'valid' : 'invalid' });
      this.#keeper.touched();
      return tested;
    } finally {
      wipe(...values.values());
    }
  }

  /** @throws GatehouseError `not_found` */
  known(id: string): StoredCredential {
    const credential = this.#keeper.vault.credentials.get(id);
    if (credential === null) throw new GatehouseError('not_found', 'there is no such credential any more');
    return credential;
  }

  /** By name, for a terminal: the one of that name, or of that scope where there are several. */
  named(name: string, scope: Scope | null, app: string | null): StoredCredential {
    const root = this.#rootOf(app);
    const found = this.#keeper.vault.credentials
      .list()
      .filter(
        (one) =>
          one.name === name &&
          (scope === null || one.scope === scope) &&
          (one.app === '' || root === null || one.app === root),
      );
    const [only] = found;
    if (only === undefined)
      throw new GatehouseError('not_found', `there is no credential ${name.slice(0, 128)}`);
    if (found.length > 1)
      throw new GatehouseError(
        'ambiguous',
        `${name} stands in several scopes: ${found.map((one) => one.scope).join(', ')}`,
        {
          hint: 'say which with --scope, and --app DIR for a project’s',
        },
      );
    return only;
  }

  /** The person's own sign-in of a name; null when there is none. */
  signedIn(name: string): StoredCredential | null {
    const place = placeOf('per_user', { app: null, user: this.#keeper.user });
    const found = this.#keeper.vault.credentials.find(name, place);
    return found?.type === 'oauth2' ? found : null;
  }

  kindOf(credential: StoredCredential): Kind {
    return this.#kinds.of(credential);
  }

  /** Names of the fields that are secret. */
  secretsOf(credential: StoredCredential, names: Iterable<string>): readonly string[] {
    return secretFields(this.#kinds.of(credential).fields, names);
  }

  /** What a policy asks of a credential of this name is asked of whoever fills it in. */
  #declaredForm(kind: Kind, { name, scope, app }: { name: string; scope: Scope; app: string }): Kind {
    return withDeclaredForm(kind, declaredAs(name, scope, app, this.#declared));
  }

  #check(
    kind: Kind,
    values: ReadonlyMap<string, string | Buffer>,
    confirmed: boolean,
  ): { ok: true; values: ReadonlyMap<string, Buffer> } | { ok: false; report: SavedCredential } {
    const checked = checkValues(kind.type, kind.fields, values);
    const problems = [...checked.problems];
    const warnings = [...checked.warnings];
    if (problems.length === 0 && (warnings.length === 0 || confirmed))
      return { ok: true, values: checked.values };
    wipe(...checked.values.values());
    return { ok: false, report: { ...NOTHING, problems, warnings } };
  }

  #rootOf(folder: string | null): string | null {
    if (folder === null || folder === '') return null;
    const home = this.#home;
    const path = folder === '~' ? home : folder.startsWith('~/') ? join(home, folder.slice(2)) : folder;
    if (!isAbsolute(path)) throw new GatehouseError('no_folder', `${folder} is no absolute path`);
    return projectRoot(path, home);
  }
}

function used(credential: StoredCredential, how: 'revealed' | 'copied' | 'tested', detail: string) {
  const { name, scope, app } = credential;
  return {
    ...({ type: 'credential.used', v: 1, credential: name, scope, how } as const),
    ...{ client: '', app, session: '', detail },
  };
}
