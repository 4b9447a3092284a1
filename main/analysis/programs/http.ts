/** Programs that speak HTTP. */
import { hostOf } from '../hosts.ts';
import type { Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, plain, type Stream, shown, TAINT, type Taint, UNKNOWN, type Word } from '../shell/text.ts';

const CURL_VALUES = 'AbcCdDeEFhHKmoPQrtTuUwxXyYz';
const CURL_LONG = [
  'user-agent',
  'cookie',
  'cookie-jar',
  'data',
  'data-raw',
  'data-binary',
  'data-urlencode',
  'data-ascii',
  'json',
  'dump-header',
  'referer',
  'cert',
  'form',
  'form-string',
  'header',
  'config',
  'max-time',
  'connect-timeout',
  'output',
  'ftp-port',
  'quote',
  'range',
  'upload-file',
  'user',
  'proxy-user',
  'write-out',
  'proxy',
  'request',
  'retry',
  'retry-delay',
  'url',
  'resolve',
  'interface',
  'cacert',
  'key',
  'connect-to',
  'output-dir',
  'socks5',
  'socks5-hostname',
  'preproxy',
  'unix-socket',
  'oauth2-bearer',
  'limit-rate',
  'retry-max-time',
  'max-redirs',
  'mail-from',
  'mail-rcpt',
  'aws-sigv4',
  'netrc-file',
  'stderr',
  'trace',
  'trace-ascii',
  'engine',
  'doh-url',
  'variable',
  'expand-url',
  'url-query',
];

/** Options that give a body. */
const CURL_BODIES = ['data', 'data-raw', 'data-binary', 'data-urlencode', 'data-ascii'];

/** Ports of databases and services that keep what many projects need. */
const STORES =
  /:(?:9200|9201|5984|8500|2379|2375|2376|8086|8983|6333|7474|8123|15672|10250|8001|6443|8080\/job)(?:\/|$)|\/_/;

const curl: Program = (call) => {
  const { deed } = call;
  const given = parseOptions(call.args, { values: CURL_VALUES, long: CURL_LONG });
  if (given.has('help', 'version', 'V') && given.operands.length === 0) return UNKNOWN;
  const urls = [...given.operands, ...given.values('url', 'expand-url')];
  let taint: Taint = TAINT.none;
  let sends = given.has('T', 'upload-file', 'F', 'form', 'form-string', 'd', 'json', ...CURL_BODIES);
  for (const one of given.values(
    'd',
    'data',
    'data-binary',
    'data-urlencode',
    'json',
    'F',
    'form',
    'H',
    'header',
    'b',
    'cookie',
    'u',
    'user',
    'A',
    'user-agent',
    'e',
    'referer',
    'oauth2-bearer',
    'variable',
    'url-query',
  )) {
    taint |= one.taint;
    const file = /(?:^|=)[@<](.+?)(?:;|$)/.exec(plain(one.text))?.[1];
    if (file === '-') taint |= call.stdin.taint;
    else if (file !== undefined) {
      taint |= deed.reads(file).taint;
      sends = true;
    }
  }
  for (const one of given.values('T', 'upload-file'))
    taint |= /^[-.]$/.test(one.text) ? call.stdin.taint : (one.stream?.taint ?? deed.reads(one.text).taint);
  for (const one of given.values('K', 'config')) {
    deed.reads(one.text);
    deed.opaque('curl takes its options from a file');
  }
  for (const one of given.values('E', 'cert', 'key', 'netrc-file')) deed.reads(one.text);
  for (const one of given.values('x', 'proxy', 'preproxy', 'socks5', 'socks5-hostname'))
    if (hostOf(one.text).class !== 'own') deed.concern('sends', `goes through ${shown(one.text)}`);
  if (given.values('unix-socket').some(({ text }) => /docker\.sock|containerd|podman/.test(text)))
    deed.concern('privilege', 'talks to the container service itself');
  const method = (given.values('X', 'request')[0]?.text ?? '').toUpperCase();
  if (/^(?:POST|PUT|PATCH)$/.test(method)) sends = true;
  deed.taint = TAINT.none;
  for (const one of urls) {
    const own = hostOf(plain(one.text)).class === 'own';
    if (/^file:/i.test(one.text)) taint |= deed.reads(one.text).taint;
    else deed.network(plain(one.text), sends ? 'send' : 'fetch', { taint: taint | one.taint });
    if (method === 'DELETE' && !(own && !STORES.test(plain(one.text))))
      deed.concern('destroys', `asks ${shown(one.text)} to delete`);
    if (own && /\/_(?:shutdown|delete_by_query)|\/containers\/create|\/exec/.test(one.text))
      deed.concern('service', `asks ${shown(one.text)} for a change`);
    if (/^(?:smtps?|telnet|gopher|dict|ldaps?|tftp|ftps?|scp|sftp|smb):/i.test(one.text) && sends)
      deed.concern('sends', `sends data to ${shown(one.text)}`);
  }
  if (given.has('k', 'insecure'))
    deed.effect({ kind: 'process', target: 'curl without checking certificates' });
  const remote: Stream = { text: null, taint: TAINT.remote };
  const names = given.has('O', 'remote-name')
    ? urls.map(
        ({ text }) =>
          plain(text)
            .replace(/[?#].*$/, '')
            .split('/')
            .at(-1) ?? HOLE,
      )
    : [];
  const folder = given.values('output-dir')[0]?.text;
  const files = [
    ...given.values('o', 'output'),
    ...names.map((text): Word => ({ text, taint: TAINT.none, quoted: false, stream: null })),
  ];
  for (const one of files)
    deed.writes(folder === undefined || one.text.startsWith('/') ? one.text : `${folder}/${one.text}`, {
      content: remote,
    });
  for (const one of given.values('D', 'dump-header', 'c', 'cookie-jar', 'trace', 'trace-ascii', 'stderr'))
    if (one.text !== '-') deed.writes(one.text);
  const isPrinted = files.length === 0 || files.some(({ text }) => text === '-');
  return isPrinted ? remote : { text: null, taint: TAINT.none };
};

const WGET_LONG = [
  'output-document',
  'output-file',
  'append-output',
  'directory-prefix',
  'input-file',
  'header',
  'user-agent',
  'post-data',
  'post-file',
  'body-data',
  'body-file',
  'method',
  'tries',
  'timeout',
  'wait',
  'level',
  'accept',
  'reject',
  'user',
  'password',
  'execute',
  'use-askpass',
  'domains',
  'referer',
  'load-cookies',
  'save-cookies',
  'limit-rate',
  'config',
];

const wget: Program = (call) => {
  const { deed } = call;
  const given = parseOptions(call.args, { values: 'OoaPitTwlARUeDQ', long: WGET_LONG });
  if (given.has('help', 'version', 'V')) return UNKNOWN;
  let taint: Taint = TAINT.none;
  let sends = given.has('post-data', 'body-data', 'post-file', 'body-file');
  for (const one of given.values('post-data', 'body-data', 'header', 'user-agent', 'U', 'referer'))
    taint |= one.taint;
  for (const one of given.values('post-file', 'body-file', 'i', 'input-file', 'load-cookies'))
    taint |= one.text === '-' ? call.stdin.taint : deed.reads(one.text).taint;
  if (/^(?:POST|PUT|PATCH)$/i.test(given.values('method')[0]?.text ?? '')) sends = true;
  for (const one of given.values('use-askpass'))
    call.script({ text: plain(one.text), taint: one.taint, by: 'wget' });
  for (const one of given.values('e', 'execute'))
    if (/proxy|use_askpass/.test(one.text)) deed.concern('sends', 'goes through a proxy');
  deed.taint = TAINT.none;
  const remote: Stream = { text: null, taint: TAINT.remote };
  const outputs = given.values('O', 'output-document');
  const folder = given.values('P', 'directory-prefix')[0]?.text;
  for (const one of given.operands) {
    deed.network(plain(one.text), sends ? 'send' : 'fetch', { taint: taint | one.taint });
    if (/^DELETE$/i.test(given.values('method')[0]?.text ?? ''))
      deed.concern('destroys', `asks ${shown(one.text)} to delete`);
    if (outputs.length === 0 && !given.has('spider')) {
      const name =
        plain(one.text)
          .replace(/[?#].*$/, '')
          .split('/')
          .at(-1) ?? '';
      deed.writes(`${folder ?? '.'}/${name === '' ? 'index.html' : name}`, { content: remote });
    }
  }
  for (const one of outputs)
    if (one.text !== '-' && !/^\/dev\/(?:stdout|fd\/1)$/.test(one.text))
      deed.writes(one.text, { content: remote });
  for (const one of given.values('o', 'output-file', 'a', 'append-output'))
    if (one.text !== '-') deed.writes(one.text);
  return outputs.some(({ text }) => text === '-' || /^\/dev\/(?:stdout|fd\/1)$/.test(text))
    ? remote
    : { text: null, taint: TAINT.none };
};

/** httpie and its kin: a word with `=` is a body. */
const httpie: Program = (call) => {
  const given = parseOptions(call.args, { values: 'apo', long: ['auth', 'output', 'session', 'proxy'] });
  const words = given.operands;
  const method = words.find(({ text }) => /^[A-Z]+$/.test(text))?.text ?? '';
  const url = words.find(({ text }) => !/^[A-Z]+$/.test(text));
  const body = words.filter((one) => one !== url && /[=@]/.test(one.text));
  let taint: Taint = body.reduce((sum, one) => sum | one.taint, call.stdin.taint);
  for (const { text } of body) {
    const file = /@(.+)$/.exec(plain(text))?.[1];
    if (file !== undefined) taint |= call.deed.reads(file).taint;
  }
  call.deed.taint = TAINT.none;
  if (url !== undefined)
    call.deed.network(
      plain(url.text).replace(/^:/, 'localhost:'),
      body.length > 0 || /^(?:POST|PUT|PATCH)$/.test(method) || call.stdin.text !== '' ? 'send' : 'fetch',
      { taint: taint | url.taint },
    );
  if (method === 'DELETE') call.deed.concern('destroys', 'asks a server to delete');
  for (const one of given.values('o', 'output'))
    call.deed.writes(one.text, { content: { text: null, taint: TAINT.remote } });
  return { text: null, taint: TAINT.remote };
};

/** `aria2c -d DIR -o NAME URL`. */
const aria: Program = (call) => {
  const given = parseOptions(call.args, { values: 'doisxjk', long: ['dir', 'out', 'input-file', 'header'] });
  const folder = given.values('d', 'dir')[0]?.text ?? '.';
  const names = given.values('o', 'out').map(({ text }) => text);
  for (const one of given.operands) {
    call.deed.network(plain(one.text), 'fetch', { taint: one.taint });
    if (names.length === 0)
      names.push(
        plain(one.text)
          .replace(/[?#].*$/, '')
          .split('/')
          .at(-1) ?? HOLE,
      );
  }
  for (const name of names)
    call.deed.writes(`${folder}/${name}`, { content: { text: null, taint: TAINT.remote } });
  return { text: null, taint: TAINT.none };
};

export const httpPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['curl', curl],
  ['wget', wget],
  ['wget2', wget],
  ['aria2c', aria],
  ['axel', wget],
  ['http', httpie],
  ['https', httpie],
  ['xh', httpie],
  ['xhs', httpie],
  ['curlie', curl],
]);
