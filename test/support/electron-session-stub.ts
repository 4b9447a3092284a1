/** A session of the `electron` module, for electron-stub.ts. */
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';

type Handler<K extends keyof Electron.Session> = Electron.Session[K] extends (
  handler: infer H,
  ...rest: never[]
) => unknown
  ? NonNullable<H>
  : never;

export class SessionStub extends EventEmitter {
  readonly options: Electron.FromPartitionOptions | undefined;
  readonly partition: string;
  permissionRequest: Handler<'setPermissionRequestHandler'> | null = null;
  permissionCheck: Handler<'setPermissionCheckHandler'> | null = null;
  devicePermission: Handler<'setDevicePermissionHandler'> | null = null;
  displayMedia: Handler<'setDisplayMediaRequestHandler'> | null = null;
  beforeRequest: {
    filter: Electron.WebRequestFilter;
    listener: (details: { url: string }, callback: (response: Electron.CallbackResponse) => void) => void;
  } | null = null;
  readonly handlers = new Map<string, (request: Request) => Response | Promise<Response>>();

  constructor(partition: string, options?: Electron.FromPartitionOptions) {
    super();
    this.partition = partition;
    this.options = options;
  }

  setPermissionRequestHandler(handler: Handler<'setPermissionRequestHandler'>): void {
    this.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: Handler<'setPermissionCheckHandler'>): void {
    this.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: Handler<'setDevicePermissionHandler'>): void {
    this.devicePermission = handler;
  }
  setDisplayMediaRequestHandler(handler: Handler<'setDisplayMediaRequestHandler'>): void {
    this.displayMedia = handler;
  }
  readonly webRequest = {
    onBeforeRequest: (
      filter: Electron.WebRequestFilter,
      listener: NonNullable<SessionStub['beforeRequest']>['listener'],
    ): void => {
      this.beforeRequest = { filter, listener };
    },
  };
  readonly protocol = {
    handle: (scheme: string, handler: (request: Request) => Response | Promise<Response>): void => {
      this.handlers.set(scheme, handler);
    },
  };

  /** What the page would get when it asks for this address. */
  cancels(url: string): boolean {
    let cancelled: boolean | undefined;
    this.beforeRequest?.listener({ url }, (response) => {
      cancelled = response.cancel;
    });
    if (cancelled === undefined) throw new Error('no answer');
    return cancelled;
  }
}
