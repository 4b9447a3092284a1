/** Commands of the shell itself. */
import { isWithin, type Place } from '../place.ts';
import { isPrivateFolder } from '../private-folders.ts';
import type { Program } from './call.ts';
import { parseOptions } from './options.ts';
import { printfTarget } from './subscripts.ts';
import {
  HOLE,
  NOTHING,
  plain,
  type Stream,
  shown,
  TAINT,
  type Taint,
  UNKNOWN,
  unescapeC,
  type Word,
} from './text.ts';
import { noteVariable } from './variables.ts';

const silent: Program = (call) => {
  for (const one of call.args) call.deed.taint |= one.taint;
  return NOTHING;
};

function texts(args: readonly Word[], place: Place): { text: string | null; taint: Taint } {
  const taint = args.reduce((sum, one) => sum | one.taint, TAINT.none);
  return { text: args.map(({ text }) => plain(atHome(text, place))).join(' '), taint: taint & ~TAINT.local };
}

/** The home folder where the shell puts it before a program sees the word. */
function atHome(text: string, { home }: Place): string {
  return /^\ue007(?:\/|$)/.test(text) ? `${home}${text.slice(1)}` : text;
}

/** What takes a secret on its input and shows nothing of it. */
const TAKES_SECRET =
  /^[\w./-]+(?:\s[^|;&]*)?\s(?:login|--password-stdin|--with-token|--stdin|-stdin)\b|^wc\b|^grep -[a-z]*[qc]\b/;

/** `echo $TOKEN` shows it to whoever reads the output. */
function notePrinted({ args, state, deed }: Parameters<Program>[0]): void {
  if (!args.some(({ taint }) => (taint & TAINT.token) !== 0) || TAKES_SECRET.test(state.reader ?? '')) return;
  deed.concern('secret', `prints the value of ${[...state.tokens].sort().join(', ')}`);
}

const echo: Program = (call) => {
  const { args } = call;
  notePrinted(call);
  let at = 0;
  let newline = true;
  let escapes = false;
  while (/^-[neE]+$/.test(args[at]?.text ?? '')) {
    const flags = args[at]?.text ?? '';
    if (flags.includes('n')) newline = false;
    if (flags.includes('e')) escapes = true;
    at += 1;
  }
  const { text, taint } = texts(args.slice(at), call.place);
  // Some shells take backslashes for escapes without being told to.
  const body = text ?? '';
  return { text: `${escapes ? unescapeC(body) : body}${newline ? '\n' : ''}`, taint };
};

const printf: Program = (call) => {
  const { args, state, deed, place } = call;
  const name = printfTarget(args);
  if (name !== null) {
    const given = printed(args.slice(args[0]?.text === '-v' ? 2 : 1));
    const value = { text: given.text ?? HOLE, taint: given.taint };
    state.set(name, value);
    const input = noteVariable({ ...value, name, adds: false, words: null }, deed, place);
    if (input !== null) call.script(input);
    return NOTHING;
  }
  notePrinted(call);
  return printed(
    (args[0]?.text === '--' ? args.slice(1) : args).map((one) => ({ ...one, text: atHome(one.text, place) })),
  );
};

function printed(rest: readonly Word[]): Stream {
  const taint = rest.reduce((sum, one) => sum | one.taint, TAINT.none) & ~TAINT.local;
  const format = rest[0]?.text ?? '';
  const values = rest.slice(1).map(({ text }) => text);
  let out = '';
  const rounds = Math.max(1, Math.min(50, values.length));
  let next = 0;
  for (let round = 0; round < rounds && (round === 0 || next < values.length); round += 1) {
    out += unescapeC(format.replaceAll('%%', '\ue00e')).replace(
      /%[-+ #0-9.*]*([a-zA-Z])/g,
      (_, kind: string) => {
        const value = values[next] ?? '';
        next += 1;
        return kind === 'b' ? unescapeC(value) : kind === 's' || /^[\d.]*$/.test(value) ? value : HOLE;
      },
    );
    if (!/%[-+ #0-9.*]*[a-zA-Z]/.test(format)) break;
  }
  return { text: plain(out.replaceAll('\ue00e', '%')), taint };
}

const popd: Program = ({ args, state }) => {
  // With a number it takes away another one.
  if (args.some(({ text }) => text !== '-n')) state.pushed = [];
  if (args.some(({ text }) => text === '-n')) return NOTHING;
  const [last = HOLE, ...rest] = state.pushed;
  state.goes(last);
  state.pushed = rest;
  return NOTHING;
};

const cd: Program = ({ name, args, state, deed }) => {
  const target = args.find(({ text }) => text !== '--' && !/^-[LPe@]+$/.test(text));
  const before = state.cwd;
  if (name === 'pushd') state.pushed = [before, ...state.pushed];
  // A folder of that name below one of those is gone to first.
  if (
    state.vars.has('CDPATH') &&
    target !== undefined &&
    !/^(?:[/\ue007]|\.{1,2}(?:\/|$)|-$)/.test(target.text)
  ) {
    state.goes(HOLE);
    state.otherCwd = before;
    return NOTHING;
  }
  state.goes(
    target === undefined ? deed.path('\ue007') : target.text === '-' ? state.oldCwd : deed.path(target.text),
  );
  state.otherCwd = before;
  return NOTHING;
};

const evaluate: Program = (call) => {
  const { text, taint } = texts(call.args, call.place);
  const hasLocal = call.args.some((one) => (one.taint & TAINT.local) !== 0 && one.text.includes(HOLE));
  if (hasLocal) call.deed.opaque('eval runs what a program prints');
  return call.script({ text, taint, by: 'eval', sameShell: true, stdin: call.stdin });
};

const source: Program = (call) => {
  const file = call.args[0];
  if (file === undefined) return NOTHING;
  call.state.sourced.code = true;
  const positional = call.args.length > 1 ? { positional: call.args.slice(1) } : {};
  const stream = file.stream ?? (/^\/dev\/(?:stdin|fd\/0)$/.test(file.text) ? call.stdin : null);
  if (stream !== null)
    return call.script({
      text: stream.text,
      taint: stream.taint,
      by: 'source',
      sameShell: true,
      ...positional,
    });
  call.deed.runsFile(file.text, 'source');
  const path = call.deed.path(file.text);
  const isVariables = /(?:^|\/)\.env(?:\.[\w-]+)*$/.test(path) && isWithin(path, call.place.workspace);
  // What it holds goes to the shell and what that starts; whoever uses one of them by name is looked at.
  if (isVariables) {
    call.state.sourced.variables = true;
    call.deed.looks(file.text);
  } else call.deed.reads(file.text);
  const written = call.files.get(call.deed.path(file.text));
  if (written !== undefined)
    return call.script({
      text: written.text,
      taint: written.taint,
      by: 'source',
      sameShell: true,
      ...positional,
    });
  return UNKNOWN;
};

const read: Program = ({ args, state, stdin }) => {
  const given = parseOptions(args, { values: 'adinNptu' });
  const line = stdin.text === null ? null : (stdin.text.split('\n')[0] ?? '');
  const names = given.operands.length > 0 ? given.operands.map(({ text }) => text) : ['REPLY'];
  for (const name of names)
    state.set(name, {
      text: names.length === 1 && line !== null && !stdin.text?.trim().includes('\n') ? line : HOLE,
      taint: stdin.taint,
    });
  for (const one of given.values('a')) state.forget(one.text);
  return NOTHING;
};

const mapfile: Program = ({ args, state, deed }) => {
  const given = parseOptions(args, { values: 'dnOsuCc' });
  if (given.has('C')) deed.opaque('mapfile runs a command for lines');
  state.forget(given.operands[0]?.text ?? 'MAPFILE');
  return NOTHING;
};

const alias: Program = ({ args, state }) => {
  for (const { text } of args) {
    const equals = text.indexOf('=');
    if (equals > 0) state.aliases.set(text.slice(0, equals), [text.slice(equals + 1)]);
  }
  return NOTHING;
};

const trap: Program = (call) => {
  const given = call.args.filter(({ text }) => text !== '--' && text !== '-l' && text !== '-p');
  const action = given[0];
  if (action === undefined || given.length < 2 || action.text === '-' || action.text === '') return NOTHING;
  call.script({ text: action.text, taint: action.taint, by: 'trap', copied: true });
  call.state.traps = [...call.state.traps, { text: action.text, taint: action.taint }];
  return NOTHING;
};

/** `command`, `builtin`, `exec`: run what follows. */
const passing: Program = (call) => {
  const { args, name } = call;
  const isQuery =
    name === 'command' &&
    args.some(
      ({ text }, index) =>
        /^-[pvV]*[vV]/.test(text) && args.slice(0, index).every((one) => one.text.startsWith('-')),
    );
  if (isQuery) return printedNames(args);
  const given = parseOptions(args, { stops: true, values: name === 'exec' ? 'a' : '' });
  return given.operands.length === 0 ? NOTHING : call.run(given.operands, name);
};

function printedNames(args: readonly Word[]): Stream {
  const names = args.filter(({ text }) => !text.startsWith('-'));
  const only = names.length === 1 ? names[0]?.text : undefined;
  return only !== undefined && /^[\w.+-]+$/.test(only) ? { text: `${only}\n`, taint: TAINT.none } : UNKNOWN;
}

const query: Program = ({ args }) => printedNames(args);

const history: Program = (call) => {
  const given = parseOptions(call.args, { values: 'd' });
  if (given.has('c', 'd', 'w')) call.deed.concern('tampering', 'changes the history of the shell');
  else call.deed.concern('secret', 'reads the history of the shell');
  return UNKNOWN;
};

const set: Program = ({ args, state, deed }) => {
  const at = args.findIndex(({ text }) => text === '--');
  const words = at >= 0 ? args.slice(at + 1) : args.filter(({ text }) => !/^[-+]/.test(text));
  if (args.some(({ text }, index) => text === '+o' && args[index + 1]?.text === 'history'))
    deed.concern('tampering', 'switches the history of the shell off');
  if (at >= 0 || (words.length > 0 && !args.some(({ text }) => /^[-+]o$/.test(text))))
    state.positional = words;
  if (args.length === 0) deed.concern('secret', 'prints all variables');
  return UNKNOWN;
};

const unset: Program = ({ args, state, deed }) => {
  const flags = args.filter(({ text }) => text.startsWith('-')).map(({ text }) => text);
  for (const { text } of args) {
    if (/^HIST(?:FILE|SIZE|CONTROL)$/.test(text))
      deed.concern('tampering', 'switches the history of the shell off');
    const bodies = state.functions.get(text);
    // A name without a letter before it is a variable's first.
    if (flags.some((one) => one.includes('f'))) {
      state.functions.delete(text);
      continue;
    }
    if (bodies !== undefined && flags.length === 0 && !bodies.includes(null))
      state.functions.set(text, [...bodies, null]);
    if (!text.startsWith('-')) state.set(text, { text: '', taint: TAINT.none });
  }
  return NOTHING;
};

const declare: Program = ({ args, name, deed, state }) => {
  const flags = args
    .filter(({ text }) => text.startsWith('-'))
    .map(({ text }) => text)
    .join('');
  const rest = args.filter(({ text }) => !text.startsWith('-'));
  if (/[pxf]/.test(flags) && rest.length === 0 && name !== 'local')
    deed.concern('secret', 'prints all variables');
  if (/n/.test(flags)) for (const one of rest) state.forget(one.text.replace(/=.*$/s, ''));
  if (name === 'export' || flags.includes('x'))
    for (const one of rest) state.exported.add(one.text.replace(/=.*$/s, ''));
  if (name === 'export' && args.length === 0) deed.concern('secret', 'prints all variables');
  return NOTHING;
};

/** Names of files that begin with a text. */
const names: Program = ({ args, deed }) => {
  for (const { text } of args)
    if (isPrivateFolder(`${deed.path(text)}/`)) deed.concern('secret', `lists ${shown(text)}`);
  return UNKNOWN;
};

const shopt: Program = ({ args, deed }) => {
  if (args.some(({ text }) => /^-\w*u/.test(text)) && args.some(({ text }) => text === 'history'))
    deed.concern('tampering', 'switches the history of the shell off');
  return NOTHING;
};

const shift: Program = ({ args, state }) => {
  const count = Number(args[0]?.text ?? '1');
  state.positional =
    state.positional === null || !Number.isInteger(count) ? null : state.positional.slice(count);
  return NOTHING;
};

const bind: Program = (call) => {
  if (call.args.length > 0) call.deed.opaque(`${call.name} sets a command that runs later`);
  return UNKNOWN;
};

const kill: Program = ({ args, deed }) => {
  if (args.some(({ text }) => /^-(?:l|L)/.test(text))) return UNKNOWN;
  const targets = args.filter(
    ({ text }, index) => index > 0 || !/^-(?:[A-Z]+|\d+)$/.test(text) || args.length === 1,
  );
  for (const { text, taint } of targets.filter((one) => !/^-[snq]/.test(one.text))) {
    if ((taint & TAINT.processes) !== 0) deed.concern('system', 'ends every process it can reach');
    deed.effect({ kind: 'process', target: text.includes(HOLE) ? 'a process' : `process ${plain(text)}` });
    if (/^(?:-1|1|0|-0)$/.test(text)) deed.concern('system', 'ends every process it can reach');
  }
  return NOTHING;
};

const pwd: Program = ({ state }) => ({ text: `${state.cwd}\n`, taint: TAINT.none });

export const builtins: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...[
    'true',
    ':',
    'test',
    '[',
    '[[',
    'wait',
    'exit',
    'return',
    'break',
    'continue',
    'jobs',
    'fg',
    'bg',
    'disown',
    'umask',
    'ulimit',
    'times',
    'getopts',
    'suspend',
    'logout',
    'false',
    'let',
    'dirs',
    'unalias',
  ].map((name): [string, Program] => [name, silent]),
  ['echo', echo],
  ['printf', printf],
  ['cd', cd],
  ['pushd', cd],
  ['popd', popd],
  ['chdir', cd],
  ['eval', evaluate],
  ['source', source],
  ['.', source],
  ['read', read],
  ['mapfile', mapfile],
  ['readarray', mapfile],
  ['alias', alias],
  ['trap', trap],
  ['command', passing],
  ['builtin', passing],
  ['exec', passing],
  ['coproc', passing],
  ['noglob', passing],
  ['nocorrect', passing],
  ['-', passing],
  ['type', query],
  ['which', query],
  ['whereis', query],
  ['hash', query],
  ['history', history],
  ['fc', history],
  ['set', set],
  ['unset', unset],
  ['export', declare],
  ['declare', declare],
  ['typeset', declare],
  ['readonly', declare],
  ['local', declare],
  ['shift', shift],
  ['bind', bind],
  ['complete', silent],
  ['compgen', names],
  ['enable', bind],
  ['kill', kill],
  ['pwd', pwd],
  ['caller', silent],
  ['shopt', shopt],
  ['help', silent],
]);
