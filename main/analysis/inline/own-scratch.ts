/** Temporary folders that a program makes and takes away again, and deletions that it only shows. */
import type { CodeText } from './code-text.ts';

const MADE = /^\s*=\s*(?:(?:tempfile|fs|os)\s*\.\s*)?(?:mkdtemp|mkdtempSync)\s*\(/;

/**
 * Whether what is deleted is a folder that the same program has made among the temporary files.
 *
 * @param code text of the program, in Python or JavaScript, its strings blanked
 * @param argument what the deletion is given: from its bracket on
 * @param at where the deletion stands. The name must be given a value once, before that: by making the folder.
 */
function isOwnScratch(code: string, argument: string, at: number): boolean {
  const name = /^\(\s*([A-Za-z_]\w*)\s*(?:[,)]|$)/.exec(argument)?.[1];
  if (name === undefined) return false;
  const gets = [...code.matchAll(new RegExp(`(?<![\\w.])${name}\\s*(?:[-+*/|&%]?=(?!=)|:=)`, 'g'))];
  const [only] = gets;
  if (only === undefined || gets.length > 1 || only.index > at) return false;
  const otherwise = new RegExp(
    `\\b(?:for|as|import|del|def|global|nonlocal)\\s+[^\\n:;]*\\b${name}\\b|,\\s*${name}\\s*=|\\b${name}\\s*,[^()\\n;]*=(?!=)`,
  );
  return !otherwise.test(code) && MADE.test(code.slice(only.index + name.length));
}

const FOLDER = /(?<![\w.])with\s+(?:tempfile\s*\.\s*)?TemporaryDirectory\s*\([^()\n]*\)\s*as\s+(\w+)\s*:/g;
/** Names of Python that must mean what they mean, and what could make links out of the folder. */
const OTHERWISE =
  /\b(?:tempfile|pathlib|Path|TemporaryDirectory|os)\s*=(?!=)|\b(?:def|class|as|for)\s+(?:tempfile|pathlib|Path|TemporaryDirectory|os)\b|symlink|link_to|hardlink|\blink\s*\(|\bchdir\b|\bsetattr\b/;
/** A longer program has too many names to look each of them up for each deletion. */
const LONGEST = 4000;
const PLAIN_NAME = /^[\w-][\w.-]*$/;

/** Whether one file of a `TemporaryDirectory` is deleted by its name in it. @param matched the call, up to its bracket */
function isInOwnFolder(text: CodeText, matched: string, at: number): boolean {
  const { code } = text;
  if (code.length > LONGEST || OTHERWISE.test(code)) return false;
  const folders = [...code.matchAll(FOLDER)]
    .filter((found) => found.index < at)
    .map((found) => found[1] ?? '');
  if (folders.length === 0) return false;
  const method = /^(\w+)\s*\.\s*(?:unlink|rmdir)\s*\($/.exec(matched)?.[1];
  if (method !== undefined && method !== 'os') return isFileOf(text, method, folders, at);
  const rest = code.slice(at + matched.length);
  const name = /^\s*(\w+)\s*\)/.exec(rest)?.[1];
  if (name !== undefined && /^os\s*\.\s*(?:remove|unlink)/.test(matched))
    return isFileOf(text, name, folders, at);
  return false;
}

/** `p = Path(folder, 'name')`, `folder / 'name'`, `os.path.join(folder, 'name')`, given once. */
function isFileOf(text: CodeText, name: string, folders: readonly string[], at: number): boolean {
  const { code } = text;
  const binds = [
    ...code.matchAll(
      new RegExp(
        `(?<![\\w.])${name}\\s*(?:[-+*/|&%]?=(?!=)|:=)|\\b(?:for|as|import|del|def|global|nonlocal)\\s+[^\\n:;]*\\b${name}\\b|,\\s*${name}\\s*=|\\b${name}\\s*,[^()\\n;]*=(?!=)`,
        'g',
      ),
    ),
  ];
  const [only] = binds;
  if (only === undefined || binds.length > 1 || only.index > at) return false;
  const from = only.index + only[0].length;
  const made =
    /^\s*(?:(?:pathlib\s*\.\s*)?Path|os\s*\.\s*path\s*\.\s*join)\s*\(\s*(\w+)\s*,\s*(["'])\s*\2\s*\)\s*(?:[;\n]|$)|^\s*(?:pathlib\s*\.\s*)?Path\s*\(\s*(\w+)\s*\)\s*\/\s*(["'])\s*\4\s*(?:[;\n]|$)/.exec(
      code.slice(from),
    );
  const folder = made?.[1] ?? made?.[3];
  if (made === null || folder === undefined || !folders.includes(folder) || isBoundTwice(code, folder))
    return false;
  const names = text.strings.filter((one) => one.at >= from && one.at < from + made[0].length);
  return names.length === 1 && PLAIN_NAME.test(names[0]?.text ?? '');
}

function isBoundTwice(code: string, folder: string): boolean {
  return (
    new RegExp(`(?<![\\w.])${folder}\\s*(?:[-+*/|&%]?=(?!=)|:=)|\\b${folder}\\s*,[^()\\n;]*=(?!=)`).test(
      code,
    ) ||
    (code.match(new RegExp(`\\b(?:as|for|import|def|global|nonlocal)\\s+${folder}\\b`, 'g'))?.length ?? 0) > 1
  );
}

/** `help(shutil.rmtree)`: what is named is shown, not called. */
function isOnlyShown(code: string, matched: string, at: number): boolean {
  if (matched.endsWith('(')) return false;
  const shows =
    /(?<![\w.])(help|print|inspect\s*\.\s*(?:getsource|signature|getdoc|getsourcefile))\s*\(\s*$/.exec(
      code.slice(0, at),
    )?.[1];
  if (
    shows === undefined ||
    !/^\s*(?:\.\s*__(?:doc|name|module)__\s*)?\)/.test(code.slice(at + matched.length))
  )
    return false;
  // None of these names has been given another meaning.
  return !/\b(?:help|print|inspect)\s*(?:=(?!=)|:=|,[^()\n]*=(?!=))|\b(?:def|class|as|for|lambda|global|import\s*\*)\s*(?:help|print|inspect)\b|\b(?:setattr|globals|locals|vars|exec|eval|__import__)\b|import\s*\*/.test(
    code,
  );
}

/** Whether a deletion takes what the program has made itself, or is none. @param end where its arguments end */
export function isOwn(text: CodeText, matched: string, at: number, end: number): boolean {
  return (
    isOwnScratch(text.code, text.code.slice(at + matched.length - 1, end), at) ||
    isInOwnFolder(text, matched, at) ||
    isOnlyShown(text.code, matched, at)
  );
}
