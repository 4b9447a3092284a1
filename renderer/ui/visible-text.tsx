import { codeName, HIDDEN_CHARACTERS } from '../../preload/contract/hidden-characters.ts';

const HIDDEN = new RegExp(`[${HIDDEN_CHARACTERS}]`, 'u');
const SPLIT = new RegExp(`([${HIDDEN_CHARACTERS}])`, 'u');

/** The same text as one string, for places that take no elements: names of buttons, tooltips. */
export function visible(text: string): string {
  return text
    .split(SPLIT)
    .map((part) => (part !== '\n' && part !== '\t' && HIDDEN.test(part) ? codeName(part) : part))
    .join('');
}

/** Text in which control, ANSI and bidi characters stand as boxed names. Line breaks and tabs stay. */
export function VisibleText({ text }: { readonly text: string }) {
  let at = 0;
  return text.split(SPLIT).map((part) => {
    at += part.length;
    if (part === '\n' || part === '\t' || !HIDDEN.test(part)) return part;
    return (
      <mark key={at} className="boxed" title="a character that does not show">
        {codeName(part)}
      </mark>
    );
  });
}
