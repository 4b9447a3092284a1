/** Settings files as people and programs write them: a seeded generator of values and of ways to format them. */

/** Mulberry32: the same numbers for the same seed, everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

interface Format {
  /** Null: on one line. */
  readonly unit: string | null;
  readonly lineEnd: string;
  readonly colon: string;
  readonly comma: string;
  /** Blanks inside brackets on one line. */
  readonly pad: string;
  readonly inEmpty: string;
  /** Arrays on one line although the rest is not. */
  readonly flatArrays: boolean;
  readonly baseIndent: string;
}

/** A settings text; its value may hold hooks of others, empty hooks, ours never. */
export function settingsText(seed: number): string {
  const random = randomFrom(seed);
  const pick = <T>(...from: readonly [T, ...T[]]): T => from[Math.floor(random() * from.length)] ?? from[0];
  const format: Format = {
    unit: pick<string | null>('  ', '    ', '\t', ' ', '   ', null, null),
    lineEnd: pick('\n', '\n', '\r\n', '\r'),
    colon: pick(': ', ':', ' : '),
    comma: pick(', ', ',', ' , '),
    pad: pick('', ' '),
    inEmpty: pick('', '', ' ', '\n', '\r\n\t'),
    flatArrays: random() < 0.3,
    baseIndent: pick('', '', '', '  '),
  };
  const members: [string, Value][] = [];
  const maybe = (chance: number, key: string, value: () => Value) => {
    if (random() < chance) members.push([key, value()]);
  };
  maybe(0.5, '$schema', () => 'https://example.invalid/schema.json');
  maybe(0.5, 'env', () => ({ 'A "B"': 'ä\n', PATH2: '\\x', empty: '' }));
  maybe(0.5, 'permissions', () => ({ allow: pick<Value>([], ['Bash(git *)', 'Read'], ['x']), deny: [] }));
  maybe(0.8, 'hooks', () => hooksOf(random));
  maybe(0.3, 'disableAllHooks', () => random() < 0.5);
  maybe(0.4, 'model', () => 'opus 😀');
  maybe(0.4, 'deep', () => ({ a: [[{ b: [1, 2.5, -3e7, null, true] }], {}] }));
  members.sort(() => random() - 0.5);
  const prefix = random() < 0.15 ? '\ufeff' : '';
  const before = pick('', '', '', format.lineEnd);
  const after = pick('', '\n', '\n', '\r\n', '\n\n', '  ');
  return (
    prefix +
    before +
    format.baseIndent +
    write(Object.fromEntries(members), format, format.baseIndent) +
    after
  );
}

function hooksOf(random: () => number): Value {
  const group = (): Value => ({
    matcher: 'Bash|Write',
    hooks: [{ type: 'command', command: '/usr/local/bin/other --check "$X"', timeout: 5 }],
  });
  const hooks: Record<string, Value> = {};
  for (const event of ['PreToolUse', 'Stop', 'SessionStart', 'PostToolUse', 'SessionEnd']) {
    const roll = random();
    if (roll < 0.2) hooks[event] = [];
    else if (roll < 0.4) hooks[event] = [group()];
    else if (roll < 0.5) hooks[event] = [group(), { hooks: [] }, group()];
  }
  return hooks;
}

function write(value: Value, format: Format, indent: string): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = format.unit === null ? indent : indent + format.unit;
  const isArray = Array.isArray(value);
  const nested = isArray && format.flatArrays ? { ...format, unit: null, inEmpty: '' } : format;
  const children = isArray
    ? value.map((item) => write(item, nested, inner))
    : Object.entries(value).map(
        ([key, member]) => JSON.stringify(key) + nested.colon + write(member, nested, inner),
      );
  const [open, close] = isArray ? ['[', ']'] : ['{', '}'];
  if (children.length === 0) return open + nested.inEmpty + close;
  if (nested.unit === null) return open + nested.pad + children.join(nested.comma) + nested.pad + close;
  const { lineEnd } = nested;
  return `${open}${lineEnd}${children.map((child) => inner + child).join(`,${lineEnd}`)}${lineEnd}${indent}${close}`;
}
