/** Commands that stand in parameters as a program and its arguments, or as a list of words. */
import type { JsonValue } from '../../platform/canonical-json.ts';

const PROGRAM =
  /^(?:command|commands|cmd|cmds|argv|program|executable|exec|binary|bin|script|run|command_?line)$/i;
const ARGUMENTS = /^(?:args|argv|arguments|params|parameters|options)$/i;

/** Shell text for each command that the parameters hold in parts, or below the names of commands. */
export function commandsOf(params: Readonly<Record<string, JsonValue>>): readonly string[] {
  const found: string[] = [];
  for (const name of Object.keys(params)) {
    if (!PROGRAM.test(name)) continue;
    const value = params[name];
    const words = textsOf(value);
    const [first] = words;
    if (first === undefined) continue;
    const more = Object.keys(params).flatMap((other) =>
      other !== name && ARGUMENTS.test(other) ? [textsOf(params[other])] : [],
    );
    const start = typeof value === 'string' ? value : words.map(quoted).join(' ');
    found.push(start, ...more.map((args) => [start, ...args.map(quoted)].join(' ')));
    // A list may be one of whole commands.
    if (typeof value !== 'string') found.push(...(/s$/i.test(name) ? words : [first]));
  }
  return found;
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.flatMap((item) => (typeof item === 'string' ? [item] : [])) : [];
}

function quoted(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
