/** Editors and stream editors that can run programs or write files from within their own language. */
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, plain, type Stream, TAINT, UNKNOWN } from '../shell/text.ts';
import { isLockFile } from '../written/source-files.ts';
import { dropsLines, leavesNothing } from './emptied.ts';
import { type SedCommand, sedCommands } from './sed-script.ts';
import { isStrangeSource } from './sources.ts';

function output(call: Call): Stream {
  return { text: null, taint: call.stdin.taint | call.deed.taint };
}

const sed: Program = (call) => {
  const given = parseOptions(call.args, { values: 'efl', long: ['expression', 'file', 'line-length'] });
  const inPlace = call.args.some(({ text }) => /^-[nrEsuz]*i|^--in-place/.test(text));
  const hasScript = given.has('e', 'expression', 'f', 'file');
  let operands = given.operands;
  // BSD's `-i ''`, with a script behind it; elsewhere nothing is a script as well, by which `-n` leaves nothing.
  const behind = call.args[call.args.findIndex(({ text }) => text === '') - 1]?.text ?? '';
  if (operands[0]?.text === '' && /^-\w*i$/.test(behind) && (hasScript || operands.length > 2))
    operands = operands.slice(1);
  const scripts = hasScript ? given.values('e', 'expression') : operands.slice(0, 1);
  const files = hasScript ? operands : operands.slice(1);
  for (const one of given.values('f', 'file')) call.deed.reads(one.text);
  let empties = false;
  const silent = call.args.some(({ text }) => /^-[rEsuz]*n|^--(?:quiet|silent)$/.test(text));
  for (const { text } of scripts) {
    const script = plain(text);
    if (script.includes(HOLE) && script.trim() === HOLE) call.deed.opaque('the script of sed is not known');
    const commands = sedCommands(script);
    if (commands !== null) runsSed(call, commands);
    const bare = commands === null ? script.replace(/\\[\s\S]/g, '__') : '';
    if (
      /(?:^|[;{}\n\d$/,!])\s*e(?:\s+(.+))?$/m.test(bare) ||
      /s(.)(?:(?!\1).)*\1(?:(?!\1).)*\1[gimp\d]*e/.test(bare)
    ) {
      const command =
        /(?:^|[;{}\n\d$/,!])\s*e\s+(.+)$/m.exec(script)?.[1] ??
        /s(.)((?:(?!\1).)*)\1((?:(?!\1).)*)\1[gimp\d]*e/.exec(script)?.[3];
      if (command !== undefined) call.script({ text: command, taint: TAINT.none, by: 'sed' });
      call.deed.opaque('sed runs a command');
    }
    for (const found of bare.matchAll(
      /(?:(?:^|[;{}\n\d$/,!])\s*|s(.)(?:(?!\1).)*\1(?:(?!\1).)*\1[gimp\d]*)[wW]\s+([^\s;}]+)/gm,
    ))
      call.deed.writes(found[2] ?? HOLE);
    for (const found of bare.matchAll(/(?:^|[;{}\n\d$/,!])\s*[rR]\s+(\/[^\s;}]+)/gm))
      call.deed.reads(found[1] ?? HOLE);
    if (inPlace && scripts.length === 1 && dropsLines(script, silent)) empties = true;
  }
  const inserted = scripts
    .flatMap(({ text }) => [
      ...plain(text).matchAll(/(?:^|[;\n{])\s*(?:\d+|\$|\/[^/\n]*\/)?\s*[iac]\\?\s*([^\n]+)/g),
    ])
    .map((found) => found[1] ?? '')
    .join('\n');
  if (inPlace) {
    const host = scripts
      .flatMap(({ text }) => [...plain(text).matchAll(/s([#|,/@!~%])(?:(?!\1).)*\1((?:(?!\1).)*)\1/g)])
      .map((found) => /(?:[\w-]+\.)+[a-z]{2,}/i.exec((found[2] ?? '').replaceAll('\\', ''))?.[0])
      .find((one) => one !== undefined && isStrangeSource(`https://${one}`));
    if (host !== undefined && files.some(({ text }) => isLockFile(plain(text))))
      call.deed.concern('outside_code', `has packages come from ${host}`);
  }
  for (const one of files) {
    if (inPlace)
      call.deed.writes(one.text, {
        adds: true,
        empties,
        ...(inserted === '' ? {} : { content: { text: inserted, taint: TAINT.none } }),
      });
    else if (one.stream === null) {
      if (scripts.length === 1 && NAMES_ONLY.test(plain(scripts[0]?.text ?? ''))) call.deed.looks(one.text);
      else call.deed.reads(one.text);
    }
  }
  return output(call);
};

function runsSed(call: Call, commands: readonly SedCommand[]): void {
  for (const { name, replacement, flags, rest } of commands) {
    const command = name === 'e' ? rest : name === 's' && flags.includes('e') ? replacement : null;
    if (command !== null) {
      if (command !== '') call.script({ text: command, taint: TAINT.none, by: 'sed' });
      call.deed.opaque('sed runs a command');
    }
    if (/[rR]/.test(name)) call.deed.reads(rest === '' ? HOLE : rest);
    else if (/[wW]/.test(name) || (name === 's' && rest !== '')) call.deed.writes(rest === '' ? HOLE : rest);
  }
}

/** What is left of `NAME=value` is the name. */
const NAMES_ONLY = /^s([/|#,])=\.\*\1=?\1g?$/;

const awk: Program = (call) => {
  const given = parseOptions(call.args, {
    stops: true,
    values: 'FvfeiElo',
    long: ['field-separator', 'assign', 'file', 'source', 'include', 'load'],
  });
  const isFile = given.has('f', 'file', 'E');
  for (const one of given.values('f', 'file', 'E')) call.deed.runsFile(one.text, 'awk');
  const programs = [
    ...given.values('e', 'source'),
    ...(isFile || given.has('e', 'source') ? [] : given.operands.slice(0, 1)),
  ];
  for (const { text, taint } of programs) {
    const script = plain(text);
    if (script.trim() === HOLE || (taint & (TAINT.remote | TAINT.decoded)) !== 0)
      call.deed.opaque('the program of awk is not known');
    const code = script.replace(/"(?:[^"\\]|\\.)*"/g, (found) => `"${' '.repeat(found.length - 2)}"`);
    for (const found of script.matchAll(/\bsystem\s*\(\s*("(?:[^"\\]|\\.)*")?/g)) runs(call, found[1]);
    for (const found of script.matchAll(/("(?:[^"\\]|\\.)*")\s*\|&?\s*getline/g)) runs(call, found[1]);
    for (const found of script.matchAll(/\bprintf?\b[^\n;}]*\|&?\s*("(?:[^"\\]|\\.)*")/g))
      runs(call, found[1]);
    if (/[\w)]\s*\|&?\s*getline|\|&?\s*[a-zA-Z_]\w*\s*(?:$|[;}\n])/.test(code))
      call.deed.opaque('awk runs a command that is not known');
    for (const found of script.matchAll(/\bprintf?\b[^\n;}]*?>>?\s*"([^"]+)"/g))
      call.deed.writes(found[1] ?? HOLE);
    for (const found of script.matchAll(/getline[^\n;}]*<\s*"([^"]+)"/g)) call.deed.reads(found[1] ?? HOLE);
    if (/\/inet[46]?\//.test(script)) {
      call.deed.network(/\/inet[46]?\/\w+\/\d+\/([^/"]+)/.exec(script)?.[1] ?? HOLE, 'connect');
      call.deed.concern('remote_shell', 'awk opens a network connection');
    }
    if (/\bENVIRON\b\s*(?!\[)/.test(code)) call.deed.concern('secret', 'awk reads all variables');
  }
  const isNames =
    given.values('F', 'field-separator').some(({ text }) => text === '=') &&
    programs.length === 1 &&
    /^\s*(?:!?\/\^#\/\s*)?\{\s*print\s*\(?\s*\$1\s*\)?;?\s*\}\s*$/.test(plain(programs[0]?.text ?? ''));
  for (const one of given.operands.slice(isFile ? 0 : 1))
    if (isNames && one.stream === null) call.deed.looks(one.text);
    else if (!/^[A-Za-z_]\w*=/.test(one.text))
      call.deed.taint |= one.stream?.taint ?? call.deed.reads(one.text).taint;
  if (call.args.some(({ text }) => text === 'inplace'))
    for (const one of given.operands.slice(1)) call.deed.writes(one.text);
  const chooses = programs.some(({ text }) => /[/~<>]|==/.test(plain(text).replace(/"[^"]*"/g, '')));
  const out = output(call);
  return chooses ? { ...out, taint: out.taint & ~TAINT.processes } : out;
};

function runs(call: Call, quoted: string | undefined): void {
  if (quoted === undefined) {
    call.deed.opaque('awk runs a command that is not known');
    return;
  }
  call.script({ text: quoted.slice(1, -1).replace(/\\(["\\/])/g, '$1'), taint: TAINT.none, by: 'awk' });
}

/** vi and its kin: `-c` and `+` take their commands. */
const vim: Program = (call) => {
  // In Ex mode `-s` says to be silent, and takes no file.
  const isEx = call.name === 'ex' || call.args.some(({ text }) => /^-[a-zA-Z]*[eE]/.test(text));
  const given = parseOptions(call.args, {
    values: isEx ? 'cSuUwWT' : 'cSsuUwWT',
    long: ['cmd', 'startuptime'],
  });
  const commands = [
    ...given.values('c', 'cmd'),
    ...given.operands
      .filter(({ text }) => text.startsWith('+'))
      .map((one) => ({ ...one, text: one.text.slice(1) })),
  ];
  for (const { text } of commands) {
    const command = plain(text);
    const bang = /(?:^|[|:])\s*(?:silent!?\s+)?(?:r|w|%|\.|\d+,?\d*|\$)?\s*!(.+)$/s.exec(command)?.[1];
    if (bang !== undefined) call.script({ text: bang, taint: TAINT.none, by: call.name });
    if (
      /\b(?:system|systemlist|job_start|term_start|libcall)\s*\(|\b(?:py3?|python3?|lua|ruby|perl|tcl|mzscheme)\w*\b\s|\bterm(?:inal)?\b|\bso(?:urce)?\b|\bexec?(?:ute)?\b/.test(
        command,
      )
    )
      call.deed.opaque(`${call.name} runs a command of its own language`);
  }
  for (const one of given.values('S', 's', 'u'))
    if (one.text !== 'NONE' && one.text !== 'NORC') call.deed.runsFile(one.text, call.name);
  const typed = isEx ? (call.stdin.text ?? '').split('\n') : [];
  const empties = leavesNothing([...commands.flatMap(({ text }) => plain(text).split('|')), ...typed]);
  for (const one of given.operands.filter(({ text }) => !text.startsWith('+')))
    call.deed.writes(one.text, { adds: true, empties });
  return UNKNOWN;
};

/** Line editors take commands on their input. */
const ed: Program = (call) => {
  const empties = leavesNothing((call.stdin.text ?? '').split('\n'));
  for (const one of parseOptions(call.args, { values: 'p' }).operands)
    call.deed.writes(one.text, { adds: true, empties });
  if (call.stdin.text === null) call.deed.opaque(`the commands of ${call.name} are not known`);
  for (const found of (call.stdin.text ?? '').matchAll(/^[\d,.$%]*\s*!(.+)$/gm))
    call.script({ text: found[1] ?? '', taint: call.stdin.taint, by: call.name });
  return UNKNOWN;
};

const patch: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'pdiorBDFVYz',
    long: ['strip', 'directory', 'input', 'output', 'reject-file'],
  });
  const file = given.values('i', 'input')[0] ?? given.operands[1];
  const content = file === undefined ? call.stdin : call.deed.reads(file.text);
  const folder = given.values('d', 'directory')[0]?.text ?? '.';
  const strip = Number(given.values('p', 'strip')[0]?.text ?? '0');
  const names = [...(content.text ?? '').matchAll(/^\+\+\+ (\S+)/gm)].map((found) => found[1] ?? '');
  for (const name of names)
    if (name !== '/dev/null') call.deed.writes(`${folder}/${name.split('/').slice(strip).join('/')}`);
  if (names.length === 0) call.deed.writes(given.operands[0]?.text ?? folder);
  return UNKNOWN;
};

/** In-place tools of their own. */
const inPlace =
  (first: number): Program =>
  (call) => {
    for (const one of parseOptions(call.args).operands.slice(first))
      call.deed.writes(one.text, { adds: true });
    return output(call);
  };

const man: Program = (call) => {
  for (const one of parseOptions(call.args, { values: 'PH', long: ['pager', 'html'] }).values(
    'P',
    'pager',
    'H',
    'html',
  ))
    if (!/^(?:cat|less|more|most|bat)\b[^;|&]*$/.test(plain(one.text))) {
      call.script({ text: plain(one.text), taint: one.taint, by: 'man' });
      call.deed.opaque('man is told to run a command');
    }
  return UNKNOWN;
};

export const textPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['sed', sed],
  ['gsed', sed],
  ['awk', awk],
  ['gawk', awk],
  ['mawk', awk],
  ['nawk', awk],
  ['vi', vim],
  ['vim', vim],
  ['nvim', vim],
  ['view', vim],
  ['ex', vim],
  ['gvim', vim],
  ['vimdiff', vim],
  ['rvim', vim],
  ['rview', vim],
  ['ed', ed],
  ['red', ed],
  ['patch', patch],
  ['dos2unix', inPlace(0)],
  ['unix2dos', inPlace(0)],
  ['sd', inPlace(2)],
  ['man', man],
]);
