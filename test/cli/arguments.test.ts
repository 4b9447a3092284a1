import { describe, expect, it } from 'vitest';
import { nearest, readCommandLine } from '../../main/cli/arguments.ts';

const START = { headless: false, port: null, openBrowser: true };

describe('a command line', () => {
  it.each([
    [[], { kind: 'help', command: null }],
    [['--help'], { kind: 'help', command: null }],
    [['-h'], { kind: 'help', command: null }],
    [['help'], { kind: 'help', command: null }],
    [['help', 'start'], { kind: 'help', command: 'start' }],
    [['start', '--help'], { kind: 'help', command: 'start' }],
    [['hook', '--help'], { kind: 'help', command: 'hook' }],
    [['approvals', 'list', '-h'], { kind: 'help', command: 'approvals' }],
    [['--version'], { kind: 'version' }],
    [['-v'], { kind: 'version' }],
    [['start'], { kind: 'start', start: START }],
    [
      ['start', '--headless', '--port', '8000', '--no-open'],
      { kind: 'start', start: { headless: true, port: 8000, openBrowser: false } },
    ],
    [['start', '--port=1'], { kind: 'start', start: { ...START, port: 1 } }],
    [['hook', 'claude-code'], { kind: 'hook' }],
    [['tutorial', '1'], { kind: 'tutorial', tutorial: { number: '1', auto: false, keep: false } }],
    [
      ['tutorial', '--auto', '--keep', '1'],
      { kind: 'tutorial', tutorial: { number: '1', auto: true, keep: true } },
    ],
    [['tutorial'], { kind: 'tutorial', tutorial: { number: null, auto: false, keep: false } }],
    [['tutorial', '--help'], { kind: 'help', command: 'tutorial' }],
    [['status', '--json'], { kind: 'command', name: 'status', argv: ['status', '--json'] }],
    [
      ['policy', 'eval', '--', '--help'],
      { kind: 'command', name: 'policy', argv: ['policy', 'eval', '--', '--help'] },
    ],
  ])('%j', (argv, meaning) => {
    expect(readCommandLine(argv)).toEqual(meaning);
  });

  it.each([
    [['start', '--port', '0'], 'port'],
    [['start', '--port', '65536'], 'port'],
    [['start', '--port', '80x'], 'port'],
    [['start', '--port', '-1'], 'port'],
    [['start', '--port', '1e3'], 'port'],
    [['start', '--port'], 'port'],
    [['start', '--sandbox'], '--sandbox'],
    [['start', 'now'], 'now'],
    [['--wrong'], '--wrong'],
    [['tutorial', '1', '2'], 'one at a time'],
    [['tutorial', '1', '--fast'], '--fast'],
  ])('%j is not understood, and says what', (argv, part) => {
    expect(() => readCommandLine(argv)).toThrowError(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(new RegExp(`${part}.*; hint: `)),
      }),
    );
  });
});

describe('a mistyped name', () => {
  it.each([
    ['stat', 'start'],
    ['strat', 'start'],
    ['stauts', 'status'],
    ['statu', 'status'],
    ['agent', 'agents'],
    ['frobnicate', null],
    ['', null],
  ])('%s: %s', (name, meant) => {
    expect(nearest(name, ['start', 'status', 'agents', 'approvals'])).toBe(meant);
  });
});
