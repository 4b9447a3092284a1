/**
 * The filter row: a field that reads `key:value` and words, a chip for each term, and a menu for those who
 * would rather choose. What cannot be used is told under the field, where it was typed.
 */
import { type KeyboardEvent, type ReactNode, type RefObject, useId } from 'react';
import { Key } from '../../ui/key.tsx';
import { AddFilter } from './add-filter.tsx';
import { type Term, termPhrase, termText, termWords } from './filter.ts';
import type { FilterOffer } from './filter-offers.ts';
import { useFilter } from './filter-store.ts';
import { fullTime } from './row-words.ts';

export interface FilterBarProps {
  readonly fieldRef: RefObject<HTMLInputElement | null>;
  readonly offers: readonly FilterOffer[];
  readonly menuOpen: boolean;
  readonly onMenuOpen: (open: boolean) => void;
  /** Leaves the field for the rows. */
  readonly onLeave: () => void;
  /** What stands at the end of the row. */
  readonly children: ReactNode;
}

export function FilterBar({ fieldRef, offers, menuOpen, onMenuOpen, onLeave, children }: FilterBarProps) {
  const { terms, draft, problems, type, commit, remove, removeLast, clearWords, add } = useFilter();
  const problemId = useId();

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      commit(Date.now());
      if (useFilter.getState().problems.length === 0) onLeave();
    } else if (event.key === 'Backspace' && draft === '' && terms.length > 0) {
      event.preventDefault();
      removeLast();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (draft === '') onLeave();
      else clearWords();
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      onLeave();
    }
  }

  return (
    <search className="tl-filters" aria-label="Narrow the timeline">
      <div className="tl-field">
        <label className="tl-find" {...(problems.length > 0 ? { 'data-problem': '' } : {})}>
          <svg
            width="12"
            height="12"
            viewBox="0 0 12 12"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.4"
            aria-hidden="true"
          >
            <path d="M8.5 5a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM7.6 7.600 11 11" />
          </svg>
          <span className="vh">Filter: words, or a key and a value</span>
          <input
            ref={fieldRef}
            type="search"
            value={draft}
            placeholder="Filter: words, outcome:refused, gate:5, since:1h"
            autoComplete="off"
            autoCorrect="off"
            autoCapitalize="off"
            spellCheck={false}
            aria-invalid={problems.length > 0}
            aria-describedby={problems.length > 0 ? problemId : undefined}
            onChange={(event) => type(event.currentTarget.value, Date.now())}
            onBlur={() => commit(Date.now())}
            onKeyDown={onKeyDown}
          />
          <Key>/</Key>
        </label>
        {problems.length > 0 && (
          <p className="tl-problem" id={problemId} role="alert">
            {problems.map(({ text }) => text).join(' ')}
          </p>
        )}
      </div>
      <ul className="tl-chips" aria-label="Filters in use">
        {terms.map((term) => (
          <Chip key={termText(term)} term={term} onRemove={() => remove(term)} />
        ))}
      </ul>
      <AddFilter offers={offers} open={menuOpen} onOpen={onMenuOpen} onAdd={add} />
      {children}
    </search>
  );
}

function Chip({ term, onRemove }: { readonly term: Term; readonly onRemove: () => void }) {
  const { label, value } = termWords(term);
  return (
    <li className="tl-chip" title={'at' in term ? `${label} ${fullTime(term.at)}` : `${label} ${value}`}>
      <i>{label}</i>
      <b>{value}</b>
      <button type="button" onClick={onRemove} aria-label={`Remove the filter ${termPhrase(term)}`}>
        <svg
          width="8"
          height="8"
          viewBox="0 0 8 8"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.2"
          aria-hidden="true"
        >
          <path d="M1 1l6 6M7 1 1 7" />
        </svg>
      </button>
    </li>
  );
}
