import { describe, expect, it, vi } from 'vitest';
import { chooseShell, hasDisplay, mayOpenBrowser, type ProbeFacts } from '../../main/cli/probe.ts';

const download = vi.fn<ProbeFacts['download']>();
const desk: ProbeFacts = {
  platform: 'linux',
  env: { DISPLAY: ':0' },
  uid: 1000,
  headlessAsked: false,
  electron: () => ({ kind: 'ready', binary: '/e/electron' }),
  download,
};
const missing = { kind: 'no_binary', version: '45.4.1', installer: '/e/install.js' } as const;

describe('the shell', () => {
  it('is the window where everything is there', async () => {
    expect(await chooseShell(desk)).toEqual({ shell: 'electron', binary: '/e/electron' });
    expect(download).not.toHaveBeenCalled();
  });

  it.each([
    ['asked for', { headlessAsked: true }],
    ['no display', { env: {} }],
    ['no display', { env: { DISPLAY: '' } }],
    ['no display', { platform: 'darwin' as const, env: { SSH_CONNECTION: '1' } }],
    ['running as root', { uid: 0 }],
    ['Electron is not installed', { electron: () => ({ kind: 'no_package' as const }) }],
  ])('is headless: %s', async (why, facts) => {
    expect(await chooseShell({ ...desk, ...facts })).toEqual({ shell: 'headless', why });
    expect(download).not.toHaveBeenCalled();
  });

  it('is asked for in that order: nothing is downloaded for a place that cannot show it', async () => {
    const electron = vi.fn(() => missing);
    for (const facts of [{ headlessAsked: true }, { env: {} }, { uid: 0 }])
      await chooseShell({ ...desk, ...facts, electron });
    expect(electron).not.toHaveBeenCalled();
    expect(download).not.toHaveBeenCalled();
  });

  it('is the window after a download, and headless with its reason without one', async () => {
    download.mockResolvedValueOnce({ binary: '/e/new' });
    expect(await chooseShell({ ...desk, electron: () => missing })).toEqual({
      shell: 'electron',
      binary: '/e/new',
    });
    expect(download).toHaveBeenLastCalledWith(missing);
    download.mockResolvedValueOnce({ why: 'Electron was not downloaded within 60 s' });
    expect(await chooseShell({ ...desk, electron: () => missing })).toEqual({
      shell: 'headless',
      why: 'Electron was not downloaded within 60 s',
    });
  });
});

describe('a display', () => {
  it.each([
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['linux', {}, false],
    ['darwin', {}, true],
    ['darwin', { SSH_TTY: '/dev/ttys1' }, false],
    ['win32', {}, true],
    ['win32', { SSH_CLIENT: 'x' }, false],
    ['freebsd', { DISPLAY: ':0' }, true],
  ] as const)('%s %j: %s', (platform, env, has) => {
    expect(hasDisplay(platform, env)).toBe(has);
  });
});

describe('a browser', () => {
  it.each([
    [desk, true],
    [{ ...desk, env: {} }, false],
    [{ ...desk, env: { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '1 2 3 4' } }, false],
    [{ ...desk, uid: 0 }, false],
    [{ ...desk, platform: 'win32' as const, env: {}, uid: null }, true],
  ])('case %#', (facts, may) => {
    expect(mayOpenBrowser(facts)).toBe(may);
  });
});
