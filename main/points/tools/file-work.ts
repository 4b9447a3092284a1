/** The file tools: what is asked of a worker, and what its answer is in words. */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import type { WorkerAnswer } from './worker-frames.ts';

export interface ToolResult {
  readonly text: string;
  readonly failed: boolean;
}

/** Longer than the worker's own limit. */
export const FILE_LIMIT_MS = 20_000;
const MOST_LINES = 2000;
const MOST_FOUND = 1000;

/** What the worker is sent. @param params as `namedCall` made them, or as a person's policy changed them */
export function fileWork(action: string, params: JsonObject): readonly string[] {
  const word = (name: string) => String(params[name] ?? '');
  switch (action) {
    case 'read':
      return [
        action,
        word('file_path'),
        String(params['offset'] ?? 1),
        String(params['limit'] ?? MOST_LINES),
      ];
    case 'write':
      return [action, word('file_path'), word('content')];
    case 'edit':
      return [action, word('file_path'), word('old_string'), word('new_string'), flag(params['replace_all'])];
    case 'delete':
      return [action, word('file_path')];
    case 'list':
      return [action, word('path')];
    case 'glob':
      return [action, word('path'), word('pattern'), String(MOST_FOUND)];
    case 'grep':
      return [
        action,
        word('path'),
        word('pattern'),
        flag(params['ignore_case']),
        word('glob'),
        String(MOST_FOUND),
      ];
    default:
      throw new GatehouseError('unknown_tool', `there is no tool filesystem.${action}`);
  }
}

function flag(value: unknown): string {
  return value === true ? '1' : '0';
}

/**
 * The worker's answer for the model.
 *
 * @param mayRead  whether a file that a search found lines in may be read at all
 */
export function fileResult(
  action: string,
  params: JsonObject,
  answer: WorkerAnswer,
  mayRead: (path: string) => boolean,
): ToolResult {
  // What went wrong may name files, and is one line whatever they are called.
  if (answer.kind !== 'done') return { text: oneName(answer.fields[0]), failed: true };
  const { fields } = answer;
  switch (action) {
    case 'read':
      return { text: readText(fields, Number(params['offset'] ?? 1)), failed: false };
    case 'list':
      return { text: listText(fields), failed: false };
    case 'glob':
      return { text: globText(fields), failed: false };
    case 'grep':
      return { text: grepText(fields, String(params['path'] ?? ''), mayRead), failed: false };
    default:
      return { text: oneName(fields[0]), failed: false };
  }
}

/** Bytes that are no UTF-8 are shown as such. */
function shown(bytes: Buffer | undefined): string {
  return bytes === undefined ? '' : bytes.toString('utf8');
}

function readText([bytes, left]: readonly Buffer[], first: number): string {
  const text = shown(bytes);
  const next = Number(shown(left));
  const notes: string[] = [];
  if (text.includes('\uFFFD') && bytes !== undefined && !Buffer.from(text, 'utf8').equals(bytes))
    notes.push('Bytes that are not UTF-8 are shown as \uFFFD.');
  if (next === first) notes.push(`Line ${first} is longer than what is read at once; its end is not shown.`);
  else if (next > 0) notes.push(`There is more: go on with offset ${next}.`);
  if (text === '' && notes.length === 0) return '(The file is empty.)';
  if (notes.length === 0) return text;
  return `${text}${text.endsWith('\n') ? '' : '\n'}(${notes.join(' ')})`;
}

function listText(fields: readonly Buffer[]): string {
  const lines: string[] = [];
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const name = oneName(fields[at + 1]);
    const detail = fields[at + 2];
    switch (shown(fields[at])) {
      case 'd':
        lines.push(`${name}/`);
        break;
      case 'l':
        lines.push(`${name} -> ${oneName(detail)}`);
        break;
      case 'f':
        lines.push(`${name}  ${shown(detail)}`);
        break;
      default:
        lines.push(`${name}  (a pipe, a device or a socket)`);
    }
  }
  const left = shown(fields.at(-1));
  if (left !== '0') lines.push(`(${left} more are not shown.)`);
  return lines.length === 0 ? '(The folder is empty.)' : lines.join('\n');
}

function globText(fields: readonly Buffer[]): string {
  const lines = fields.slice(0, -1).map(oneName);
  if (lines.length === 0) lines.push('(Nothing fits.)');
  return [...lines, ...searchNotes(fields.at(-1), lines.length)].join('\n');
}

function grepText(fields: readonly Buffer[], path: string, mayRead: (path: string) => boolean): string {
  const allowed = new Map<string, boolean>();
  const lines: string[] = [];
  for (let at = 0; at + 3 < fields.length; at += 3) {
    const name = shown(fields[at]);
    const whole = name === '' ? path : `${path === '/' ? '' : path}/${name}`;
    const may = allowed.get(whole) ?? mayRead(whole);
    allowed.set(whole, may);
    if (may)
      lines.push(
        `${name === '' ? '' : `${oneName(fields[at])}:`}${shown(fields[at + 1])}:${shown(fields[at + 2])}`,
      );
  }
  const left = [...allowed.values()].filter((may) => !may).length;
  const notes = searchNotes(fields.at(-1), lines.length);
  if (lines.length === 0) lines.push('(No line fits.)');
  if (left > 0)
    notes.push(
      `(Lines of ${left === 1 ? 'a file' : `${left} files`} are left out: reading ${left === 1 ? 'it' : 'them'} is not allowed without a question of its own.)`,
    );
  return [...lines, ...notes].join('\n');
}

function searchNotes(last: Buffer | undefined, count: number): string[] {
  const [cut = '0', , passed = '0'] = shown(last).split(' ');
  const notes: string[] = [];
  if (cut !== '0')
    notes.push(
      `(Not everything was looked at${count >= MOST_FOUND ? `: ${MOST_FOUND} were found` : ', or not all is shown'}. Name a folder or a narrower pattern.)`,
    );
  if (passed !== '0') notes.push(`(${passed} were passed over: binary, too large, or not to be opened.)`);
  return notes;
}

/** A name on one line. What is no UTF-8, or would break the line, stands as \\xNN, and cannot be given as a path. */
function oneName(bytes: Buffer | undefined): string {
  if (bytes === undefined) return '';
  const text = bytes.toString('utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (Buffer.from(text, 'utf8').equals(bytes) && !/[\u0000-\u001f\u007f]/.test(text)) return text;
  return [...bytes]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}
