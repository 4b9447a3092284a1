/**
 * Manifests: files whose commands are run later by people and tools as a matter of course, `package.json` and
 * makefiles. What a call writes into one is looked at as the commands that it will be.
 */
import type { CallAnalysis, Concern } from './result.ts';
import { HOLE } from './shell/text.ts';
import type { CallFacts } from './tools.ts';

const NODE = /(?:^|\/)package\.json$/;
const MAKE = /(?:^|\/)(?:GNUm|[mM])akefile$/;
/** Parameters that hold new text, and those that hold what it takes the place of. */
const NEW = /^(?:content|new_string|new_str|text|new_source|insert_text|file_text)$/;
const OLD = /^(?:old_string|old_str)$/;
const MOST_COMMANDS = 60;

/** What speaks against what a call writes into a manifest. `shell` analyses a command. */
export function manifestConcerns(call: CallFacts, shell: (text: string) => CallAnalysis): readonly Concern[] {
  if (call.module !== 'filesystem' || !/^(?:write|edit|patch)$/.test(call.action)) return [];
  const written = call.action === 'patch' ? patched(call) : plainly(call);
  return written.flatMap(({ file, text, before }) => {
    const concerns: Concern[] = [];
    const name = file.split('/').at(-1) ?? file;
    const commands = NODE.test(file)
      ? ofPackage(text, before, name, concerns)
      : ofMakefile(text, before, name, concerns);
    if (commands.length > MOST_COMMANDS)
      concerns.push({ code: 'opaque', says: `puts more commands into ${name} than are looked at` });
    for (const command of commands.slice(0, MOST_COMMANDS))
      for (const { code, says } of shell(command).concerns)
        concerns.push({ code, says: `puts into ${name} what ${says}` });
    return concerns;
  });
}

interface Written {
  readonly file: string;
  readonly text: string;
  readonly before: string;
}

function plainly(call: CallFacts): readonly Written[] {
  const file = call.parameters.find(({ kind }) => kind === 'path')?.value;
  if (typeof file !== 'string' || !(NODE.test(file) || MAKE.test(file))) return [];
  const texts = (wanted: RegExp): string => {
    const found: string[] = [];
    for (const { name, value } of call.parameters) {
      if (wanted.test(name) && typeof value === 'string') found.push(value);
      if (!Array.isArray(value)) continue;
      for (const one of value)
        if (typeof one === 'object' && one !== null)
          for (const [key, inner] of Object.entries(one))
            if (wanted.test(key) && typeof inner === 'string') found.push(inner);
    }
    return found.join('\n');
  };
  return [{ file, text: texts(NEW), before: texts(OLD) }];
}

/** Added lines of each manifest that a patch names, in the form of agents and in git's. */
function patched(call: CallFacts): readonly Written[] {
  const out: { file: string; lines: string[]; gone: string[] }[] = [];
  for (const { value } of call.parameters) {
    if (typeof value !== 'string') continue;
    let file = '';
    for (const line of value.split('\n')) {
      const head = /^(?:\*\*\* (?:Add|Update) File: |\+\+\+ (?:b\/)?)(\S.*?)\s*$/.exec(line)?.[1];
      if (head !== undefined) {
        file = head;
        if (NODE.test(file) || MAKE.test(file)) out.push({ file, lines: [], gone: [] });
      } else if (/^\*\*\* |^--- /.test(line)) file = '';
      else if (file !== '' && out.at(-1)?.file === file) {
        if (line.startsWith('+')) out.at(-1)?.lines.push(line.slice(1));
        if (line.startsWith('-')) out.at(-1)?.gone.push(line.slice(1));
      }
    }
  }
  return out.map(({ file, lines, gone }) => ({ file, text: lines.join('\n'), before: gone.join('\n') }));
}

const PAIR = /"((?:[^"\\\n]|\\.)*)"\s*:\s*"((?:[^"\\\n]|\\.)*)"/g;
/** Scripts that package managers run without being asked to. */
const BY_ITSELF =
  /^(?:pre|post)?(?:install|uninstall|prepare|prepack|postpack|publish|version|dependencies)$|^prepublish(?:Only)?$/;
const ADDRESSES =
  /^(?:homepage|url|repository|bugs|\$schema|funding|author|license|name|description|resolved)$/;

function ofPackage(text: string, before: string, name: string, concerns: Concern[]): readonly string[] {
  const commands: string[] = [];
  for (const found of text.matchAll(PAIR)) {
    const [whole, key = '', raw = ''] = found;
    if (before.includes(whole)) continue;
    const value = unescaped(raw);
    if (BY_ITSELF.test(key) && /[\s/;|&$`]|^\w+$/.test(value))
      concerns.push({ code: 'persistence', says: `has ${name} run ${key} by itself` });
    if (ADDRESSES.test(key)) continue;
    if (/^(?:git(?:\+\w+)?:|https?:|github:|gitlab:|bitbucket:|gist:)/.test(value))
      concerns.push({ code: 'outside_code', says: `has ${name} take code from ${value}` });
    else if (/[\s;|&$`<>]/.test(value) && !/^[\s\d.^~<>=|x*v-]+$/.test(value)) commands.push(value);
  }
  // Half a line may be half a command.
  const rest = text
    .replace(PAIR, '')
    .replace(/"(?:[^"\\\n]|\\.)*"\s*:?/g, (one) => (/[;|&$`<>]/.test(one) ? one : ''))
    .replace(/\b(?:true|false|null)\b|[{}[\],\s]|-?\d+(?:\.\d+)*/g, ' ')
    .trim();
  if (/[\s;|&$`<>"\\]/.test(rest)) commands.push(rest.replace(/^"|"$/g, ''));
  return commands;
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

function ofMakefile(text: string, before: string, name: string, concerns: Concern[]): readonly string[] {
  const known = new Set(before.split('\n').map((line) => line.trim()));
  const commands: string[] = [];
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    if (known.has(line.trim())) continue;
    if (/\$[({](?:shell|eval|file|guile)\b|!=/.test(line))
      concerns.push({ code: 'persistence', says: `has ${name} run something whenever it is read` });
    if (!line.startsWith('\t') && NO_RECIPE.test(line)) continue;
    const bare = line.trim().replace(/^[@+-]+/, '');
    if (bare === '' || bare.startsWith('#')) continue;
    commands.push(
      bare
        .replace(/\$\$/g, '\ue00e')
        .replace(/\$(?:\([^()]*\)|\{[^{}]*\}|[@<^?*%+|])/g, '"$made"')
        .replaceAll('\ue00e', '$')
        .replaceAll(HOLE, ''),
    );
  }
  return commands;
}
