/**
 * What our page may never do, whatever runs in it: three methods, called before any window exists.
 *
 * The page needs no permission, no network and no second page. So every question is answered no, and the list
 * of exceptions is one line: copying text to the clipboard from our own page.
 */
import type { App, Session, WebContents } from 'electron';
import { isOurs } from './protocol.ts';

/** Told of everything that was stopped: our page never tries any of it. */
export type OnStopped = (what: string, detail: string) => void;

const CLIPBOARD = 'clipboard-sanitized-write';

/** No camera, no notification, no device, no screen: nothing but writing text to the clipboard. */
export function blockPermissions(session: Session, onStopped: OnStopped): void {
  session.setPermissionRequestHandler((_contents, permission, callback, details) => {
    const allowed = permission === CLIPBOARD && details.isMainFrame && isOurs(details.requestingUrl);
    if (!allowed) onStopped('page_permission', `the page asked for the permission ${permission}`);
    callback(allowed);
  });
  session.setPermissionCheckHandler(
    (_contents, permission, origin, details) =>
      permission === CLIPBOARD && details.isMainFrame && isOurs(origin),
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => callback({}));
}

/**
 * No request leaves the page's own files.
 *
 * @param developerTools  also lets the developer tools load themselves, which only an unpackaged app has
 */
export function blockRequests(session: Session, developerTools: boolean, onStopped: OnStopped): void {
  session.webRequest.onBeforeRequest({ urls: ['<all_urls>'] }, (details, callback) => {
    const allowed = isOurs(details.url) || (developerTools && details.url.startsWith('devtools://devtools/'));
    if (!allowed) onStopped('page_request', `the page asked for ${details.url.slice(0, 200)}`);
    callback({ cancel: !allowed });
  });
  session.on('will-download', (event) => {
    event.preventDefault();
    onStopped('page_download', 'the page started a download');
  });
}

/** The page stays where it is, opens nothing and embeds nothing. */
export function blockNavigation(app: App, onStopped: OnStopped): void {
  app.on('web-contents-created', (_event, contents) => blockNavigationOf(contents, onStopped));
}

function blockNavigationOf(contents: WebContents, onStopped: OnStopped): void {
  contents.on('will-navigate', (event) => {
    event.preventDefault();
    onStopped('page_navigation', `the page tried to go to ${event.url.slice(0, 200)}`);
  });
  contents.on('will-frame-navigate', (event) => {
    event.preventDefault();
    onStopped('page_navigation', `a frame tried to go to ${event.url.slice(0, 200)}`);
  });
  contents.on('will-redirect', (event) => {
    event.preventDefault();
    onStopped('page_navigation', `the page was sent on to ${event.url.slice(0, 200)}`);
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
    onStopped('page_webview', 'the page tried to embed another page');
  });
  contents.setWindowOpenHandler(({ url }) => {
    onStopped('page_window', `the page tried to open ${url.slice(0, 200)}`);
    return { action: 'deny' };
  });
}
