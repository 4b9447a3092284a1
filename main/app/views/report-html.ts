/**
 * A session's story as one HTML file for somebody else: no script, nothing fetched, and a policy that allows neither.
 *
 * All text in it comes from agents. It is escaped, and characters that do not show (control, ANSI, bidi, zero width,
 * lone surrogates) stand as their names, so that the page can neither run nor mislead.
 */
import { createHash } from 'node:crypto';
import { codeName, HIDDEN_CHARACTERS } from '../../../preload/contract/hidden-characters.ts';
import type { SessionStory } from '../../../preload/contract.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#161a19, #e9edeb); --ink-2: light-dark(#454d49, #b3bcb7); --line: light-dark(#dcdfda, #2a302d); --ground: light-dark(#fbfcfa, #161a18); --sunken: light-dark(#f1f3f0, #0f1211); --allow: light-dark(#06635b, #63cbbb); --wait: light-dark(#7a4f00, #ebb955); --stop: light-dark(#a9261a, #ff9182); }
body { margin: 0 auto; max-width: 52rem; padding: 2rem 1.5rem; background: var(--ground); color: var(--ink); font: 0.875rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
h2 { font-size: 1rem; margin: 2rem 0 0.25rem; border-top: 1px solid var(--line); padding-top: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.5rem; margin: 0; }
dt, small, footer { color: var(--ink-2); }
dd { margin: 0; overflow-wrap: anywhere; }
ol { list-style: none; margin: 0; padding: 0; }
li { display: grid; grid-template-columns: 5rem 1fr; gap: 0 1rem; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
time { color: var(--ink-2); font-variant-numeric: tabular-nums; }
pre { margin: 0.25rem 0; padding: 0.4rem 0.6rem; background: var(--sunken); border-radius: 4px; font: 0.8125rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.allow b { color: var(--allow); } .wait b { color: var(--wait); } .stop b { color: var(--stop); }
i { font-style: normal; border: 1px solid; border-radius: 2px; padding: 0 0.2em; font-size: 0.85em; color: var(--wait); }
footer { margin-top: 2rem; }
`;

const STYLE_HASH = createHash('sha256').update(STYLE, 'utf8').digest('base64');
/** What a browser may do with the file: apply the one style, and nothing else. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;
const MARKS = { allow: '✓', wait: '?', stop: '✕', plain: '·' } as const;

/** @param made when the report is made, milliseconds since 1970; @param state whether the log verified then, in a sentence */
export function reportHtml(story: SessionStory, made: number, state: string): string {
  const title = `${story.title}: what happened`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>${plain(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${shown(title)}</h1>
<dl>
${story.facts.map(({ label, text }) => `<dt>${shown(label)}</dt><dd>${shown(text)}</dd>`).join('\n')}
</dl>
${story.chapters.map(chapterHtml).join('\n')}
${story.cut ? '<p>The session is longer: what is here is its end.</p>\n' : ''}<footer>Made by Gatehouse at ${clock(made)} from its log. ${shown(state)} All times are UTC.</footer>
</body>
</html>
`;
}

function chapterHtml({ title, at, lines }: SessionStory['chapters'][number]): string {
  return `<h2>${shown(title)} <small>${clock(at)}</small></h2>
<ol>
${lines
  .map(
    (line) =>
      `<li class="${line.tone}"><time>${clock(line.at).slice(11)}</time><div><b>${MARKS[line.tone]} ${shown(line.text)}</b>${line.code === null ? '' : `<pre>${shown(line.code)}</pre>`}${line.note === '' ? '' : `<small>${shown(line.note)}</small>`}</div></li>`,
  )
  .join('\n')}
</ol>`;
}

function clock(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 19);
}

const HIDDEN = new RegExp(String.raw`[${HIDDEN_CHARACTERS}\p{Cs}]`, 'gu');

/** Text for the page's body: escaped, hidden characters as boxed names. */
function shown(text: string): string {
  return named(escaped(text), (name) => `<i>${name}</i>`);
}

/** Text where no element may stand. */
function plain(text: string): string {
  return named(escaped(text), (name) => name);
}

function named(text: string, show: (name: string) => string): string {
  return text.replace(HIDDEN, (character) =>
    character === '\n' || character === '\t' ? character : show(codeName(character)),
  );
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
