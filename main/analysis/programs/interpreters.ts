/** Shells and interpreters: where their program text comes from. */

import type { Language } from '../inline/code-text.ts';
import { inlineCode } from '../inline/inline.ts';
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, NOTHING, plain, type Stream, shown, UNKNOWN, type Word } from '../shell/text.ts';
import { MINES } from '../written/code-signs.ts';
import { notesMade } from './made-folders.ts';
import { isTestStage } from './test-stage.ts';

const shell: Program = (call) => {
  const given = parseOptions(call.args.map(plusAsMinus), {
    stops: true,
    values: 'oO',
    long: ['rcfile', 'init-file'],
  });
  for (const file of given.values('rcfile', 'init-file')) call.deed.runsFile(file.text, call.name);
  if (given.has('version', 'help')) return UNKNOWN;
  if (given.has('n') && !call.args.some(({ text }) => /^\+[a-zA-Z]*n/.test(text)))
    return readOnly(call, given.operands[0]);
  const command = given.operands[0];
  if (given.has('c')) {
    if (command === undefined) return NOTHING;
    return call.script({
      text: command.stream === null ? command.text : null,
      taint: command.taint,
      by: `${call.name} -c`,
      stdin: call.stdin,
      positional: given.operands.slice(2),
    });
  }
  if (command !== undefined && !given.has('s')) return file(call, command, given.operands.slice(1));
  return call.script({
    text: call.stdin.text,
    taint: call.stdin.taint,
    by: call.name,
    positional: given.has('s') ? given.operands : [],
  });
};

function plusAsMinus(one: Word): Word {
  return /^\+[a-zA-Z]/.test(one.text) ? { ...one, text: `-${one.text.slice(1)}` } : one;
}

function readOnly(call: Call, one: Word | undefined): Stream {
  // A mistake is printed with the line that it stands in.
  if (one !== undefined && one.stream === null) call.deed.reads(one.text);
  return UNKNOWN;
}

/** A script file: one that this call wrote is looked through, any other is code of the project. */
function file(call: Call, one: Word, args: readonly Word[]): Stream {
  if (one.stream !== null)
    return call.script({ text: one.stream.text, taint: one.stream.taint, by: call.name, positional: args });
  if (/^\/dev\/(?:stdin|fd\/0)$|^-$/.test(one.text))
    return call.script({ text: call.stdin.text, taint: call.stdin.taint, by: call.name, positional: args });
  const path = call.deed.path(one.text);
  const written = call.files.get(path);
  call.deed.runsFile(one.text, call.name);
  if (written?.text != null)
    return call.script({
      text: written.text,
      taint: written.taint,
      by: call.name,
      positional: args,
      stdin: call.stdin,
    });
  return UNKNOWN;
}

interface Interpreter {
  readonly language: Language | null;
  /** Letters whose value is program text. */
  readonly code: readonly string[];
  readonly values: string;
  readonly long: readonly string[];
  /** Letters that name a module to run. */
  readonly module?: string;
  /** Options that load a file before. */
  readonly loads?: readonly string[];
}

function interpreter(row: Interpreter): Program {
  return (call) => {
    const by = `${call.name} -${row.code[0] ?? ''}`;
    const given = parseOptions(call.args, { stops: true, values: row.values, long: row.long });
    const code = given.values(...row.code);
    for (const one of given.values(...(row.loads ?? [])))
      if (/[./]/.test(one.text)) call.deed.runsFile(one.text, call.name);
    if (code.length > 0) {
      for (const one of code) run(call, row, one.text, one.taint, by);
      return printed(call);
    }
    const module = row.module === undefined ? undefined : given.values(row.module)[0];
    if (module !== undefined) return runModule(call, module);
    if (
      given.has('version', 'help', 'V') ||
      (given.has('v') && row.language !== 'perl' && call.args.length === 1)
    )
      return UNKNOWN;
    const one = given.operands[0];
    // Only whether it can be read as a program.
    const isRead =
      (row.language === 'ruby' && given.has('c') && !given.has('r', 'S', 'x', 'e')) ||
      (row.language === 'php' && given.has('l')) ||
      (call.name === 'node' && given.has('check', 'c'));
    if (isRead && one !== undefined) {
      call.deed.reads(one.text);
      return printed(call);
    }
    if (one === undefined || one.text === '-' || one.text === '/dev/stdin') {
      if (call.stdin.text === '' && call.stdin.taint === 0) return UNKNOWN;
      run(call, row, call.stdin.text, call.stdin.taint, call.name);
      return printed(call);
    }
    if (one.stream !== null) {
      run(call, row, one.stream.text, one.stream.taint, call.name);
      return printed(call);
    }
    if (/^https?:\/\//.test(one.text)) {
      call.deed.network(one.text, 'fetch');
      call.deed.concern('remote_code', `${call.name} runs code from the network`);
      return UNKNOWN;
    }
    const path = call.deed.path(one.text);
    const written = call.files.get(path);
    call.deed.runsFile(one.text, call.name);
    if (
      /(?:^|\/)(?:manage\.py|artisan|console)$/.test(one.text) &&
      given.operands.slice(1).some(({ text }) => LOSING_TASK.test(text)) &&
      !isTestStage(call)
    )
      call.deed.concern('destroys', `${shown(one.text)} throws a database away`);
    if (written?.text != null) run(call, row, written.text, written.taint, call.name);
    return printed(call);
  };
}

/** Tasks of frameworks that throw a database away. */
const LOSING_TASK =
  /^(?:flush|sqlflush|reset_db|drop_\w+|db:(?:wipe|seed)|migrate:(?:fresh|reset|refresh)|doctrine:(?:database|schema):drop)$/;

function run(call: Call, row: Interpreter, text: string | null, taint: number, by: string): void {
  if (row.language !== null) inlineCode(text, taint, row.language, by, call);
  else call.deed.opaque(`what ${by} runs is not taken apart`);
}

function printed(call: Call): Stream {
  return { text: null, taint: call.stdin.taint | call.deed.taint };
}

/** `python -m pip install x` is `pip install x`. */
function runModule(call: Call, module: Word): Stream {
  const name = plain(module.text);
  if (name.includes(HOLE)) call.deed.opaque('which module runs is not known');
  if (/^(?:http\.server|SimpleHTTPServer|pyftpdlib|smtpd|aiosmtpd)$/.test(name))
    serves(call, 'd', 'directory');
  else if (call.knows(name))
    return call.run(
      [{ ...module, text: name }, ...call.args.slice(call.args.indexOf(module) + 1)],
      call.name,
    );
  else {
    call.deed.effect({ kind: 'run', what: 'workspace_code', file: null });
    // Others work on what is there.
    if (/^(?:venv|virtualenv|build|ensurepip|zipapp|installer)$/.test(name)) notesMade(call);
    const rest = call.args.slice(call.args.indexOf(module) + 1);
    // It takes a file and one to write.
    if (name === 'json.tool') {
      const [from, to] = parseOptions(rest, { long: ['indent'] }).operands;
      if (from !== undefined) call.deed.reads(from.text);
      if (to !== undefined) call.deed.writes(to.text);
    }
    if (call.args.some(({ text }) => MINES.test(text)))
      call.deed.concern('attack_tool', `${call.name} works for a pool of miners`);
    for (const { text } of rest) if (/^[~/.\ue007]/.test(text)) call.deed.reads(text);
  }
  return printed(call);
}

/** A server for files: which folder it gives away. */
function serves(call: Call, ...names: readonly string[]): void {
  call.deed.network('localhost', 'listen');
  const folder = parseOptions(call.args, { values: 'dtSbpm', long: ['directory', 'bind'] }).values(
    ...names,
  )[0];
  if (folder === undefined) return;
  const path = call.deed.path(folder.text);
  if (
    path !== call.place.workspace &&
    !path.startsWith(`${call.place.workspace}/`) &&
    !path.startsWith('/tmp/')
  )
    call.deed.concern('sends', `serves ${shown(path)} to others`);
}

const PYTHON: Interpreter = {
  language: 'python',
  code: ['c'],
  values: 'cmWXQ',
  long: ['check-hash-based-pycs'],
  module: 'm',
};
const NODE: Interpreter = {
  language: 'javascript',
  code: ['e', 'p', 'eval', 'print'],
  values: 'eprC',
  long: [
    'eval',
    'print',
    'require',
    'import',
    'loader',
    'experimental-loader',
    'conditions',
    'env-file',
    'input-type',
  ],
  loads: ['r', 'require', 'import', 'loader', 'experimental-loader'],
};
const PERL: Interpreter = {
  language: 'perl',
  code: ['e', 'E'],
  values: 'eEIMmxl'.replace('l', '').replace('x', ''),
  long: [],
};
const RUBY: Interpreter = {
  language: 'ruby',
  code: ['e'],
  values: 'eIrCEF',
  long: ['encoding'],
  loads: ['r'],
};
const PHP: Interpreter = {
  language: 'php',
  code: ['r', 'B', 'R', 'E'],
  values: 'rBREdcfFSztn'.replace('n', ''),
  long: ['run', 'define', 'php-ini', 'server'],
};
const OTHER = (code: readonly string[], values: string, long: readonly string[] = []): Interpreter => ({
  language: null,
  code,
  values,
  long,
});

/** `perl -pi -e`: files that are named behind the code are written. */
const perl: Program = (call) => {
  const base = interpreter(PERL);
  const out = base(call);
  const switches = call.args.filter(({ text }) => /^-[a-zA-Z0-9.]+/.test(text)).map(({ text }) => text);
  const inPlace = switches.some((text) => /^-(?!e|E|M|I)[a-zA-Z0-9]*i/.test(text));
  if (!inPlace) return out;
  const given = parseOptions(call.args, { values: 'eEIMm' });
  const prints =
    switches.some((text) => /^-(?!e|E|M|I)[a-zA-Z0-9]*p/.test(text)) ||
    given.values('e', 'E').some(({ text }) => /\bprint\b/.test(text));
  for (const one of given.operands) call.deed.writes(one.text, { empties: !prints });
  return out;
};

/** `deno eval`, `deno run URL`, `bun run`. */
/** `php -S`: a server. */
const php: Program = (call) => {
  if (call.args.some(({ text }) => /^-S/.test(text))) {
    serves(call, 't');
    return UNKNOWN;
  }
  return interpreter(PHP)(call);
};

const deno: Program = (call) => {
  const [verb, ...rest] = call.args;
  if (verb?.text === 'eval')
    return interpreter(NODE)({
      ...call,
      args: [{ ...verb, text: '-e' }, ...rest.filter(({ text }) => !text.startsWith('-'))],
    });
  if (verb?.text === 'run')
    return interpreter(NODE)({ ...call, args: rest.filter(({ text }) => !text.startsWith('-')) });
  return undefined;
};

const bun: Program = (call) => {
  const verb = call.args[0]?.text ?? '';
  if (/^-(?:e|p|-eval|-print)/.test(verb) || /\.[cm]?[jt]sx?$/.test(verb)) return interpreter(NODE)(call);
  return undefined;
};

const powershell: Program = (call) => {
  const text = call.args.map((one) => plain(one.text)).join(' ');
  if (/-e(?:nc\w*|c)?\s+[A-Za-z0-9+/=]{12,}/i.test(text))
    call.deed.concern('remote_code', 'runs text that came out of an encoding');
  if (/\b(?:iex|invoke-expression|downloadstring|invoke-webrequest|iwr|irm|webclient)\b/i.test(text))
    call.deed.concern('remote_code', 'runs text that came over the network');
  if (/\b(?:remove-item|ri|del|rd|clear-content|format-volume|clear-disk|remove-partition)\b/i.test(text))
    call.deed.concern('destroys', 'deletes files');
  const given = parseOptions(call.args, { singleDash: true });
  if (given.names.some((name) => /^(?:c|command|e|enc|encodedcommand)$/i.test(name)))
    call.deed.opaque('what PowerShell runs is not taken apart');
  return UNKNOWN;
};

export const interpreterPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  [
    'virtualenv',
    (call) => {
      notesMade(call);
      return UNKNOWN;
    },
  ],
  ...[
    'sh',
    'bash',
    'dash',
    'zsh',
    'ksh',
    'mksh',
    'ash',
    'rbash',
    'fish',
    'csh',
    'tcsh',
    'yash',
    'elvish',
    'xonsh',
    'nu',
  ].map((name): [string, Program] => [name, shell]),
  ...['python', 'python2', 'python3', 'pypy', 'pypy3', 'ipython', 'py', 'bpython', 'micropython'].map(
    (name): [string, Program] => [name, interpreter(PYTHON)],
  ),
  ...Array.from({ length: 9 }, (_, index): [string, Program] => [
    `python3.${index + 6}`,
    interpreter(PYTHON),
  ]),
  ...['node', 'nodejs', 'ts-node', 'tsx', 'babel-node', 'iojs', 'qjs'].map((name): [string, Program] => [
    name,
    interpreter(NODE),
  ]),
  ['deno', deno],
  ['bun', bun],
  ['perl', perl],
  ['perl5', perl],
  ['raku', interpreter(OTHER(['e'], 'e'))],
  ['ruby', interpreter(RUBY)],
  ['irb', interpreter(RUBY)],
  ['jruby', interpreter(RUBY)],
  ['php', php],
  ['lua', interpreter(OTHER(['e'], 'el'))],
  ['luajit', interpreter(OTHER(['e'], 'el'))],
  ['Rscript', interpreter(OTHER(['e'], 'e'))],
  ['R', interpreter(OTHER(['e'], 'ef'))],
  ['julia', interpreter(OTHER(['e', 'E'], 'eELJt'))],
  ['elixir', interpreter(OTHER(['e'], 'er'))],
  ['erl', interpreter(OTHER(['eval'], '', ['eval']))],
  ['ghc', interpreter(OTHER(['e'], 'eo'))],
  ['runghc', interpreter(OTHER([], ''))],
  ['groovy', interpreter(OTHER(['e'], 'e'))],
  ['scala', interpreter(OTHER(['e'], 'e'))],
  ['jshell', interpreter(OTHER([], ''))],
  ['jjs', interpreter(OTHER([], ''))],
  ['gnuplot', interpreter(OTHER(['e'], 'e'))],
  ['pdb', interpreter(PYTHON)],
  ['pdb3', interpreter(PYTHON)],
  ['tclsh', interpreter(OTHER([], ''))],
  ['expect', interpreter(OTHER(['c'], 'cf'))],
  ['wish', interpreter(OTHER([], ''))],
  ['osascript', interpreter(OTHER(['e'], 'els'))],
  ['guile', interpreter(OTHER(['c'], 'cels'))],
  ['racket', interpreter(OTHER(['e'], 'efr'))],
  ['sbcl', interpreter(OTHER(['eval'], '', ['eval', 'load']))],
  ['emacs', interpreter(OTHER(['eval', 'execute'], 'lf', ['eval', 'execute', 'load', 'script']))],
  ['pwsh', powershell],
  ['powershell', powershell],
  ['cmd', powershell],
]);
