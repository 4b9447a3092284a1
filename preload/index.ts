/**
 * The bridge under Electron: gives the page `window.gatehouse` and nothing else.
 *
 * Only methods and channels of the contract pass; `ipcRenderer` itself never reaches the page. The supervisor
 * checks every argument again: this file lives in the page's process and proves nothing.
 */
import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import {
  type ChannelName,
  type ChannelPayload,
  channels,
  type GatehouseApi,
  type MethodName,
  methods,
  type Result,
} from './contract.ts';
import { CALL_CHANNEL, EVENT_CHANNEL } from './ipc-channels.ts';

const LOST: Result<never> = {
  ok: false,
  error: {
    code: 'unavailable',
    message: 'the call failed: the supervisor did not answer; hint: start Gatehouse again',
  },
};

const api: GatehouseApi = {
  async call(method: MethodName, ...args: readonly unknown[]) {
    if (!Object.hasOwn(methods, method))
      return { ok: false, error: { code: 'bad_argument', message: 'there is no such method' } };
    try {
      return await ipcRenderer.invoke(CALL_CHANNEL, method, args);
    } catch {
      return LOST;
    }
  },
  on<C extends ChannelName>(channel: C, listener: (payload: ChannelPayload<C>) => void) {
    if (!Object.hasOwn(channels, channel)) return () => undefined;
    const forward = (_event: IpcRendererEvent, name: unknown, payload: unknown) => {
      // Sent by main, which makes it from the contract's own types.
      if (name === channel) listener(payload as ChannelPayload<C>);
    };
    ipcRenderer.on(EVENT_CHANNEL, forward);
    return () => {
      ipcRenderer.off(EVENT_CHANNEL, forward);
    };
  },
  connection: () => 'open',
  onConnection: () => () => undefined,
};

contextBridge.exposeInMainWorld('gatehouse', Object.freeze(api));
