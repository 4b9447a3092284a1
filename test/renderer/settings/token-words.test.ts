import { describe, expect, it } from 'vitest';
import { tokenWords, usedWords, wishProblem } from '../../../renderer/features/settings/token-words.ts';

const wish = { name: 'sdk', kind: 'agent', app: '~/web', pin: '', pinSet: true } as const;

describe('a wish for a token', () => {
  it.each([
    [{}, null],
    [{ name: '' }, 'name'],
    [{ name: 'Two Words' }, 'name'],
    [{ name: '-x' }, 'name'],
    [{ app: '  ' }, 'project'],
    [{ kind: 'watcher', app: '' }, null],
    [{ kind: 'decider', app: '', pin: '' }, 'Enter your PIN'],
    [{ kind: 'decider', app: '', pin: '123456', pinSet: false }, 'Set a PIN first'],
    [{ kind: 'decider', app: '', pin: '123456' }, null],
  ] as const)('%j', (change, problem) => {
    const found = wishProblem({ ...wish, ...change });
    if (problem === null) expect(found).toBeNull();
    else expect(found).toContain(problem);
  });
});

it('says what a token does and where', () => {
  expect(tokenWords({ scopes: ['submit', 'watch'], apps: ['~/web', '~/shop'] })).toBe(
    'asks for calls, watches · ~/web, ~/shop',
  );
  expect(tokenWords({ scopes: ['watch', 'decide'], apps: null })).toBe(
    'watches, answers requests · every project',
  );
});

it.each([
  [null, 'never used'],
  [0, 'used just now'],
  [59_999, 'used just now'],
  [60_000, 'used 1 min ago'],
  [3_600_000, 'used 1 h ago'],
  [48 * 3_600_000, 'used 2 days ago'],
  [-5000, 'used just now'],
])('%s ms ago: %s', (ago, words) => {
  expect(usedWords(ago === null ? null : 1e12 - ago, 1e12)).toBe(words);
});
