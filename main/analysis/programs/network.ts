/** Programs that fetch, send and connect. */
import { hostOf } from '../hosts.ts';
import type { Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, hasHole, plain, shown, TAINT, UNKNOWN } from '../shell/text.ts';

const netcat: Program = (call) => {
  const { deed } = call;
  const given = parseOptions(call.args, {
    values: 'ecpsqwxXgGoiImMTVPO',
    long: ['exec', 'sh-exec', 'lua-exec', 'source-port', 'proxy', 'proxy-type'],
  });
  if (given.has('h', 'help', 'version')) return UNKNOWN;
  const program = given.values('e', 'c', 'exec', 'sh-exec', 'lua-exec');
  for (const one of program) {
    call.script({ text: plain(one.text), taint: one.taint, by: call.name });
    deed.concern('remote_shell', `gives ${shown(one.text)} to whoever is at the other end`);
  }
  const host = given.operands[0]?.text ?? '';
  if (given.has('l', 'listen')) {
    deed.network('localhost', 'listen');
    deed.concern('remote_shell', 'waits for a connection from outside');
    return { text: null, taint: TAINT.remote };
  }
  const own = hostOf(host).class === 'own';
  if (given.has('z')) {
    deed.network(host, 'connect');
    const ports = given.operands.slice(1);
    if ((!own && ports.some(({ text }) => hasHole(text) || /\d-\d/.test(text))) || /\d-\d+$/.test(host))
      deed.concern('attack_tool', 'goes through the ports of another machine');
  } else {
    deed.network(host, 'send', { taint: call.stdin.taint | (given.operands[0]?.taint ?? 0) });
    if (!own) deed.concern('sends', `opens a raw connection to ${shown(host)}`);
  }
  return { text: null, taint: TAINT.remote };
};

const socat: Program = (call) => {
  for (const one of parseOptions(call.args, { values: 'tTbl' }).operands) {
    const text = plain(one.text);
    const [kind = '', rest = ''] = [text.split(':')[0] ?? '', text.slice(text.indexOf(':') + 1)];
    if (/^(?:EXEC|SYSTEM|SHELL)$/i.test(kind)) {
      call.script({
        text: rest.replace(/,(?:pty|stderr|setsid|sigint|sane|nofork|su=.*)\b.*$/i, '') || HOLE,
        taint: one.taint,
        by: 'socat',
      });
      call.deed.concern('remote_shell', 'gives a program to whoever is at the other end');
    } else if (/^(?:TCP|UDP|OPENSSL|SSL|SOCKS\w*|PROXY|SCTP)/i.test(kind)) {
      call.deed.network(/LISTEN/i.test(kind) ? '0.0.0.0' : rest, /LISTEN/i.test(kind) ? 'listen' : 'send', {
        taint: call.stdin.taint,
      });
      if (/LISTEN/i.test(kind) || hostOf(rest).class !== 'own')
        call.deed.concern('remote_shell', 'joins streams of this machine to the network');
    } else if (/^(?:UNIX|ABSTRACT)(?:-CONNECT|-CLIENT|-SENDTO)?$/i.test(kind))
      call.deed.concern('privilege', `talks to the program behind ${shown(rest.split(',')[0] ?? HOLE)}`);
    else if (/^(?:FILE|OPEN|CREATE|GOPEN)$/i.test(kind)) call.deed.reads(rest.split(',')[0] ?? HOLE);
  }
  return { text: null, taint: TAINT.remote };
};

/** Name lookups and pings: what a program printed can leave in the name. */
const lookup: Program = (call) => {
  for (const one of parseOptions(call.args, { values: 'cistWpbtfkmnqxIQw' }).operands) {
    const text = plain(one.text);
    if (text.startsWith('@')) call.deed.network(text.slice(1), 'connect', { taint: one.taint });
    else if (/[.:]/.test(text) || (one.taint & (TAINT.local | TAINT.secret)) !== 0)
      call.deed.network(text, 'connect', { taint: one.taint });
    if (hasHole(text) && (one.taint & TAINT.local) !== 0)
      call.deed.concern('sends', 'puts what a program printed into a name that is looked up');
  }
  if (
    call.args.some(({ text }) => text === '-p') &&
    call.name === 'ping' &&
    call.args.some(({ taint }) => taint !== 0)
  )
    call.deed.concern('sends', 'puts data into pings');
  call.deed.taint = TAINT.none;
  return UNKNOWN;
};

/** Listens, on all addresses where nothing else is said: others can read the project. */
const server: Program = (call) => {
  call.deed.network('localhost', 'listen');
  return UNKNOWN;
};

/** Makes this machine reachable from outside. */
const tunnel: Program = (call) => {
  if (call.args.some(({ text }) => /^(?:--?version|--?help|version|help)$/.test(text))) return UNKNOWN;
  call.deed.network(HOLE, 'listen');
  call.deed.concern('remote_shell', `opens a way into this machine through ${call.name}`);
  return UNKNOWN;
};

const mail: Program = (call) => {
  for (const one of parseOptions(call.args, { values: 'aAsrtcbf' }).values('a', 'A'))
    call.deed.reads(one.text);
  call.deed.concern('sends', 'sends mail');
  return UNKNOWN;
};

const telnet: Program = (call) => {
  const host = parseOptions(call.args, { values: 'lne' }).operands[0];
  call.deed.network(host?.text ?? HOLE, 'send', { taint: call.stdin.taint });
  if (hostOf(host?.text ?? HOLE).class !== 'own')
    call.deed.concern('sends', `opens a raw connection to ${shown(host?.text ?? HOLE)}`);
  return { text: null, taint: TAINT.remote };
};

/** Whether commands of a client that moves files take some away on the other side. */
export function deletesThere(text: string): boolean {
  return text
    .split(/[\n;]|&&|\|\|/)
    .some(
      (one) =>
        /^[\s@-]*(?:(?:glob\s+)?(?:m?rm|rmdir|m?delete|mdel)|del|deltree|rd)\s+\S/.test(one) ||
        /^\s*mirror\b.*(?:\s--delete|\s-[a-zA-Z]*e)(?:\s|$|[a-zA-Z])/.test(one),
    );
}

/** `ftp`, `lftp`, `tftp`, `smbclient`. */
const transfer: Program = (call) => {
  const given = parseOptions(call.args, { values: 'uepcUIA', long: [] });
  call.deed.network(given.operands[0]?.text ?? HOLE, 'send', { taint: call.stdin.taint });
  for (const one of given.values('e', 'c'))
    if (/^!|[;\n]\s*!/.test(one.text))
      call.script({ text: plain(one.text).replace(/^.*!/s, ''), taint: one.taint, by: call.name });
  const told = [...given.values('e', 'c').map(({ text }) => plain(text)), call.stdin.text ?? ''];
  if (told.some(deletesThere)) call.deed.concern('destroys', 'deletes on the other machine');
  call.deed.concern('sends', `moves files over ${call.name}`);
  return UNKNOWN;
};

const browserOpen: Program = (call) => {
  for (const one of parseOptions(call.args, { values: 'abn' }).operands) {
    if (/^https?:/.test(one.text)) call.deed.network(plain(one.text), 'fetch', { taint: one.taint });
    else if (!/^-/.test(one.text))
      call.deed.effect({ kind: 'read', path: shown(call.deed.path(one.text)), at: 'workspace' });
  }
  call.deed.taint = TAINT.none;
  return UNKNOWN;
};

export const networkPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['nc', netcat],
  ['ncat', netcat],
  ['netcat', netcat],
  ['nc.traditional', netcat],
  ['nc.openbsd', netcat],
  ['socat', socat],
  ['dig', lookup],
  ['nslookup', lookup],
  ['host', lookup],
  ['drill', lookup],
  ['ping', lookup],
  ['ping6', lookup],
  ['traceroute', lookup],
  ['tracepath', lookup],
  ['mtr', lookup],
  ['whois', lookup],
  ['telnet', telnet],
  ['ftp', transfer],
  ['lftp', transfer],
  ['ncftp', transfer],
  ['ncftpput', transfer],
  ['tftp', transfer],
  ['smbclient', transfer],
  ['mail', mail],
  ['mailx', mail],
  ['sendmail', mail],
  ['mutt', mail],
  ['msmtp', mail],
  ['swaks', mail],
  ['ngrok', tunnel],
  ['cloudflared', tunnel],
  ['localtunnel', tunnel],
  ['lt', tunnel],
  ['bore', tunnel],
  ['frpc', tunnel],
  ['chisel', tunnel],
  ['ligolo', tunnel],
  ['tailscale', tunnel],
  ['gs-netcat', tunnel],
  ['tmate', tunnel],
  ['gotty', tunnel],
  ['ttyd', tunnel],
  ['sshuttle', tunnel],
  ['http-server', server],
  ['serve', server],
  ['live-server', server],
  ['open', browserOpen],
  ['xdg-open', browserOpen],
  ['websocat', telnet],
  ['wscat', telnet],
]);
