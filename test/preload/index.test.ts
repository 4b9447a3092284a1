import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { GatehouseApi } from '../../preload/contract.ts';
import { CALL_CHANNEL, EVENT_CHANNEL } from '../../preload/ipc-channels.ts';
import { exposed, ipcRenderer, resetElectron } from '../support/electron-stub.ts';

await import('../../preload/index.ts');
const api = exposed['gatehouse'] as GatehouseApi;

beforeEach(() => resetElectron());

describe('window.gatehouse', () => {
  it('is the one thing given to the page, and is frozen', () => {
    expect(Object.keys(exposed)).toEqual(['gatehouse']);
    expect(Object.isFrozen(api)).toBe(true);
    expect(Object.keys(api).toSorted()).toEqual(['call', 'connection', 'on', 'onConnection']);
  });

  it('holds no way to ipcRenderer', () => {
    for (const value of Object.values(api)) {
      expect(typeof value).toBe('function');
      expect(value).not.toBe(ipcRenderer.invoke);
    }
    expect(JSON.stringify(api)).toBe('{}');
  });

  it('passes a call on by the one channel', async () => {
    ipcRenderer.answer = async () => ({ ok: true, value: { id: 'r1' } });
    expect(await api.call('sendTestRequest')).toEqual({ ok: true, value: { id: 'r1' } });
    await api.call('undo', 'd1');
    expect(ipcRenderer.invoked).toEqual([
      [CALL_CHANNEL, 'sendTestRequest', []],
      [CALL_CHANNEL, 'undo', ['d1']],
    ]);
  });

  it('passes nothing on that the contract does not name', async () => {
    for (const method of ['toString', '__proto__', 'constructor', 'ipc', '']) {
      expect(await (api.call as (method: string) => Promise<unknown>)(method)).toMatchObject({
        ok: false,
        error: { code: 'bad_argument' },
      });
    }
    expect(ipcRenderer.invoked).toEqual([]);
    api.on('toString' as never, () => undefined);
    expect(ipcRenderer.eventNames()).toEqual([]);
  });

  it('answers a result when the supervisor is gone: nothing is thrown at the page', async () => {
    ipcRenderer.answer = () => Promise.reject(new Error('Error invoking remote method: stack'));
    const result = await api.call('overview');
    expect(result).toMatchObject({ ok: false, error: { code: 'unavailable' } });
    expect(JSON.stringify(result)).not.toContain('stack');
  });

  it('gives each listener its channel, the payload and no event, until it is taken off', () => {
    const listener = vi.fn();
    const off = api.on('notice', listener);
    const event = { sender: ipcRenderer };
    ipcRenderer.emit(EVENT_CHANNEL, event, 'notice', { text: 'a' });
    ipcRenderer.emit(EVENT_CHANNEL, event, 'inbox', { text: 'b' });
    expect(listener.mock.calls).toEqual([[{ text: 'a' }]]);
    off();
    ipcRenderer.emit(EVENT_CHANNEL, event, 'notice', { text: 'c' });
    expect(listener).toHaveBeenCalledOnce();
  });

  it('is always connected', () => {
    expect(api.connection()).toBe('open');
    expect(api.onConnection(() => undefined)()).toBeUndefined();
  });
});
