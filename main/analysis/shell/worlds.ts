/**
 * What a statement does where a branch has decided before it: it is run once more for each value that the names in
 * it may hold, so that a value which may not hold counts as unknown and as itself.
 */
import type { Syntax } from './grammar.ts';
import { type Option, POSITIONAL, type ShellState } from './state.ts';
import { HOLE } from './text.ts';

/** More ways to go than these are not gone. */
const MOST_WORLDS = 64;

const REDIRECT = /^(?:file_redirect|heredoc_redirect|herestring_redirect)$/;

/** The part of a statement whose words are made when it begins; what runs inside of it asks for itself. */
function ownText(node: Syntax, source: string): string {
  const slice = (one: Syntax) => source.slice(one.start, one.end);
  switch (node.type) {
    case 'command':
    case 'pipeline':
    case 'variable_assignment':
    case 'variable_assignments':
    case 'declaration_command':
    case 'unset_command':
      return slice(node);
    case 'redirected_statement': {
      const body = node.children.find((child) => child.field === 'body' || !REDIRECT.test(child.type));
      if (body === undefined || /^(?:command|pipeline)$/.test(body.type)) return slice(node);
      if (/^(?:list|negated_command)$/.test(body.type)) return '';
      return node.children
        .filter(({ type }) => REDIRECT.test(type))
        .map(slice)
        .join('\n');
    }
    case 'for_statement': {
      const values = node.children.filter(({ field }) => field === 'value');
      return values.length === 0 ? '$@' : values.map(slice).join(' ');
    }
    default:
      return '';
  }
}

/** Whether a text asks for the value of a name. */
function asks(text: string, name: string): boolean {
  if (/\$\{!/.test(text)) return true;
  if (name === POSITIONAL) return /\$\{?[@*\d]/.test(text);
  if (!/^\w+$/.test(name)) return text.includes(name);
  return new RegExp(`\\$\\{?#?${name}(?!\\w)|(?<!\\w)${name}(?:\\[[^\\]]*\\])?\\+=`).test(text);
}

/** The names of which something may be instead that a text asks for, also through what it calls and holds. */
function askedNames(text: string, state: ShellState): readonly string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const open = [text];
  for (let one = open.pop(); one !== undefined && seen.size < 40; one = open.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    for (const name of state.options.keys()) if (!found.has(name) && asks(one, name)) found.add(name);
    for (const [name, bodies] of state.functions)
      if (one.includes(name))
        for (const body of bodies)
          if (body !== null) open.push(body.source.slice(body.body.start, body.body.end));
    for (const [name, { text: value }] of state.vars)
      if (value.includes('$') && asks(one, name)) open.push(value);
  }
  return [...found];
}

/** What is left of the options of a name beside what it is run with anyway. */
function others(name: string, state: ShellState, isNamed: (name: string) => boolean): readonly Option[] {
  const base = state.vars.get(name);
  const words = state.arrays.get(name) ?? null;
  return (state.options.get(name) ?? []).filter((one) => {
    if (one === null) return base !== undefined && (base.text !== HOLE || isNamed(name));
    if (name === POSITIONAL) return one.words !== state.positional;
    return one.text !== HOLE && !(one.text === base?.text && one.taint === base.taint && one.words === words);
  });
}

interface Choice {
  readonly name: string;
  readonly options: readonly Option[];
}

/**
 * States in which a statement may run instead of the one that is known, each a fork; none where nothing is open.
 *
 * @param isNamed whether the value that a name has when nothing sets it matters
 * @returns null when there are more than can be gone through
 */
export function worldsOf(
  node: Syntax,
  source: string,
  state: ShellState,
  isNamed: (name: string) => boolean,
): readonly ShellState[] | null {
  if (state.options.size === 0 && state.cwds.length === 0) return [];
  const text = ownText(node, source);
  if (text === '') return [];
  const choices: Choice[] = (state.options.size === 0 ? [] : askedNames(text, state))
    .map((name) => ({ name, options: others(name, state, isNamed) }))
    .filter(({ options }) => options.length > 0);
  const folders = [null, ...state.cwds];
  const picked = combined(choices, folders.length) ?? combined(choices.map(withoutNumbers), folders.length);
  if (picked === null) return null;
  return picked
    .flatMap((options) => folders.map((folder) => ({ options, folder })))
    .slice(1)
    .map(({ options, folder }) => {
      const world = state.fork();
      for (const [name, option] of options) world.choose(name, option);
      if (folder !== null) world.goes(folder);
      return world;
    });
}

/** A number says of no file which one it is. */
function withoutNumbers({ name, options }: Choice): Choice {
  return { name, options: options.filter((one) => one === null || !/^-?\d+$/.test(one.text)) };
}

/** Every way to pick for each name one of its options or none; the first picks none. */
function combined(
  choices: readonly Choice[],
  times: number,
): readonly (readonly (readonly [string, Option])[])[] | null {
  let all: (readonly (readonly [string, Option])[])[] = [[]];
  for (const { name, options } of choices) {
    if (all.length * (options.length + 1) * times > MOST_WORLDS + 1) return null;
    all = [...all, ...options.flatMap((option) => all.map((before) => [...before, [name, option] as const]))];
  }
  return all;
}
