/** The grammar of the shell (tree-sitter-bash as wasm), loaded once. */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { Language, Parser, type TreeCursor } from 'web-tree-sitter';
import { GatehouseError } from '../../platform/errors.ts';

/** A node of the syntax tree, copied out of the parser's memory. */
export interface Syntax {
  readonly type: string;
  readonly named: boolean;
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  readonly children: readonly Syntax[];
}

export interface Parsed {
  readonly root: Syntax;
  /** The text does not follow the grammar: what the shell makes of it is not known. */
  readonly broken: boolean;
}

/** Longer texts are not taken apart. */
export const LONGEST_TEXT = 64 * 1024;
/** How often the parser may call back before it is stopped: it does so every few thousand steps. */
const MOST_CALLBACKS = 200;
/**
 * Milliseconds of the processor that the parser may take for one call: text that follows no grammar costs it up to
 * a millisecond a character, and it decides with the supervisor's own thread.
 */
const MOST_MS = 400;
const DEEPEST = 200;
const MOST_NODES = 60_000;

let started: Promise<void> | null = null;

export class Grammar {
  readonly #parser: Parser;
  #spentMs = 0;

  private constructor(parser: Parser) {
    this.#parser = parser;
  }

  /**
   * @param file absolute path of tree-sitter-bash.wasm
   * @throws GatehouseError `no_grammar`
   */
  static async open(file: string): Promise<Grammar> {
    try {
      started ??= Parser.init();
      await started;
      const language = await Language.load(new Uint8Array(await readFile(file)));
      const parser = new Parser();
      parser.setLanguage(language);
      parser.parse('true')?.delete();
      return new Grammar(parser);
    } catch (cause) {
      throw new GatehouseError('no_grammar', `the grammar of the shell cannot be loaded from ${file}`, {
        hint: 'install Gatehouse again',
        cause,
      });
    }
  }

  /** Another call is looked at: the parser has its time anew. */
  begin(): void {
    this.#spentMs = 0;
  }

  /** The tree of a text; null when it is too long or takes too long. */
  parse(text: string): Parsed | null {
    if (text.length > LONGEST_TEXT || this.#spentMs > MOST_MS) return null;
    let calls = 0;
    const before = cpuMs();
    const stop = () => {
      calls += 1;
      return calls > MOST_CALLBACKS || this.#spentMs + cpuMs() - before > MOST_MS;
    };
    let tree: ReturnType<Parser['parse']> = null;
    try {
      tree = this.#parser.parse(text, null, { progressCallback: stop });
      if (tree === null) {
        this.#parser.reset();
        return null;
      }
      const cursor = tree.walk();
      const count = { nodes: 0 };
      const root = copy(cursor, count, 0);
      const broken = tree.rootNode.hasError;
      cursor.delete();
      return root === null ? null : { root, broken };
    } finally {
      tree?.delete();
      this.#spentMs += cpuMs() - before;
    }
  }
}

/** Of this thread alone: a busy machine makes nothing unreadable. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function copy(cursor: TreeCursor, count: { nodes: number }, depth: number): Syntax | null {
  count.nodes += 1;
  if (depth > DEEPEST || count.nodes > MOST_NODES) return null;
  const node = {
    type: cursor.nodeType,
    named: cursor.nodeIsNamed,
    field: cursor.currentFieldName,
    start: cursor.startIndex,
    end: cursor.endIndex,
    children: [] as Syntax[],
  };
  if (cursor.gotoFirstChild()) {
    do {
      const child = copy(cursor, count, depth + 1);
      if (child === null) return null;
      node.children.push(child);
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return node;
}
