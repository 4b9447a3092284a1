/** The one way from the page to the supervisor: the preload's bridge under Electron, otherwise a WebSocket. */
import type { GatehouseApi, MethodArgs, MethodName, MethodValue, Result } from '../../preload/contract.ts';
import { SocketApi } from './socket-api.ts';

declare global {
  interface Window {
    readonly gatehouse?: GatehouseApi;
  }
}

export const api: GatehouseApi = window.gatehouse ?? new SocketApi();

/** Calls the supervisor. Never rejects: what goes wrong is in the result. */
export function call<M extends MethodName>(
  method: M,
  ...args: MethodArgs<M>
): Promise<Result<MethodValue<M>>> {
  return api.call(method, ...args);
}

/** The api, for components that subscribe to channels. */
export function useApi(): GatehouseApi {
  return api;
}
