/** One simple command as the programs' own files see it, and what they may ask of the shell around it. */
import type { Place } from '../place.ts';
import type { ConcernCode, Effect } from '../result.ts';
import type { ShellState } from './state.ts';
import type { Stream, Taint, Word } from './text.ts';
import type { WrittenFiles } from './written-files.ts';

/** How a text that is run as a script came to be. */
export interface ScriptInput {
  readonly text: string | null;
  readonly taint: Taint;
  /** `sh -c`, `eval`, `trap`: what runs it. */
  readonly by: string;
  readonly stdin?: Stream;
  readonly positional?: readonly Word[];
  /** It runs in the shell itself, as `eval` does. */
  readonly sameShell?: boolean;
  /** It runs in a copy of the shell, which has all of it, as a subshell does. */
  readonly copied?: boolean;
  /** It runs on another machine: its files are none of this one. */
  readonly remote?: boolean;
  /** It is a file of the project that is named in the call. */
  readonly file?: string;
}

/** Notes what one simple command does. Paths are words as the program gets them. */
export interface Deed {
  /** What reading put into the output. */
  taint: Taint;
  path(text: string): string;
  /** Whether it lies where anybody may have put it, and nothing here is known to have made it. */
  isStrangers(text: string): boolean;
  reads(text: string): Stream;
  /** Opens a file and shows nothing of what it holds. */
  looks(text: string): void;
  writes(text: string, options?: { content?: Stream; adds?: boolean; empties?: boolean }): void;
  /** @param options `made`: it is known to be made anew, whatever its name says */
  deletes(text: string, options: { recursive: boolean; many?: boolean; made?: boolean }): void;
  /** Whether a stage before it in the pipe, or this program itself, reads the file. */
  isRead(text: string): boolean;
  /** A file is emptied while it is read. */
  loses(text: string): void;
  network(url: string, how: 'fetch' | 'send' | 'connect' | 'listen', options?: { taint?: Taint }): void;
  runsFile(text: string, by: string): void;
  effect(effect: Effect): void;
  concern(code: ConcernCode, says: string): void;
  opaque(why: string): void;
}

export interface Call {
  /** The program's own name, without a folder. */
  readonly name: string;
  readonly args: readonly Word[];
  readonly stdin: Stream;
  readonly deed: Deed;
  readonly place: Place;
  readonly state: ShellState;
  readonly files: WrittenFiles;
  /** Runs a text as a shell script; gives what it prints. */
  script(input: ScriptInput): Stream;
  /** Runs a program that is named in the arguments. */
  run(words: readonly Word[], by: string, stdin?: Stream): Stream;
  /** Whether a name is a program that something is known of. */
  knows(name: string): boolean;
}

/** What a program does; gives what it prints where that is known. */
export type Program = (call: Call) => Stream | undefined;
