/** Processes of our own under Electron: utility processes, because its program cannot be told to act as plain Node. */
import { fileURLToPath } from 'node:url';
import { utilityProcess } from 'electron';
import { type ChildHost, childUrl } from '../platform/child-host.ts';

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
