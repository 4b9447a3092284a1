import { expect, it } from 'vitest';
import { commandOf } from '../../main/app/resources.ts';

const place = {
  checkout: false,
  packed: true,
  platform: 'linux',
  execPath: '/opt/Gatehouse/gatehouse-desktop',
  appImage: undefined,
} as const;

it.each([
  [{ checkout: true, packed: false }, 'npx --no-install gatehouse'],
  [{ packed: false }, 'gatehouse'],
  [{}, 'gatehouse'],
  [{ appImage: '' }, 'gatehouse'],
  [{ appImage: '/home/sam/Gatehouse-0.1.0.AppImage' }, '/home/sam/Gatehouse-0.1.0.AppImage'],
  [{ appImage: '/home/sam/My apps/Gatehouse.AppImage' }, '"/home/sam/My apps/Gatehouse.AppImage"'],
  [
    { platform: 'darwin' as const, execPath: '/Applications/Gatehouse.app/Contents/MacOS/Gatehouse' },
    '/Applications/Gatehouse.app/Contents/MacOS/Gatehouse',
  ],
  [
    { platform: 'win32' as const, execPath: 'C:\\Program Files\\Gatehouse\\Gatehouse.exe' },
    '"C:\\Program Files\\Gatehouse\\Gatehouse.exe"',
  ],
])('an install of this kind is called by %j: %s', (change, command) => {
  expect(commandOf({ ...place, ...change })).toBe(command);
});
