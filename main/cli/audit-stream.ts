/** `gatehouse audit export` and `gatehouse audit tail`: the log to standard output, read from its file. */
import { homedir } from 'node:os';
import { parseArgs } from 'node:util';
import { eventWords } from '../app/commands/audit.ts';
import { FILTER_OPTIONS, isNarrowed, readFilter } from '../app/commands/audit-filter.ts';
import { exportLog, tailLog } from '../app/log-reading.ts';
import { exportLine } from '../audit/export.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { resolvePaths } from '../platform/paths.ts';

/** Runs it to its end (export), or until it is interrupted or nobody reads on (tail). Answers the exit code. */
export async function auditStream(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const paths = resolvePaths(env, process.platform, homedir());
  if (argv[1] === 'export') {
    for (const line of exportLog(paths, readExport(argv.slice(2)))) if (!(await put(line))) return 0;
    return 0;
  }
  const { after, json, filter } = readTail(argv.slice(2));
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ended.abort());
  process.stdout.on('close', () => ended.abort());
  for await (const row of tailLog(paths.auditDb, after, ended.signal, filter))
    if (!(await put(json ? exportLine({ kind: 'row', row }) : eventWords(row)))) return 0;
  return 0;
}

function readExport(args: readonly string[]) {
  const values = read(args, 'export', {
    format: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    ...FILTER_OPTIONS,
  } as const);
  const format = values.format ?? 'jsonl';
  if (format !== 'jsonl' && format !== 'csv') throw usage('audit export: --format: allowed: jsonl, csv');
  const filter = readFilter(values, Date.now(), 'audit export');
  const { since, until } = filter;
  return {
    format,
    from: rowNumber(values.from, '--from'),
    to: rowNumber(values.to, '--to'),
    since,
    until,
    // A span of time alone is a range of rows, whole, which can be verified.
    filter: isNarrowed({ ...values, since: undefined, until: undefined }) ? filter : null,
  } as const;
}

function readTail(args: readonly string[]) {
  const values = read(args, 'tail', {
    'since-seq': { type: 'string' },
    json: { type: 'boolean' },
    ...FILTER_OPTIONS,
  } as const);
  const filter = isNarrowed(values) ? readFilter(values, Date.now(), 'audit tail') : null;
  const text = values['since-seq'];
  return { after: text === '0' ? 0 : rowNumber(text, '--since-seq'), json: values.json ?? false, filter };
}

function read<O extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(
  args: readonly string[],
  name: string,
  options: O,
) {
  try {
    return parseArgs({ args: [...args], strict: true, allowPositionals: false, options: options ?? {} })
      .values as {
      readonly [K in keyof O]?: NonNullable<O>[K & keyof NonNullable<O>] extends { type: 'boolean' }
        ? boolean
        : NonNullable<O>[K & keyof NonNullable<O>] extends { multiple: true }
          ? readonly string[]
          : string;
    };
  } catch (error) {
    throw usage(
      `audit ${name}: ${(messageOf(error).split('\n', 1)[0] ?? '').replace(/\. To specify.*$/, '')}`,
    );
  }
}

function rowNumber(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw usage(`audit: ${option}: ${JSON.stringify(text.slice(0, 40))} is no row number`);
  return Number(text);
}

function usage(what: string): GatehouseError {
  return new GatehouseError('usage', what, { hint: 'see audit --help' });
}

/** Writes a line when there is room for it. False when nobody reads any more. */
function put(line: string): Promise<boolean> {
  const { stdout } = process;
  if (stdout.destroyed || !stdout.writable) return Promise.resolve(false);
  if (stdout.write(`${line}\n`)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (more: boolean) => () => {
      stdout.removeAllListeners('drain');
      resolve(more);
    };
    stdout.once('drain', settle(true));
    stdout.once('close', settle(false));
  });
}
