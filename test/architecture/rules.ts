/**
 * The house's rules about who may import whom, as one pure function over the sources.
 *
 * Rows stand above one another; an import goes down, or stays in its own part. Parts of one row do not know
 * each other. The page knows itself and the contract.
 */
import { importsOf } from './imports.ts';

export interface SourceFile {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly path: string;
  readonly rule:
    | 'arrow'
    | 'peer'
    | 'electron'
    | 'page'
    | 'contract'
    | 'length'
    | 'cycle'
    | 'unknown_part'
    | 'missing';
  readonly text: string;
}

/** Parts of main, top row first. `entry` are main/*.ts and main/cli/. */
const ROWS: readonly (readonly string[])[] = [
  ['entry'],
  ['electron', 'headless'],
  ['app'],
  ['points'],
  ['engine'],
  ['policy', 'analysis', 'vault', 'sandbox', 'audit'],
  ['store'],
  ['platform'],
];

/** Longest file, in lines. */
export const MAX_LINES = 400;

/** Everything that breaks a rule, in the order of the files. */
export function violationsOf(files: readonly SourceFile[]): readonly Violation[] {
  const known = new Set(files.map((file) => file.path));
  const graph = new Map<string, readonly string[]>();
  const found: Violation[] = [];
  for (const file of files) {
    const lines = file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0);
    if (lines > MAX_LINES)
      found.push({ path: file.path, rule: 'length', text: `${lines} lines; at most ${MAX_LINES}` });
    if (!/\.tsx?$/.test(file.path)) continue;
    if (file.path.startsWith('main/') && rowOf(file.path) === null) {
      found.push({
        path: file.path,
        rule: 'unknown_part',
        text: `${partOf(file.path)} is no part of the house`,
      });
    }
    const imports = importsOf(file.path, file.text);
    for (const { specifier, target } of imports) {
      const broken = target === null ? packageRule(file.path, specifier) : fileRule(file.path, target);
      if (broken !== null) found.push({ path: file.path, ...broken });
      if (target !== null && /\.tsx?$/.test(target) && !known.has(target))
        found.push({ path: file.path, rule: 'missing', text: `${specifier} does not exist` });
    }
    graph.set(
      file.path,
      imports.filter((each) => !each.typeOnly && each.target !== null).map((each) => each.target ?? ''),
    );
  }
  for (const cycle of cyclesOf(graph))
    found.push({ path: cycle[0] ?? '', rule: 'cycle', text: cycle.join(' → ') });
  return found;
}

function packageRule(from: string, specifier: string): Omit<Violation, 'path'> | null {
  const name = specifier.startsWith('@')
    ? specifier.split('/').slice(0, 2).join('/')
    : (specifier.split('/')[0] ?? '');
  if (name === 'electron' && !from.startsWith('main/electron/') && from !== 'preload/index.ts') {
    return { rule: 'electron', text: `${specifier} belongs to main/electron and preload alone` };
  }
  if (from.startsWith('renderer/') && (specifier.startsWith('node:') || NOT_FOR_THE_PAGE.has(name))) {
    return { rule: 'page', text: `the page cannot use ${specifier}` };
  }
  if (from.startsWith('preload/contract') && specifier !== 'zod')
    return { rule: 'contract', text: `the contract needs zod and nothing else, not ${specifier}` };
  return null;
}

const NOT_FOR_THE_PAGE: ReadonlySet<string> = new Set([
  'better-sqlite3',
  'keytar',
  'electron-log',
  'ws',
  'fs',
  'path',
  'os',
  'child_process',
  'crypto',
  'net',
  'http',
]);

function fileRule(from: string, to: string): Omit<Violation, 'path'> | null {
  if (from.startsWith('renderer/')) {
    if (to.startsWith('renderer/') || isContract(to)) return null;
    return { rule: 'page', text: `the page imports ${to}; it may import itself and preload/contract` };
  }
  if (from.startsWith('preload/')) {
    if (isContract(from) && !isContract(to)) return { rule: 'contract', text: `the contract imports ${to}` };
    return to.startsWith('preload/') ? null : { rule: 'arrow', text: `preload imports ${to}` };
  }
  if (!from.startsWith('main/')) return null;
  if (isContract(to)) return null;
  if (to === 'preload/ipc-channels.ts')
    return from.startsWith('main/electron/') ? null : { rule: 'arrow', text: `${to} is for main/electron` };
  if (!to.startsWith('main/'))
    return to.endsWith('.json') ? null : { rule: 'arrow', text: `main imports ${to}` };
  const [fromRow, toRow] = [rowOf(from), rowOf(to)];
  if (fromRow === null || toRow === null || partOf(from) === partOf(to)) return null;
  if (fromRow === toRow)
    return { rule: 'peer', text: `${partOf(from)} imports its peer ${partOf(to)} (${to})` };
  return toRow > fromRow
    ? null
    : { rule: 'arrow', text: `${partOf(from)} imports ${partOf(to)} (${to}), which stands above it` };
}

function isContract(path: string): boolean {
  return path === 'preload/contract.ts' || path.startsWith('preload/contract/');
}

function partOf(path: string): string {
  const [, part, rest] = path.split('/');
  return rest === undefined || part === 'cli' ? 'entry' : (part ?? '');
}

function rowOf(path: string): number | null {
  const row = ROWS.findIndex((parts) => parts.includes(partOf(path)));
  return row === -1 ? null : row;
}

/** Each cycle once, starting at the file that was reached first. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path);
    if (at !== -1) {
      cycles.push([...trail.slice(at), path]);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}
