/** Databases that are a file, or kept in memory: `sqlite3`, `duckdb`. */
import { locusOf } from '../place.ts';
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { plain, UNKNOWN } from '../shell/text.ts';
import { fromFile, REACHES_OTHERS, statements } from './sql.ts';

/** `-readonly`, and surely not the value of the option before it. */
function isReadOnly({ args }: Call): boolean {
  const at = args.findIndex(({ text }) => /^--?readonly$/.test(text));
  return (
    at >= 0 &&
    args
      .slice(0, at)
      .every(
        ({ text }) =>
          !text.startsWith('-') ||
          /^--?(?:bail|batch|box|column|csv|echo|header|noheader|html|json|line|list|markdown|quote|table|tabs|stats)$/.test(
            text,
          ),
      )
  );
}

const sqlite: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'A',
    long: ['cmd', 'init', 'separator', 'nullvalue', 'newline', 'mmap', 'vfs'],
    singleDash: true,
  });
  const [file, ...texts] = given.operands;
  const isTemporary =
    file !== undefined &&
    (file.text === ':memory:' || locusOf(call.deed.path(file.text), call.place) === 'temp');
  const all = [...given.values('cmd'), ...texts];
  const keepsNothing = isTemporary || isReadOnly(call);
  // One of them may open another database for those behind it.
  const stays = keepsNothing && !all.some(({ text }) => REACHES_OTHERS.test(plain(text)));
  for (const one of all) statements(call, one.text, one.taint, !stays);
  for (const one of given.values('init')) call.deed.runsFile(one.text, call.name);
  if (texts.length === 0) statements(call, call.stdin.text, call.stdin.taint, !keepsNothing);
  if (file !== undefined && file.text !== ':memory:') call.deed.reads(file.text);
  return { text: null, taint: call.deed.taint };
};

const duckdb: Program = (call) => {
  const given = parseOptions(call.args, {
    long: ['c', 's', 'cmd', 'init', 'f', 'file', 'separator', 'nullvalue', 'newline'],
    singleDash: true,
  });
  const [file, ...texts] = given.operands;
  const all = [...given.values('c', 's', 'cmd'), ...texts];
  // Without a file it is kept in memory.
  const stays =
    (file === undefined || file.text === ':memory:' || isReadOnly(call)) &&
    !all.some(({ text }) => REACHES_OTHERS.test(plain(text)));
  for (const one of all) statements(call, one.text, one.taint, !stays);
  for (const one of given.values('init', 'f', 'file')) fromFile(call, one.text);
  if (all.length === 0) statements(call, call.stdin.text, call.stdin.taint, !stays);
  return UNKNOWN;
};

export const embeddedPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['sqlite3', sqlite],
  ['sqlite', sqlite],
  ['litecli', sqlite],
  ['duckdb', duckdb],
]);
