import { describe, expect, it } from 'vitest';
import { RUNNING_PREFIX, type StartText, startText, windowText } from '../../main/app/terminal-text.ts';

const text: StartText = {
  why: 'no display',
  enforcement: 'Nothing is supervised yet.',
  url: 'http://127.0.0.1:7843/#TOKEN',
  port: 7843,
  busyPort: null,
  program: 'gatehouse',
  agents: [{ id: 'claude-code', name: 'Claude Code', version: '2.1.330', state: 'not_connected' }],
  browserOpened: false,
};

describe('the text at the start', () => {
  it('is this, to the letter', () => {
    expect(startText(text)).toBe(
      [
        'Gatehouse is running (headless: no display). Nothing is supervised yet.',
        'Open   http://127.0.0.1:7843/#TOKEN   (one use, 5 min; `gatehouse open` makes another)',
        'SSH    ssh -L 7843:127.0.0.1:7843 HOST',
        'Found  Claude Code 2.1.330: not connected  →  gatehouse agents install claude-code',
        'Try    gatehouse tutorial 1',
        'Ctrl-C stops it; connected agents are then blocked until it runs again.',
      ].join('\n'),
    );
  });

  it('names the real port, commands as they are called here, and each agent as it stands', () => {
    const lines = startText({
      ...text,
      why: 'running as root',
      enforcement: 'Claude Code is supervised through its hooks.',
      url: 'http://127.0.0.1:7845/#TOKEN',
      port: 7845,
      busyPort: 7843,
      program: 'npx --no-install gatehouse',
      browserOpened: true,
      agents: [
        { id: 'claude-code', name: 'Claude Code', version: '2.1.330', state: 'connected' },
        { id: 'codex', name: 'Codex', version: null, state: 'not_connected' },
        { id: 'gemini', name: 'Gemini CLI', version: '1.0', state: 'not_found' },
        { id: 'cursor', name: 'Cursor', version: '3.1', state: 'broken' },
      ],
    }).split('\n');
    expect(lines).toEqual([
      'Gatehouse is running (headless: running as root). Claude Code is supervised through its hooks.',
      'Page   opened in your browser',
      'Open   http://127.0.0.1:7845/#TOKEN   (one use, 5 min; `npx --no-install gatehouse open` makes another)',
      'SSH    ssh -L 7845:127.0.0.1:7845 HOST',
      'Port   7845, because 7843 is taken by another program',
      'Found  Claude Code 2.1.330: connected',
      'Found  Codex: not connected  →  npx --no-install gatehouse agents install codex',
      'Found  Cursor 3.1: connected, but not enforced  →  npx --no-install gatehouse agents doctor cursor',
      'Try    npx --no-install gatehouse tutorial 1',
      'Ctrl-C stops it; connected agents are then blocked until it runs again.',
    ]);
  });

  it('of the window begins as the program that waits for it expects', () => {
    const lines = windowText(text).split('\n');
    expect(lines[0]).toBe('Gatehouse is running. Nothing is supervised yet.');
    expect(lines[0]?.startsWith(RUNNING_PREFIX)).toBe(true);
    expect(lines.join('\n')).not.toContain('SSH');
  });
});
