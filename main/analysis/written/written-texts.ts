/** Which texts a call puts into which files, and what they take the place of. */
import type { CallFacts } from '../tools.ts';

export interface Written {
  readonly file: string;
  readonly text: string;
  readonly before: string;
}

/** Parameters that hold new text, and those that hold what it takes the place of. */
const NEW =
  /^(?:content|contents|new_?(?:string|str|text)|text|new_source|insert_text|file_text|source|body)$/i;
const OLD = /^old_?(?:string|str|text|source)$/i;

/** What a call of a tool writes. Nothing where it writes no file. `wanted` chooses files by their names. */
export function writtenTexts(call: CallFacts, wanted: (file: string) => boolean): readonly Written[] {
  const writes =
    call.module === 'filesystem' || call.module === 'notebook' || (call.foreign && call.mutating);
  if (!writes || /^(?:read|grep|glob|list|search|delete\w*|move|copy)$/.test(call.action)) return [];
  return call.action === 'patch' ? patched(call, wanted) : plainly(call, wanted);
}

function plainly(call: CallFacts, wanted: (file: string) => boolean): readonly Written[] {
  const file =
    call.parameters.find(({ kind }) => kind === 'path')?.value ??
    call.hinted.find(({ kind }) => kind === 'path')?.text;
  if (typeof file !== 'string' || !wanted(file)) return [];
  const texts = (names: RegExp): string => {
    const found: string[] = [];
    for (const { name, value } of call.parameters) {
      if (names.test(name) && typeof value === 'string') found.push(value);
      if (!Array.isArray(value)) continue;
      for (const one of value)
        if (typeof one === 'object' && one !== null)
          for (const [key, inner] of Object.entries(one))
            if (names.test(key) && typeof inner === 'string') found.push(inner);
    }
    return found.join('\n');
  };
  return [{ file, text: texts(NEW), before: texts(OLD) }];
}

/** Added lines of each wanted file that a patch names, in the form of agents and in git's. */
function patched(call: CallFacts, wanted: (file: string) => boolean): readonly Written[] {
  const out: { file: string; lines: string[]; gone: string[] }[] = [];
  for (const { value } of call.parameters) {
    if (typeof value !== 'string') continue;
    let file = '';
    for (const line of value.split('\n')) {
      const head = /^(?:\s*\*\*\* (?:(?:Add|Update) File|Move to): |\+\+\+ (?:b\/)?)(\S[^\t]*)/
        .exec(line)?.[1]
        ?.trimEnd();
      if (head !== undefined) {
        file = head;
        if (wanted(file)) out.push({ file, lines: [], gone: [] });
      } else if (/^\*\*\* |^--- /.test(line)) file = '';
      else if (file !== '' && out.at(-1)?.file === file) {
        if (line.startsWith('+')) out.at(-1)?.lines.push(line.slice(1));
        if (line.startsWith('-')) out.at(-1)?.gone.push(line.slice(1));
      }
    }
  }
  return out.map(({ file, lines, gone }) => ({ file, text: lines.join('\n'), before: gone.join('\n') }));
}
