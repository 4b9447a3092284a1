import { beforeEach, describe, expect, it } from 'vitest';
import { termText } from '../../../renderer/features/timeline/filter.ts';
import { useFilter } from '../../../renderer/features/timeline/filter-store.ts';

const NOW = new Date(2026, 10, 24, 14, 32, 8).getTime();
const state = () => useFilter.getState();
const seen = () => ({
  chips: state().terms.map(termText),
  draft: state().draft,
  words: state().words,
  problems: state().problems.length,
});

describe('the filter while it is typed', () => {
  beforeEach(() => state().clear());

  /** Types one character after the other, as a person does. */
  function type(text: string): void {
    for (const character of text) state().type(state().draft + character, NOW);
  }

  it('turns a finished term into a chip and leaves words in the field', () => {
    type('push outcome:refused');
    expect(seen()).toEqual({ chips: [], draft: 'push outcome:refused', words: 'push', problems: 0 });
    type(' ');
    expect(seen()).toEqual({ chips: ['outcome:refused'], draft: 'push', words: 'push', problems: 0 });
  });

  it('takes the last token with Enter', () => {
    type('gate:5');
    state().commit(NOW);
    expect(seen()).toEqual({ chips: ['gate:5'], draft: '', words: '', problems: 0 });
  });

  it('tells a problem when the token is finished, not while it is typed, and keeps it to be put right', () => {
    type('outcom:refused');
    expect(seen().problems).toBe(0);
    state().commit(NOW);
    expect(seen()).toEqual({ chips: [], draft: 'outcom:refused', words: '', problems: 1 });
    state().type('outcome:refused ', NOW);
    expect(seen()).toEqual({ chips: ['outcome:refused'], draft: '', words: '', problems: 0 });
  });

  it('keeps quotes, so that quoted text never becomes a term', () => {
    type('"outcome:refused" gate:5 ');
    expect(seen()).toEqual({
      chips: ['gate:5'],
      draft: '"outcome:refused"',
      words: 'outcome:refused',
      problems: 0,
    });
    state().commit(NOW);
    state().commit(NOW);
    expect(seen()).toEqual({
      chips: ['gate:5'],
      draft: '"outcome:refused"',
      words: 'outcome:refused',
      problems: 0,
    });
  });

  it('lets a quoted value with spaces be typed to its end', () => {
    type('app:"my big app" ');
    expect(seen().chips).toEqual(['app:"my big app"']);
  });

  it('takes chips away again', () => {
    type('gate:5 outcome:denied ');
    state().removeLast();
    expect(seen().chips).toEqual(['gate:5']);
    const [five] = state().terms;
    if (five === undefined) throw new Error('expected a chip');
    state().remove(five);
    expect(seen().chips).toEqual([]);
  });

  it('is opened by another page on something', () => {
    type('gate:5 words ');
    state().show('session:s_1', NOW);
    expect(seen()).toEqual({ chips: ['session:s_1'], draft: '', words: '', problems: 0 });
  });
});
