/** What is known of programs beyond their own files: rows of words that speak against a call, options that load code. */
import { isNamedData } from '../carried.ts';
import { hostOf } from '../hosts.ts';
import { isSecretPath } from '../sensitive-paths.ts';
import type { Call, Program } from '../shell/call.ts';
import { plain, shown, TAINT } from '../shell/text.ts';
import { FETCHING_COMMANDS } from '../tables/fetching-commands.ts';
import { INSPECTING_COMMANDS } from '../tables/inspecting-commands.ts';
import { LOADING_OPTIONS } from '../tables/loading-options.ts';
import { PROBING_COMMANDS } from '../tables/probing-commands.ts';
import { REACHABLE_COMMANDS } from '../tables/reachable-commands.ts';
import { SENDING_COMMANDS } from '../tables/sending-commands.ts';
import type { SystemRow } from '../tables/system-row.ts';
import { WALLET_COMMANDS } from '../tables/wallet-commands.ts';
import { RUNS_TASKS, worksElsewhere } from './production-tasks.ts';

const TABLES: readonly Readonly<Record<string, readonly SystemRow[]>>[] = [
  FETCHING_COMMANDS,
  PROBING_COMMANDS,
  SENDING_COMMANDS,
  REACHABLE_COMMANDS,
  INSPECTING_COMMANDS,
  WALLET_COMMANDS,
];

/** Programs whose own language reads files: what they are handed on their input may name one. */
const TAKES_TEXT = new Set([
  'terraform',
  'tofu',
  'gnuplot',
  'octave',
  'bc',
  'maxima',
  'gp',
  'sage',
  'ghci',
  'iex',
  'jshell',
  'swipl',
  'pulumi',
  'jq',
  'nix',
]);
/** Programs that ask for a name, which somebody else answers. */
const LOOKS_UP = new Set([
  'resolvectl',
  'systemd-resolve',
  'getent',
  'kdig',
  'doggo',
  'dog',
  'q',
  'delv',
  'adig',
  'ahost',
  'avahi-resolve',
  'nmblookup',
  'dscacheutil',
  'dns-sd',
  'unbound-host',
  'dnslookup',
  'zdns',
  'arping',
  'nping',
  'tcptraceroute',
  'httping',
]);
/** Clients that put what they are given into a store, a queue or a service. */
const STORES = new Set([
  'redis-cli',
  'valkey-cli',
  'psql',
  'mysql',
  'mariadb',
  'mongosh',
  'mongo',
  'mongoimport',
  'mongorestore',
  'clickhouse-client',
  'cqlsh',
  'sqlcmd',
  'influx',
  'grpcurl',
  'grpc_cli',
  'evans',
  'mosquitto_pub',
  'mqttx',
  'kcat',
  'kafkacat',
  'nats',
  'stomp',
  'amqp-publish',
  'etcdctl',
  'websocat',
  'wscat',
  'curlie',
  'hurl',
  'pg_restore',
  'rsyslog',
  'logger',
  'statsd',
  'zabbix_sender',
  'nsca',
  'gearman',
  'beanstool',
  'rabbitmqadmin',
  'pulsar-client',
  'rpk',
]);

/** Options whose value a shell gets. */
const COMMAND_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  rg: ['--pre', '--hostname-bin'],
  fzf: ['--preview', '--bind'],
  sk: ['--preview', '--bind', '-c', '--cmd'],
  bat: ['--pager'],
  certbot: [
    '--pre-hook',
    '--post-hook',
    '--deploy-hook',
    '--renew-hook',
    '--manual-auth-hook',
    '--manual-cleanup-hook',
  ],
  'acme.sh': ['--pre-hook', '--post-hook', '--reloadcmd', '--renew-hook'],
  tcpdump: ['-z'],
  nodemon: ['--exec', '-x'],
  'tsc-watch': ['--onSuccess', '--onFailure'],
  watchexec: ['--shell'],
  docker: ['--health-cmd'],
  podman: ['--health-cmd'],
  'yt-dlp': ['--exec', '--exec-before-download', '--downloader'],
  'youtube-dl': ['--exec'],
  msgfilter: ['-c'],
  hyperfine: ['--prepare', '--cleanup', '--setup'],
  dnsmasq: ['--dhcp-script'],
  restic: ['--password-command', '--option'],
  borg: ['--rsh'],
  rclone: ['--password-command'],
  mpv: ['--script', '--input-commands'],
  wezterm: ['--config'],
  'git-annex': ['--shell'],
};

/** Names of all programs that a row or an option is known of. */
export const NAMES_WITH_ROWS: readonly string[] = [
  ...new Set([
    ...TABLES.flatMap((table) => Object.keys(table)),
    ...Object.keys(LOADING_OPTIONS),
    ...TAKES_TEXT,
    ...LOOKS_UP,
    ...STORES,
    ...RUNS_TASKS,
    ...Object.keys(COMMAND_OPTIONS),
  ]),
];

/** The same program; what its rows and options say is noted before. */
export function withRows(name: string, own: Program): Program {
  const rows = TABLES.flatMap((table) => (Object.hasOwn(table, name) ? (table[name] ?? []) : []));
  const options = Object.hasOwn(LOADING_OPTIONS, name) ? (LOADING_OPTIONS[name] ?? []) : [];
  return (call) => {
    if (rows.length > 0) {
      const text = call.args.map((one) => plain(one.text)).join(' ');
      for (const { code, says, when, unless } of rows)
        if ((when === undefined || when.test(text)) && unless?.test(text) !== true)
          call.deed.concern(code, `${call.name} ${says}`);
    }
    loads(call, options);
    if (Object.hasOwn(COMMAND_OPTIONS, name)) handed(call, COMMAND_OPTIONS[name] ?? []);
    if (TAKES_TEXT.has(name)) namesInText(call);
    if (LOOKS_UP.has(name)) looksUp(call);
    if (STORES.has(name)) stores(call);
    if (RUNS_TASKS.has(name)) worksElsewhere(call);
    return own(call);
  };
}

function handed(call: Call, options: readonly string[]): void {
  for (const [index, { text, taint }] of call.args.entries())
    for (const option of options) {
      const value =
        text === option
          ? call.args[index + 1]?.text
          : text.startsWith(`${option}=`)
            ? text.slice(option.length + 1)
            : undefined;
      if (value === undefined) continue;
      const inner =
        /(?:execute(?:-silent)?|become|reload|preview|transform)[([{:+]\s*(.+?)[)\]}]?$/s.exec(
          plain(value),
        )?.[1] ?? plain(value);
      // `--bind` without one of those words names keys.
      if (option !== '--bind' || inner !== plain(value)) call.script({ text: inner, taint, by: call.name });
    }
}

/** Files of secrets that a text on the input names in quotes. */
function namesInText(call: Call): void {
  const text = call.stdin.text ?? '';
  for (const found of text.slice(0, 4096).matchAll(/["'`]((?:~|\/|\.{1,2}\/|\.)[^"'`\s]{2,200})["'`]/g)) {
    const path = plain(found[1] ?? '');
    const marked = path.startsWith('~') ? `\ue007${path.slice(1)}` : path;
    if (isSecretPath(call.deed.path(marked), call.place)) call.deed.reads(marked);
  }
}

function looksUp(call: Call): void {
  if (call.args.some(({ taint }) => (taint & (TAINT.local | TAINT.secret)) !== 0))
    call.deed.concern('sends', `${call.name} puts what a program printed into a name that is looked up`);
  if (call.args.some(({ text }) => text.includes('.') && isNamedData(plain(text))))
    call.deed.concern('sends', `${call.name} looks up a name that carries data`);
}

/** What a program printed, or a file holds, given to a machine that everybody reaches. */
function stores(call: Call): void {
  const given =
    call.args.reduce((sum, one) => sum | one.taint, call.stdin.taint) &
    (TAINT.local | TAINT.secret | TAINT.token);
  const isFed =
    given !== 0 ||
    (call.stdin.text !== '' &&
      /^(?:psql|pg_restore|mongorestore|mongoimport|mosquitto_pub|kcat|kafkacat|grpcurl|websocat)$/.test(
        call.name,
      ));
  if (!isFed) return;
  for (const { text } of call.args) {
    const { host, class: kind } = hostOf(plain(text).replace(/^-[hHbu](?=\S)/, ''));
    if (
      kind === 'public' &&
      host !== null &&
      /^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}$|^\d+\.\d+\.\d+\.\d+$/.test(host) &&
      !FILE.test(host)
    ) {
      call.deed.concern('sends', `${call.name} puts data into ${shown(host)}`);
      return;
    }
  }
}

const FILE =
  /\.(?:sql|json|ya?ml|csv|txt|proto|log|dump|gz|js|ts|py|sh|md|db|bson|toml|conf|env|pem|crt|key)$/;

function loads(call: Call, options: readonly string[]): void {
  for (const [index, { text }] of call.args.entries())
    for (const option of options) {
      const value =
        text === option
          ? call.args[index + 1]?.text
          : text.startsWith(option) && (option.startsWith('--') ? text[option.length] === '=' : true)
            ? text.slice(option.length).replace(/^[=:]/, '')
            : undefined;
      if (value === undefined) continue;
      const path = value
        .split(/[=:,;]/)
        .find((part) => /^(?:[/~\ue007])/.test(part) && call.deed.isStrangers(part));
      if (path !== undefined)
        call.deed.concern('outside_code', `${call.name} takes what it runs from ${shown(path)}`);
    }
}
