/** Redirections of one command. */
import { bodyText } from './expand.ts';
import type { Expander } from './expander.ts';
import type { Syntax } from './grammar.ts';
import { type Stream, TAINT, type Word } from './text.ts';

export type Redirect =
  | { readonly kind: 'in'; readonly target: Word }
  | {
      readonly kind: 'out';
      readonly target: Word;
      /** The target as it is written. */
      readonly written: string;
      readonly adds: boolean;
      readonly errors: boolean;
      readonly both: boolean;
    }
  /** `<>`: both ways. */
  | { readonly kind: 'open'; readonly target: Word }
  | { readonly kind: 'text'; readonly content: Stream };

/** All redirections among some nodes, in their order, those nested in here-documents too. */
export function redirects(nodes: readonly Syntax[], on: Expander): readonly Redirect[] {
  return nodes.flatMap((node) => {
    switch (node.type) {
      case 'file_redirect':
        return fileRedirect(node, on);
      case 'herestring_redirect':
        return [hereString(node, on)];
      case 'heredoc_redirect':
        return [
          ...redirects(
            node.children.filter(({ type }) =>
              /^(?:file_redirect|heredoc_redirect|herestring_redirect)$/.test(type),
            ),
            on,
          ),
          hereDocument(node, on),
        ];
      default:
        return [];
    }
  });
}

function fileRedirect(node: Syntax, on: Expander): readonly Redirect[] {
  const operator = node.children.find(({ named }) => !named);
  const token = operator === undefined ? '>' : on.source.slice(operator.start, operator.end);
  const descriptor = node.children.find(({ type }) => type === 'file_descriptor');
  const fd = descriptor === undefined ? '' : on.source.slice(descriptor.start, descriptor.end);
  const destination = targetOf(node);
  if (destination.length === 0) return [];
  if (destination[0]?.type === 'number' && token.endsWith('&')) return [];
  const target = on.single(destination);
  if (token === '<' || token === '<&') return [{ kind: 'in', target }];
  if (token === '<>') return [{ kind: 'open', target }];
  if (token === '>&' && /^\d+-?$|^-$/.test(target.text)) return [];
  return [
    {
      kind: 'out',
      target,
      written: on.source.slice(destination[0]?.start, destination.at(-1)?.end),
      adds: token.includes('>>'),
      errors: fd !== '' && fd !== '1' && !token.startsWith('&'),
      both: token.startsWith('&') || token === '>&',
    },
  ];
}

/** The nodes of a redirection that are its target: the tree takes the words behind it for further ones. */
function targetOf(node: Syntax): readonly Syntax[] {
  const all = node.children.filter(({ field }) => field === 'destination');
  const target: Syntax[] = [];
  for (const one of all) {
    const last = target.at(-1);
    if (last !== undefined && last.end !== one.start) break;
    target.push(one);
  }
  return target;
}

/** Words of the command that the tree counts among the targets of a redirection. */
export function wordsBehind(node: Syntax): readonly Syntax[] {
  if (node.type !== 'file_redirect') return node.children.filter(({ field }) => field === 'argument');
  const all = node.children.filter(({ field }) => field === 'destination');
  return all.slice(targetOf(node).length);
}

function hereString(node: Syntax, on: Expander): Redirect {
  const content = on.single(node.children.filter(({ named, type }) => named && type !== 'file_descriptor'));
  return { kind: 'text', content: { text: `${content.text}\n`, taint: content.taint } };
}

function hereDocument(node: Syntax, on: Expander): Redirect {
  const start = node.children.find(({ type }) => type === 'heredoc_start');
  const body = node.children.find(({ type }) => type === 'heredoc_body');
  const mark = start === undefined ? '' : on.source.slice(start.start, start.end);
  if (body === undefined) return { kind: 'text', content: { text: '', taint: TAINT.none } };
  const tabs = node.children.some(({ type }) => type === '<<-');
  const raw = on.source.slice(body.start, body.end);
  const content = /['"\\]/.test(mark) ? { text: raw, taint: TAINT.none } : bodyText(body, on);
  const text = tabs && content.text !== null ? content.text.replace(/^\t+/gm, '') : content.text;
  return { kind: 'text', content: { text, taint: content.taint } };
}
