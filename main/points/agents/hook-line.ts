/**
 * A hook's command line for agents that hand it to a shell, whichever the person's is: so it starts `/bin/sh` with a
 * line of ours.
 *
 * `UNLESS_PROVEN` makes whatever ends the program without its yes (a crash, a signal, a program that is gone or empty)
 * the exit code that blocks; to these agents most others let the tool run. What only tells has no such end: it stops
 * nothing.
 */
import { GatehouseError } from '../../platform/errors.ts';
import { UNLESS_PROVEN } from '../../platform/peer-requester.ts';
import type { HookEvent } from '../hooks/hook-event.ts';
import type { EntryTarget } from './agent-adapter.ts';
import type { KnownAgent } from './known-agents.ts';

const SHELL = ['/bin/sh', '-c'] as const;

/** What an event's hook is to be started with. */
type LineEvent = Pick<HookEvent, 'deadlineSeconds' | 'tells'>;

interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** The hook program itself, for agents that start it without a shell. */
export function programCommand(agent: string, event: LineEvent, { program, door }: EntryTarget): Command {
  const args = ['hook', agent, '--door', door, '--deadline', String(event.deadlineSeconds)];
  return { command: program, args: event.tells === true ? [...args, '--tells'] : args };
}

/** What is started, and with which words. */
export function hookCommand(agent: string, event: LineEvent, target: EntryTarget): Command {
  const own = programCommand(agent, event, target);
  if (event.tells === true) return own;
  const [command, option] = SHELL;
  const line = [own.command, ...own.args, '--proof'].map(quoted).join(' ');
  return { command, args: [option, line + UNLESS_PROVEN] };
}

/** @throws GatehouseError `unsupported_platform` where there is no such shell */
export function requireShell({ id, name }: KnownAgent): void {
  if (process.platform !== 'win32') return;
  throw new GatehouseError('unsupported_platform', `${name} cannot be connected on Windows yet`, {
    hint: `its MCP servers can: gatehouse mcp import ${id}`,
  });
}

/** The same as one line, as it stands in the settings. */
export function hookLine(agent: string, event: LineEvent, target: EntryTarget): string {
  const { command, args } = hookCommand(agent, event, target);
  return [command, ...args].map(quoted).join(' ');
}

/**
 * The words of a hook's line, also of one that somebody changed: up to what no plain word can be.
 *
 * @returns at least one word, which may be empty
 */
export function lineWords(line: string): readonly string[] {
  const words = plainStart(line);
  return SHELL.every((word, at) => words[at] === word) ? plainStart(words[2] ?? '') : words;
}

function plainStart(line: string): readonly string[] {
  const words: string[] = [];
  let rest = line.trimStart();
  for (;;) {
    const word = /^(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\|&;<>()`$])+/s.exec(rest)?.[0] ?? '';
    if (word === '') return words.length === 0 ? [''] : words;
    words.push(
      word.replace(
        /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
        (_all, a?: string, b?: string, c?: string) =>
          a ?? (b === undefined ? (c ?? '') : b.replace(/\\(.)/gs, '$1')),
      ),
    );
    rest = rest.slice(word.length).trimStart();
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
