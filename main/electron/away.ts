/** Word of the machine going to sleep and of the screen being locked, from Electron's own monitor. */
import { powerMonitor } from 'electron';
import type { AwayPort } from '../vault/auto-lock.ts';

export function electronAway(): AwayPort {
  return {
    onAway: (listener) => {
      const sleeps = () => listener('sleep');
      const locks = () => listener('screen');
      powerMonitor.on('suspend', sleeps);
      powerMonitor.on('lock-screen', locks);
      return () => {
        powerMonitor.off('suspend', sleeps);
        powerMonitor.off('lock-screen', locks);
      };
    },
  };
}
