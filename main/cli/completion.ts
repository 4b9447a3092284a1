/**
 * What a shell can complete, read from the same lines that `--help` prints, as a script for that shell.
 *
 * A line is `approvals approve ID [--scope once|session]`: words in small letters are typed as they stand, words in
 * capitals stand for something, options may take one value. What follows three spaces is a remark.
 */
import { KNOWN_AGENTS } from '../points/agents/known-agents.ts';
import type { CommandHelp } from './help.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type ShellName = (typeof SHELLS)[number];

/** What may stand at a place: words, and whether a file may. */
export interface Choices {
  readonly words: readonly string[];
  readonly files: boolean;
}

export interface CompletionTable {
  /** After the program's name. */
  readonly commands: Choices;
  /** After `COMMAND` and after `COMMAND VERB`, by these words. */
  readonly places: ReadonlyMap<string, Choices>;
  /** After an option that takes a value. */
  readonly values: ReadonlyMap<string, Choices>;
}

/** Words in capitals that stand for something known. */
const KINDS: Readonly<Record<string, Choices>> = {
  AGENT: { words: KNOWN_AGENTS.map(({ id }) => id), files: false },
  CLIENT: { words: KNOWN_AGENTS.map(({ id }) => id), files: false },
  FILE: { words: [], files: true },
  PATH: { words: [], files: true },
  DIR: { words: [], files: true },
};
const NOTHING: Choices = { words: [], files: false };

/** Reads the lines of all commands. */
export function completionTable(commands: Readonly<Record<string, CommandHelp>>): CompletionTable {
  const places = new Map<string, Choices>();
  const values = new Map<string, Choices>();
  const add = <K>(map: Map<K, Choices>, key: K, more: Choices) => {
    const known = map.get(key) ?? NOTHING;
    map.set(key, {
      words: [...new Set([...known.words, ...more.words])],
      files: known.files || more.files,
    });
  };
  for (const [name, { usage }] of Object.entries(commands)) {
    add(places, name, { words: ['--help'], files: false });
    for (const line of usage) {
      const [, ...words] = tokens(line);
      const [verb] = words;
      const literal = verb !== undefined && isLiteral(verb);
      const place = literal ? `${name} ${verb}` : name;
      if (literal) {
        add(places, name, { words: [verb], files: false });
        add(places, place, { words: ['--help'], files: false });
      }
      const rest = literal ? words.slice(1) : words;
      for (let at = 0; at < rest.length; at += 1) {
        const word = rest[at] ?? '';
        if (word === '--') break;
        const after = rest[at + 1] ?? '';
        if (!word.startsWith('--')) add(places, place, choicesOf(word));
        else {
          add(places, place, { words: [word], files: false });
          if (after !== '' && !after.startsWith('--') && takesValue(line, word)) {
            add(values, word, choicesOf(after));
            at += 1;
          }
        }
      }
    }
  }
  return {
    commands: { words: [...Object.keys(commands), '--help', '--version'], files: false },
    places,
    values,
  };
}

function tokens(line: string): readonly string[] {
  const [form = ''] = line.split(/ {3,}/);
  return (
    form
      .replaceAll(/[[\]]/g, ' ')
      // Options of which one is given: `--finish|--discard`.
      .replaceAll('|--', ' --')
      .replaceAll(/\.\.\.|…/g, ' ')
      .split(' ')
      .filter((word) => word !== '')
  );
}

/** In the line the option and its value stand in one pair of brackets, or in none. */
function takesValue(line: string, option: string): boolean {
  return line.includes(`${option} `);
}

function isLiteral(word: string): boolean {
  return /^[a-z][a-z-]*$/.test(word);
}

function choicesOf(word: string): Choices {
  if (Object.hasOwn(KINDS, word)) return KINDS[word] ?? NOTHING;
  const options = word.split('|');
  // `15m|1h|tomorrow` and `bash|zsh|fish` are words to choose from; `N` and `ID` are not.
  return options.length > 1 && options.every((one) => /^[a-z0-9-]+$/.test(one))
    ? { words: options, files: false }
    : NOTHING;
}

/** The script that teaches a shell these words. */
export function completionScript(shell: ShellName, table: CompletionTable): string {
  switch (shell) {
    case 'bash':
      return bashScript(table);
    case 'zsh':
      return zshScript(table);
    case 'fish':
      return fishScript(table);
  }
}

function caseLines(entries: ReadonlyMap<string, Choices>, line: (choices: Choices) => string): string {
  return [...entries].map(([key, choices]) => `    '${key}') ${line(choices)} ;;`).join('\n');
}

function bashScript({ commands, places, values }: CompletionTable): string {
  const set = ({ words, files }: Choices) => `words='${words.join(' ')}'; files=${files ? 1 : 0}`;
  return `# bash: source <(gatehouse completion bash)
_gatehouse() {
  local words='' files=0 cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local command="\${COMP_WORDS[1]}" verb="\${COMP_WORDS[2]}"
  COMPREPLY=()
  case "$prev" in
${caseLines(values, (choices) => `${set(choices)}; _gatehouse_reply; return`)}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    ${set(commands)}
    _gatehouse_reply
    return
  fi
  if [ "$COMP_CWORD" -gt 2 ]; then
  case "$command $verb" in
${caseLines(new Map([...places].filter(([key]) => key.includes(' '))), (choices) => `${set(choices)}; _gatehouse_reply; return`)}
  esac
  fi
  case "$command" in
${caseLines(new Map([...places].filter(([key]) => !key.includes(' '))), set)}
  esac
  _gatehouse_reply
}
_gatehouse_reply() {
  local IFS=$' \\t\\n'
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [ "$files" -eq 1 ]; then IFS=$'\\n'; COMPREPLY+=($(compgen -f -- "$cur")); fi
}
complete -o filenames -F _gatehouse gatehouse`;
}

function zshScript({ commands, places, values }: CompletionTable): string {
  const give = ({ words, files }: Choices) =>
    [words.length > 0 ? `compadd -- ${words.join(' ')}` : '', files ? '_files' : '']
      .filter((part) => part !== '')
      .join('; ') || 'true';
  return `#compdef gatehouse
# zsh: source <(gatehouse completion zsh)
_gatehouse() {
  case "$words[CURRENT-1]" in
${caseLines(values, (choices) => `${give(choices)}; return`)}
  esac
  if (( CURRENT == 2 )); then
    ${give(commands)}
    return
  fi
  if (( CURRENT > 3 )); then
  case "$words[2] $words[3]" in
${caseLines(new Map([...places].filter(([key]) => key.includes(' '))), (choices) => `${give(choices)}; return`)}
  esac
  fi
  case "$words[2]" in
${caseLines(new Map([...places].filter(([key]) => !key.includes(' '))), give)}
  esac
}
if (( $+functions[compdef] )); then compdef _gatehouse gatehouse; fi`;
}

function fishScript({ commands, places, values }: CompletionTable): string {
  const lines = ['# fish: gatehouse completion fish | source', 'complete -c gatehouse -f'];
  const offer = (condition: string, { words, files }: Choices) => {
    if (words.length > 0) lines.push(`complete -c gatehouse -n '${condition}' -a '${words.join(' ')}'`);
    if (files) lines.push(`complete -c gatehouse -n '${condition}' -F`);
  };
  const notAfterValue = `not contains -- (commandline -opc)[-1] ${[...values.keys()].join(' ')}`;
  offer('test (count (commandline -opc)) -eq 1', commands);
  for (const [option, choices] of values) offer(`test (commandline -opc)[-1] = ${option}`, choices);
  const verbs = new Map<string, string[]>();
  for (const key of places.keys()) {
    const [command = '', verb] = key.split(' ');
    if (verb !== undefined) verbs.set(command, [...(verbs.get(command) ?? []), verb]);
  }
  for (const [key, choices] of places) {
    const [command = '', verb] = key.split(' ');
    const at = (place: number) => `(commandline -opc)[${place}]`;
    const own = verbs.get(command) ?? [];
    const condition =
      verb === undefined
        ? own.length === 0
          ? `test (count (commandline -opc)) -ge 2; and test ${at(2)} = ${command}`
          : `test (count (commandline -opc)) -ge 2; and test ${at(2)} = ${command}; and not contains -- (commandline -opc)[3] ${own.join(' ')}`
        : `test (count (commandline -opc)) -ge 3; and test ${at(2)} = ${command}; and test ${at(3)} = ${verb}`;
    offer(values.size === 0 ? condition : `${condition}; and ${notAfterValue}`, choices);
  }
  return lines.join('\n');
}
