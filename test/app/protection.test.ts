import { afterEach, describe, expect, it } from 'vitest';
import { protectionOf } from '../../main/app/protection.ts';
import { resolvePaths } from '../../main/platform/paths.ts';

const before = process.env['APPIMAGE'];
afterEach(() => {
  if (before === undefined) delete process.env['APPIMAGE'];
  else process.env['APPIMAGE'] = before;
});

const protectedPaths = () =>
  protectionOf({
    home: '/home/sam',
    paths: resolvePaths({}, process.platform, '/home/sam'),
    installRoot: '/opt/Gatehouse',
    settingsFiles: ['/home/sam/.claude/settings.json'],
  }).current().paths;

describe('what no call may touch', () => {
  it('holds the whole install and the program that runs', () => {
    expect(protectedPaths()).toEqual(expect.arrayContaining(['/opt/Gatehouse', process.execPath]));
  });

  it('holds the AppImage itself where there is one', () => {
    process.env['APPIMAGE'] = '/home/sam/Gatehouse.AppImage';
    expect(protectedPaths()).toContain('/home/sam/Gatehouse.AppImage');
    process.env['APPIMAGE'] = '';
    expect(protectedPaths()).not.toContain('');
  });

  it('holds what starts Gatehouse at login', ({ skip }) => {
    if (process.platform !== 'linux') skip('Linux only: elsewhere it is no file');
    expect(protectedPaths().some((path) => path.endsWith('/autostart/gatehouse.desktop'))).toBe(true);
  });
});
