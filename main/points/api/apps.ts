/**
 * Projects as the API names them.
 *
 * An app is its canonical project root; its `app_id` is a label made from it: the folder's name and a few digits
 * of the root's hash, so that it never changes and two projects never share one. The bare name and the root
 * itself are understood as well. A label only finds a project that the token was made for: it never widens.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { ApiError } from './api-error.ts';
import type { Token } from './token-book.ts';

export interface AppName {
  readonly app_id: string;
  /** The folder's name. */
  readonly name: string;
  readonly root: string;
}

/** How the API names a project. */
export function appNameOf(root: string): AppName {
  const name = basename(root) || root;
  const slug =
    name
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .slice(0, 60) || 'app';
  return { app_id: `${slug}-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`, name, root };
}

/** Roots of the projects that are known beside those that tokens name: from the log and the live sessions. */
export type KnownApps = () => Promise<readonly string[]>;

export class Apps {
  readonly #known: KnownApps;

  constructor(known: KnownApps) {
    this.#known = known;
  }

  /** The projects that a token may speak of. */
  async seenBy(token: Token): Promise<readonly AppName[]> {
    return (token.apps ?? (await this.#known())).map(appNameOf);
  }

  /**
   * The project that a label means for this token.
   *
   * @throws ApiError `not_found` when it is unknown or the token is not for it, `conflict` when a bare name
   *   means more than one
   */
  async resolve(label: string, token: Token): Promise<AppName> {
    const seen = await this.seenBy(token);
    const exact = seen.find(({ app_id, root }) => app_id === label || root === label);
    if (exact !== undefined) return exact;
    const [named, ...more] = seen.filter(({ name }) => name === label);
    if (named === undefined)
      throw new ApiError(
        'not_found',
        `there is no app ${JSON.stringify(label.slice(0, 100))} for this token`,
      );
    if (more.length > 0) {
      const ids = [named, ...more].map(({ app_id }) => app_id).join(', ');
      throw new ApiError('conflict', `${JSON.stringify(label)} means more than one app: use one of ${ids}`);
    }
    return named;
  }
}
