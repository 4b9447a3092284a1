/**
 * `{{secret.NAME}}` and `{{env.NAME}}` in a text: how other tools let a value be named instead of written down.
 *
 * Here they are read and told about; what a value is, and who may have it, is decided where it is filled in.
 */
export interface Placeholder {
  readonly from: 'secret' | 'env';
  readonly name: string;
}

export interface Placeholders {
  readonly found: readonly Placeholder[];
  /** What is meant for one and is none, as it is written. */
  readonly broken: readonly string[];
}

/** Anything that a person could mean for one, also when it is never closed. */
const MEANT = /\{\{\s*(?:secrets?|env)\b[^{}]*(?:\}\})?/gi;
const EXACT =
  /^\{\{\s*(?:(secret)\.([A-Za-z0-9](?:[A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?)|(env)\.([A-Za-z_][A-Za-z0-9_]{0,127}))\s*\}\}$/;

/** Every placeholder of a text, in its order. */
export function placeholdersIn(text: string): Placeholders {
  const found: Placeholder[] = [];
  const broken: string[] = [];
  for (const [word] of text.matchAll(MEANT)) {
    const placeholder = readPlaceholder(word);
    if (placeholder === null) broken.push(word.slice(0, 80).toWellFormed());
    else found.push(placeholder);
  }
  return { found, broken };
}

/** The text with each placeholder replaced once, from left to right: what is put in is not looked into. */
export function fillPlaceholders(text: string, fill: (placeholder: Placeholder) => string): string {
  return text.replace(MEANT, (word) => {
    const placeholder = readPlaceholder(word);
    return placeholder === null ? word : fill(placeholder);
  });
}

/** As it is written in a text. */
export function writtenPlaceholder({ from, name }: Placeholder): string {
  return `{{${from}.${name}}}`;
}

function readPlaceholder(word: string): Placeholder | null {
  const match = EXACT.exec(word);
  if (match === null) return null;
  const [, , secret, , variable] = match;
  return secret === undefined ? { from: 'env', name: variable ?? '' } : { from: 'secret', name: secret };
}
