import type { App, Session } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { blockNavigation, blockPermissions, blockRequests } from '../../main/electron/lockdown.ts';
import { isOurs } from '../../main/electron/protocol.ts';
import { app, resetElectron, SessionStub, WebContentsStub } from '../support/electron-stub.ts';

const stopped = vi.fn();
let session: SessionStub;
const asSession = () => session as unknown as Session;

beforeEach(() => {
  resetElectron();
  stopped.mockReset();
  session = new SessionStub('gatehouse');
});

const ASKABLE = [
  'media',
  'geolocation',
  'notifications',
  'midi',
  'midiSysex',
  'pointerLock',
  'keyboardLock',
  'fullscreen',
  'openExternal',
  'window-management',
  'clipboard-read',
  'display-capture',
  'mediaKeySystem',
  'storage-access',
  'top-level-storage-access',
  'speaker-selection',
  'fileSystem',
  'hid',
  'serial',
  'usb',
  'idle-detection',
  'unknown',
] as const;

describe('permissions', () => {
  const asked = (permission: string, details: { isMainFrame: boolean; requestingUrl: string }) => {
    let answer: boolean | undefined;
    session.permissionRequest?.(
      {} as never,
      permission as never,
      (granted) => {
        answer = granted;
      },
      details as never,
    );
    return answer;
  };
  const own = { isMainFrame: true, requestingUrl: 'gatehouse://app/' };

  beforeEach(() => blockPermissions(asSession(), stopped));

  it.each(ASKABLE)('%s is refused and recorded, and checks say no', (permission) => {
    expect(asked(permission, own)).toBe(false);
    expect(stopped).toHaveBeenCalledOnce();
    expect(
      session.permissionCheck?.(null, permission as never, 'gatehouse://app/', {
        isMainFrame: true,
      } as never),
    ).toBe(false);
  });

  it('copying text is allowed to our own main frame alone', () => {
    const permission = 'clipboard-sanitized-write';
    expect(asked(permission, own)).toBe(true);
    expect(stopped).not.toHaveBeenCalled();
    expect(asked(permission, { ...own, isMainFrame: false })).toBe(false);
    expect(asked(permission, { ...own, requestingUrl: 'https://evil.example/' })).toBe(false);
    const check = (origin: string, isMainFrame: boolean) =>
      session.permissionCheck?.(null, permission as never, origin, { isMainFrame } as never);
    expect([
      check('gatehouse://app/', true),
      check('gatehouse://app/', false),
      check('https://evil.example/', true),
      check('', true),
    ]).toEqual([true, false, false, false]);
  });

  it('no device and no screen is ever given', () => {
    expect(session.devicePermission?.({} as never)).toBe(false);
    const callback = vi.fn();
    session.displayMedia?.({} as never, callback);
    expect(callback).toHaveBeenCalledExactlyOnceWith({});
  });
});

describe('requests', () => {
  it('go to the page and nowhere else, and every address is looked at', () => {
    blockRequests(asSession(), false, stopped);
    expect(session.beforeRequest?.filter).toEqual({ urls: ['<all_urls>'] });
    expect(session.cancels('gatehouse://app/')).toBe(false);
    expect(session.cancels('gatehouse://app/assets/x.js')).toBe(false);
    const foreign = [
      'https://evil.example/',
      'http://127.0.0.1:7843/',
      'file:///etc/passwd',
      'gatehouse://other/',
      'gatehouse://app.evil.example/',
      'gatehouse://app:80/',
      'gatehouse://app@evil.example/',
      'ws://127.0.0.1/',
      'data:text/html,x',
      'blob:gatehouse://app/1',
      'devtools://devtools/x',
      'not a url',
    ];
    for (const url of foreign) expect([url, session.cancels(url)]).toEqual([url, true]);
    expect(stopped).toHaveBeenCalledTimes(foreign.length);
  });

  it('of the developer tools pass only where there are any', () => {
    blockRequests(asSession(), true, stopped);
    expect(session.cancels('devtools://devtools/bundled/inspector.html')).toBe(false);
    expect(session.cancels('devtools://devtools.evil/x')).toBe(true);
  });

  it('never become downloads', () => {
    blockRequests(asSession(), false, stopped);
    const event = { preventDefault: vi.fn() };
    session.emit('will-download', event);
    expect(event.preventDefault).toHaveBeenCalledOnce();
  });
});

describe('navigation', () => {
  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])(
    '%s is stopped in every WebContents',
    (name) => {
      blockNavigation(app as unknown as App, stopped);
      const contents = new WebContentsStub(9);
      app.emit('web-contents-created', {}, contents);
      const event = { preventDefault: vi.fn(), url: 'gatehouse://app/other' };
      contents.emit(name, event);
      expect(event.preventDefault).toHaveBeenCalledOnce();
      expect(stopped).toHaveBeenCalledOnce();
    },
  );

  it('opens no second window, whatever the address', () => {
    blockNavigation(app as unknown as App, stopped);
    const contents = new WebContentsStub(9);
    app.emit('web-contents-created', {}, contents);
    for (const url of ['gatehouse://app/', 'https://evil.example/', 'about:blank'])
      expect(contents.windowOpen?.({ url })).toEqual({ action: 'deny' });
  });
});

describe('our own address', () => {
  it.each([
    ['gatehouse://app/', true],
    ['gatehouse://app', true],
    ['GATEHOUSE://APP/', false],
    ['gatehouse://app/../x', true],
    ['gatehouse:app/', false],
    ['gatehouse://user@app/', false],
    ['gatehouse://:pw@app/', false],
    ['https://app/', false],
    ['', false],
  ])('%s: %s', (address, ours) => {
    expect(isOurs(address)).toBe(ours);
  });
});
