/** The texts that a call of a server's tool hands over, however deep they lie. */
import type { CallFacts } from './tools.ts';

const MOST_TEXTS = 2000;
const DEEPEST = 50;
/** Longer ones are texts, whatever they hold. */
const LONGEST_JSON = 200_000;

export interface Given {
  readonly name: string;
  readonly text: string;
}

export interface GivenTexts {
  readonly texts: readonly Given[];
  /** Names of members of objects. */
  readonly keys: readonly string[];
  /** There are more than are looked at. */
  readonly cut: boolean;
}

/** Every text of the parameters with the name of its parameter. What is written as JSON in a text is looked into too. */
export function textsOf(call: CallFacts): GivenTexts {
  const texts: Given[] = [];
  const keys: string[] = [];
  let cut = false;
  const look = (value: unknown, name: string, depth: number): void => {
    if (texts.length + keys.length > MOST_TEXTS || depth > DEEPEST) cut = true;
    else if (typeof value === 'string') {
      texts.push({ name, text: value });
      const inner = written(value);
      if (inner !== null) look(inner, name, depth + 1);
    } else if (Array.isArray(value)) for (const item of value) look(item, name, depth + 1);
    else if (typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) {
        keys.push(key);
        look(item, key, depth + 1);
      }
  };
  for (const { name, value } of call.parameters) look(value, name, 0);
  return { texts, keys, cut };
}

/** The object or list that a text is as JSON; null when it is none. */
function written(text: string): object | null {
  if (text.length > LONGEST_JSON || !/^\s*[[{]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
