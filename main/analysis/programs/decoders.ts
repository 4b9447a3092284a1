/** Programs that print something else than they read: decoders and what unpacks to the output. */
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { hasMarks, type Stream, TAINT } from '../shell/text.ts';

/** What comes out is not what went in. */
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

export const decoderPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['xxd', xxd],
  ['openssl', openssl],
  ...['base64', 'base32', 'basenc', 'gbase64'].map((name): [string, Program] => [name, base64]),
  ...['uudecode', 'zcat', 'gzcat', 'bzcat', 'xzcat', 'zstdcat'].map((name): [string, Program] => [
    name,
    unpacked,
  ]),
]);
