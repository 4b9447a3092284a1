import { describe, expect, it } from 'vitest';
import { typed } from '../../main/cli/terminal.ts';

describe('an answer that is typed', () => {
  it.each([
    ['', 'abc', { kind: 'more', text: 'abc' }],
    ['12', '34\r', { kind: 'done', text: '1234' }],
    ['12', '34\nrest', { kind: 'done', text: '1234' }],
    ['12', '\u007f', { kind: 'more', text: '1' }],
    ['', '\u007f', { kind: 'more', text: '' }],
    ['ü😀', '\b', { kind: 'more', text: 'ü' }],
    ['secret', '\u0015new', { kind: 'more', text: 'new' }],
    ['12', '\u0003', { kind: 'given_up' }],
    ['12', '\u0004', { kind: 'given_up' }],
    ['', '\u001b[A', { kind: 'more', text: '[A' }],
  ])('%j + %j', (before, characters, after) => {
    expect(typed(before, characters)).toEqual(after);
  });

  it('has an end', () => {
    const after = typed('', 'x'.repeat(100_000));
    expect(after.kind === 'more' && after.text.length).toBe(8192);
  });
});
