/** Values of shell variables, as far as the text of a command tells them. */
import { expandBraces } from './brace-list.ts';
import type { Choices } from './choice.ts';
import type { Word } from './shell-command.ts';

/** They stand before a command. */
const KEYWORDS = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', 'time']);

export interface ShellContext {
  readonly home: string;
  readonly cwd: string;
}

export class Variables {
  readonly #values = new Map<string, readonly string[]>();
  readonly #choices: Choices;

  constructor(context: ShellContext, choices: Choices) {
    this.#values.set('HOME', [context.home]).set('PWD', [context.cwd]);
    this.#choices = choices;
  }

  /** What it may hold: none when that is not known; undefined for a name that is not set here. */
  get(name: string): readonly string[] | undefined {
    return this.#values.get(name);
  }

  /** Values of `NAME=value` words, for the words that follow, and of `for NAME in …`. */
  remember(words: readonly Word[]): void {
    const at = words.findIndex(({ text }) => text === 'for' || text === 'select');
    const variable = words[at + 1]?.text ?? '';
    if (
      at >= 0 &&
      words[at + 2]?.text === 'in' &&
      words.slice(0, at).every(({ text }) => KEYWORDS.has(text))
    ) {
      const values = words
        .slice(at + 3)
        .flatMap((word) => (word.braces ? expandBraces(word.text) : [word.text]))
        .flatMap((text) => this.#choices.texts(text));
      this.#values.set(variable, [...new Set(values)]);
      return;
    }
    for (const { text } of words) {
      const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(text);
      if (assignment === null) {
        if (!/^(?:export|declare|local|readonly|typeset|env)$/.test(text)) return;
        continue;
      }
      const [, name = '', value = ''] = assignment;
      this.#values.set(name, value.length <= 4096 ? this.#choices.texts(value) : []);
    }
  }
}
