/**
 * Manifests: files whose commands are run later by people and tools as a matter of course, `package.json` and
 * makefiles. What a call writes into one is looked at as the commands that it will be.
 */
import type { CallAnalysis, Concern } from './result.ts';
import { HOLE } from './shell/text.ts';
import type { CallFacts } from './tools.ts';
import { writtenTexts } from './written/written-texts.ts';

/** Also as a disk that takes capitals for small letters finds them. */
const NODE = /(?:^|\/)package\.json$/i;
const MAKE = /(?:^|\/)(?:GNU)?makefile$/i;
const MOST_COMMANDS = 60;
/** Of all commands together; as long as one command line may be. */
const MOST_TEXT = 64 * 1024;

/** What speaks against what a call writes into a manifest. `shell` analyses a command. */
export function manifestConcerns(call: CallFacts, shell: (text: string) => CallAnalysis): readonly Concern[] {
  const isFile = call.module === 'filesystem' && /^(?:write|edit|patch)$/.test(call.action);
  if (!isFile && !call.foreign) return [];
  return writtenTexts(call, (file) => NODE.test(file) || MAKE.test(file)).flatMap(
    ({ file, text, before }) => {
      const concerns: Concern[] = [];
      const name = file.split('/').at(-1) ?? file;
      const commands = NODE.test(file)
        ? ofPackage(text, before, name, concerns)
        : ofMakefile(text, before, name, concerns);
      const length = commands.reduce((sum, { text: command }) => sum + command.length, 0);
      if (commands.length > MOST_COMMANDS || length > MOST_TEXT)
        concerns.push({ code: 'opaque', says: `puts more commands into ${name} than are looked at` });
      for (const command of length > MOST_TEXT ? [] : commands.slice(0, MOST_COMMANDS))
        for (const { code, says } of shell(command.text).concerns)
          if (!(command.prose && code === 'opaque'))
            concerns.push({ code, says: `puts into ${name} what ${says}` });
      return concerns;
    },
  );
}

interface Command {
  readonly text: string;
  /** It is more likely words for people: that it cannot be taken apart says nothing. */
  readonly prose: boolean;
}

interface Pair {
  readonly start: number;
  readonly end: number;
  readonly key: string;
  readonly value: string;
}

/**
 * Every `"key": "value"`, also where the text begins in the middle of a string. Quotes are gone through once: a text
 * of nothing but quotes must not take its length squared.
 */
function pairsIn(text: string): readonly Pair[] {
  const quotes: number[] = [];
  for (const found of text.matchAll(/\\[\s\S]|"/g)) if (found[0] === '"') quotes.push(found.index);
  const pairs: Pair[] = [];
  for (let at = 0; at + 3 < quotes.length; at += 1) {
    const [start = 0, keyEnd = 0, valueStart = 0, end = 0] = quotes.slice(at, at + 4);
    if (!isColon(text.slice(keyEnd + 1, valueStart))) continue;
    const [key, value] = [text.slice(start + 1, keyEnd), text.slice(valueStart + 1, end)];
    if (key.includes('\n') || value.includes('\n')) continue;
    pairs.push({ start, end: end + 1, key, value });
    at += 2;
  }
  return pairs;
}

function isColon(text: string): boolean {
  return text.trim() === ':';
}

/** Scripts that package managers run without being asked to. */
const BY_ITSELF =
  /^(?:pre|post)?(?:install|uninstall|prepare|prepack|postpack|publish|version|dependencies)$|^prepublish(?:Only)?$/;
/** Their values are addresses and prose, unless they are names of scripts. */
const ADDRESSES =
  /^(?:homepage|url|repository|bugs|\$schema|funding|author|license|name|description|resolved)$/;
const CODE_ADDRESS = /^\s*(?:git(?:\+\w+)?:|git@|ssh:|https?:|github:|gitlab:|bitbucket:|gist:)/i;

function ofPackage(text: string, before: string, name: string, concerns: Concern[]): readonly Command[] {
  const commands: Command[] = [];
  const known = new Set(pairsIn(before).map(({ start, end }) => before.slice(start, end)));
  const between: string[] = [];
  let from = 0;
  for (const { start, end, key: rawKey, value: rawValue } of pairsIn(text)) {
    between.push(text.slice(from, start));
    from = end;
    if (known.has(text.slice(start, end))) continue;
    const key = unescaped(rawKey);
    const value = unescaped(rawValue);
    if (BY_ITSELF.test(key) && /[\s/;|&$`]|^\w+$/.test(value))
      concerns.push({ code: 'persistence', says: `has ${name} run ${key} by itself` });
    const isAddress = CODE_ADDRESS.test(value);
    if (ADDRESSES.test(key) && (isAddress || !/^\s*[a-z./~]/.test(value))) continue;
    if (isAddress || (key === 'packageManager' && value.includes('://')))
      concerns.push({ code: 'outside_code', says: `has ${name} take code from ${value}` });
    else if (/[\s;|&$`<>]/.test(value) && !/^[\s\d.^~<>=|x*v-]+$/.test(value))
      commands.push({ text: value, prose: ADDRESSES.test(key) });
  }
  between.push(text.slice(from));
  // Half a line may be half a command.
  const rest = withoutPlainStrings(between.join(''))
    .replace(/\b(?:true|false|null)\b|[{}[\],\s]|-?\d+(?:\.\d+)*/g, ' ')
    .trim();
  if (/[\s;|&$`<>"\\]/.test(rest)) commands.push({ text: rest.replace(/^"|"$/g, ''), prose: false });
  return commands;
}

/** Strings, and the colon behind them, that hold nothing a shell would do anything by. */
function withoutPlainStrings(text: string): string {
  let out = '';
  let open = -1;
  let from = 0;
  for (const found of text.matchAll(/\\[\s\S]|["\n]/g)) {
    const at = found.index;
    // A string ends with its line.
    if (found[0] === '\n') open = -1;
    if (found[0] !== '"') continue;
    if (open < 0) {
      open = at;
      continue;
    }
    const whole = text.slice(open, at + 1);
    if (!/[;|&$`<>]/.test(whole)) {
      out += text.slice(from, open);
      from = at + 1;
      while (/\s/.test(text[from] ?? '')) from += 1;
      from = text[from] === ':' ? from + 1 : at + 1;
    }
    open = -1;
  }
  return out + text.slice(from);
}

function unescaped(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}

/** Lines that are no recipes: targets, settings, conditions, comments. */
const NO_RECIPE =
  /^\s*(?:#.*)?$|^[^\t\s#=][^=;|&`]*:(?!=)[^;]*$|^\s*(?:export\s+)?[\w.-]+\s*(?:[:?+!]?|::)=|^\s*-?(?:ifdef|ifndef|ifeq|ifneq|else|endif|include|sinclude|export|unexport|define|endef|override|undefine|vpath)\b/;

/** Whether a line sets the shell, its flags or the mark of recipes to what is not usual, or takes in a file from elsewhere. */
function steers(line: string): boolean {
  if (/^\s*(?:-|s)?include\s+\S/.test(line)) return /\s(?:[/~]|\.\.\/)/.test(line);
  const [, setting = '', value = ''] =
    /(?:^|[\s:])(SHELL|MAKESHELL|\.SHELLFLAGS|MAKEFILES|(?:GNU)?MAKEFLAGS|\.RECIPEPREFIX)\s*[:?+!]{0,3}=(.*)$/.exec(
      line.slice(0, 4096),
    ) ?? [];
  if (setting === '') return false;
  if (setting.endsWith('SHELL'))
    return !/^\s*(?:(?:\/usr)?\/bin\/(?:env\s+)?)?(?:ba|z|da|k)?sh\s*$/.test(value);
  if (/FLAGS$/.test(setting))
    return !/^[\s\w=-]*$/.test(value) || /(?:^|\s)-[-\w]*(?:f|eval|C|I)\b/.test(value);
  return true;
}

function ofMakefile(text: string, before: string, name: string, concerns: Concern[]): readonly Command[] {
  const known = new Set(before.split('\n').map((line) => line.trim()));
  const commands: Command[] = [];
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    if (known.has(line.trim())) continue;
    if (/\$[({](?:call\s+)?(?:shell|eval|file|guile)\b|!=/.test(line))
      concerns.push({ code: 'persistence', says: `has ${name} run something whenever it is read` });
    if (steers(line))
      concerns.push({ code: 'outside_code', says: `has ${name} change what recipes are run by` });
    if (!line.startsWith('\t') && NO_RECIPE.test(line)) continue;
    const bare = line.trim().replace(/^[@+-]+/, '');
    if (bare === '' || bare.startsWith('#')) continue;
    commands.push({
      prose: false,
      text: bare
        .replace(/\$\$/g, '\ue00e')
        .replace(/\$(?:\([^()]*\)|\{[^{}]*\}|[@<^?*%+|])/g, '"$made"')
        .replaceAll('\ue00e', '$')
        .replaceAll(HOLE, ''),
    });
  }
  return commands;
}
