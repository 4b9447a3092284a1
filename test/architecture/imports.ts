/** Reads which modules a source file imports, by parsing it: strings and comments that look like imports don't count. */
import { dirname, join } from 'node:path';
import { parseAst } from 'vite';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path from the project's root with `/`, for a relative import; null for a package. */
  readonly target: string | null;
  /** Gone after the types are stripped. */
  readonly typeOnly: boolean;
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/**
 * Every static, dynamic and type import, every re-export, `require("x")` and `new URL("x", import.meta.url)`
 * of a module.
 *
 * @param path  from the project's root, for example `main/engine/engine.ts`
 */
export function importsOf(path: string, source: string): readonly Import[] {
  const found: Import[] = [];
  const add = (specifier: unknown, typeOnly: boolean) => {
    if (typeof specifier !== 'string') return;
    const target = specifier.startsWith('.') ? join(dirname(path), specifier).replaceAll('\\', '/') : null;
    found.push({ specifier, target, typeOnly });
  };
  walk(parseAst(source, { lang: path.endsWith('.tsx') ? 'tsx' : 'ts' }, path), (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
        add(literal(node['source']), node['importKind'] === 'type');
        break;
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        add(literal(node['source']), node['exportKind'] === 'type');
        break;
      case 'ImportExpression':
        add(literal(node['source']), false);
        break;
      case 'TSImportType':
        add(literal(node['source'] ?? node['argument']), true);
        break;
      case 'CallExpression':
        if (isNode(node['callee']) && /require$/i.test(String(node['callee']['name'] ?? '')))
          add(literal(first(node['arguments'])), false);
        break;
      case 'NewExpression':
        if (
          isNode(node['callee']) &&
          node['callee']['name'] === 'URL' &&
          isMetaUrl(second(node['arguments']))
        )
          add(literal(first(node['arguments'])), false);
        break;
      default:
    }
  });
  return found;
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
  } else if (typeof value === 'object' && value !== null) {
    if (isNode(value)) visit(value);
    for (const child of Object.values(value)) walk(child, visit);
  }
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}

/** The text of a string, or of a template without holes; also one level inside a literal type. */
function literal(value: unknown): unknown {
  if (!isNode(value)) return undefined;
  if (value.type === 'TSLiteralType') return literal(value['literal']);
  if (value.type === 'TemplateLiteral') {
    const quasis = value['quasis'];
    const only =
      Array.isArray(quasis) && quasis.length === 1
        ? (quasis[0] as { value?: { cooked?: unknown } })
        : undefined;
    return only?.value?.cooked;
  }
  return value['value'];
}

function isMetaUrl(value: unknown): boolean {
  return (
    isNode(value) &&
    value.type === 'MemberExpression' &&
    isNode(value['object']) &&
    value['object'].type === 'MetaProperty'
  );
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function second(value: unknown): unknown {
  return Array.isArray(value) ? value[1] : undefined;
}
