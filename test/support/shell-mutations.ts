/** Other spellings of a shell command that do the same, and texts that are broken at random. */

/** A source of numbers that can be had again from its seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

type Random = () => number;

function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)] as T;
}

function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Whether other text may stand before and behind it on its line. */
function isPlain(text: string): boolean {
  return !/<<|\n|#|&\s*$|;\s*$|\\$/.test(text);
}

/** One program with plain words: its words can be spelt otherwise. */
function isSimple(text: string): boolean {
  return (
    /^[\w./~-]+(?: [\w./~=@:,+-]+)*$/.test(text) &&
    !/^(?:cd|export|source|\.|eval|time|coproc|exec|trap|history|unset|set)\b/.test(text)
  );
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** `$'…'` with every byte as a number. */
function numbered(text: string): string {
  return `$'${[...Buffer.from(text, 'utf8')].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}'`;
}

const RESERVED = /^(?:if|for|while|until|case|select|function|time|coproc|then|do|else)$/;

const WRAPS: readonly ((text: string) => string)[] = [
  (text) => `{ ${text}; }`,
  (text) => `( ${text} )`,
  (text) => `true && ${text}`,
  (text) => `true; ${text}`,
  (text) => `false || ${text}`,
  (text) => `${text} | cat`,
  (text) => `echo ok; ${text}; echo done`,
  (text) => `if true; then ${text}; fi`,
  (text) => `if false; then :; else ${text}; fi`,
  (text) => `for i in 1; do ${text}; done`,
  (text) => `while true; do ${text}; break; done`,
  (text) => `case x in x) ${text};; esac`,
  (text) => `f() { ${text}; }; f`,
  (text) => `function g { ${text}; }; g`,
  (text) => `bash -c ${single(text)}`,
  (text) => `sh -c ${single(text)}`,
  (text) => `bash -lc ${single(text)}`,
  (text) => `eval ${single(text)}`,
  // A blank behind the bracket: `$((` would be arithmetic.
  (text) => `echo "$( ${text} )"`,
  (text) => `x=$( ${text} )`,
  (text) => `cat <( ${text} )`,
  (text) => `${text} > /tmp/out 2>&1`,
  (text) => `! { ${text}; }`,
  (text) => `trap ${single(text)} EXIT`,
  (text) => `V=${single(text)}; eval "$V"`,
  (text) => `printf '%s\\n' ${single(text)} | sh`,
  (text) => `bash <<< ${single(text)}`,
  (text) => `bash <<'END'\n${text}\nEND`,
  (text) => `\n\n  ${text}\n`,
  (text) => `# look\n${text}`,
  (text) => `${text} &`,
  (text) => `sudo bash -c ${single(text)}`,
  (text) => `env A=1 sh -c ${single(text)}`,
  (text) => `timeout 9 bash -c ${single(text)}`,
  (text) => `nohup sh -c ${single(text)} &`,
  // The mark of xargs must stand nowhere in what it runs.
  (text) => (/[{}]|xargs/.test(text) ? `{ ${text}; }` : `echo 1 | xargs -I{} sh -c ${single(text)}`),
  (text) => `find . -maxdepth 0 -exec sh -c ${single(text)} \\;`,
  (text) => `python3 -c ${single(`import os; os.system(${JSON.stringify(text)})`)}`,
  (text) => `echo ${single(text)} > /tmp/s.sh; sh /tmp/s.sh`,
  (text) => `echo "\${unset:-$( ${text} )}"`,
  (text) => `[[ -n "$( ${text} )" ]]`,
  (text) => `echo $(( $( ${text} ) + 1 ))`,
  (text) => `test 1 = 1 && { ${text}; } || true`,
  (text) => `until false; do ${text}; break; done`,
  (text) => `for ((n=0; n<1; n++)); do ${text}; done`,
  (text) => `coproc { ${text}; }`,
  (text) => `time { ${text}; }`,
  (text) => `cat <<'END' | sh\n${text}\nEND`,
  (text) => `sh -s <<'END'\n${text}\nEND`,
  (text) => `bash /dev/stdin <<'END'\n${text}\nEND`,
  (text) => `source /dev/stdin <<< ${single(text)}`,
  (text) => `. <(printf '%s\\n' ${single(text)})`,
  (text) => `bash <(printf '%s\\n' ${single(text)})`,
  (text) => `env -S 'bash -c' ${single(text)}`,
  (text) => `/usr/bin/env -i bash -c ${single(text)}`,
  (text) => `exec bash -c ${single(text)}`,
  (text) => `bash -c 'eval "$1"' _ ${single(text)}`,
  (text) => `bash -c ${numbered(text)}`,
  (text) => `eval ${numbered(text)}`,
  (text) => `printf '%s' ${single(text)} | xargs -0 bash -c`,
  (text) => `echo ${base64(text)} | base64 -d | sh`,
  (text) => `eval "$(echo ${base64(text)} | base64 -d)"`,
  (text) => `bash <<< "$(base64 -d <<< ${base64(text)})"`,
  (text) => `echo ${Buffer.from(text, 'utf8').toString('hex')} | xxd -r -p | bash`,
  (text) => `shopt -s expand_aliases\nalias zz=${single(text)}\nzz`,
  (text) => `printf '%s\\n' ${single(text)} | tee /tmp/t.sh > /dev/null; bash /tmp/t.sh`,
  (text) => `set -- ${single(text)}; eval "$1"`,
  (text) => `L=(${single(text)}); eval "\${L[0]}"`,
  (text) => `node -e ${single(`require('child_process').execSync(${JSON.stringify(text)})`)}`,
  (text) => `setsid -w bash -c ${single(text)}`,
  (text) => `flock /tmp/lock -c ${single(text)}`,
];

/** With nothing between two parts of it. */
function halved(word: string): string {
  const at = Math.ceil(word.length / 2);
  return `${word.slice(0, at)}''${word.slice(at)}`;
}

const SPELLINGS: readonly ((words: readonly string[], random: Random) => string)[] = [
  ([first = '', ...rest]) => [`\\${first}`, ...rest].join(' '),
  ([first = '', ...rest]) => [`"${first}"`, ...rest].join(' '),
  ([first = '', ...rest]) => [`'${first.slice(0, 1)}'${first.slice(1)}`, ...rest].join(' '),
  ([first = '', ...rest]) => [`$'${first}'`, ...rest].join(' '),
  ([first = '', ...rest]) => [`${first.slice(0, 1)}""${first.slice(1)}`, ...rest].join(' '),
  (words) => words.join('   '),
  (words) => words.join(' \\\n '),
  (words) => `command ${words.join(' ')}`,
  (words) => `env ${words.join(' ')}`,
  (words) => `nice ${words.join(' ')}`,
  (words) => `nohup ${words.join(' ')}`,
  (words) => `sudo -u bob ${words.join(' ')}`,
  (words) => `timeout 5 ${words.join(' ')}`,
  (words) => `A=1 ${words.join(' ')}`,
  ([first = '', ...rest]) => `P=${first}; $P ${rest.join(' ')}`,
  ([first = '', ...rest]) => `P=${first}; "\${P}" ${rest.join(' ')}`,
  ([first = '', ...rest]) => `$(echo ${first}) ${rest.join(' ')}`,
  ([first = '', ...rest]) => `\`printf ${first}\` ${rest.join(' ')}`,
  (words) => `\${none:-${words[0] ?? ''}} ${words.slice(1).join(' ')}`,
  ([first = '', ...rest]) => [first, ...rest.map((one) => (/^[~-]/.test(one) ? one : `"${one}"`))].join(' '),
  ([first = '', ...rest]) => [`${first.slice(0, 1)}\${none}${first.slice(1)}`, ...rest].join(' '),
  ([first = '', ...rest]) => [numbered(first), ...rest].join(' '),
  ([first = '', ...rest]) => [first, ...rest.map((one) => (/^~/.test(one) ? one : numbered(one)))].join(' '),
  ([first = '', ...rest]) => [first, ...rest.map((one) => (/^~/.test(one) ? one : halved(one)))].join(' '),
  ([first = '', ...rest]) =>
    `${rest.map((one, at) => `W${at}=${one}; `).join('')}${[first, ...rest.map((_, at) => `"$W${at}"`)].join(' ')}`,
  (words) => (words.length > 1 && !/,/.test(words.join('')) ? `{${words.join(',')}}` : words.join(' ')),
  (words) => (/[~]/.test(words.join('')) ? words.join(' ') : `C='${words.join(' ')}'; $C`),
  (words) => (/[~,]/.test(words.join('')) ? words.join(' ') : `IFS=,; C=${words.join(',')}; $C`),
  (words) => `set -- ${words.join(' ')}; "$@"`,
  (words) => `C=(${words.join(' ')}); "\${C[@]}"`,
  ([first = '', ...rest]) => `C() { ${first} "$@"; }; C ${rest.join(' ')}`,
  // Printed word by word: `echo` would take `-n` for its own.
  ([first = '', ...rest]) => `printf '%s\\n' ${rest.join(' ')} | xargs ${first}`,
  (words) => `/usr/bin/env ${words.join(' ')}`,
  (words) => `true && P=${words[0] ?? ''}; $P ${words.slice(1).join(' ')}`,
];

/** Another text that runs the same command; the same one where none of the ways fits. */
export function mutated(text: string, random: Random): string {
  if (isSimple(text) && random() < 0.4) {
    const words = text.split(' ');
    if (!RESERVED.test(words[0] ?? '')) return pick(SPELLINGS, random)(words, random);
  }
  return isPlain(text) ? pick(WRAPS, random)(text) : text;
}

const PIECES = [
  ' ',
  '\n',
  '\t',
  ';',
  '&&',
  '||',
  '|',
  '&',
  '(',
  ')',
  '{',
  '}',
  '<',
  '>',
  '>>',
  '<<',
  '<<<',
  '<(',
  '>(',
  '$(',
  '`',
  '"',
  "'",
  '\\',
  '$',
  '${',
  '$((',
  '))',
  '[[',
  ']]',
  '#',
  '!',
  '*',
  '?',
  '[',
  ']',
  '~',
  '=',
  '-',
  '--',
  '/',
  '..',
  'rm',
  '-rf',
  'cat',
  'sh',
  '-c',
  'EOF',
  'if',
  'then',
  'fi',
  'for',
  'in',
  'do',
  'done',
  'case',
  'esac',
  'while',
  'function',
  'x',
  'X=1',
  '$X',
  '"$@"',
  '0',
  '1',
  ':',
  ',',
  '%',
  '\u0000',
  '\ud800',
  'é',
  '\u202e',
  '🦀',
  'a'.repeat(300),
  '$('.repeat(40),
  '{a,b}'.repeat(12),
  '("',
  'python3 -c',
  'eval',
];

/** A text that is broken at random, out of pieces of shell and of a text that is not. */
export function broken(text: string, random: Random): string {
  let out = text;
  const rounds = 1 + Math.floor(random() * 6);
  for (let round = 0; round < rounds; round += 1) {
    const at = Math.floor(random() * (out.length + 1));
    const kind = random();
    if (kind < 0.5) out = out.slice(0, at) + pick(PIECES, random) + out.slice(at);
    else if (kind < 0.8) out = out.slice(0, at) + out.slice(at + 1 + Math.floor(random() * 4));
    else out = out.slice(0, at) + out.slice(0, Math.floor(random() * out.length)) + out.slice(at);
  }
  return out.slice(0, 4000);
}
