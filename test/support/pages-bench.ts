/** Pages over handlers that remember what reached them. */
import { type Page, Pages, success } from '../../main/app/pages.ts';
import { Presence, type PresenceStore } from '../../main/app/presence.ts';
import type { PageHandle, PageOptions } from '../../main/app/shell-port.ts';
import { type Handlers, type MethodName, methods, type Result } from '../../preload/contract.ts';

export const METHODS = Object.keys(methods) as MethodName[];

export interface AttachedPage {
  readonly handle: PageHandle;
  readonly sent: { channel: string; payload: unknown }[];
  readonly page: Page;
  /** The page as it was greeted, or null. */
  readonly greeted: () => Page | null;
}

export class PagesBench {
  now = 1000;
  respond: (method: MethodName) => Promise<Result<unknown>> = async () => success(null);
  readonly called: { method: MethodName; args: readonly unknown[] }[] = [];
  readonly defects: string[] = [];
  readonly locked: string[] = [];
  readonly presence: Presence;
  readonly pages: Pages;

  constructor(served = true) {
    let stored: string | null = null;
    const store: PresenceStore = {
      read: () => stored,
      write: (json) => {
        stored = json;
      },
    };
    this.presence = new Presence(store, () => 0);
    this.pages = new Pages({
      presence: this.presence,
      monotonicMs: () => this.now,
      onDefect: (where, error) => this.defects.push(`${where}: ${String(error)}`),
      onLocked: (method) => this.locked.push(method),
    });
    if (served) this.pages.serve(this.#handlers());
  }

  attach(session: string, more: Partial<PageOptions> = {}): AttachedPage {
    const sent: AttachedPage['sent'] = [];
    let greeted: Page | null = null;
    const send: PageOptions['send'] = (channel, payload) => sent.push({ channel, payload });
    const handle = this.pages.attach(
      { via: 'page', origin: 'start-link', session, send, ...more },
      (attached) => {
        greeted = attached;
      },
    );
    const page = this.pages.list().at(-1);
    if (page === undefined) throw new Error('not attached');
    return { handle, sent, page, greeted: () => greeted };
  }

  #handlers(): Handlers<Page> {
    const handlers = METHODS.map((method) => [
      method,
      async (_page: Page, ...args: readonly unknown[]) => {
        this.called.push({ method, args });
        return this.respond(method);
      },
    ]);
    return Object.fromEntries(handlers) as unknown as Handlers<Page>;
  }
}

export function codeOf(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.error.code;
}
