const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const SPLIT = /([\p{Cc}\p{Cf}\p{Zl}\p{Zp}])/u;

/** Text in which control, ANSI and bidi characters stand as boxed names. Line breaks and tabs stay. */
export function VisibleText({ text }: { readonly text: string }) {
  let at = 0;
  return text.split(SPLIT).map((part) => {
    at += part.length;
    if (part === '\n' || part === '\t' || !HIDDEN.test(part)) return part;
    const code = (part.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return (
      <mark key={at} className="boxed" title="a character that does not show">
        U+{code}
      </mark>
    );
  });
}
