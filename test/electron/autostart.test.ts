import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAutostart } from '../../main/electron/autostart.ts';
import { app, resetElectron } from '../support/electron-stub.ts';

let home: string;
beforeEach(() => {
  resetElectron();
  app.isPackaged = true;
  home = mkdtempSync(join(tmpdir(), 'gatehouse-autostart-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const make = (
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv = {},
  execPath = '/opt/Gatehouse/gatehouse-desktop',
) => createAutostart({ env, home, platform, execPath, hidden: '--hidden' });

it('is not to be had in a checkout, nor on a system that it does not know', () => {
  app.isPackaged = false;
  expect(make('linux')).toBeNull();
  app.isPackaged = true;
  expect(make('freebsd')).toBeNull();
});

describe('on Linux', () => {
  const file = () => join(home, '.config', 'autostart', 'gatehouse.desktop');

  it('is a desktop file that starts the program without its window, and is gone when switched off', () => {
    const port = make('linux');
    expect(port?.view().state).toBe('off');
    expect(port?.set(true).state).toBe('on');
    const text = readFileSync(file(), 'utf8');
    expect(text).toContain('\nExec="/opt/Gatehouse/gatehouse-desktop" --hidden\n');
    expect(text.startsWith('[Desktop Entry]\nType=Application\n')).toBe(true);
    expect(readdirSync(join(home, '.config', 'autostart'))).toEqual(['gatehouse.desktop']);
    expect(port?.set(false).state).toBe('off');
    expect(port?.set(false).state).toBe('off');
    expect(readdirSync(join(home, '.config', 'autostart'))).toEqual([]);
  });

  it('starts the AppImage itself, not what is unpacked while it runs', () => {
    make(
      'linux',
      { APPIMAGE: '/home/sam/My apps/Gatehouse.AppImage', APPDIR: '/tmp/.mount_Gate1' },
      '/tmp/.mount_Gate1/gatehouse-desktop',
    )?.set(true);
    expect(readFileSync(file(), 'utf8')).toContain('Exec="/home/sam/My apps/Gatehouse.AppImage" --hidden');
  });

  it('starts no AppImage of another program, whose terminal it was started from', () => {
    make('linux', { APPIMAGE: '/home/sam/Editor.AppImage', APPDIR: '/tmp/.mount_Edit1' })?.set(true);
    expect(readFileSync(file(), 'utf8')).toContain('Exec="/opt/Gatehouse/gatehouse-desktop" --hidden');
  });

  it('goes where XDG says, when that is an absolute path', () => {
    make('linux', { XDG_CONFIG_HOME: join(home, 'xdg') })?.set(true);
    expect(readdirSync(join(home, 'xdg', 'autostart'))).toEqual(['gatehouse.desktop']);
    make('linux', { XDG_CONFIG_HOME: 'relative' })?.set(true);
    expect(readdirSync(join(home, '.config', 'autostart'))).toEqual(['gatehouse.desktop']);
  });

  it('is on only when the file starts this very program and was not switched off elsewhere', () => {
    const port = make('linux');
    port?.set(true);
    const text = readFileSync(file(), 'utf8');
    for (const other of [
      text.replace('/opt/Gatehouse/', '/opt/Elsewhere/'),
      text.replace('enabled=true', 'enabled=false'),
      `${text}Hidden=true\n`,
      '',
    ]) {
      writeFileSync(file(), other);
      expect(port?.view().state).toBe('off');
    }
  });

  it('escapes what an Exec line reads otherwise', () => {
    const path = '/opt/a "b" $c `d` 50% \\e';
    const port = make('linux', {}, path);
    expect(port?.set(true).state).toBe('on');
    expect(readFileSync(file(), 'utf8')).toContain(
      String.raw`Exec="/opt/a \\"b\\" \\$c \\${'`'}d\\${'`'} 50%% \\\\e" --hidden`,
    );
    expect(() => make('linux', {}, '/opt/x\nExec=evil')?.set(true)).toThrowError(
      expect.objectContaining({ code: 'startup_failed' }),
    );
  });

  it('says when the file cannot be written', () => {
    writeFileSync(join(home, '.config'), 'a file where the folder should be');
    expect(() => make('linux')?.set(true)).toThrowError(expect.objectContaining({ code: 'startup_failed' }));
  });
});

describe('on macOS and Windows', () => {
  it('is the login item of the app', () => {
    const port = make('darwin');
    expect(port?.set(true).state).toBe('on');
    expect(app.loginItem).toEqual({ openAtLogin: true });
    expect(port?.set(false).state).toBe('off');
  });

  it('starts without its window: on Windows by a word, which is asked for again to see whether it is on', () => {
    const port = make('win32', {}, 'C:\\Program Files\\Gatehouse\\Gatehouse.exe');
    port?.set(true);
    const item = { path: 'C:\\Program Files\\Gatehouse\\Gatehouse.exe', args: ['--hidden'] };
    expect(app.loginItem).toEqual({ openAtLogin: true, ...item });
    expect(app.loginItemsAsked).toEqual([item]);
  });
});
