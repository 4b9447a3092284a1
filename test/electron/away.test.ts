import { powerMonitor } from 'electron';
import { describe, expect, it } from 'vitest';
import { electronAway } from '../../main/electron/child-host.ts';

describe('word of being away', () => {
  it('comes from sleep and from a locked screen, until it is not wanted any more', () => {
    const told: string[] = [];
    const end = electronAway(null).onAway((why) => told.push(why));
    powerMonitor.emit('suspend');
    powerMonitor.emit('resume');
    powerMonitor.emit('lock-screen');
    end();
    powerMonitor.emit('suspend');
    expect(told).toEqual(['sleep', 'screen']);
  });

  it('comes from the buses of Linux too, where Electron hears of no locked screen', () => {
    const told: string[] = [];
    const listeners = new Set<(why: 'sleep' | 'screen') => void>();
    const bus = {
      onAway: (listener: (why: 'sleep' | 'screen') => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const end = electronAway(bus).onAway((why) => told.push(why));
    for (const listener of listeners) listener('screen');
    powerMonitor.emit('suspend');
    end();
    expect([told, listeners.size]).toEqual([['screen', 'sleep'], 0]);
  });
});
