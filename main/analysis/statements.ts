/** Statements for databases in the arguments of a tool: whether they only read. */
import { lossOf } from './programs/sql.ts';

/** It begins as a statement does, behind comments and brackets. */
const STATEMENT =
  /^(?:select|with|from|summarize|export\s+data\s+options|show|explain|describe|desc|pragma|values|table|insert\s+(?:into|or)|update\s+\S+\s+set|delete\s+from|merge\s+into|replace\s+into|upsert\s+into|create|alter|drop|truncate|rename\s+table|grant|revoke|comment\s+on|copy|load\s+data|call|exec(?:ute)?|do|begin|start\s+transaction|commit|rollback|set|reset|use|vacuum|analyze|reindex|cluster|lock|attach|detach|prepare|declare|refresh|kill|shutdown|flush|optimize|backup|restore|put|unload)\b/i;
/** Unlikely to begin a search or a sentence. */
const SURELY =
  /^(?:select\b[\s\S]*\bfrom\b|with\s+\w+\s+as\s*\(|insert\s+into\b|update\s+\S+\s+set\b|delete\s+from\b|(?:drop|alter|truncate|create)\s+(?:or\s+replace\s+)?(?:temp\w*\s+)?(?:table|database|schema|view|index|user|role|function|trigger|extension|materialized|sequence|type|procedure)\b|truncate\b|grant\s+[\s\S]*\bto\b|revoke\s+[\s\S]*\bfrom\b|copy\s+\S+\s+(?:to|from)\b)/i;
const READS = /^(?:select|with|from|summarize|show|explain|describe|desc|pragma|values|table)\b/i;
/** Named anywhere, what reads does more than that. */
const DOES =
  /\b(?:insert\s+into|update\s+\S+\s+set|delete\s+from|merge\s+into|drop|truncate|alter|create|grant|revoke|replace\s+into|into\s+(?:outfile|dumpfile)|copy|call|exec(?:ute)?|attach|for\s+(?:no\s+key\s+)?update|load_file|load_extension)\b/i;
/** Functions that act, or reach beyond the database. */
const ACTING =
  /\b(?:pg_(?:read|write|ls|stat)_\w*|pg_terminate_backend|pg_cancel_backend|pg_reload_conf|pg_switch_wal|pg_rotate_logfile|pg_create\w*|pg_drop\w*|pg_logical\w*|pg_advisory\w*|pg_sleep\w*|pg_notify|lo_\w+|dblink\w*|set_config|setval|nextval|query_to_xml\w*|system\$\w+|xp_\w+|sp_\w+|openrowset|opendatasource|openquery|sys_(?:exec|eval)|http_(?:get|post|put|delete)|net\.http\w*|utl_(?:http|file|smtp|tcp)\w*|dbms_\w+|writefile|readfile|edit|sleep|benchmark|url|s3|file|remote|mysql|postgresql|hdfs|read_(?:csv|parquet|json|text|blob)\w*|glob)\s*\(/i;
/** `select … into t` makes a table; `into` behind these does not. */
const MAKES = /\bselect\b(?:(?!\bfrom\b)[\s\S])*\binto\s+(?!@)/i;
/** A name that is written by numbers of its letters, and a file or page that is read like a table. */
const ODD_NAME = /\bu&["']/i;
const OTHER_SOURCE = /\b(?:from|join)\s+'(?:[/~]|\.\.|[a-z][a-z\d]*:\/\/)/i;
/** Parts of names of functions that somebody wrote, which do more than look. */
const ACTS_BY_NAME =
  /^(?:delete|remove|drop|purge|truncate|wipe|destroy|erase|flush|revoke|terminate|cancel|kill|disable|execute|exec|send|upsert|update)$/;
/** Functions of databases that give back a changed value, and leave what they are given. */
const VALUES_ONLY = /^(?:array|jsonb?|list|map|ts|st|set|bit|hstore|string|regexp)_/;
/** A pragma that sets. */
const SETS =
  /^pragma\s+[\w.]+\s*=|^pragma\s+(?:writable_schema|wal_checkpoint|optimize|incremental_vacuum)\b/i;

/** Longer ones are not looked through. */
const LONGEST = 20_000;

export type Statements = 'none' | 'reads' | 'changes' | 'loses';

/**
 * What a text does as statements of SQL; `none` where it is none.
 *
 * @param isNamed the argument's name says that it holds statements
 */
export function statementsOf(text: string, isNamed: boolean): Statements {
  if (text.length > LONGEST) return isNamed ? 'changes' : statementsOf(text.slice(0, LONGEST), isNamed);
  const bare = readable(text).replace(/^[\s(;]+/, '');
  if (!(isNamed ? STATEMENT : SURELY).test(bare)) return isNamed && ODD.test(bare) ? 'changes' : 'none';
  if (lossOf(text) !== null) return 'loses';
  if (ODD_NAME.test(bare) || OTHER_SOURCE.test(text)) return 'changes';
  for (const one of bare.split(';')) {
    const part = one.replace(/^[\s(]+/, '');
    if (part.trim() === '') continue;
    if (callsActing(part)) return 'changes';
    if (!READS.test(part) || DOES.test(part) || ACTING.test(part) || MAKES.test(part) || SETS.test(part))
      return 'changes';
  }
  return 'reads';
}

/** Whether a function is called whose name says that it acts: `purge_users(1)`. */
function callsActing(statement: string): boolean {
  for (const [, name = ''] of statement.matchAll(/([\w$]+)\s*\(/g)) {
    const low = name.toLowerCase();
    const parts = low.split('_');
    if (!VALUES_ONLY.test(low) && (parts.length > 1 || /^(?:purge|wipe|destroy|erase)$/.test(low)))
      if (parts.some((part) => ACTS_BY_NAME.test(part))) return true;
  }
  return false;
}

/** What is said to be a statement and begins like none: commands of a client, and other languages. */
const ODD = /^(?:\\|\.\w|\/\*|db\.|\{\s*"?(?:delete|update|insert|drop|create|findAndModify))/;

/**
 * The text without what stands in quotes, and without comments before it. Where comments, backslashes or quotes by
 * dollars make it a matter of dialect what is quoted, it stays whole: a word in quotes then counts as any other.
 */
function readable(text: string): string {
  const begun = text.replace(/^(?:\s+|--[^\n]*\n|\/\*(?!!)[^*]*\*+(?:[^/*][^*]*\*+)*\/)+/, '');
  return /[\\#$`]|--|\/\*/.test(begun)
    ? begun
    : begun.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"(?:\s*\()?/g, (quoted) => {
        if (quoted.startsWith("'")) return "''";
        // The name of a function may stand in quotes.
        return quoted.endsWith('(') ? quoted.replaceAll('"', '') : '""';
      });
}
