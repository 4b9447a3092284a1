import { describe, expect, it } from 'vitest';
import { packedStart } from '../../main/cli/packed-start.ts';

const NO_WINDOW = '--ozone-platform=headless';

describe('the desktop app’s own program', () => {
  it.each([
    [[], { kind: 'window', hidden: false, link: null }],
    [['--hidden'], { kind: 'window', hidden: true, link: null }],
    [['start'], { kind: 'window', hidden: false, link: null }],
    [['start', '--no-open'], { kind: 'window', hidden: true, link: null }],
    [['gatehouse://open/inbox'], { kind: 'window', hidden: false, link: 'gatehouse://open/inbox' }],
    [
      ['--ozone-platform=wayland', '--enable-features=WaylandWindowDecorations'],
      { kind: 'window', hidden: false, link: null },
    ],
    [[NO_WINDOW], { kind: 'words', words: ['start'] }],
    [[NO_WINDOW, 'start', '--port', '7900'], { kind: 'words', words: ['start', '--port', '7900'] }],
    [['start', '--headless'], { kind: 'words', words: ['start', '--headless'] }],
    [['status', '--json'], { kind: 'words', words: ['status', '--json'] }],
    [[NO_WINDOW, 'tutorial-supervisor'], { kind: 'entry', name: 'tutorial-supervisor' }],
    [['tutorial-supervisor'], { kind: 'words', words: ['tutorial-supervisor'] }],
  ] as const)('for %j: %j', (argv, start) => {
    expect(packedStart(argv)).toEqual(start);
  });

  it.each([
    [['--remote-debugging-port=0']],
    [['--inspect']],
    [['--no-sandbox']],
    [['--hidden', '--js-flags=--allow-natives-syntax']],
    [['gatehouse://open/inbox', '--disable-web-security']],
    [['start', '--disable-site-isolation-trials']],
    [['--ozone-platform=x11,--no-sandbox', '--no-sandbox']],
    [['--enable-features=WaylandX,Other']],
  ])('opens no window for %j', (argv) => {
    expect(packedStart(argv).kind).toBe('words');
  });
});
