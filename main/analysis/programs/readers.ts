/** Programs that print what they read, or something made of it. */

import { locusOf } from '../place.ts';
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import {
  HOLE,
  hasMarks,
  NOTHING,
  plain,
  type Stream,
  shown,
  TAINT,
  type Taint,
  UNKNOWN,
} from '../shell/text.ts';

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

/** A search: the first operand is the pattern. */
const grep: Program = (call) => {
  const isTool = /^(?:rg|ag|ack)$/.test(call.name);
  const given = parseOptions(call.args, {
    values: isTool ? 'efgtTABCmMjr' : 'efABCmdD',
    long: [
      'regexp',
      'file',
      'glob',
      'type',
      'type-not',
      'after-context',
      'before-context',
      'context',
      'max-count',
      'include',
      'exclude',
      'exclude-dir',
      'pre',
      'max-depth',
      'color',
      'colors',
      'sort',
      'iglob',
      'replace',
    ],
  });
  for (const one of given.values('pre')) call.run([one], call.name);
  const hasPattern = given.has('e', 'regexp', 'f', 'file') || given.has('files');
  const files = given.operands.slice(hasPattern ? 0 : 1);
  const recursive = isTool || given.has('r', 'R', 'recursive') || /^(?:rgrep)$/.test(call.name);
  let taint: Taint = files.length === 0 ? call.stdin.taint : TAINT.none;
  for (const one of files) taint |= one.stream?.taint ?? call.deed.reads(one.text).taint;
  if (recursive) for (const one of files) wide(call, one.text, 'searches');
  return { text: null, taint };
};

/** What goes through a whole home folder or machine comes past every secret in it. */
function wide(call: Call, text: string, verb: string): void {
  const path = call.deed.path(text);
  const { home } = call.place;
  if (
    path === '/' ||
    path === home ||
    path === '/home' ||
    path === '/Users' ||
    /^\/(?:etc|root|proc|var|run)(?:\/(?:log|lib|run))?$/.test(path) ||
    path === `${home}/.config`
  )
    call.deed.concern('secret', `${verb} all of ${shown(path)}`);
}

const ls: Program = (call) => {
  const given = parseOptions(call.args, { values: 'ITLPw', long: ['ignore', 'level'] });
  for (const { text } of given.operands) {
    const path = call.deed.path(text);
    call.deed.effect({ kind: 'read', path: shown(path), at: locusOf(path, call.place) });
    if (/\/\.(?:ssh|aws|gnupg|password-store)(?:\/|$)/.test(path))
      call.deed.concern('secret', `lists ${shown(path)}`);
  }
  return UNKNOWN;
};

/** Decoders: what comes out is not what went in. */
function decoded(call: Call, text: string | null, decode: (text: string) => string | null): Stream {
  const out = text === null || hasMarks(text) ? null : decode(text);
  const isText = out !== null && !/[\0\ufffd]/.test(out);
  return { text: isText ? out : null, taint: call.stdin.taint | call.deed.taint | TAINT.decoded };
}

const base64: Program = (call) => {
  const given = parseOptions(call.args, { values: 'wbio', long: ['wrap', 'input', 'output'] });
  const content =
    given.operands.length > 0 || given.has('i')
      ? readText(call, given.operands[0] ?? given.values('i')[0])
      : call.stdin;
  if (!given.has('d', 'D', 'decode')) return { text: null, taint: content.taint };
  call.deed.taint |= content.taint;
  const encoding = call.name === 'base32' ? null : 'base64';
  return decoded(call, content.text, (text) =>
    encoding === null ? null : Buffer.from(text, encoding).toString('utf8'),
  );
};

function readText(call: Call, file: Call['args'][number] | undefined): Stream {
  if (file === undefined || file.text === '-') return call.stdin;
  return file.stream ?? call.deed.reads(file.text);
}

const xxd: Program = (call) => {
  const given = parseOptions(call.args, { values: 'cglons' });
  const content = readText(call, given.operands[0]);
  const output = given.operands[1];
  if (output !== undefined)
    call.deed.writes(output.text, { content: { text: null, taint: content.taint | TAINT.decoded } });
  if (!given.has('r', 'revert')) return { text: null, taint: content.taint };
  call.deed.taint |= content.taint;
  return decoded(call, content.text, (text) => Buffer.from(text.replace(/\s+/g, ''), 'hex').toString('utf8'));
};

const unpacked: Program = (call) => {
  const given = parseOptions(call.args);
  const content = readText(call, given.operands[0]);
  return { text: null, taint: content.taint | TAINT.decoded };
};

const openssl: Program = (call) => {
  const verb = call.args[0]?.text ?? '';
  const values = new Map<string, string>();
  call.args.forEach(({ text }, index) => {
    if (/^-(?:in|out|inkey|key|keyfile|connect|accept|pass|k|K|CAfile|cert)$/.test(text))
      values.set(text.slice(1), call.args[index + 1]?.text ?? '');
  });
  for (const name of ['in', 'inkey', 'key', 'keyfile']) {
    const file = values.get(name);
    if (file !== undefined) call.deed.reads(file);
  }
  const out = values.get('out');
  const host = values.get('connect');
  if (host !== undefined) {
    call.deed.network(host, call.stdin.text === '' ? 'connect' : 'send', { taint: call.stdin.taint });
    if (verb === 's_client' && call.args.some(({ text }) => text === '-quiet'))
      call.deed.concern('remote_shell', 'keeps a raw encrypted connection open');
  }
  if (/^s_server$/.test(verb)) call.deed.network('localhost', 'listen');
  const encoding =
    verb === 'base64' || (verb === 'enc' && call.args.some(({ text }) => /^-(?:base64|a)$/.test(text)));
  const isDecoding = call.args.some(({ text }) => text === '-d');
  if (verb === 'enc' && !isDecoding && out !== undefined && values.get('in') !== undefined)
    call.deed.concern('destroys', 'encrypts files');
  if (out !== undefined)
    call.deed.writes(out, { content: { text: null, taint: isDecoding ? TAINT.decoded : TAINT.none } });
  if (!isDecoding) return { text: null, taint: call.stdin.taint | call.deed.taint };
  return decoded(call, encoding ? call.stdin.text : null, (text) =>
    Buffer.from(text, 'base64').toString('utf8'),
  );
};

const which: Program = () => UNKNOWN;

const du: Program = (call) => {
  for (const { text } of parseOptions(call.args, { values: 'dB', long: ['max-depth', 'exclude'] }).operands)
    call.deed.effect({
      kind: 'read',
      path: shown(call.deed.path(text)),
      at: locusOf(call.deed.path(text), call.place),
    });
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

const yes: Program = () => UNKNOWN;
const mktemp: Program = () => ({ text: `/tmp/${HOLE}\n`, taint: TAINT.none });

const environment: Program = (call) => {
  const given = parseOptions(call.args);
  if (given.operands.length === 0) call.deed.concern('secret', 'prints all variables');
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
  ['head', reader('nc', ['lines', 'bytes'])],
  ['tail', reader('ncs', ['lines', 'bytes', 'pid'])],
  ['less', reader('pPxyjhobt')],
  ['more', reader('n')],
  ['most', reader('')],
  ['bat', reader('lHr', ['language', 'style', 'theme', 'line-range', 'paging', 'color'])],
  ['batcat', reader('lHr', ['language', 'style', 'theme', 'line-range'])],
  ['nl', reader('bdfhilnsvw')],
  ['rev', reader('')],
  ['wc', reader('', ['files0-from'])],
  ['sort', reader('koStT', ['key', 'output', 'compress-program'])],
  ['uniq', reader('fsw')],
  ['cut', reader('bcdf', ['delimiter', 'fields', 'characters'])],
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
  ['xxd', xxd],
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
  ['jq', reader('fL', ['arg', 'argjson', 'slurpfile', 'rawfile', 'indent', 'from-file'], 1)],
  ['yq', reader('po', [], 1)],
  ['fx', reader('')],
  ['xmllint', reader('', ['xpath', 'schema', 'format'])],
  ['xmlstarlet', reader('')],
  ['csvlook', reader('')],
  ['iconv', reader('fto')],
  ['base64', base64],
  ['base32', base64],
  ['basenc', base64],
  ['uuencode', reader('')],
  ['uudecode', unpacked],
  ['openssl', openssl],
  ['zcat', unpacked],
  ['gzcat', unpacked],
  ['bzcat', unpacked],
  ['xzcat', unpacked],
  ['zstdcat', unpacked],
  ['zgrep', grep],
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
  ['seq', yes],
  ['date', yes],
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
    (call) => (call.args.some(({ text }) => /^(?:-o|--output)$/.test(text)) ? clipboard(call) : NOTHING),
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
    'ps',
    'top',
    'htop',
    'pgrep',
    'pidof',
    'getconf',
    'sw_vers',
    'system_profiler',
    'last',
    'w',
    'who',
    'ss',
    'netstat',
    'ip',
    'ifconfig',
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
