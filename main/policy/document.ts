/**
 * YAML text to a tree of nodes with positions, and everything in it that could mean something else than it seems
 * refused: duplicate keys, aliases, merge keys, tags, a second document, other YAML versions, `__proto__`.
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { messageOf } from '../platform/errors.ts';
import type { Diagnostic } from './diagnostic.ts';
import { quoted } from './diagnostic.ts';
import type { RuleRef } from './rule-ref.ts';

/** A policy file is at most this long, in UTF-16 units: some thousand rules. */
export const LARGEST_POLICY = 512 * 1024;
/** After so many messages a file is beyond help. */
const MOST_DIAGNOSTICS = 200;

/** A value in the file: its node (null when there is none), where it stands and the key it stands under. */
export interface Field {
  readonly node: Node | null;
  /** Stands for the value where the value has no place of its own. */
  readonly keyNode: Node | null;
  readonly path: string;
}

/** Collects diagnostics with the positions of one file. */
export class Problems {
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #found: Diagnostic[] = [];
  readonly #count = { error: 0, warning: 0, info: 0 };

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  error(field: Field, message: string): void {
    this.#add(this.#offsetOf(field), field.path, message, 'error');
  }

  errorAt(offset: number, message: string): void {
    this.#add(offset, '', message, 'error');
  }

  info(field: Field, message: string): void {
    this.#add(this.#offsetOf(field), field.path, message, 'info');
  }

  warning(field: Field, message: string): void {
    this.#add(this.#offsetOf(field), field.path, message, 'warning');
  }

  /** At a rule that was compiled before. */
  errorRule(rule: RuleRef, message: string): void {
    this.#push(rule.line, rule.column, `tools.${rule.path}`, message, 'error');
  }

  infoRule(rule: RuleRef, message: string, section: 'tools' | 'security' = 'tools'): void {
    this.#push(rule.line, rule.column, `${section}.${rule.path}`, message, 'info');
  }

  /** Takes over what was found in another file that belongs to this one; each is taken once. */
  take(other: Problems): void {
    for (const found of other.#found.splice(0)) {
      if (this.#count[found.severity] >= MOST_DIAGNOSTICS) continue;
      this.#count[found.severity] += 1;
      this.#found.push(found);
    }
  }

  /** In the order of the file. */
  all(...severities: readonly Diagnostic['severity'][]): readonly Diagnostic[] {
    return this.#found
      .filter(({ severity }) => severities.includes(severity))
      .sort((a, b) => a.line - b.line || a.column - b.column);
  }

  ref(field: Field, path: string): RuleRef {
    const { line, column } = this.#place(this.#offsetOf(field));
    return Object.freeze({ path, file: this.#file, line, column });
  }

  #add(offset: number, path: string, message: string, severity: Diagnostic['severity']): void {
    const { line, column } = this.#place(offset);
    this.#push(line, column, path, message, severity);
  }

  #push(line: number, column: number, path: string, message: string, severity: Diagnostic['severity']): void {
    // Counted apart, so that notes can never crowd out an error.
    if (this.#count[severity] >= MOST_DIAGNOSTICS) return;
    this.#count[severity] += 1;
    this.#found.push({ file: this.#file, line, column, path, message, severity });
  }

  #offsetOf(field: Field): number {
    return field.node?.range?.[0] ?? field.keyNode?.range?.[0] ?? 0;
  }

  #place(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

export interface PolicyDocument {
  readonly root: Field;
  readonly problems: Problems;
}

/**
 * Parses the text. Whatever is wrong with it as YAML is in `problems`; the tree may then be partial.
 */
export function readDocument(text: string, file: string): PolicyDocument {
  const lines = new LineCounter();
  const problems = new Problems(file, lines);
  const none: Field = { node: null, keyNode: null, path: '' };
  if (text.length > LARGEST_POLICY) {
    problems.errorAt(0, `a policy file may hold ${LARGEST_POLICY} characters, this one has ${text.length}`);
    return { root: none, problems };
  }
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  let document: Document.Parsed<ParsedNode>;
  try {
    document = parseDocument(body, {
      lineCounter: lines,
      prettyErrors: false,
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: false,
      strict: true,
      logLevel: 'error',
    });
  } catch (error) {
    problems.errorAt(0, `this is not YAML that can be read: ${messageOf(error)}`);
    return { root: none, problems };
  }
  for (const error of [...document.errors, ...document.warnings])
    problems.errorAt(error.pos[0], wordsFor(error));
  if (document.directives.yaml.explicit === true)
    problems.errorAt(0, 'a %YAML directive changes what the file means; remove it');
  if (document.contents !== null) checkNodes(document.contents, problems);
  return { root: { node: document.contents, keyNode: null, path: '' }, problems };
}

function wordsFor(error: YAMLError): string {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'a tab stands where blanks must; indent with blanks';
    case 'MULTIPLE_DOCS':
      return 'a second document begins here; a policy file holds one';
    case 'TAG_RESOLVE_FAILED':
      return 'tags (!…) are not supported; remove the tag';
    default:
      return `not valid YAML: ${error.message.split('\n', 1)[0] ?? ''}`;
  }
}

function checkNodes(root: Node, problems: Problems): void {
  const todo: unknown[] = [root];
  while (todo.length > 0) {
    const node = todo.pop();
    if (isAlias(node)) {
      problems.errorAt(startOf(node), `aliases (*${node.source}) are not supported; write the value out`);
      continue;
    }
    if (isNode(node) && node.tag !== undefined)
      problems.errorAt(startOf(node), 'tags (!…) are not supported; remove the tag');
    if (isMap(node)) {
      checkKeys(node, problems);
      for (const pair of node.items) todo.push(pair.value);
    } else if (isSeq(node)) {
      todo.push(...node.items);
    }
  }
}

/** The parser's own search for duplicates takes quadratic time. */
function checkKeys(map: YAMLMap, problems: Problems): void {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    const at = isNode(key) ? startOf(key) : startOf(map);
    if (!isScalar(key) || typeof key.value !== 'string')
      problems.errorAt(at, 'a key must be text; put it in quotes if it looks like something else');
    else if (key.value === '<<')
      problems.errorAt(at, 'merge keys (<<) are not supported; write the values out');
    else if (key.value === '__proto__')
      problems.errorAt(at, `${quoted(key.value)} is not a key that may be used`);
    else if (seen.has(key.value))
      problems.errorAt(at, `the key ${quoted(key.value)} is there twice; keep one`);
    else seen.add(key.value);
  }
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
