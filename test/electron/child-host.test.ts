import { expect, it, vi } from 'vitest';
import { electronChildHost } from '../../main/electron/child-host.ts';
import { resetElectron, utilityProcesses } from '../support/electron-stub.ts';

it('a process of our own is a utility process with its own environment and nothing of ours', () => {
  resetElectron();
  const child = electronChildHost({ HOME: '/home/sam' }).start('keychain');
  const [started] = utilityProcesses;
  expect(started?.file.endsWith('keychain/child.ts')).toBe(true);
  expect(started?.options).toEqual({
    env: { HOME: '/home/sam' },
    execArgv: [],
    stdio: 'ignore',
    serviceName: 'Gatehouse keychain',
  });
  const [onMessage, onExit] = [vi.fn(), vi.fn()];
  child.onMessage(onMessage);
  child.onExit(onExit);
  child.send({ ask: 'get' });
  expect(started?.process.sent).toEqual([{ ask: 'get' }]);
  started?.process.emit('message', { id: 1 });
  expect(onMessage).toHaveBeenCalledExactlyOnceWith({ id: 1 });
  expect(child.pid).toBe(7001);
  child.kill();
  expect(started?.process.killed).toBe(1);
  started?.process.emit('exit', 1);
  started?.process.emit('exit', 1);
  expect(onExit).toHaveBeenCalledOnce();
});
