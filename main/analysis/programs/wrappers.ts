/** Programs that run another one which is named in their arguments. */
import { hostOf } from '../hosts.ts';
import type { Call, Program } from '../shell/call.ts';
import { type Given, parseOptions } from '../shell/options.ts';
import {
  ANY,
  CLOSE,
  COMMA,
  DEVOID,
  HOLE,
  NOTHING,
  OPEN,
  plain,
  STAR,
  TAINT,
  UNKNOWN,
  unescapeC,
  type Word,
  word,
} from '../shell/text.ts';
import { noteVariable, restore } from '../shell/variables.ts';
import { WRAPPERS, type WrapperRow } from '../tables/wrappers.ts';
import { MINES } from '../written/code-signs.ts';
import { choosesPlainVariables } from './chosen-variables.ts';
import { hasOwnMarks, namesOf } from './found.ts';
import { namedElsewhere } from './package-specs.ts';

/** The program for a row of the table. `own` is what the program does itself when it runs nothing. */
export function wrapper(row: WrapperRow, own: Program | null): Program {
  return (call) => {
    let { args } = call;
    if (row.after !== undefined) {
      const at = args.findIndex(({ text }) => row.after?.includes(text) === true);
      const isFirst =
        at >= 0 && args.slice(0, at).every(({ text }) => text.startsWith('-') || text.includes('='));
      if (!isFirst) return own?.(call);
      args = args.slice(at + 1);
    }
    const given = parseOptions(args, {
      stops: row.mixed !== true,
      values: row.values ?? '',
      long: row.long ?? [],
    });
    if (
      row.privilege === true &&
      // Asks whether it may, and does nothing.
      !(given.operands.length === 1 && given.operands[0]?.text === 'true') &&
      !(given.operands.length === 0 && given.has('l', 'list', 'k', 'K', 'V', 'v'))
    )
      call.deed.concern('privilege', `runs with other rights through ${call.name}`);
    if (/^(?:strace|ltrace|gdb|perf)$/.test(call.name) && given.has('p', 'pid', 'attach'))
      call.deed.concern('secret', `looks into a running program with ${call.name}`);
    if (/^(?:npx|bunx|pnpx|uvx|npm|pnpm|yarn|bun|pipx)$/.test(call.name))
      namedElsewhere(call, [...given.operands.slice(0, 1), ...given.values('p', 'package', 'from', 'with')]);
    if (/^(?:npx|bunx|pnpx|uvx|pipx)$/.test(call.name) && call.args.some(({ text }) => MINES.test(text)))
      call.deed.concern('attack_tool', `${call.name} runs a miner`);
    if (/^(?:npx|bunx|pnpx|uvx)$/.test(call.name) && given.operands.length > 0)
      call.deed.effect({ kind: 'run', what: 'package_code', file: null });
    for (const text of row.command === undefined ? [] : given.values(...row.command))
      call.script({ text: plain(text.text), taint: text.taint, by: call.name });
    for (const one of row.starter === undefined ? [] : given.values(...row.starter))
      if (/\s/.test(one.text)) call.script({ text: plain(one.text), taint: one.taint, by: call.name });
    for (const { text } of row.writes === undefined ? [] : given.values(...row.writes))
      if (!/^(?:null|pipe|inherit)$/.test(text)) call.deed.writes(text);
    if (call.name === 'env') {
      const split = given.values('S', 'split-string');
      const glued = args.find(({ text }) => /^-S./.test(text) || text.startsWith('--split-string='));
      const texts = [
        ...split,
        ...(glued === undefined ? [] : [{ ...glued, text: glued.text.replace(/^-S|^--split-string=/, '') }]),
      ];
      if (texts.length > 0 || given.has('S')) return envSplit(call, args);
    }
    let words = given.operands;
    const outside = row.assigns === true ? call.state.fork() : null;
    if (row.assigns === true) words = withoutAssignments(words, call);
    words = words.slice(row.positional ?? 0);
    const late = row.command?.some((name) => `${name.length > 1 ? '--' : '-'}${name}` === words[0]?.text);
    if (late === true && row.positional !== undefined && words[1] !== undefined)
      return call.script({ text: plain(words[1].text), taint: words[1].taint, by: call.name });
    if (words[0]?.text === '--') words = words.slice(1);
    if (words.length === 0) {
      if (call.name === 'env' && !given.has('help', 'version') && !choosesPlainVariables(call))
        call.deed.concern('secret', 'prints all variables');
      if (/^(?:sudo|doas|su)$/.test(call.name) && given.has('i', 's', 'login', 'shell'))
        return call.script({ text: call.stdin.text, taint: call.stdin.taint, by: call.name });
      return own === null ? UNKNOWN : own(call);
    }
    if (row.shell === true) {
      for (const one of words) call.script({ text: plain(one.text), taint: one.taint, by: call.name });
      return UNKNOWN;
    }
    if (row.joins === true) {
      const taint = words.reduce((sum, one) => sum | one.taint, TAINT.none);
      return call.script({ text: words.map(({ text }) => plain(text)).join(' '), taint, by: call.name });
    }
    // A command in one word goes to a shell there.
    const [only] = words;
    if (words.length === 1 && only !== undefined && /\s/.test(only.text) && RUNNERS.test(call.name))
      return call.script({ text: plain(only.text), taint: only.taint, by: call.name });
    const out = call.run(words, call.name);
    // What was set for the one program is as it was before.
    if (outside !== null)
      for (const { text } of given.operands) {
        const name = /^([A-Za-z_]\w*)=/.exec(text)?.[1];
        if (name !== undefined) restore(name, outside, call.state);
      }
    return out;
  };
}

const RUNNERS = /^(?:npm|pnpm|yarn|bun|npx|bunx|pnpx)$/;

function withoutAssignments(words: readonly Word[], call: Call): readonly Word[] {
  let rest = words;
  // To `env` whatever has `=` in it is one.
  const assigns = call.name === 'env' ? /^[^=]+=/ : /^[A-Za-z_]\w*=/;
  for (let first = rest[0]; first !== undefined && assigns.test(first.text); first = rest[0]) {
    const equals = first.text.indexOf('=');
    const one = {
      name: first.text.slice(0, equals),
      text: first.text.slice(equals + 1),
      taint: first.taint,
      adds: false,
      words: null,
    };
    const input = noteVariable(one, call.deed, call.place);
    if (input !== null) call.script(input);
    // How bash hands functions on.
    const made = /^BASH_FUNC_(.+?)(?:%%|\(\))$/s.exec(one.name)?.[1];
    if (made !== undefined)
      call.script({ text: `${made} ${one.text}`, taint: one.taint, by: 'env', sameShell: true });
    call.state.set(one.name, { text: one.text, taint: one.taint });
    call.state.exported.add(one.name);
    rest = rest.slice(1);
  }
  return rest;
}

/** `env -S 'cmd args' more`: the text is split by env itself. */
function envSplit(call: Call, args: readonly Word[]) {
  const out: Word[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const { text, taint } = args[index] as Word;
    const glued = /^(?:-[0iv]*S|--split-string=)([\s\S]+)$/.exec(text)?.[1];
    const next = /^(?:-[0iv]*S|--split-string)$/.test(text) ? args[index + 1]?.text : undefined;
    const body = glued ?? next;
    if (body === undefined) out.push(args[index] as Word);
    else {
      if (next !== undefined) index += 1;
      if (body.includes(HOLE)) call.deed.opaque('the command that env runs is not known');
      for (const part of body.match(/(?:[^\s'"\\]|\\.|'[^']*'|"[^"]*")+/g) ?? [])
        out.push(word(part.replace(/\\(.)|'([^']*)'|"([^"]*)"/g, '$1$2$3'), taint));
    }
  }
  const given = parseOptions(out, { stops: true, values: 'uC', long: ['unset', 'chdir'] });
  const words = withoutAssignments(given.operands, call);
  return words.length === 0 ? NOTHING : call.run(words, 'env');
}

/** `xargs`, `parallel`: the command gets words that come in from outside. */
const xargs: Program = (call) => {
  const given = parseOptions(call.args, {
    stops: true,
    values:
      call.name === 'xargs' ? 'aEeIiLlnPsd'.replace('i', '').replace('e', '').replace('l', '') : 'jnNaSIL',
    long: [
      'arg-file',
      'delimiter',
      'max-lines',
      'max-args',
      'max-procs',
      'max-chars',
      'process-slot-var',
      'jobs',
      'colsep',
      'results',
      'joblog',
      'sshlogin',
      'workdir',
      'timeout',
      'retries',
      'delay',
    ].filter(
      (name) =>
        call.name === 'parallel' ||
        /^(?:arg-file|delimiter|max-args|max-procs|max-chars|process-slot-var)$/.test(name),
    ),
  });
  const isParallel = call.name === 'parallel';
  let words = [...given.operands];
  let inputs: readonly Word[] = [];
  if (isParallel) {
    const at = words.findIndex(({ text }) => /^:::[:+]*$/.test(text));
    if (at >= 0) {
      inputs = words.slice(at + 1).filter(({ text }) => !/^:::[:+]*$/.test(text));
      words = words.slice(0, at);
    }
    for (const host of given.values('S', 'sshlogin'))
      if (host.text !== ':') call.deed.network(host.text, 'connect');
  }
  for (const file of given.values('a', 'arg-file')) call.deed.reads(file.text);
  const many = given.values('P', 'max-procs', 'j', 'jobs')[0]?.text;
  if (
    many !== undefined &&
    (many === '0' || Number(many) >= 50) &&
    /^(?:curl|wget|http|xh|nc|ncat|ab)$/.test(words[0]?.text ?? '') &&
    words.some(({ text }) => /^https?:/.test(text) && hostOf(plain(text)).class === 'public')
  )
    call.deed.concern('attack_tool', 'loads a machine of others');
  const fromStdin =
    inputs.length === 0 && call.stdin.text !== null && given.values('a', 'arg-file').length === 0
      ? inputsOf(call.stdin.text, given, isParallel)
          .slice(0, 50)
          .map((text) => word(text.replaceAll('*', STAR).replaceAll('?', ANY), call.stdin.taint))
      : [];
  const known = inputs.length > 0 ? inputs : fromStdin;
  // Of names that a search found at least the folder is known.
  const unknown = (namesOf(call.stdin) ?? [HOLE]).map((text) => word(text, call.stdin.taint));
  // Without a line it starts nothing, or the program once with what is written here.
  const isDevoid =
    !isParallel && call.stdin === DEVOID && given.values('a').length === 0 && !given.has('arg-file');
  const items = known.length > 0 || isDevoid ? known : unknown;
  const mark =
    given.values('I', 'replace')[0]?.text ??
    (given.has('I', 'i', 'replace') || isParallel ? '{}' : attached(call.args));
  if (words.length === 0) {
    if (!isParallel) return UNKNOWN;
    for (const item of items)
      if (item.text === HOLE) call.deed.opaque('parallel runs lines as commands');
      else call.script({ text: plain(item.text), taint: item.taint, by: 'parallel' });
    return UNKNOWN;
  }
  const marks = mark === null ? [] : [mark, ...(isParallel ? ['{.}', '{/}', '{//}'] : [])];
  const isMarked = marks.some((one) => words.some(({ text }) => plain(text).includes(one)));
  const filled = (item: Word, isPut = (_: Word) => true): readonly Word[] =>
    isMarked
      ? words.map((one) => {
          if (!isPut(one)) return one;
          const text = marks.reduce((sum, name) => sum.split(name).join(item.text), bracesPlain(one.text));
          return { ...one, text, taint: one.taint | (text === one.text ? 0 : item.taint) };
        })
      : [...words, item];
  // Without a word on its input it is run as it stands all the same.
  if (!isParallel && !isMarked && inputs.length === 0 && call.stdin.text?.trim() === '' && !given.has('r'))
    call.run(words, call.name);
  const runs = isMarked || isParallel ? items : [null];
  for (const item of runs) {
    const line = item === null ? [...words, ...items] : filled(item);
    if (isParallel && line.length === 1 && /\s/.test(line[0]?.text ?? ''))
      call.script({ text: plain(line[0]?.text ?? ''), taint: line[0]?.taint ?? 0, by: 'parallel' });
    else if (isParallel && isShellText(line))
      call.script({
        text: line.map(({ text }) => plain(text)).join(' '),
        taint: line.reduce((sum, one) => sum | one.taint, 0),
        by: 'parallel',
      });
    else call.run(line, call.name);
    // The marks in a script may be those of what it runs.
    if (item !== null && marks.some((one) => hasOwnMarks(words, one)))
      call.run(
        filled(item, ({ text }) => marks.includes(plain(text))),
        call.name,
      );
  }
  return UNKNOWN;
};

/** The parts that a text is cut into: at blanks outside of quotes, or where the options say. */
function inputsOf(text: string, given: Given, isParallel: boolean): readonly string[] {
  const [delimiter] = given.values('d', 'delimiter');
  const at = given.has('0', 'null')
    ? '\0'
    : delimiter === undefined
      ? null
      : unescapeC(plain(delimiter.text));
  if (at !== null && at !== '') return text.split(at).filter((one) => one !== '');
  if (isParallel || given.has('I', 'i', 'replace'))
    return text
      .split('\n')
      .map((line) => line.trimStart())
      .filter((line) => line !== '');
  return (text.match(/(?:[^\s'"\\]|\\[\s\S]|'[^'\n]*'|"[^"\n]*"|['"])+/g) ?? []).map((part) =>
    part.replace(/\\([\s\S])|'([^'\n]*)'|"([^"\n]*)"/g, '$1$2$3'),
  );
}

/** `{}` as it is written; a tilde and patterns are the shell's before the program sees them, and stay marks. */
function bracesPlain(text: string): string {
  return text.includes(COMMA) ? plain(text) : text.replaceAll(OPEN, '{').replaceAll(CLOSE, '}');
}

/** GNU's `-i{}` and `--replace={}`. */
function attached(args: readonly Word[]): string | null {
  for (const { text } of args) {
    const found = /^(?:-i|--replace=)(.*)$/.exec(plain(text));
    if (found !== null) return found[1] === '' || found[1] === undefined ? '{}' : found[1];
  }
  return null;
}

function isShellText(words: readonly Word[]): boolean {
  return words.some(({ text }) => /^(?:&&|\|\||;|\|)$/.test(text));
}

/** Runs programs on another machine or inside a container: see their own files. */
export const wrapperPrograms: ReadonlyMap<string, (own: Program | null) => Program> = new Map([
  ...Object.entries(WRAPPERS).map(([name, row]): [string, (own: Program | null) => Program] => [
    name,
    (own) => wrapper(row, own),
  ]),
  ['xargs', () => xargs],
  ['gxargs', () => xargs],
  ['parallel', () => xargs],
]);
