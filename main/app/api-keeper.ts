/**
 * The HTTP API of this supervisor: whether it is on, where it listens, and the tokens that open it.
 *
 * Off until the person switches it on or makes the first token. It keeps its port: when another program has taken
 * it, the API stays closed and says so, because clients would show their tokens to whoever listens there.
 */
import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ApiView } from '../../preload/contract.ts';
import type { LogPort } from '../engine/ports.ts';
import { projectRoot } from '../engine/sessions/project-root.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import type { ApiServer } from '../points/api/api-server.ts';
import type { Scope, Token, TokenBook } from '../points/api/token-book.ts';
import { millis, tildePath } from './views/words.ts';

export const DEFAULT_API_PORT = 7833;
/** How many ports are tried from the default one on, the first time, before the kernel is asked for any. */
const PORTS_TRIED = 10;

export type TokenVia = 'page' | 'window' | 'terminal';

export interface ApiKeeperOptions {
  readonly home: string;
  readonly setting: { read(): string | null; write(value: string): void };
  readonly tokens: TokenBook;
  readonly log: LogPort;
  /** Opens the server on exactly this port (0: any). */
  readonly open: (port: number) => Promise<ApiServer>;
  /** Ends what a token holds. */
  readonly endSessions: (token: string, reason: string) => Promise<void>;
  /** Roots of projects that are known now. */
  readonly projects: () => readonly string[];
  readonly onProblem: (text: string) => void;
}

interface Setting {
  /** Null: the person never said. */
  readonly enabled: boolean | null;
  readonly port: number | null;
}

export class ApiKeeper {
  readonly #options: ApiKeeperOptions;
  #server: ApiServer | null = null;
  #problem: string | null = null;
  /** Switching goes one step after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ApiKeeperOptions) {
    this.#options = options;
  }

  /** Opens the API if it is switched on. Never rejects: what went wrong is in the view. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#openAgain(false));
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#shut());
  }

  view(): ApiView {
    const { home, tokens, projects } = this.#options;
    return {
      enabled: this.#read().enabled ?? false,
      address: this.#server === null ? null : `http://127.0.0.1:${this.#server.port}`,
      problem: this.#problem,
      tokens: tokens.list().map((token) => ({
        id: token.id,
        name: token.name,
        scopes: [...token.scopes],
        apps: token.apps === null ? null : token.apps.map((root) => tildePath(root, home)),
        createdAt: millis(token.createdWallMicros),
        lastUsedAt: token.lastUsedWallMicros === null ? null : millis(token.lastUsedWallMicros),
      })),
      projects: projects().map((root) => tildePath(root, home)),
    };
  }

  /** Switches the API on or off. When its port is taken, switching it on chooses another one. */
  switch(enabled: boolean, via: TokenVia): Promise<void> {
    return this.#inTurn(async () => {
      if (!enabled) await this.#shut();
      await this.#record({ change: enabled ? 'on' : 'off', token: null, via });
      this.#write({ ...this.#read(), enabled });
      if (enabled) await this.#openAgain(true);
    });
  }

  /**
   * Makes a token, and switches the API on when the person never said whether it should be.
   *
   * @param folder  a folder of the project; null: every project
   * @throws GatehouseError `bad_token_request`, `name_taken`, `too_many_tokens`, `no_folder`
   */
  async makeToken(
    wish: { readonly name: string; readonly scopes: readonly Scope[]; readonly folder: string | null },
    via: TokenVia,
  ): Promise<{ readonly token: Token; readonly secret: string }> {
    const { tokens } = this.#options;
    const apps = wish.folder === null ? null : [this.#rootOf(wish.folder)];
    const made = tokens.make(wish.name, wish.scopes, apps);
    try {
      await this.#record({ change: 'token_made', token: made.token, via });
    } catch (error) {
      // A token that is not on the log does not exist.
      tokens.revoke(made.token.id);
      throw error;
    }
    if (this.#read().enabled === null) await this.switch(true, via);
    return made;
  }

  /** Takes a token out of use at once, by id or name. @throws GatehouseError `not_found` */
  async revokeToken(idOrName: string, via: TokenVia): Promise<Token> {
    const token = this.#options.tokens.revoke(idOrName);
    this.#server?.dropToken(token.id);
    await this.#record({ change: 'token_revoked', token, via });
    await this.#options.endSessions(token.id, 'its token was revoked');
    return token;
  }

  #rootOf(folder: string): string {
    const { home } = this.#options;
    const path = folder === '~' ? home : folder.startsWith('~/') ? join(home, folder.slice(2)) : folder;
    let isFolder = false;
    try {
      isFolder = isAbsolute(path) && statSync(path).isDirectory();
    } catch {
      // It is not there.
    }
    if (!isFolder)
      throw new GatehouseError('no_folder', `no token was made: ${folder} is no folder`, {
        hint: 'name the folder of a project, as an absolute path',
      });
    return projectRoot(path, home);
  }

  async #openAgain(chooses: boolean): Promise<void> {
    const setting = this.#read();
    if (setting.enabled !== true || this.#server !== null) return;
    this.#problem = null;
    try {
      this.#server = await this.#openSomewhere(setting.port, chooses);
      this.#write({ ...setting, port: this.#server.port });
    } catch (error) {
      this.#problem = `The API is not open: ${messageOf(error)}.`;
      this.#options.onProblem(this.#problem);
    }
  }

  async #openSomewhere(kept: number | null, chooses: boolean): Promise<ApiServer> {
    const { open } = this.#options;
    if (kept !== null) {
      try {
        return await open(kept);
      } catch (error) {
        if (!chooses) throw error;
      }
    }
    for (let port = DEFAULT_API_PORT; port < DEFAULT_API_PORT + PORTS_TRIED; port++) {
      try {
        return await open(port);
      } catch (error) {
        if (!(error instanceof GatehouseError)) throw error;
      }
    }
    return open(0);
  }

  async #shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.#problem = null;
    await server?.close();
  }

  async #record(what: {
    readonly change: 'on' | 'off' | 'token_made' | 'token_revoked';
    readonly token: Token | null;
    readonly via: TokenVia;
  }): Promise<void> {
    const { change, token, via } = what;
    await this.#options.log.append({
      type: 'api.changed',
      v: 1,
      change,
      token: token?.id ?? null,
      name: token?.name ?? '',
      scopes: token?.scopes ?? [],
      apps: token?.apps ?? null,
      via,
    });
  }

  #read(): Setting {
    const json = this.#options.setting.read();
    if (json === null) return { enabled: null, port: null };
    const { enabled, port } = JSON.parse(json) as Setting;
    return { enabled, port };
  }

  #write(setting: Setting): void {
    this.#options.setting.write(JSON.stringify(setting));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
