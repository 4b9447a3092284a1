/** Programs that print what they read, or something made of it. */

import { locusOf } from '../place.ts';
import { isPrivateFolder } from '../private-folders.ts';
import { isSecretPath } from '../sensitive-paths.ts';
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import {
  HOLE,
  hasGlob,
  NOTHING,
  plain,
  type Stream,
  shown,
  TAINT,
  type Taint,
  UNKNOWN,
} from '../shell/text.ts';
import { FETCH_AND_RUN } from '../written/code-signs.ts';
import { choosesPlainVariables } from './chosen-variables.ts';
import { foundBelow, withFound } from './found.ts';
import { namedSecrets } from './named-secrets.ts';
import { grep, locate } from './searches.ts';
import { isVast } from './sizes.ts';

/** Reads its operands, else its input. */
function reader(values: string, long: readonly string[] = [], skip = 0): Program {
  return (call) => {
    const given = parseOptions(call.args, { values, long });
    const files = given.operands.slice(skip);
    return readAll(
      call,
      files.map((one) => one),
    );
  };
}

function readAll(call: Call, files: Call['args']): Stream {
  let taint: Taint = files.length === 0 ? call.stdin.taint : TAINT.none;
  for (const one of files) {
    if (one.text === '-') taint |= call.stdin.taint;
    else taint |= one.stream?.taint ?? call.deed.reads(one.text).taint;
  }
  return { text: null, taint };
}

const cat: Program = (call) => {
  const given = parseOptions(call.args);
  const parts: Stream[] = given.operands.map((one) =>
    one.text === '-' ? call.stdin : (one.stream ?? call.deed.reads(one.text)),
  );
  if (parts.length === 0) return call.stdin;
  return {
    text: parts.some(({ text }) => text === null) ? null : parts.map(({ text }) => text).join(''),
    taint: parts.reduce((sum, one) => sum | one.taint, TAINT.none),
  };
};

const sort: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'koStT',
    long: [
      'key',
      'output',
      'compress-program',
      'field-separator',
      'buffer-size',
      'temporary-directory',
      'files0-from',
      'parallel',
    ],
  });
  for (const one of given.values('compress-program')) {
    if (/^(?:gzip|bzip2|xz|zstd|lz4)$/.test(one.text)) continue;
    call.run([one], 'sort');
    call.deed.opaque('sort is told to run a program');
  }
  const out = readAll(call, given.operands);
  if ((out.taint & TAINT.endless) !== 0) call.deed.concern('system', 'sorts what has no end');
  for (const one of given.values('o', 'output')) call.deed.writes(one.text, { content: out });
  return out;
};

/** Lines stay the lines that they were. */
function lines(own: Program): Program {
  return (call) => {
    const out = own(call) ?? UNKNOWN;
    return parseOptions(call.args, { values: 'ncfkStTosw' }).operands.length > 0
      ? out
      : withFound(out, call.stdin);
  };
}

/** The first part of what goes in: it has an end, however long what it reads is. */
const head: Program = (call) => {
  const given = parseOptions(call.args, { values: 'nc', long: ['lines', 'bytes'] });
  const out = reader('nc', ['lines', 'bytes'])(call) ?? UNKNOWN;
  return given.values('c', 'bytes').some(({ text }) => isVast(text))
    ? out
    : { ...out, taint: out.taint & ~TAINT.endless };
};

const cut: Program = (call) => {
  const named = parseOptions(call.args, { values: 'bcdf', long: ['delimiter', 'fields', 'characters'] });
  // Names of settings without their values.
  if (
    named.values('d', 'delimiter')[0]?.text === '=' &&
    named.values('f', 'fields')[0]?.text === '1' &&
    named.operands.length > 0 &&
    !named.has('complement')
  ) {
    for (const one of named.operands) if (one.stream === null) call.deed.looks(one.text);
    return UNKNOWN;
  }
  const long = ['delimiter', 'fields', 'characters'];
  const given = parseOptions(call.args, { values: 'bcdf', long });
  const out = reader('bcdf', long)(call) ?? UNKNOWN;
  const isHead =
    given.operands.length === 0 &&
    given.values('d', 'delimiter')[0]?.text === ':' &&
    given.values('f', 'fields')[0]?.text === '1';
  return isHead ? withFound(out, { below: call.stdin.headsBelow }) : out;
};

const counts: Program = (call) => {
  const files = parseOptions(call.args, { values: '', long: ['files0-from'] }).operands;
  for (const one of files) if (one.stream === null) call.deed.looks(one.text);
  return UNKNOWN;
};

const jq: Program = (call) => {
  if (
    call.args.some(
      ({ text }) => /(?:^|[|\s(,[{])(?:env|\$ENV)(?!\.?\w|\.\w)/.test(plain(text)) && !/[/.]env/.test(text),
    )
  )
    call.deed.concern('secret', 'jq prints all variables');
  if (call.args.some(({ text }) => FETCH_AND_RUN.test(plain(text))))
    call.deed.concern('remote_code', 'jq writes a command that runs what it fetches');
  return reader('fL', ['arg', 'argjson', 'slurpfile', 'rawfile', 'indent', 'from-file'], 1)(call);
};

/** `-i`: what is read is written back. */
function changesInPlace(own: Program, first: number): Program {
  return (call) => {
    const isWriting = call.args.some(({ text }) => /^-[a-zA-Z]*i|^--in-?place/.test(text));
    if (isWriting)
      for (const one of parseOptions(call.args, { values: 'po' }).operands.slice(first))
        call.deed.writes(one.text, { adds: true });
    return own(call);
  };
}

const ls: Program = (call) => {
  const given = parseOptions(call.args, { values: 'ITLPw', long: ['ignore', 'level'] });
  for (const { text } of given.operands) {
    const path = call.deed.path(text);
    call.deed.effect({ kind: 'read', path: shown(path), at: locusOf(path, call.place) });
    const at = locusOf(path, call.place);
    if (
      isPrivateFolder(path) ||
      // Which projects of the person have such a file.
      (hasGlob(path) && at !== 'workspace' && at !== 'temp' && isSecretPath(path, call.place))
    )
      call.deed.concern('secret', `lists ${shown(path)}`);
  }
  if (given.operands.length === 0 && isPrivateFolder(call.state.cwd))
    call.deed.concern('secret', `lists ${shown(call.state.cwd)}`);
  // Files that a pattern names are printed as they are named; of a folder it would be what is in it.
  const areFiles =
    call.name === 'ls' &&
    given.names.every((name) => /^[1trSX]$/.test(name)) &&
    given.operands.every(({ text }) => hasGlob(text) && /\.\w+$/.test(plain(text)));
  return areFiles ? withFound(UNKNOWN, { below: foundBelow(call, given.operands) }) : UNKNOWN;
};

/** What most of them print is no file's content, unless an option makes them read one. */
const which: Program = (call) => {
  namedSecrets(call);
  return UNKNOWN;
};

const du: Program = (call) => {
  const given = parseOptions(call.args, { values: 'dB', long: ['max-depth', 'exclude'] });
  for (const { text } of given.operands) {
    const path = call.deed.path(text);
    call.deed.effect({ kind: 'read', path: shown(path), at: locusOf(path, call.place) });
    if (isPrivateFolder(path) && given.has('a', 'all')) call.deed.concern('secret', `lists ${shown(path)}`);
  }
  return UNKNOWN;
};

const names = (call: Call, text: (path: string) => string): Stream => {
  const one = parseOptions(call.args, { values: 's' }).operands[0];
  return one === undefined || one.text.includes(HOLE)
    ? UNKNOWN
    : { text: `${text(plain(one.text))}\n`, taint: TAINT.none };
};
const basename: Program = (call) => names(call, (path) => path.replace(/\/+$/, '').split('/').at(-1) ?? '');
const dirname: Program = (call) =>
  names(call, (path) => (path.includes('/') ? path.replace(/\/+[^/]*\/*$/, '') || '/' : '.'));
const realpath: Program = (call) => names(call, (path) => call.deed.path(path));

const yes: Program = () => ({ text: null, taint: TAINT.endless });
const silent: Program = () => UNKNOWN;
const mktemp: Program = () => ({ text: '/tmp/tmp.XXXXXXXXXX\n', taint: TAINT.none });

const environment: Program = (call) => {
  const given = parseOptions(call.args);
  if (given.operands.length === 0 && !choosesPlainVariables(call))
    call.deed.concern('secret', 'prints all variables');
  else if (given.operands.some(({ text }) => /(?:KEY|TOKEN|SECRET|PASS(?:WORD)?|CREDENTIALS?)$/i.test(text)))
    call.deed.concern('secret', `prints ${given.operands.map(({ text }) => shown(text)).join(', ')}`);
  return UNKNOWN;
};

const clipboard: Program = (call) => {
  call.deed.concern('secret', 'reads the clipboard');
  return UNKNOWN;
};

const tr: Program = (call) => ({ text: null, taint: call.stdin.taint });

export const readerPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['cat', cat],
  ['tac', reader('s')],
  ['head', lines(head)],
  ['tail', lines(reader('ncs', ['lines', 'bytes', 'pid']))],
  ['less', reader('pPxyjhobt')],
  ['more', reader('n')],
  ['most', reader('')],
  ['bat', reader('lHr', ['language', 'style', 'theme', 'line-range', 'paging', 'color'])],
  ['batcat', reader('lHr', ['language', 'style', 'theme', 'line-range'])],
  ['nl', reader('bdfhilnsvw')],
  ['rev', reader('')],
  ['wc', counts],
  ['sort', lines(sort)],
  ['uniq', lines(reader('fsw'))],
  ['cut', cut],
  ['paste', reader('d')],
  ['column', reader('ts')],
  ['fold', reader('w')],
  ['fmt', reader('w')],
  ['expand', reader('t')],
  ['unexpand', reader('t')],
  ['comm', reader('')],
  ['join', reader('12tjov')],
  ['look', reader('', [], 1)],
  ['strings', reader('nte')],
  ['od', reader('AjNStw')],
  ['hexdump', reader('nesfC'.replace('C', ''))],
  ['hd', reader('ns')],
  ['file', reader('fFm')],
  ['md5sum', reader('')],
  ['sha1sum', reader('')],
  ['sha256sum', reader('')],
  ['sha512sum', reader('')],
  ['shasum', reader('a')],
  ['md5', reader('s')],
  ['cksum', reader('a')],
  ['b2sum', reader('')],
  ['diff', reader('UCIxL', ['color', 'exclude'])],
  ['colordiff', reader('UC')],
  ['cmp', reader('in')],
  ['vimdiff', reader('')],
  ['jq', jq],
  ['gojq', reader('fL', ['arg', 'argjson', 'slurpfile', 'rawfile', 'indent', 'from-file'], 1)],
  ['yq', changesInPlace(reader('po', [], 1), 1)],
  ['dasel', changesInPlace(reader('fo', ['file'], 1), 1)],
  ['fx', reader('')],
  ['xmllint', reader('', ['xpath', 'schema', 'format'])],
  ['xmlstarlet', reader('')],
  ['csvlook', reader('')],
  ['iconv', reader('fto')],
  ['uuencode', reader('')],
  ['zgrep', grep],
  ['locate', locate],
  ['plocate', locate],
  ['mlocate', locate],
  ['mdfind', locate],
  ['grep', grep],
  ['egrep', grep],
  ['fgrep', grep],
  ['rgrep', grep],
  ['ggrep', grep],
  ['rg', grep],
  ['ag', grep],
  ['ack', grep],
  ['ls', ls],
  ['dir', ls],
  ['exa', ls],
  ['eza', ls],
  ['lsd', ls],
  ['tree', ls],
  ['stat', ls],
  ['readlink', realpath],
  ['realpath', realpath],
  ['basename', basename],
  ['dirname', dirname],
  ['du', du],
  ['df', which],
  ['tr', tr],
  ['yes', yes],
  ['seq', silent],
  ['date', which],
  ['sleep', () => NOTHING],
  ['mktemp', mktemp],
  ['printenv', environment],
  ['pbpaste', clipboard],
  [
    'xclip',
    (call) => (call.args.some(({ text }) => text === '-o' || text === '-out') ? clipboard(call) : NOTHING),
  ],
  [
    'xsel',
    (call) =>
      call.args.some(({ text }) => /^(?:-\w*o\w*|--output)$/.test(text)) ||
      (call.stdin.text === '' &&
        !call.args.some(({ text }) => /^-(?:\w*[icak]|-(?:input|clear|keep|append))/.test(text)))
        ? clipboard(call)
        : NOTHING,
  ],
  ['wl-paste', clipboard],
  ...[
    'uname',
    'whoami',
    'id',
    'hostname',
    'groups',
    'uptime',
    'nproc',
    'arch',
    'tty',
    'cal',
    'bc',
    'expr',
    'factor',
    'numfmt',
    'clear',
    'tput',
    'locale',
    'man',
    'apropos',
    'info',
    'tldr',
    'cloc',
    'tokei',
    'scc',
    'free',
    'vmstat',
    'iostat',
    'lscpu',
    'lsblk',
    'lsof',
    'top',
    'htop',
    'pidof',
    'getconf',
    'sw_vers',
    'system_profiler',
    'last',
    'w',
    'who',
    'ss',
    'netstat',
    'true',
    'shellcheck',
    'hadolint',
    'figlet',
    'cowsay',
    'neofetch',
    'ldd',
    'nm',
    'objdump',
    'readelf',
    'size',
    'pstree',
    'lsb_release',
    'pkg-config',
    'sha224sum',
    'say',
    'pbcopy',
    'wl-copy',
  ].map((name): [string, Program] => [name, which]),
]);
