import { powerMonitor } from 'electron';
import { describe, expect, it } from 'vitest';
import { electronAway } from '../../main/electron/child-host.ts';

describe('word of being away', () => {
  it('comes from sleep and from a locked screen, until it is not wanted any more', () => {
    const told: string[] = [];
    const end = electronAway().onAway((why) => told.push(why));
    powerMonitor.emit('suspend');
    powerMonitor.emit('resume');
    powerMonitor.emit('lock-screen');
    end();
    powerMonitor.emit('suspend');
    expect(told).toEqual(['sleep', 'screen']);
  });
});
