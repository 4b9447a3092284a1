/** A simple command of a shell, and the state in which one is read. */

export interface Word {
  /** Quotes removed, `~` left in place, variables replaced where their value is known. */
  readonly text: string;
  /** Some of it was quoted. */
  readonly quoted: boolean;
  /** It has a brace that is not quoted. */
  readonly braces: boolean;
}

export interface ShellCommand {
  readonly words: readonly Word[];
  /** Targets of redirections. */
  readonly targets: readonly string[];
  /** Those of them that are not only read from. */
  readonly written: readonly string[];
  /** Bodies of here-documents and here-strings. */
  readonly bodies: readonly string[];
  /** Stands inside a substitution. */
  readonly substituted: boolean;
}

export interface HereDocument {
  readonly delimiter: string;
  readonly tabs: boolean;
  /** Its delimiter is not quoted: substitutions in the body are run. */
  readonly expands: boolean;
  /** It may be a shift of bits, or end at another line than we think. */
  readonly doubtful: boolean;
  readonly bodies: string[];
}

/** A command that is being read. */
export interface Open {
  words: Word[];
  targets: string[];
  written: string[];
  bodies: string[];
  text: string;
  started: boolean;
  quoted: boolean;
  braces: boolean;
  doubtful: boolean;
  /** Where the word behind the last redirection begins. */
  from: number;
  /** What the next finished word is. */
  next: 'word' | 'target' | 'input' | 'heredoc' | 'heredoc-tabs' | 'herestring';
}

/** A command of which nothing is read yet. */
export function fresh(): Open {
  return {
    words: [],
    targets: [],
    written: [],
    bodies: [],
    text: '',
    started: false,
    quoted: false,
    braces: false,
    doubtful: false,
    from: 0,
    next: 'word',
  };
}

/** Adds to the word that is being read. */
export function append(open: Open, text: string, quoted: boolean): void {
  open.text += text;
  open.started = true;
  open.quoted ||= quoted;
  if (!quoted && text.includes('{')) open.braces = true;
}
