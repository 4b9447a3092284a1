/** Clients of databases: what the statements that they are handed would do. */
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, plain, shown, TAINT, UNKNOWN } from '../shell/text.ts';
import { dropsScratch, withoutScratch } from './scratch-databases.ts';

/** A `#` begins one in MySQL alone; elsewhere what is behind it is run. */
const COMMENT = /--[^\n]*|\/\*[\s\S]*?\*\//g;

/** What a statement loses; null when nothing. */
export function lossOf(sql: string): string | null {
  const bare = sql.replace(/'(?:[^']|'')*'/g, "''").replace(COMMENT, ' ');
  if (
    /\b(?:drop)\s+(?:table|database|schema|view|index|column|user|role|materialized|sequence|function|procedure|trigger|type|extension|owned|tablespace|keyspace|collection)\b/i.test(
      bare,
    )
  )
    return 'drops something';
  if (/\btruncate\b/i.test(bare)) return 'empties a table';
  for (const one of bare.split(';')) {
    if (/\bdelete\s+from\b/i.test(one) && !/\bwhere\b(?!\s+(?:true|1\s*=\s*1|1)\b)/i.test(one))
      return 'deletes every row of a table';
    if (/\bupdate\s+[\w."`]+\s+set\b/i.test(one) && !/\bwhere\b(?!\s+(?:true|1\s*=\s*1|1)\b)/i.test(one))
      return 'changes every row of a table';
  }
  if (/\balter\s+table\b[\s\S]*\bdrop\b/i.test(bare)) return 'drops a column';
  if (/\b(?:revoke|reset\s+(?:master|slave|replica)|purge\s+binary|detach\s+partition)\b/i.test(bare))
    return 'takes something away';
  return null;
}

/** One transaction that ends by being taken back. MySQL ends one at the first change of a table's form. */
function isUndone(sql: string): boolean {
  const bare = sql.replace(/'(?:[^']|'')*'/g, "''").replace(COMMENT, ' ');
  return (
    /^\s*(?:begin|start\s+transaction)\b[^;]*;/i.test(bare) &&
    /;\s*rollback\s*;?\s*$/i.test(bare) &&
    !/\b(?:commit|end|abort|savepoint|autocommit|prepare\s+transaction|dblink\w*|call|do|vacuum|setval|nextval|(?:drop|create)\s+(?:database|tablespace))\b|\$\$|\\|(?:^|\n)\s*\./i.test(
      bare,
    ) &&
    bare.match(/\brollback\b/gi)?.length === 1
  );
}

const MAKES_LOSS =
  /\b(?:format|concat)\s*\(\s*'\s*(?:drop|truncate|delete)\b|'\s*(?:drop|truncate)\s+\w+\s*'\s*\|\|/i;
const GRANTS_ITSELF =
  /\bupdate\b[\s\S]{0,200}\bset\b[\s\S]{0,80}\b(?:role|is_?admin|is_?superuser|is_?staff|admin|permissions?)\s*=\s*'?(?:admin\w*|owner|super\w*|true|1|root)\b/i;

/** @param keeps nothing that is kept is in the database */
export function statements(call: Call, text: string | null, taint: number, keeps = true): void {
  if (text === null || text.trim() === HOLE) {
    if ((taint & (TAINT.remote | TAINT.decoded)) !== 0)
      call.deed.concern('remote_code', `${call.name} runs statements that came from elsewhere`);
    else if (text !== null) call.deed.opaque(`the statements that ${call.name} runs are not known`);
    return;
  }
  const sql = plain(text);
  if (/^(?:sqlite3?|litecli|duckdb)$/.test(call.name)) opensOthers(call, sql);
  const isTry = call.name === 'bq' && call.args.some(({ text }) => /^--?dry_run(?:=true)?$/.test(text));
  const loss =
    (keeps || REACHES_OTHERS.test(sql)) && !isTry && !(call.name !== 'mysql' && isUndone(sql))
      ? lossOf(sql)
      : null;
  if (loss !== null) call.deed.concern('destroys', `${call.name} ${loss}`);
  if (MAKES_LOSS.test(sql))
    call.deed.concern('destroys', `${call.name} makes statements that lose something`);
  if (GRANTS_ITSELF.test(sql)) call.deed.concern('service', `${call.name} gives somebody more rights`);
  if (
    /\bcopy\b[\s\S]*\b(?:to|from)\s+program\b|\bxp_cmdshell\b|\bsys_(?:exec|eval)\b|\bload_extension\b|\bpg_(?:read|write)_file\b|\bpg_read_server_files\b|\binto\s+(?:outfile|dumpfile)\b|\bload_file\s*\(|\blo_export\b/i.test(
      sql,
    )
  ) {
    const command = /\bprogram\s+'((?:[^']|'')*)'/i.exec(sql)?.[1];
    if (command !== undefined) call.script({ text: command.replaceAll("''", "'"), taint, by: call.name });
    call.deed.opaque(`${call.name} reaches out of the database`);
  }
  for (const found of sql.matchAll(/(?:^|[\n;])\s*(?:\\!|system\b|\.shell\b|\.system\b)\s*([^\n;]+)/gi))
    call.script({ text: found[1] ?? '', taint, by: call.name });
  for (const found of sql.matchAll(/(?:^|\n)\s*\.(?:import|read|open)\s+(?:--?\w+\s+)*(\S+)/gi))
    call.deed.reads(found[1] ?? HOLE);
  for (const found of sql.matchAll(/(?:^|\n)\s*\.(?:output|once|backup|save|dump)\s+(\S+)/gi))
    if (!/\.dump/i.test(found[0])) call.deed.writes(found[1] ?? HOLE);
  if (/\b(?:create|alter)\s+(?:user|role)\b|\bgrant\b[\s\S]*\bto\b|\bidentified\s+by\b/i.test(sql))
    call.deed.concern('service', `${call.name} changes who may use the database`);
}

/** A database that keeps nothing is left for one that may. */
export const REACHES_OTHERS = /\battach\b|(?:^|[\n;])\s*\.(?:open|restore|load|clone)\b/i;

/** What a database of one file runs or overwrites beyond it. */
function opensOthers(call: Call, sql: string): void {
  const loaded = /(?:^|\n)\s*\.load\s+(\S+)/i.exec(sql)?.[1];
  if (loaded !== undefined) call.deed.runsFile(loaded, call.name);
  for (const found of sql.matchAll(/\b(?:writefile|edit)\s*\(\s*'([^']+)'/gi))
    call.deed.writes(found[1] ?? HOLE, { empties: true });
  for (const found of sql.matchAll(/\breadfile\s*\(\s*'([^']+)'/gi)) call.deed.reads(found[1] ?? HOLE);
}

/** Where `psql` hands what it prints, and what shows it: commands for a shell. */
function printsInto(call: Call, texts: readonly string[], pagers: readonly string[]): void {
  const piped = texts.flatMap((text) =>
    [...text.matchAll(/\\(?:o|out|g|gx|w|write)\s*\|\s*([^\n]+)/g)].map(([, command = '']) => command),
  );
  const shown = pagers.flatMap((text) => {
    const command = /^pager=(.+)$/s.exec(text)?.[1];
    return command === undefined || /^(?:off|on|always|\d)$/.test(command) ? [] : [command];
  });
  for (const command of [...piped, ...shown])
    call.script({ text: command, taint: TAINT.local, by: call.name });
}

const psql: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'cdfhLoUpPRTvF',
    long: [
      'command',
      'dbname',
      'file',
      'host',
      'username',
      'port',
      'output',
      'variable',
      'set',
      'log-file',
      'pset',
    ],
  });
  const texts = [...given.values('c', 'command').map(({ text }) => plain(text)), call.stdin.text ?? ''];
  printsInto(
    call,
    texts,
    given.values('P', 'pset').map(({ text }) => plain(text)),
  );
  hosts(call, given.values('h', 'host')[0]?.text);
  for (const one of given.values('c', 'command'))
    statements(call, withoutScratch(call, given, one.text), one.taint);
  for (const one of given.values('f', 'file')) fromFile(call, one.text);
  if (!given.has('c', 'command', 'f', 'file'))
    statements(call, withoutScratch(call, given, call.stdin.text), call.stdin.taint);
  for (const one of given.values('o', 'output')) call.deed.writes(one.text);
  return UNKNOWN;
};

const mysql: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'eDhuPS',
    long: ['execute', 'database', 'host', 'user', 'port', 'socket', 'defaults-file', 'init-command'],
  });
  hosts(call, given.values('h', 'host')[0]?.text);
  for (const one of given.values('e', 'execute', 'init-command'))
    statements(call, withoutScratch(call, given, one.text), one.taint);
  if (!given.has('e', 'execute'))
    statements(call, withoutScratch(call, given, call.stdin.text), call.stdin.taint);
  return UNKNOWN;
};

const mysqladmin: Program = (call) => {
  if (call.args.some(({ text }) => /^(?:drop|shutdown|kill|flush-\w+|password)$/.test(text)))
    call.deed.concern('destroys', 'changes the database server');
  return UNKNOWN;
};

const redis: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'hpsanrui',
    long: ['user', 'pass', 'eval', 'cacert', 'cert', 'key', 'pattern'],
    stops: true,
  });
  hosts(call, given.values('h')[0]?.text);
  const words = given.operands.map(({ text }) => plain(text).toUpperCase());
  const text = `${words.join(' ')}\n${(call.stdin.text ?? '').toUpperCase()}`;
  if (
    /(?:^|\n)\s*(?:FLUSHALL|FLUSHDB|DEL|UNLINK|SHUTDOWN|SWAPDB|CONFIG\s+(?:SET|RESETSTAT|REWRITE)|DEBUG|SCRIPT\s+FLUSH|FUNCTION\s+(?:FLUSH|DELETE)|CLUSTER\s+(?:RESET|FORGET|FLUSHSLOTS)|XTRIM|LTRIM|SLAVEOF|REPLICAOF|ACL\s+(?:DELUSER|SETUSER)|MODULE\s+LOAD|HDEL|ZREM\w*|SREM|XDEL|XGROUP\s+DESTROY|RENAME|EXPIRE)\b/m.test(
      text,
    )
  )
    call.deed.concern('destroys', 'deletes or resets in redis');
  if (given.has('eval') || /(?:^|\n)\s*(?:EVAL|EVALSHA|FCALL)\b/.test(text))
    call.deed.opaque('redis runs a script');
  // It reads commands, or with -x one word, only where they are not all given.
  if (call.stdin.text === null && (words.length === 0 || given.has('x')))
    call.deed.opaque('the commands of redis are not known');
  return UNKNOWN;
};

const mongo: Program = (call) => {
  const given = parseOptions(call.args, {
    long: ['eval', 'host', 'port', 'username', 'password', 'file', 'authenticationDatabase'],
    values: 'upf',
  });
  for (const one of given.values('eval')) {
    const text = plain(one.text);
    if (
      /\b(?:drop\w*|delete\w*|remove|rename\w*|shutdownServer|findOneAndDelete|bulkWrite|dropUser)\s*\(/.test(
        text,
      )
    )
      call.deed.concern('destroys', 'deletes or drops in mongo');
    if (text.trim() === HOLE) call.deed.opaque('the script of mongo is not known');
  }
  for (const one of given.operands) if (/\.js$/.test(one.text)) call.deed.runsFile(one.text, call.name);
  if (/\b(?:drop|delete|remove)\w*\s*\(/.test(call.stdin.text ?? ''))
    call.deed.concern('destroys', 'deletes or drops in mongo');
  if (call.stdin.text === null && (given.values('eval').length === 0 || given.has('shell')))
    call.deed.opaque('the script of mongo is not known');
  return UNKNOWN;
};

/** One of this machine that is called a database for trying things out. */
function isScratchDatabase(call: Call): boolean {
  const given = parseOptions(call.args, {
    values: 'hpU',
    long: ['host', 'port', 'username', 'maintenance-db'],
  });
  return call.name === 'dropdb' && dropsScratch(call, given);
}

/** `dropdb`, `pg_restore --clean`, `mongorestore --drop`. */
const dropping: Program = (call) => {
  if (
    /^(?:dropdb|dropuser|pg_resetwal)$/.test(call.name) &&
    !call.args.some(({ text }) => /^--(?:help|version)$/.test(text)) &&
    !isScratchDatabase(call)
  )
    call.deed.concern('destroys', `${call.name} takes a database away`);
  if (
    call.args.some(({ text }) => /^(?:-c|--clean|--drop|--create)$/.test(text)) &&
    !call.args.some(({ text }) => /^(?:-l|--list|--help|--version)$/.test(text)) &&
    /restore/.test(call.name)
  )
    call.deed.concern('destroys', `${call.name} drops what is there`);
  return UNKNOWN;
};

const dump: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'fhUpdrunto',
    long: ['file', 'result-file', 'host', 'out', 'archive'],
  });
  hosts(call, given.values('h', 'host')[0]?.text);
  for (const one of given.values('f', 'file', 'result-file', 'r', 'o', 'out')) call.deed.writes(one.text);
  return { text: null, taint: TAINT.none };
};

export function fromFile(call: Call, text: string): void {
  if (text === '-') {
    statements(call, call.stdin.text, call.stdin.taint);
    return;
  }
  const content = call.deed.reads(text);
  if (content.text !== null || content.taint !== 0) statements(call, content.text, content.taint);
  else call.deed.effect({ kind: 'run', what: 'workspace_code', file: shown(call.deed.path(text)) });
}

function hosts(call: Call, host: string | undefined): void {
  if (host !== undefined && !/^(?:localhost|127\.|\/)/.test(host)) call.deed.network(host, 'connect');
  call.deed.taint = TAINT.none;
}

export const sqlPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['psql', psql],
  ['pgcli', psql],
  [
    'cockroach',
    (call) => {
      const given = parseOptions(call.args, { values: 'e', long: ['execute', 'host', 'url', 'file'] });
      for (const one of given.values('e', 'execute')) statements(call, one.text, one.taint);
      return undefined;
    },
  ],
  ['mysql', mysql],
  ['mariadb', mysql],
  ['mycli', mysql],
  [
    'clickhouse-client',
    (call) => {
      for (const one of parseOptions(call.args, {
        values: 'qhud',
        long: ['query', 'host', 'user', 'password', 'database'],
      }).values('q', 'query'))
        statements(call, one.text, one.taint);
      return UNKNOWN;
    },
  ],
  [
    'sqlcmd',
    (call) => {
      for (const one of parseOptions(call.args, { values: 'QqSUPdi' }).values('Q', 'q'))
        statements(call, one.text, one.taint);
      return UNKNOWN;
    },
  ],
  [
    'cqlsh',
    (call) => {
      for (const one of parseOptions(call.args, { values: 'efuk', long: ['execute', 'file'] }).values(
        'e',
        'execute',
      ))
        statements(call, one.text, one.taint);
      return UNKNOWN;
    },
  ],
  [
    'bq',
    (call) => {
      for (const { text, taint } of call.args) if (/\s/.test(text)) statements(call, text, taint);
      if (call.args.some(({ text }) => text === 'rm')) call.deed.concern('destroys', 'deletes in BigQuery');
      return UNKNOWN;
    },
  ],
  [
    'snowsql',
    (call) => {
      for (const one of parseOptions(call.args, { values: 'qfacud', long: ['query', 'filename'] }).values(
        'q',
        'query',
      ))
        statements(call, one.text, one.taint);
      return UNKNOWN;
    },
  ],
  ['mysqladmin', mysqladmin],
  ['redis-cli', redis],
  ['valkey-cli', redis],
  ['keydb-cli', redis],
  ['mongo', mongo],
  ['mongosh', mongo],
  ['dropdb', dropping],
  ['dropuser', dropping],
  ['pg_resetwal', dropping],
  ['pg_restore', dropping],
  ['mongorestore', dropping],
  ['pg_dump', dump],
  ['pg_dumpall', dump],
  ['mysqldump', dump],
  ['mongodump', dump],
  ['mongoexport', dump],
]);
