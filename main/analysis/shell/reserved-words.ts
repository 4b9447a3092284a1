/** Reserved words that the grammar takes for names of programs, and how the text is read instead. */
import type { Syntax } from './grammar.ts';

const RESERVED = /^(?:[{}!]|if|then|else|elif|fi|for|while|until|do|done|case|esac|in|select|function|\[\[)$/;

/** `!` and `time` before a group: the grammar knows them before simple commands only. */
const BEFORE_GROUP =
  /(^|[;&|({`\n]|\b(?:then|do|else|elif|if|while|until)\b|!)([ \t]*)(!|time(?:[ \t]+-p)?|coproc(?:[ \t]+\w+(?=[ \t]+\{))?)(?=[ \t]+(?:\{\s|\(|\[\[|!|(?:if|for|while|until|case|select|time)\s))/g;

/** One of them with a group behind it that was taken for its arguments. */
const GROUP_BEHIND =
  /^(?:!|time(?:\s+-p)?|coproc(?:\s+\w+)?)\s+(?:[{}!]|if|for|while|until|case|select|time|\[\[|\()(?=\s)/;

/** Whether a program has the name of a reserved word: the text was not read as a shell reads it. */
export function hasReservedName(node: Syntax, source: string): boolean {
  if (node.type === 'command_name') return RESERVED.test(source.slice(node.start, node.end));
  if (node.type === 'command' && GROUP_BEHIND.test(source.slice(node.start, node.end))) return true;
  return node.children.some((child) => hasReservedName(child, source));
}

/** The same text with what only negates or measures a group blanked out; places stay what they are. */
export function withoutPrefixes(text: string): string {
  let out = text;
  for (let round = 0; round < 4; round += 1) {
    const next = out.replace(
      BEFORE_GROUP,
      (_, before: string, space: string, word: string) => `${before}${space}${' '.repeat(word.length)}`,
    );
    if (next === out) break;
    out = next;
  }
  return out;
}
