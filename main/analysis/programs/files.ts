/** Programs that change, copy, move and delete files. */
import { dirname } from 'node:path';
import { isMadeAnew } from '../made-anew.ts';
import { absolutePath, isWithin, locusOf } from '../place.ts';
import { isSecretPath } from '../sensitive-paths.ts';
import type { Call, Program } from '../shell/call.ts';
import { type Given, parseOptions } from '../shell/options.ts';
import { HOLE, hasGlob, hasHole, NOTHING, plain, shown, TAINT, UNKNOWN } from '../shell/text.ts';
import { isVast, isVastProduct } from './sizes.ts';

/** Asked for its own help or version: it does nothing else. */
export function isQuestion(call: Call, help = true): boolean {
  return call.args.some(({ text }) => text === '--version' || (help && text === '--help'));
}

const rm: Program = (call) => {
  if (isQuestion(call)) return UNKNOWN;
  const given = parseOptions(call.args);
  const recursive = given.has('r', 'R', 'recursive');
  // It asks for each file, and nothing answers.
  if (given.has('i', 'I', 'interactive') && !given.has('f', 'force') && call.stdin.text === '')
    return NOTHING;
  if (given.has('no-preserve-root'))
    call.deed.concern('destroys', 'switches the guard of the root folder off');
  const texts = given.operands.map(({ text }) => text);
  const paths = texts.map((text) => call.deed.path(text));
  for (const [at, text] of texts.entries())
    call.deed.deletes(text, { recursive, made: isDotnetOutput(paths[at] ?? '', paths) });
  return NOTHING;
};

/**
 * `bin` is what .NET makes where the `obj` beside it goes too; elsewhere it may hold a project's own programs. Two
 * patterns stand for the folders of many.
 */
function isDotnetOutput(path: string, paths: readonly string[]): boolean {
  if (!path.endsWith('/bin')) return false;
  const beside = path.replace(/bin$/, 'obj');
  return paths.some((other) => other === beside || (/\/obj$/.test(other) && hasGlob(other) && hasGlob(path)));
}

/** Programs that delete folders with all that is in them, whatever they are told. */
const removes: Program = (call) => {
  for (const { text } of parseOptions(call.args).operands) call.deed.deletes(text, { recursive: true });
  return NOTHING;
};

const unlink: Program = (call) => {
  if (isQuestion(call)) return UNKNOWN;
  for (const { text } of parseOptions(call.args, { values: call.name === 'shred' ? 'ns' : '' }).operands)
    call.deed.deletes(text, { recursive: call.name === 'shred' || call.name === 'srm' });
  return NOTHING;
};

const rmdir: Program = (call) => {
  for (const { text } of parseOptions(call.args).operands) call.deed.deletes(text, { recursive: false });
  return NOTHING;
};

const emptiesTrash: Program = (call) => {
  if (!isQuestion(call) && !call.args.some(({ text }) => text === '-h' || text === '--dry-run'))
    call.deed.concern('destroys', 'empties the trash');
  return UNKNOWN;
};

/** Files by their addresses, on any machine that is mounted. */
const gio: Program = (call) => {
  const [verb, ...rest] = call.args;
  if (verb?.text === 'trash' && rest.some(({ text }) => text === '--empty')) return emptiesTrash(call);
  if (verb?.text === 'remove')
    for (const { text } of parseOptions(rest).operands) call.deed.deletes(text, { recursive: false });
  return undefined;
};

const truncate: Program = (call) => {
  const given = parseOptions(call.args, { values: 'sr', long: ['size', 'reference'] });
  const size = given.values('s', 'size')[0]?.text ?? '0';
  for (const { text } of given.operands)
    call.deed.writes(text, { empties: /^[-<]|^0/.test(size) || size === HOLE });
  return NOTHING;
};

/** `fallocate -l SIZE FILE`, `mkfile SIZE FILE`. */
const allocate: Program = (call) => {
  const given = parseOptions(call.args, { values: 'lo', long: ['length', 'offset'] });
  const isMac = call.name === 'mkfile';
  const size = isMac ? given.operands[0]?.text : given.values('l', 'length')[0]?.text;
  for (const { text } of given.operands.slice(isMac ? 1 : 0))
    call.deed.writes(text, { adds: !given.has('p', 'punch-hole', 'z', 'zero-range', 'c', 'collapse-range') });
  if (size !== undefined && isVast(plain(size)))
    call.deed.concern('system', `takes ${shown(size)} of the disk`);
  return NOTHING;
};

const VARIABLES = /(?:^|\/)\.env(?:\.[\w-]+)*$/;

/** From one file of variables into one beside it nothing gets out. */
function staysBeside({ place }: Call, from: string, to: string): boolean {
  return (
    [from, to].every(
      (path) => VARIABLES.test(path) && !hasGlob(path) && !hasHole(path) && isSecretPath(path, place),
    ) &&
    isWithin(from, place.workspace) &&
    dirname(from) === dirname(to)
  );
}

/** Files of which there is one: what they hold stands nowhere else, as a rule not in the history of the project either. */
const PRECIOUS =
  /\.(?:db|sqlite3?|duckdb|kdbx|pem|key|p12|pfx|jks)$|(?:^|\/)\.env(?:\.(?!test|example|sample|template)\w+)?$/i;

/** `cp -f`, `mv -f`: whatever is there already goes. */
function forces(call: Call, given: Given, target: string): void {
  const path = call.deed.path(target);
  if (
    !given.has('f', 'force') ||
    given.has('n', 'no-clobber', 'b', 'backup', 'i', 'interactive', 'S', 'suffix') ||
    !isWithin(path, call.place.workspace) ||
    !PRECIOUS.test(path) ||
    isMadeAnew(path, call.place) ||
    call.files.get(path) !== undefined ||
    // Some that is made for trying things out.
    /(?:^|[/_.-])(?:tests?|fixtures?|tmp|temp|dev|local)(?=[/_.-])/i.test(
      path.slice(call.place.workspace.length),
    )
  )
    return;
  call.deed.concern('destroys', `puts another file in the place of ${shown(target)}`);
}

const copy: Program = (call) => {
  if (isQuestion(call)) return UNKNOWN;
  const given = parseOptions(call.args, {
    values: call.name === 'install' ? 'mogtS' : 'tS',
    long: ['target-directory', 'suffix', 'mode', 'owner', 'group'],
  });
  if (call.name === 'install' && given.has('d', 'directory')) return make(call);
  const folder = given.values('t', 'target-directory')[0];
  const sources = folder === undefined ? given.operands.slice(0, -1) : given.operands;
  const target = folder ?? given.operands.at(-1);
  if (target === undefined || sources.length === 0) return NOTHING;
  let empties = false;
  if (call.name !== 'install') forces(call, given, target.text);
  for (const source of sources) {
    const path = call.deed.path(source.text);
    const before = call.deed.taint;
    const isBeside =
      folder === undefined && sources.length === 1 && staysBeside(call, path, call.deed.path(target.text));
    const content = isBeside ? { text: null, taint: TAINT.secret } : call.deed.reads(source.text);
    if (isBeside) call.deed.looks(source.text);
    call.deed.taint |= before;
    if (path === '/dev/null') empties = true;
    const name = path.split('/').at(-1) ?? '';
    const isFolder = folder !== undefined || sources.length > 1 || /\/$|^\.{1,2}$/.test(target.text);
    call.deed.writes(isFolder ? `${target.text.replace(/\/$/, '')}/${name}` : target.text, {
      content,
      empties,
    });
    if (!isFolder) call.deed.writes(`${target.text}/${name}`, { content });
  }
  const mode = given.values('m', 'mode')[0]?.text;
  if (mode !== undefined && isSetId(mode))
    call.deed.concern('privilege', 'makes a program that runs with its owner’s rights');
  return NOTHING;
};

const move: Program = (call) => {
  if (isQuestion(call)) return UNKNOWN;
  const given = parseOptions(call.args, { values: 'tS', long: ['target-directory', 'suffix'] });
  const folder = given.values('t', 'target-directory')[0];
  const sources = folder === undefined ? given.operands.slice(0, -1) : given.operands;
  const target = folder ?? given.operands.at(-1);
  if (target === undefined || sources.length === 0) return NOTHING;
  const to = call.deed.path(target.text);
  forces(call, given, target.text);
  for (const source of sources) {
    const path = call.deed.path(source.text);
    const isBeside = folder === undefined && sources.length === 1 && staysBeside(call, path, to);
    if (isBeside) call.deed.looks(source.text);
    const content = isBeside ? { text: null, taint: TAINT.secret } : call.deed.reads(source.text);
    const isInside = path.startsWith(`${call.place.workspace}/`);
    if (/\/\.git$/.test(path)) call.deed.deletes(source.text, { recursive: true });
    if (/^\/dev\//.test(to) || !isInside) {
      if (!path.startsWith('/tmp/')) call.deed.deletes(source.text, { recursive: true });
    } else call.deed.effect({ kind: 'delete', path: shown(path), at: 'workspace' });
    if (!to.startsWith('/dev/')) call.deed.writes(target.text, { content });
  }
  return NOTHING;
};

/** Where symbolic links are put, and where they lead. A target that is a folder takes them in. */
function notesLinks(call: Call, given: Given): void {
  const [into] = given.values('t', 'target-directory');
  const many = into !== undefined || given.operands.length > 2;
  const sources =
    into === undefined && given.operands.length > 1 ? given.operands.slice(0, -1) : given.operands;
  const place = into?.text ?? (given.operands.length > 1 ? given.operands.at(-1)?.text : undefined) ?? '.';
  for (const { text } of sources) {
    const name = text.split('/').findLast((part) => part !== '') ?? '';
    const inside = call.deed.path(`${place}/${name}`);
    const own = call.deed.path(place.replace(/\/+$/, ''));
    // What it leads to is told from where it lies.
    for (const path of many || /(?:^|\/)\.?$/.test(place) ? [inside] : [own, inside])
      call.files.putLink(path, absolutePath(text, dirname(path), call.place));
  }
}

const link: Program = (call) => {
  const given = parseOptions(call.args, { values: 'tS', long: ['target-directory'] });
  const target = given.operands.length > 1 ? given.operands.at(-1) : given.operands[0];
  const source = given.operands[0];
  if (source !== undefined && given.operands.length > 1) call.deed.reads(source.text);
  if (target !== undefined)
    call.deed.writes(given.operands.length > 1 ? target.text : (target.text.split('/').at(-1) ?? '.'), {
      // What is written there from now on is gone.
      empties:
        given.has('f', 'force') &&
        source !== undefined &&
        given.operands.length > 1 &&
        call.deed.path(source.text) === '/dev/null',
    });
  if (given.has('s', 'symbolic')) notesLinks(call, given);
  return NOTHING;
};

const make: Program = (call) => {
  const given = parseOptions(call.args, { values: 'mogZ', long: ['mode', 'date', 'reference'] });
  for (const { text } of given.operands) call.deed.writes(text);
  return NOTHING;
};

const touch: Program = (call) => {
  const given = parseOptions(call.args, { values: 'dtr', long: ['date', 'reference', 'time'] });
  for (const { text } of given.operands) call.deed.writes(text, { adds: true });
  if (
    (given.has('r', 't', 'd', 'reference', 'date') &&
      given.operands.some(({ text }) => /^\/(?!tmp)/.test(text))) ||
    // To look as old as the programs of the machine.
    given.values('r', 'reference').some(({ text }) => locusOf(call.deed.path(text), call.place) === 'system')
  )
    call.deed.concern('tampering', 'changes the time of files');
  return NOTHING;
};

function isSetId(mode: string): boolean {
  return /^(?:0?[2467][0-7]{3})$/.test(mode) || /[ugoa]*[+=][rwxXt]*s/.test(mode);
}

const chmod: Program = (call) => {
  const given = parseOptions(
    call.args.map((one) => (/^-[rwxXst]/.test(one.text) ? { ...one, text: `a${one.text}` } : one)),
  );
  const recursive = given.has('R', 'recursive');
  const [mode, ...targets] = given.operands;
  if (mode === undefined) return NOTHING;
  const name = call.name;
  for (const { text } of targets) {
    const path = call.deed.path(text);
    const isInside = path.startsWith(`${call.place.workspace}/`) || path === call.place.workspace;
    call.deed.effect({ kind: 'write', path: shown(path), at: isInside ? 'workspace' : 'elsewhere' });
    if (name === 'chmod' && isSetId(mode.text))
      call.deed.concern('privilege', 'makes a program that runs with its owner’s rights');
    if (isInside || /^\/(?:tmp|var\/tmp)\//.test(path)) {
      if (recursive && name === 'chmod' && /^0*$/.test(mode.text))
        call.deed.concern('destroys', `locks ${shown(path)} against everyone`);
      continue;
    }
    if (recursive) call.deed.concern('destroys', `changes the rights of all of ${shown(path)}`);
    else call.deed.concern('system', `changes the rights of ${shown(path)}`);
  }
  return NOTHING;
};

const dd: Program = (call) => {
  let content = call.stdin;
  for (const { text } of call.args) if (text.startsWith('if=')) content = call.deed.reads(text.slice(3));
  const value = (name: string): string | undefined =>
    call.args.find(({ text }) => text.startsWith(`${name}=`))?.text.slice(name.length + 1);
  const count = value('count');
  if (count !== undefined && !isVastProduct(value('bs') ?? '512', count))
    content = { ...content, taint: content.taint & ~TAINT.endless };
  for (const { text } of call.args) {
    if (!text.startsWith('of=')) continue;
    const path = call.deed.path(text.slice(3));
    const isEmptying = call.args.some((one) => /^if=\/dev\/(?:zero|null|u?random)$/.test(one.text));
    call.deed.writes(text.slice(3), { content });
    // What a search has found is there already.
    if (/\/\ue000[^/]*$/.test(path) && isWithin(path, call.place.workspace))
      call.deed.concern('destroys', `overwrites ${shown(path)}`);
    if (
      isEmptying &&
      !/^\/(?:dev\/null$|tmp\/|var\/tmp\/)/.test(path) &&
      call.args.some((one) => /conv=.*notrunc/.test(one.text))
    )
      call.deed.concern('destroys', `overwrites ${shown(path)}`);
  }
  return call.args.some(({ text }) => text.startsWith('of=')) ? NOTHING : content;
};

const tee: Program = (call) => {
  const given = parseOptions(call.args);
  for (const one of given.operands) {
    if (one.stream === null) {
      // `sponge` reads all before it writes.
      if (call.name === 'tee' && !given.has('a', 'append') && call.deed.isRead(one.text))
        call.deed.loses(one.text);
      call.deed.writes(one.text, {
        content: call.stdin,
        adds: given.has('a', 'append'),
        empties: call.stdin.text === '' && !given.has('a', 'append'),
      });
    }
  }
  return call.stdin;
};

const split: Program = (call) => {
  if ((call.stdin.taint & TAINT.endless) !== 0)
    call.deed.concern('system', 'writes files until the disk is full');
  const given = parseOptions(call.args, { values: 'ablnCt', long: ['filter', 'bytes', 'lines', 'number'] });
  for (const one of given.values('filter'))
    call.script({ text: plain(one.text), taint: one.taint, by: 'split' });
  const source = given.operands[0];
  if (source !== undefined) call.deed.reads(source.text);
  return UNKNOWN;
};

const mkfifo: Program = (call) => {
  for (const { text } of parseOptions(call.args, { values: 'm' }).operands) {
    const path = call.deed.path(text);
    call.deed.effect({ kind: 'write', path: shown(path), at: 'temp' });
    call.files.put(path, { text: null, taint: TAINT.remote }, false);
  }
  return NOTHING;
};

const chattr: Program = (call) => {
  if (call.args.some(({ text }) => /^[-+=].*[ia]/.test(text)))
    call.deed.concern('tampering', 'makes files that cannot be changed or deleted');
  return NOTHING;
};

const rename: Program = (call) => {
  const given = parseOptions(call.args);
  for (const { text } of given.operands.slice(1)) call.deed.writes(text);
  return NOTHING;
};

const setfacl: Program = (call) => {
  call.deed.concern('privilege', 'changes who may use files');
  return NOTHING;
};

export const filePrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['rm', rm],
  ['unlink', unlink],
  ['shred', unlink],
  ['srm', unlink],
  ['wipe', unlink],
  ['trash', rmdir],
  ['trash-put', rmdir],
  ['trash-empty', emptiesTrash],
  ['trash-rm', emptiesTrash],
  ['gio', gio],
  ['rmdir', rmdir],
  ['truncate', truncate],
  ['fallocate', allocate],
  ['mkfile', allocate],
  ['cp', copy],
  ['gcp', copy],
  ['install', copy],
  ['ditto', copy],
  ['mv', move],
  ['gmv', move],
  ['grm', rm],
  ['rimraf', removes],
  ['del-cli', removes],
  ['rmrf', removes],
  ['rip', removes],
  ['ln', link],
  ['mkdir', make],
  ['touch', touch],
  ['chmod', chmod],
  ['chown', chmod],
  ['chgrp', chmod],
  ['chattr', chattr],
  ['setfacl', setfacl],
  ['setcap', setfacl],
  ['dd', dd],
  ['dcfldd', dd],
  ['tee', tee],
  ['sponge', tee],
  ['split', split],
  ['mkfifo', mkfifo],
  ['mknod', mkfifo],
  ['rename', rename],
]);
