/** Archives: programs that they are told to run, and where things are unpacked to. */
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, plain, type Stream, TAINT, UNKNOWN, type Word } from '../shell/text.ts';
import { wide } from './searches.ts';

const TAR_LONG = [
  'file',
  'directory',
  'exclude',
  'files-from',
  'exclude-from',
  'checkpoint-action',
  'to-command',
  'use-compress-program',
  'rsh-command',
  'rmt-command',
  'info-script',
  'new-volume-script',
  'transform',
  'strip-components',
  'owner',
  'group',
  'mode',
  'one-file-system-none',
  'listed-incremental',
  'label',
  'format',
  'level',
  'newer',
  'warning',
  'sort',
  'mtime',
  'suffix',
  'starting-file',
  'record-size',
  'blocking-factor',
  'tape-length',
  'volno-file',
  'index-file',
  'pax-option',
  'add-file',
];

const tar: Program = (call) => {
  const { deed } = call;
  const first = call.args[0];
  // `tar czf x`: the first word may be options without a dash.
  const args =
    first !== undefined && /^[a-zA-Z]+$/.test(first.text) ? oldStyle(first, call.args.slice(1)) : call.args;
  const given = parseOptions(args, { values: 'fCbXTIKLNVHgF', long: TAR_LONG });
  for (const one of given.values('checkpoint-action')) {
    const command = /^exec=([\s\S]*)$/.exec(plain(one.text))?.[1];
    if (command !== undefined) runs(call, command, one.taint);
  }
  for (const one of given.values(
    'to-command',
    'rsh-command',
    'rmt-command',
    'info-script',
    'new-volume-script',
    'F',
  ))
    runs(call, plain(one.text), one.taint);
  for (const one of given.values('I', 'use-compress-program'))
    if (
      !/^(?:\/\S*\/)?(?:gzip|pigz|bzip2|pbzip2|xz|pixz|zstd|zstdmt|lz4|lzip|lzop|brotli)(?:\s+-[\w=-]+)*$/.test(
        plain(one.text),
      )
    )
      runs(call, plain(one.text), one.taint);
  const folder = given.values('C', 'directory')[0]?.text ?? '.';
  const file = given.values('f', 'file')[0];
  if (given.has('x', 'extract', 'get')) {
    const content: Stream =
      file === undefined || file.text === '-' ? call.stdin : (file.stream ?? deed.reads(file.text));
    if (given.has('O', 'to-stdout')) return { text: null, taint: content.taint | TAINT.decoded };
    deed.writes(`${folder}/${HOLE}`, { content: { text: null, taint: content.taint } });
    overAll(call, folder);
    if (given.has('P', 'absolute-names'))
      deed.concern('outside_write', 'unpacks to wherever the archive says');
    return UNKNOWN;
  }
  if (given.has('c', 'create', 'r', 'append', 'u', 'update')) {
    const folders = given.values('C', 'directory').map(({ text }) => text);
    for (const { text } of given.operands) {
      // Which of several folders it is taken from hangs on their order: it may be any.
      for (const from of /^[/\ue007]/.test(text) || folders.length === 0 ? [null] : folders) {
        const path = from === null ? text : text === '.' ? from : `${from}/${text}`;
        deed.reads(path);
        wide(call, path, 'packs');
      }
    }
    if (given.has('remove-files')) deed.concern('destroys', 'deletes the files that it packed');
    const taint = deed.taint;
    if (file !== undefined && file.text !== '-') {
      if (/^[\w.-]+(?:@[\w.-]+)?:/.test(file.text) && !given.has('force-local'))
        deed.network(file.text.replace(/:.*$/, ''), 'send', { taint });
      deed.writes(file.text, { content: { text: null, taint } });
      return UNKNOWN;
    }
    return { text: null, taint };
  }
  if (given.has('delete')) deed.concern('destroys', 'deletes out of an archive');
  return UNKNOWN;
};

/** Unpacked into the root of the machine anything of it may be replaced. */
function overAll(call: Call, folder: string): void {
  if (call.deed.path(folder) === '/') call.deed.concern('system', 'unpacks over the whole machine');
}

function oldStyle(first: Word, rest: readonly Word[]): readonly Word[] {
  const out: Word[] = [];
  const queue = [...rest];
  for (const letter of first.text) {
    const takes = 'fCbXTIKLNVHg'.includes(letter) ? queue.shift() : undefined;
    out.push({ ...first, text: `-${letter}` });
    if (takes !== undefined) out.push(takes);
  }
  return [...out, ...queue];
}

function runs(call: Call, command: string, taint: number): void {
  call.script({ text: command, taint, by: call.name });
  call.deed.opaque(`${call.name} is told to run a command`);
}

const zip: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'bintxP',
    long: ['unzip-command', 'password', 'exclude', 'include'],
  });
  const index = call.args.findIndex(({ text }) => /^-(?:TT|-unzip-command)$/.test(text));
  for (const one of given.values('unzip-command')) runs(call, plain(one.text), one.taint);
  const glued = call.args.find(({ text }) => /^-TT.|^--unzip-command=/.test(text));
  if (glued !== undefined) runs(call, plain(glued.text).replace(/^-TT|^--unzip-command=/, ''), glued.taint);
  if (index >= 0) runs(call, plain(call.args[index + 1]?.text ?? HOLE), TAINT.none);
  if (given.has('m', 'move')) call.deed.concern('destroys', 'deletes the files that it packed');
  for (const one of given.operands.slice(1)) {
    call.deed.reads(one.text);
    wide(call, one.text, 'packs');
  }
  const target = given.operands[0];
  if (target !== undefined && target.text !== '-')
    call.deed.writes(target.text, { content: { text: null, taint: call.deed.taint } });
  return { text: null, taint: call.deed.taint };
};

const unzip: Program = (call) => {
  const given = parseOptions(call.args, { values: 'dPx' });
  const source = given.operands[0];
  const content = source === undefined ? UNKNOWN : call.deed.reads(source.text);
  if (given.has('l', 'v', 't', 'Z')) return UNKNOWN;
  if (given.has('p', 'c')) return { text: null, taint: content.taint | TAINT.decoded };
  overAll(call, given.values('d')[0]?.text ?? '.');
  call.deed.writes(`${given.values('d')[0]?.text ?? '.'}/${HOLE}`, {
    content: { text: null, taint: content.taint },
  });
  return UNKNOWN;
};

/** `gzip`, `xz`, `7z`: they put a file in the place of another. */
const compress: Program = (call) => {
  const given = parseOptions(call.args, { values: 'STpo' });
  const unpacks = given.has('d', 'decompress', 'uncompress') || /^(?:gun|bun|un|lz4c)/.test(call.name);
  const toOutput = given.has('c', 'stdout', 'to-stdout') || given.operands.length === 0;
  let taint: number = given.operands.length === 0 ? call.stdin.taint : TAINT.none;
  for (const one of given.operands) {
    const content = call.deed.reads(one.text);
    taint |= content.taint;
    if (!toOutput && !given.has('t', 'test', 'l', 'list'))
      call.deed.writes(unpacks ? one.text.replace(/\.\w+$/, '') : `${one.text}.gz`, {
        content: { text: null, taint: content.taint },
      });
  }
  return { text: null, taint: taint | (unpacks ? TAINT.decoded : TAINT.none) };
};

const sevenZip: Program = (call) => {
  const [verb, archive, ...rest] = call.args;
  if (verb?.text === 'd') call.deed.concern('destroys', 'deletes out of an archive');
  if (/^[au]$/.test(verb?.text ?? '')) {
    for (const one of rest) if (!one.text.startsWith('-')) call.deed.reads(one.text);
    if (rest.some(({ text }) => text === '-sdel'))
      call.deed.concern('destroys', 'deletes the files that it packed');
    if (archive !== undefined)
      call.deed.writes(archive.text, { content: { text: null, taint: call.deed.taint } });
  }
  if (/^[ex]$/.test(verb?.text ?? '')) {
    const folder = rest.find(({ text }) => text.startsWith('-o'))?.text.slice(2) ?? '.';
    if (archive !== undefined)
      call.deed.writes(`${folder}/${HOLE}`, {
        content: { text: null, taint: call.deed.reads(archive.text).taint },
      });
  }
  return UNKNOWN;
};

const cpio: Program = (call) => {
  const given = parseOptions(call.args, { values: 'FHDEIO', long: ['rsh-command'] });
  for (const one of given.values('rsh-command')) runs(call, plain(one.text), one.taint);
  if (given.has('i', 'extract', 'p', 'pass-through'))
    call.deed.writes(`${given.values('D')[0]?.text ?? '.'}/${HOLE}`);
  if (given.has('i', 'extract', 'p', 'pass-through')) overAll(call, given.values('D')[0]?.text ?? '.');
  return UNKNOWN;
};

export const archivePrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['tar', tar],
  ['gtar', tar],
  ['bsdtar', tar],
  ['zip', zip],
  ['unzip', unzip],
  ...[
    'gzip',
    'gunzip',
    'bzip2',
    'bunzip2',
    'xz',
    'unxz',
    'zstd',
    'unzstd',
    'lz4',
    'pigz',
    'lzma',
    'compress',
    'uncompress',
    'brotli',
  ].map((name): [string, Program] => [name, compress]),
  ['7z', sevenZip],
  ['7za', sevenZip],
  ['7zz', sevenZip],
  ['rar', sevenZip],
  ['unrar', sevenZip],
  ['cpio', cpio],
]);
