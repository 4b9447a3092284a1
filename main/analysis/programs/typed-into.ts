/**
 * Programs that do what is typed into them, where a client lets its agent type later and tells nobody: an editor, a
 * debugger, a database's prompt. Shells and interpreters without a program are known by what they read.
 */
import type { Concern, SimpleCommand } from '../result.ts';

/** They take commands as long as they run, whatever they were started with. */
const ALWAYS = new Set([
  ...[
    'vi',
    'vim',
    'nvim',
    'view',
    'vimdiff',
    'ex',
    'ed',
    'emacs',
    'nano',
    'pico',
    'micro',
    'mg',
    'joe',
    'hx',
  ],
  ...['less', 'more', 'most', 'mc', 'ranger', 'nnn', 'lf', 'top', 'htop', 'btop'],
  ...['screen', 'tmux', 'zellij', 'byobu', 'script', 'expect', 'ftp', 'lftp', 'telnet', 'minicom', 'picocom'],
  ...['visudo', 'vipw', 'at', 'batch', 'mutt', 'gnuplot'],
]);
/** They ask for commands unless they are given some. */
const PROMPTS = new Set([
  ...['psql', 'mysql', 'mariadb', 'sqlite3', 'mongosh', 'mongo', 'redis-cli', 'sqlplus', 'duckdb', 'cqlsh'],
  ...['irb', 'pry', 'ghci', 'lua', 'luajit', 'R', 'julia', 'octave', 'scala', 'jshell', 'erl', 'iex', 'sbcl'],
  ...['guile', 'racket', 'tclsh', 'wish', 'ipython', 'ipython3', 'bpython', 'm4', 'dc', 'sftp'],
  ...['gdb', 'lldb', 'pdb', 'crontab'],
]);
const GIVEN =
  /^(?:-[A-Za-z]*[cefQ][A-Za-z]*|-b|-batch|--(?:command|file|eval|execute|batch|version|help|list)(?:=.*)?|-l|-V|-h)$/;
/** One that is only told which database, file or host to use asks for commands. */
const WORDS_OF_A_PROMPT = 1;

/** A command with what speaks against it where its agent may type into it. */
export function asTypedInto(command: SimpleCommand): SimpleCommand {
  const [program = '', ...args] = command.words;
  const name = program.split('/').at(-1) ?? '';
  if (!ALWAYS.has(name) && !(PROMPTS.has(name) && asks(args))) return command;
  const concern: Concern = {
    code: 'opaque',
    says: `${name} does what is typed into it later, which nobody sees`,
  };
  return { ...command, concerns: [...command.concerns, concern] };
}

function asks(args: readonly string[]): boolean {
  return (
    !args.some((word) => GIVEN.test(word)) &&
    args.filter((word) => !word.startsWith('-')).length <= WORDS_OF_A_PROMPT
  );
}
