/** What the body of `$'…'` stands for. */

/** Stands in a word for text that is only known when the command runs. */
export const UNKNOWN = '\ue000';

const ANSI: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  v: '\v',
};

/** The text of an ANSI-C quoted body, its escapes resolved; those of no character are unknown. */
export function decodeAnsi(body: string): string {
  return body.replace(
    /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|([\s\S]))/g,
    (_all, hex, short, long, octal, plain) => {
      const code = hex ?? short ?? long;
      if (typeof code === 'string') return fromCode(Number.parseInt(code, 16));
      if (typeof octal === 'string') return fromCode(Number.parseInt(octal, 8) & 0xff);
      const letter = String(plain);
      return ANSI[letter] ?? letter;
    },
  );
}

function fromCode(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : UNKNOWN;
}
