/**
 * The page's calls under Electron, and the check of who sends them.
 *
 * Bound to the one window's own channel, so no other WebContents reaches it at all; and each message must
 * come from that window's main frame, at our own origin. A frame that is gone when the message arrives is null
 * and refused.
 */
import type { IpcMainInvokeEvent, WebContents } from 'electron';
import type { ChannelName, Result, WindowAct } from '../../preload/contract.ts';
import { CALL_CHANNEL, EVENT_CHANNEL } from '../../preload/ipc-channels.ts';
import type { App, PageHandle } from '../app/shell-port.ts';
import { newId } from '../platform/ids.ts';
import { ORIGIN } from './protocol.ts';

/** What a window has to do with its page, beyond showing it. */
export interface PageWindow {
  /** Does what the page asks of it. */
  readonly act?: (act: WindowAct) => void;
  /** Told of everything that is sent to the page. */
  readonly onSend?: (channel: ChannelName, payload: unknown) => void;
  /** What this window's page may call and is sent, where that is less than everything. */
  readonly limits?: { readonly methods: ReadonlySet<string>; readonly channels: ReadonlySet<string> };
  /** Why no answer from this window counts just now; null when one does. */
  readonly refusal?: () => string | null;
}

type Sender = Pick<IpcMainInvokeEvent, 'sender' | 'senderFrame'>;

const REFUSED: Result<never> = {
  ok: false,
  error: { code: 'refused', message: 'the call was refused: it did not come from the Gatehouse window' },
};

const NOT_FROM_HERE: Result<never> = {
  ok: false,
  error: { code: 'refused', message: 'the call was refused: this window has no use for it' },
};

/**
 * Attaches the window's page to the app. The page is attached anew after each load, because what a page was
 * shown before a reload it no longer shows. Its first call may arrive before Electron tells of the navigation.
 */
export function bindPage(
  contents: WebContents,
  app: Pick<App, 'attachPage' | 'securityEvent'>,
  window: PageWindow = {},
): void {
  const session = newId('window');
  let page: PageHandle | null = null;
  const attach = (): PageHandle => {
    page ??= app.attachPage({
      via: 'window',
      origin: 'window',
      session,
      ...(window.act === undefined ? {} : { act: window.act }),
      send: (channel, payload) => {
        window.onSend?.(channel, payload);
        if (window.limits?.channels.has(channel) === false) return;
        if (!contents.isDestroyed() && !contents.isCrashed()) contents.send(EVENT_CHANNEL, channel, payload);
      },
    });
    return page;
  };
  const detach = () => {
    page?.detach();
    page = null;
  };
  contents.on('did-start-navigation', (details) => {
    if (details.isMainFrame && !details.isSameDocument) detach();
  });
  contents.on('did-navigate', attach);
  contents.on('render-process-gone', detach);
  contents.on('destroyed', detach);
  contents.ipc.handle(
    CALL_CHANNEL,
    async (event, method: unknown, args: unknown): Promise<Result<unknown>> => {
      const stranger = strangeness(event, contents.id);
      if (stranger !== null) {
        app.securityEvent('ipc_refused', stranger);
        return REFUSED;
      }
      if (typeof method !== 'string') return REFUSED;
      if (window.limits?.methods.has(method) === false) {
        app.securityEvent(
          'ipc_refused',
          `a window called ${method.slice(0, 80)}, which its page has no use for`,
        );
        return NOT_FROM_HERE;
      }
      const why = method === 'answer' ? (window.refusal?.() ?? null) : null;
      if (why !== null) return { ok: false, error: { code: 'too_soon', message: why } };
      return attach().call(method, args);
    },
  );
}

/** Why a message does not come from our page, or null when it does. */
export function strangeness(event: Sender, trustedId: number): string | null {
  if (event.sender.id !== trustedId) return 'a call came from a window that is not ours';
  const frame = event.senderFrame;
  if (frame === null) return 'a call came from a frame that is gone';
  if (frame.parent !== null) return 'a call came from a frame inside the page';
  if (frame.origin !== ORIGIN) return `a call came from the origin ${frame.origin.slice(0, 200)}`;
  return null;
}
