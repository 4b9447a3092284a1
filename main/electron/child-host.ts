/**
 * Electron's ports of the vault: processes of our own, as utility processes, because its program cannot be told to
 * act as plain Node; and word of the machine going to sleep and of the screen being locked.
 */
import { fileURLToPath } from 'node:url';
import { powerMonitor, utilityProcess } from 'electron';
import { type ChildHost, childUrl } from '../platform/child-host.ts';
import type { AwayPort } from '../vault/auto-lock.ts';

/** @param env all that they get of the environment */
export function electronChildHost(env: NodeJS.ProcessEnv): ChildHost {
  return {
    start: (program) => {
      const child = utilityProcess.fork(fileURLToPath(childUrl(program)), [], {
        env,
        execArgv: [],
        stdio: 'ignore',
        serviceName: `Gatehouse ${program}`,
      });
      return {
        get pid() {
          return child.pid;
        },
        send: (message) => child.postMessage(message),
        onMessage: (listener) => {
          child.on('message', listener);
        },
        onExit: (listener) => {
          child.once('exit', () => listener());
        },
        // Without a signal to choose: it ends the process at once.
        kill: () => {
          child.kill();
        },
      };
    },
  };
}

/** @param also what tells more: of the locked screen Electron hears on macOS and Windows alone */
export function electronAway(also: AwayPort | null): AwayPort {
  return {
    onAway: (listener) => {
      const sleeps = () => listener('sleep');
      const locks = () => listener('screen');
      powerMonitor.on('suspend', sleeps);
      powerMonitor.on('lock-screen', locks);
      const end = also?.onAway(listener);
      return () => {
        end?.();
        powerMonitor.off('suspend', sleeps);
        powerMonitor.off('lock-screen', locks);
      };
    },
  };
}
