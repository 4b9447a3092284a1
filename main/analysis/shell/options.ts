/** Options and operands of a program's arguments. */
import { type Word, word } from './text.ts';

export interface Spec {
  /** Letters whose option takes a value. */
  readonly values?: string;
  /** Long options (without dashes) that take the next word as their value. */
  readonly long?: readonly string[];
  /** Options end at the first operand, as for programs that run another one. */
  readonly stops?: boolean;
  /** Long options have one dash: find, openssl, terraform. */
  readonly singleDash?: boolean;
}

export interface Given {
  /** `r`, `recursive`: letters and long names, without dashes. */
  has(...names: readonly string[]): boolean;
  /** Values of one option, under all its names, in their order. */
  values(...names: readonly string[]): readonly Word[];
  readonly operands: readonly Word[];
  /** Index in the arguments of the first operand. */
  readonly first: number;
  readonly names: readonly string[];
}

/** Takes arguments apart as getopt does; long options may be shortened as far as they stay clear. */
export function parseOptions(args: readonly Word[], spec: Spec = {}): Given {
  const flags = new Map<string, Word[]>();
  const operands: Word[] = [];
  const long = new Set(spec.long);
  const letters = new Set(spec.values ?? '');
  let first = args.length;
  const note = (name: string, value?: Word) => {
    const list = flags.get(name) ?? [];
    if (value !== undefined) list.push(value);
    flags.set(name, list);
  };
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] as Word;
    const { text } = arg;
    if (text === '--') {
      if (operands.length === 0) first = index + 1;
      operands.push(...args.slice(index + 1));
      break;
    }
    if (text.startsWith('--') || (spec.singleDash === true && /^-[a-zA-Z]/.test(text))) {
      const body = text.replace(/^--?/, '');
      const equals = body.indexOf('=');
      const name = equals < 0 ? body : body.slice(0, equals);
      if (equals >= 0) note(name, { ...arg, text: body.slice(equals + 1) });
      else if (long.has(name)) {
        note(name, args[index + 1] ?? word(''));
        index += 1;
      } else note(name);
    } else if (text.startsWith('-') && text.length > 1) {
      for (let at = 1; at < text.length; at += 1) {
        const letter = text[at] as string;
        if (!letters.has(letter)) {
          note(letter);
          continue;
        }
        if (at + 1 < text.length) note(letter, { ...arg, text: text.slice(at + 1) });
        else {
          note(letter, args[index + 1] ?? word(''));
          index += 1;
        }
        break;
      }
    } else {
      if (operands.length === 0) first = index;
      operands.push(arg);
      if (spec.stops === true) {
        operands.push(...args.slice(index + 1));
        break;
      }
    }
  }
  const spelled = (name: string): readonly string[] =>
    name.length < 2
      ? [name]
      : [...flags.keys()].filter(
          (key) => key === name || (key.length > 2 && name.startsWith(key) && !long.has(key)),
        );
  return {
    has: (...names) => names.some((name) => spelled(name).some((key) => flags.has(key))),
    values: (...names) => names.flatMap((name) => spelled(name).flatMap((key) => flags.get(key) ?? [])),
    operands,
    first,
    names: [...flags.keys()],
  };
}
