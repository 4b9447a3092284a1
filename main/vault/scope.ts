/** The four scopes: whose a credential is. A name is looked up in exactly one of them, never in its neighbours. */
import { GatehouseError } from '../platform/errors.ts';
import type { StoredScope } from '../store/vault-store.ts';

export type Scope = StoredScope;
export const SCOPES = ['system_wide', 'per_app_shared', 'per_user', 'per_app_per_user'] as const;

/** Where a name is looked up. Parts that the scope does not have are empty. */
export interface Place {
  readonly scope: Scope;
  /** Canonical project root. */
  readonly app: string;
  readonly user: string;
}

/** Who asks: the project an agent works in, and the person it works for. */
export interface Asker {
  readonly app: string | null;
  readonly user: string;
}

/**
 * The one place that a scope means for an asker.
 *
 * @throws GatehouseError `no_project` when the scope needs a project and there is none
 */
export function placeOf(scope: Scope, asker: Asker): Place {
  const hasApp = scope === 'per_app_shared' || scope === 'per_app_per_user';
  const hasUser = scope === 'per_user' || scope === 'per_app_per_user';
  if (hasApp && (asker.app === null || asker.app === ''))
    throw new GatehouseError('no_project', `the scope ${scope} needs a project, and none is named`);
  return { scope, app: hasApp ? (asker.app ?? '') : '', user: hasUser ? asker.user : '' };
}

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$/;

/** @throws GatehouseError `bad_name` */
export function checkName(name: string): void {
  if (!NAME.test(name))
    throw new GatehouseError(
      'bad_name',
      `${JSON.stringify(name.slice(0, 60))} cannot be the name of a credential: allowed are 1 to 128 of A-Z a-z 0-9 . _ / -, beginning and ending with a letter or digit`,
    );
}
