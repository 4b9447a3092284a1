/**
 * Which process of a chain is the agent: the one that asks, not the program it asks through.
 *
 * Agents start hooks directly or through `sh -c COMMAND`. A shell is left out only when its command is nothing
 * but our program's command line; one that does anything else is a requester in its own right.
 */
import { basename } from 'node:path';

const SHELLS = new Set(['sh', 'dash', 'bash', 'zsh', 'ksh', 'mksh', 'ash', 'busybox', 'fish']);
const CLIENTS = new Set(['gatehouse', 'gatehouse.exe']);
/** The second is the name under which agents find the installed program, script or not. */
const RELAYS = new Set(['relay.mjs', 'gatehouse']);
const DELETED = ' (deleted)';
const OR_BLOCK = ' || { echo "gatehouse: blocked" >&2; exit 2; }';
/**
 * How our hooks' command lines end for agents that hand them to a shell. Only the code with which our program says
 * yes (`--proof`) becomes 0: a shell takes a program that was emptied for a script that ended well. Whatever else ends
 * it becomes the code that blocks, with the text without which some agents do not take it for that. It starts nothing.
 */
export const UNLESS_PROVEN = `; [ $? -eq 113 ]${OR_BLOCK}`;
/** Ends of lines that start nothing: ours, and that of earlier versions, which runs until the agent is connected again. */
const ENDS = [UNLESS_PROVEN, OR_BLOCK];

/** Base name of an executable as /proc tells it. */
export function programName(executable: string | null): string | null {
  if (executable === null) return null;
  return basename(executable.endsWith(DELETED) ? executable.slice(0, -DELETED.length) : executable);
}

/** Whether a process is our hook program: the native client, or Node running the relay. */
export function isHookProgram(executable: string | null, argv: readonly string[] | null): boolean {
  const name = programName(executable);
  if (name === null) return false;
  if (CLIENTS.has(name)) return true;
  return (name === 'node' || name === 'node.exe') && RELAYS.has(basename(argv?.[1] ?? ''));
}

/** Whether a program is a shell, by its file's name. */
export function isShell(executable: string | null): boolean {
  return SHELLS.has(programName(executable) ?? '');
}

/**
 * Whether a shell's command line runs nothing but `child`: `sh -c COMMAND` where COMMAND, split as a shell
 * splits plain words, is exactly the child's own argument vector. Anything with an operator, an expansion or
 * a redirection is not, except one of our `ENDS`.
 */
export function onlyStarts(shell: readonly string[], child: readonly string[]): boolean {
  const flag = shell.findIndex((word, at) => at > 0 && /^-[a-z]*c$/.test(word));
  if (flag < 0 || shell.length < flag + 2) return false;
  if (shell.slice(1, flag).some((word) => !word.startsWith('-'))) return false;
  const line = shell[flag + 1] ?? '';
  const end = ENDS.find((one) => line.endsWith(one)) ?? '';
  const words = plainWords(line.slice(0, line.length - end.length));
  if (words === null) return false;
  const command = words[0] === 'exec' ? words.slice(1) : words;
  return command.length === child.length && command.every((word, at) => word === child[at]);
}

/** Splits plain words and quoted ones; null for a command that is more than that. */
export function plainWords(command: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < command.length; at++) {
    const character = command.charAt(at);
    if (character === "'") {
      const end = command.indexOf("'", at + 1);
      if (end < 0) return null;
      word = (word ?? '') + command.slice(at + 1, end);
      at = end;
    } else if (character === '"') {
      const quoted = /^"((?:[^"\\$`]|\\["\\$`])*)"/.exec(command.slice(at));
      if (quoted === null) return null;
      word = (word ?? '') + (quoted[1] ?? '').replace(/\\(["\\$`])/g, '$1');
      at += quoted[0].length - 1;
    } else if (character === '\\') {
      const next = command.charAt(++at);
      if (next === '' || next === '\n') return null;
      word = (word ?? '') + next;
    } else if (character === ' ' || character === '\t') {
      if (word !== null) words.push(word);
      word = null;
    } else if (/[\w@%+=:,./-]/.test(character)) {
      word = (word ?? '') + character;
    } else {
      return null;
    }
  }
  if (word !== null) words.push(word);
  return words;
}
