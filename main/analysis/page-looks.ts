/**
 * Whether code for a page can only look at it: a closed list of what it may call and of whose names it may use, nothing
 * that is put together, nothing that is set. A function that is only named may be called by what it is given to, so
 * that what calls back gets functions that stand there whole.
 */

const LONGEST = 2000;

/** They lead out of the page, to its stores, or back to the maker of code. */
const CLOSED =
  /\b(?:eval|Function|import|await|async|yield|class|super|with|delete|this|self|globalThis|frames|opener|constructor|prototype|__\w+__|valueOf|toJSON|then|cookie|cookieStore|localStorage|sessionStorage|indexedDB|caches|clipboard|credentials|navigator|defaultView|contentWindow|contentDocument|Symbol|Reflect|Proxy)\b/;
/** What a page keeps for itself. Looked for where code goes into the page's own things. */
const KEPT =
  /passw|token|secret|credential|cookie|session|csrf|xsrf|jwt|bearer|api_?key|storage|\bauth|clipboard/i;
const RESERVED =
  /^(?:const|let|var|if|else|for|of|in|while|do|return|function|typeof|instanceof|void|switch|case|default|break|continue|try|catch|finally|throw|new|true|false|null|undefined|NaN|Infinity)$/;
const GLOBALS =
  /^(?:document|performance|console|location|Math|JSON|Object|Array|Number|String|Boolean|parseInt|parseFloat|isNaN|Date|Set|Map|CSS|screen|innerWidth|innerHeight|scrollX|scrollY|devicePixelRatio|getComputedStyle|matchMedia|scrollTo|scrollBy)$/;
/** Of the window itself: what the page has hung there, and sizes. */
const OF_WINDOW = /^(?:top|parent|window|open|fetch|event|external|location|on\w+|\d.*)$/;
const CALLS_BARE =
  /^(?:parseInt|parseFloat|isNaN|Number|String|Boolean|getComputedStyle|matchMedia|scrollTo|scrollBy)$/;
const MAKES = /^(?:Set|Map|Date)$/;
const CONTROL = /^(?:if|for|while|return|switch|catch|function|of|in|typeof|case|void|throw|else|do)$/;
/** They call what they are given, by its place among what they are given. */
const CALLS_BACK: ReadonlyMap<string, number> = new Map([
  ...[
    'map',
    'filter',
    'find',
    'some',
    'every',
    'forEach',
    'reduce',
    'flatMap',
    'sort',
    'findIndex',
    'findLast',
  ].map((name): [string, number] => [name, 0]),
  ['from', 1],
  ['stringify', 1],
]);

const LOOKS: ReadonlySet<string> = new Set(
  (
    'querySelector querySelectorAll getElementById getElementsByClassName getElementsByTagName closest ' +
    'getAttribute hasAttribute getComputedStyle getPropertyValue getBoundingClientRect getClientRects matches contains ' +
    'map filter find findIndex findLast some every forEach reduce slice join split trim includes sort flatMap flat at ' +
    'indexOf concat startsWith endsWith toLowerCase toUpperCase toString toFixed padEnd padStart from keys entries values ' +
    'has hasOwn stringify parseInt parseFloat Number String Boolean round floor ceil abs max min isArray pop shift ' +
    'now getEntriesByType getEntriesByName getEntries matchMedia checkVisibility scrollIntoView scrollTo scrollBy log'
  ).split(' '),
);
/** A method of the page's own that says itself that it only tells something. */
const TELLS = /^(?:get|is|has|count)[A-Z]\w*$/;
const TELLS_NOT = /item|media|display|position|battery|registration|device|permission|key/i;

/** @param code a function, or one expression, as a tool of a browser takes it */
export function looksOnly(code: string): boolean {
  if (code.length > LONGEST) return false;
  const bare = withoutTexts(code);
  if (bare === null || CLOSED.test(bare)) return false;
  const isFunction = /^\s*(?:\(*\s*(?:\([^()]*\)|[\w$]+)\s*=>|\(*\s*function\b)/.test(bare);
  const own = /\bwindow\b/.test(bare) || tellsOf(bare).length > 0;
  // A name alone may be that of a function, and is called.
  if (own && (!isFunction || KEPT.test(code))) return false;
  const locals = localsOf(bare);
  return (
    locals !== null &&
    setsNothing(bare) &&
    namesOnly(bare, locals) &&
    callsOnly(bare, locals) &&
    !/\)\s*(?:\?\.)?\s*\(|[\]}]\s*(?:\?\.)?\s*\(/.test(bare.replace(/\)\s*\(\s*\)\s*;?\s*$/, ''))
  );
}

/** The code with nothing in its strings and patterns; null where it cannot be told surely where they end. */
function withoutTexts(code: string): string | null {
  let bare = '';
  for (let at = 0; at < code.length; at += 1) {
    const unit = code[at] ?? '';
    if (unit === '`' || unit === '\\' || unit === '#' || unit === '@') return null;
    if (unit === '"' || unit === "'") {
      for (at += 1; code[at] !== unit; at += code[at] === '\\' ? 2 : 1)
        if (at >= code.length || code[at] === '\n') return null;
      bare += '""';
    } else if (unit === '/') {
      const before = bare.trimEnd();
      if (/^\/[/*=]/.test(code.slice(at, at + 2))) return null;
      // Behind these nothing but a pattern can stand, and behind a value nothing but a division.
      if (/(?:^|[(,=:[!&|?+*%<>~])$/.test(before)) {
        const pattern = /^\/[^/'"`\\[\]\n]+\/[gimsuy]*(?!\w)/.exec(code.slice(at));
        if (pattern === null) return null;
        bare += '""';
        at += pattern[0].length - 1;
      } else if (/[\w$)\]]$/.test(before) && !isKeyword(before) && !/\b(?:if|while|for)\s*\(/.test(code))
        bare += '/';
      else return null;
    } else bare += unit;
  }
  return bare;
}

function isKeyword(before: string): boolean {
  return CONTROL.test(/[\w$]+$/.exec(before)?.[0] ?? '');
}

/** Names that the code gives itself; null where they cannot be told. */
function localsOf(bare: string): ReadonlySet<string> | null {
  const found = new Set<string>();
  const heads = [
    ...bare.matchAll(/\b(?:const|let|var)\s+([\w$]+|\[[^[\]=]*\]|\{[^{}=]*\})/g),
    ...bare.matchAll(/([\w$]+)\s*=>/g),
    ...bare.matchAll(/\(([^()]*)\)\s*=>/g),
    ...bare.matchAll(/\bfunction\s*[\w$]*\s*\(([^()]*)\)/g),
    ...bare.matchAll(/\bcatch\s*\(([^()]*)\)/g),
  ];
  for (const [, head = ''] of heads) {
    if (!/^[\w$,\s{}[\]:]*$/.test(head)) return null;
    for (const [name] of head.matchAll(/[\w$]+/g)) {
      if (GLOBALS.test(name) || OF_WINDOW.test(name) || /^(?:window|toString)$/.test(name)) return null;
      found.add(name);
    }
  }
  return found;
}

/** No assignment but of a name of its own, no member by a name that is put together. */
function setsNothing(bare: string): boolean {
  const rest = bare.replace(/\b(?:const|let|var)\s+(?:[\w$]+|\[[^[\]=]*\]|\{[^{}=]*\})\s*=(?![=>])/g, '');
  if (/(?<![=!<>])=(?![=>])|>>=|<<=|\+\+|--/.test(rest)) return false;
  if (/\bfor\s*(?!\s*\(\s*(?:const|let|var)\b)\S/.test(rest)) return false;
  for (const [, before = ''] of rest.matchAll(/([\w$]+|[)\]}"]|\?\.)\s*\[(?!\d+\])/g))
    if (!/^(?:return|of|in|typeof|case|const|let|var)$/.test(before)) return false;
  // A key that is put together, quoted, or a method.
  return !/[{,]\s*(?:""|toString)\s*:|\{\s*\[[^\]]*\]\s*:|,\s*\[[^\]]*\]\s*:|\b(?:get|set)\s+[\w$"[]/.test(
    rest,
  );
}

/** Names of nothing but what it made itself, the page, and what only reckons. */
function namesOnly(bare: string, locals: ReadonlySet<string>): boolean {
  for (const found of bare.matchAll(/(?<![\w$])[A-Za-z_$][\w$]*/g)) {
    const [name] = found;
    const before = bare.slice(0, found.index).trimEnd();
    const behind = bare.slice(found.index + name.length).trimStart();
    const isMember = /(?<!\.\.)\.$/.test(before);
    if (name === 'window') {
      const member = /^(?:\?\.|\.)\s*([\w$]+)/.exec(behind)?.[1];
      if (isMember || member === undefined || OF_WINDOW.test(member)) return false;
      continue;
    }
    if (isMember || RESERVED.test(name)) continue;
    if (/^:/.test(behind) && /[{,]$/.test(before)) continue;
    if (
      name === 'location' &&
      !/^\.\s*(?:href|pathname|search|hash|host|hostname|origin|port)\b/.test(behind)
    )
      return false;
    if (!locals.has(name) && !GLOBALS.test(name)) return false;
  }
  return true;
}

function tellsOf(bare: string): readonly string[] {
  return [...bare.matchAll(/([\w$]+)\s*(?:\?\.)?\s*\(/g)].flatMap(([, name = '']) =>
    TELLS.test(name) && !LOOKS.has(name) ? [name] : [],
  );
}

/** No call but of these, none of them by a name that the code has given itself. */
function callsOnly(bare: string, locals: ReadonlySet<string>): boolean {
  const keys = new Set([...bare.matchAll(/[{,]\s*([\w$]+)\s*:/g)].map(([, name = '']) => name));
  for (const found of bare.matchAll(/([\w$]+)\s*(?:\?\.)?\s*\(/g)) {
    const [whole, name = ''] = found;
    const before = bare.slice(0, found.index).trimEnd();
    if (CONTROL.test(name) && !before.endsWith('.')) continue;
    if (/\bfunction$/.test(before) && !LOOKS.has(name) && !TELLS.test(name)) continue;
    if (locals.has(name) || keys.has(name)) return false;
    const given = bare.slice(found.index + whole.length);
    if (/\bnew$/.test(before)) {
      if (!MAKES.test(name)) return false;
      continue;
    }
    if (!/(?<!\.\.)\.$/.test(before)) {
      if (!CALLS_BARE.test(name)) return false;
      continue;
    }
    if (!LOOKS.has(name)) {
      if (!TELLS.test(name) || TELLS_NOT.test(name)) return false;
      if (!/^\s*(?:(?:""|\d+|true|false)\s*,?\s*)*\)/.test(given)) return false;
    }
    const place = CALLS_BACK.get(name);
    if (place !== undefined && !isFunctionAt(given, place)) return false;
  }
  return true;
}

/** Whether what calls back gets nothing there, or a function that stands there whole. */
function isFunctionAt(given: string, place: number): boolean {
  let depth = 0;
  let index = 0;
  let from = 0;
  let at = 0;
  for (; at < given.length; at += 1) {
    const unit = given[at] ?? '';
    if (/[([{]/.test(unit)) depth += 1;
    else if (/[)\]}]/.test(unit)) {
      if (depth === 0) break;
      depth -= 1;
    } else if (unit === ',' && depth === 0) {
      if (index === place) break;
      index += 1;
      from = at + 1;
    }
  }
  const all = given.slice(0, at);
  if (/^\s*\.\.\.|,\s*\.\.\./.test(all)) return false;
  if (index < place) return true;
  const one = given.slice(from, at).trim();
  return /^(?:|null|(?:\([^()]*\)|[\w$]+)\s*=>[\s\S]*|function\b[\s\S]*\}|\[[\s",]*\]|String|Number|Boolean|parseInt|parseFloat)$/.test(
    one,
  );
}
