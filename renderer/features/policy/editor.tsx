/** The editor of one policy file: completion from the schema, and what is wrong under the line it is wrong in. */
import { autocompletion, type CompletionContext, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, RangeSet, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  WidgetType,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import type { PolicyProblem } from '../../../preload/contract.ts';
import { usePolicy } from './policy-store.ts';
import { repairOf, spanOf } from './repair.ts';
import { wordsAt } from './schema-words.ts';
import { placeAt } from './yaml-place.ts';

interface EditorProps {
  readonly label: string;
  readonly text: string;
  readonly readOnly: boolean;
  readonly errors: readonly PolicyProblem[];
  readonly onText: (text: string) => void;
  /** Told how to put the cursor at a line; null when the editor is gone. */
  readonly onReady: (goTo: ((line: number) => void) | null) => void;
}

export function PolicyEditor({ label, text, readOnly, errors, onText, onReady }: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const first = useRef({ label, text, readOnly });
  const told = useRef({ onText, onReady });
  told.current = { onText, onReady };

  useEffect(() => {
    const place = host.current;
    if (place === null) return;
    // Styles that a script makes are let through by the page's policy inside a shadow tree only.
    const root = place.shadowRoot ?? place.attachShadow({ mode: 'open' });
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: first.current.text,
        extensions: [
          ...extensions(first.current.label, (next) => told.current.onText(next)),
          editing.of(editable(first.current.readOnly)),
        ],
      }),
    });
    view.current = made;
    told.current.onReady((line) => {
      const at = made.state.doc.line(Math.min(Math.max(1, line), made.state.doc.lines)).from;
      made.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
      made.focus();
    });
    return () => {
      told.current.onReady(null);
      view.current = null;
      made.destroy();
    };
    // Made once: what changes later is put in by the effects below. What it begins with is what it is given first.
  }, []);

  useEffect(() => {
    const made = view.current;
    if (made === null || made.state.doc.toString() === text) return;
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    view.current?.dispatch({ effects: editing.reconfigure(editable(readOnly)) });
  }, [readOnly]);
  useEffect(() => {
    view.current?.dispatch({ effects: setProblems.of(errors) });
  }, [errors]);
  return <div className="policy-editor" ref={host} />;
}

const editing = new Compartment();
const editable = (readOnly: boolean) => [
  EditorState.readOnly.of(readOnly),
  EditorView.editable.of(!readOnly),
];
const setProblems = StateEffect.define<readonly PolicyProblem[]>();

function extensions(label: string, onText: (text: string) => void) {
  return [
    lineNumbers(),
    EditorView.lineWrapping,
    history(),
    highlightActiveLine(),
    yaml(),
    syntaxHighlighting(colours),
    autocompletion({ override: [complete], icons: false }),
    keymap.of([
      { key: 'Alt-Enter', run: repairHere },
      ...completionKeymap,
      ...defaultKeymap,
      ...historyKeymap,
    ]),
    // A file that is only read is scrolled by keys too.
    EditorView.contentAttributes.of({
      'aria-label': label,
      spellcheck: 'false',
      autocapitalize: 'off',
      tabindex: '0',
    }),
    problems,
    theme,
    EditorView.domEventHandlers({ beforeinput: typeText }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onText(update.state.doc.toString());
    }),
  ];
}

/**
 * Text that is typed is put in by the editor itself: the browser would keep the look of what stands there as inline
 * styles, which the page's policy forbids.
 */
function typeText(event: InputEvent, view: EditorView): boolean {
  if (event.inputType !== 'insertText' || event.data === null || event.isComposing) return false;
  if (view.state.readOnly) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true });
  return true;
}

function complete(context: CompletionContext) {
  const { schema } = usePolicy.getState();
  if (schema === null) return null;
  const place = placeAt(context.state.doc.toString(), context.pos);
  const typed = /[\w.*-]*$/.exec(place.prefix)?.[0] ?? '';
  if (typed === '' && !context.explicit) return null;
  return {
    from: context.pos - typed.length,
    validFor: /^[\w.*-]*$/,
    options: wordsAt(schema, place).map(({ label, detail }) => ({
      label,
      ...(detail === '' ? {} : { info: detail }),
      apply: place.writes === 'key' && detail !== '' ? `${label}: ` : label,
    })),
  };
}

/** Errors as line marks and messages under their lines. They move with the text until the next look. */
const problems = StateField.define<{
  readonly list: readonly PolicyProblem[];
  readonly marks: DecorationSet;
}>({
  create: () => ({ list: [], marks: RangeSet.empty }),
  update(value, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setProblems))
        return { list: effect.value, marks: marksOf(transaction.state.doc.toString(), effect.value) };
    return transaction.docChanged ? { ...value, marks: value.marks.map(transaction.changes) } : value;
  },
  provide: (field) => EditorView.decorations.from(field, ({ marks }) => marks),
});

function marksOf(text: string, list: readonly PolicyProblem[]): DecorationSet {
  const starts: number[] = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const lines = Map.groupBy(list, ({ line }) => Math.min(Math.max(1, line), starts.length));
  const ranges = [...lines].flatMap(([line, here]) => {
    const from = starts[line - 1] ?? 0;
    const end = (starts[line] ?? text.length + 1) - 1;
    const words = here.flatMap((problem) => spanOf(text, problem) ?? []);
    return [
      Decoration.line({ class: 'cm-wrong' }).range(from),
      ...words.map((span) => Decoration.mark({ class: 'cm-wrong-word' }).range(span.from, span.to)),
      Decoration.widget({ widget: new Message(here), block: true, side: 1 }).range(end),
    ];
  });
  return Decoration.set(ranges, true);
}

class Message extends WidgetType {
  readonly #here: readonly PolicyProblem[];

  constructor(here: readonly PolicyProblem[]) {
    super();
    this.#here = here;
  }

  override eq(other: Message): boolean {
    return JSON.stringify(other.#here) === JSON.stringify(this.#here);
  }

  override toDOM(view: EditorView): HTMLElement {
    const box = document.createElement('div');
    box.className = 'cm-message';
    for (const problem of this.#here) {
      const row = document.createElement('div');
      const words = document.createElement('span');
      words.textContent = problem.message;
      row.append(words);
      const repair = view.state.readOnly ? null : repairOf(view.state.doc.toString(), problem);
      if (repair !== null) {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = `Change to ${repair.word}`;
        button.title = 'Alt+Enter, with the cursor in the line';
        button.addEventListener('click', () => repairProblem(view, problem));
        row.append(button);
      }
      box.append(row);
    }
    return box;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

function repairHere(view: EditorView): boolean {
  const line = view.state.doc.lineAt(view.state.selection.main.head).number;
  const problem = view.state.field(problems).list.find((each) => each.line === line);
  return problem !== undefined && repairProblem(view, problem);
}

function repairProblem(view: EditorView, problem: PolicyProblem): boolean {
  const repair = repairOf(view.state.doc.toString(), problem);
  if (repair === null) return false;
  view.dispatch({
    changes: { from: repair.from, to: repair.to, insert: repair.word },
    selection: { anchor: repair.from + repair.word.length },
  });
  view.focus();
  return true;
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--ink)', fontWeight: '600' },
  { tag: tags.comment, color: 'var(--ink-2)', fontStyle: 'italic' },
  { tag: [tags.string, tags.quote], color: 'var(--allow)' },
]);

const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'transparent', fontSize: '0.8125rem' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--font-code)', lineHeight: '1.4375rem', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '0.5rem 0' },
  '.cm-gutters': {
    backgroundColor: 'transparent',
    color: 'var(--ink-2)',
    border: '0',
    paddingRight: '0.5rem',
  },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '2.5rem' },
  '.cm-activeLine': { backgroundColor: 'var(--hover)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--select)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-wrong': { backgroundColor: 'var(--stop-bg)' },
  '.cm-wrong-word': { textDecoration: 'underline wavy var(--stop)', textDecorationSkipInk: 'none' },
  '.cm-message': {
    margin: '0 1rem 0.25rem 0',
    padding: '0.375rem 0.625rem',
    border: '1px solid var(--stop)',
    borderTop: '0',
    borderRadius: '0 0 3px 3px',
    color: 'var(--stop)',
    fontFamily: 'var(--font-ui)',
    lineHeight: '1.25rem',
    whiteSpace: 'normal',
  },
  '.cm-message div': {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '0.75rem',
    alignItems: 'center',
    justifyContent: 'space-between',
  },
  '.cm-message button': {
    flex: 'none',
    padding: '0.125rem 0.5rem',
    border: '1px solid var(--edge)',
    borderRadius: '3px',
    background: 'var(--raised)',
    color: 'var(--ink)',
    font: 'inherit',
  },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--ink)', border: '1px solid var(--line)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-code)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--select)',
    color: 'var(--ink)',
  },
  '.cm-tooltip.cm-completionInfo': { padding: '0.375rem 0.5rem', maxWidth: '22rem' },
});
