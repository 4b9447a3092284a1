/** What a branch, a pipe, a loop or a shell beside may have set: it counts as unknown, and as that value. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { openAnalyst, PLACE } from '../support/analyst.ts';

/** A command that is stopped for the value of `f` alone, and that value. */
const TARGETS = [
  ['cd src && head -c 4000 ../${f}', '.env'],
  ['git push origin main $f', '--force'],
  ['find src -type f $f', '-delete'],
  ['git reset "$f" HEAD~3', '--hard'],
  ['cd src && { cat; } < ../${f}', '.env'],
] as const;

/** Ways to have set it, each so that a real shell has the value afterwards. */
const SETTERS: readonly ((value: string) => string)[] = [
  (value) => `f=${value}`,
  (value) => `true && f=${value}`,
  (value) => `false || f=${value}`,
  (value) => `test 1 = 1 && true && f=${value} && false && f=x`,
  (value) => `f=${value}; false && f=x`,
  (value) => `f=${value}; true || f=x`,
  (value) => `if true; then f=${value}; fi`,
  (value) => `if false; then f=x; else f=${value}; fi`,
  (value) => `if false; then f=x; elif true; then f=${value}; else f=y; fi`,
  (value) => `f=${value}; if false; then f=x; fi`,
  (value) => `case x in x) f=${value};; *) f=y;; esac`,
  (value) => `for i in 1; do f=${value}; done`,
  (value) => `for i in $(seq 3); do f=${value}; done`,
  (value) => `while true; do f=${value}; break; done`,
  (value) => `f=${value}; while false; do f=x; done`,
  (value) => `for ((i=0; i<1; i++)); do f=${value}; done`,
  (value) => `f=${value}; f=x &`,
  (value) => `f=${value}; (f=x)`,
  (value) => `f=${value}; echo x | read f`,
  (value) => `printf %s ${value} | read f`,
  (value) => `true && g=${value}; f=$g`,
  (value) => `true && g=${value}; f=$(printf %s $g)`,
  (value) => `true && set -- ${value}; f=$1`,
  (value) => `true && a=(${value}); f=\${a[0]}`,
  (value) => `true && g=${value}; p=g; f=\${!p}`,
  (value) => `true && printf -v f %s ${value}`,
  (value) => `true && : \${f:=${value}}`,
  (value) => `true && f=${value.slice(0, 2)}; f+=${value.slice(2)}`,
  (value) => `put() { true && f=${value}; }; put`,
  (value) => `true && export f=${value}`,
];

describe('what may have been set', () => {
  let analyst: Analyst;
  beforeAll(async () => {
    analyst = await openAnalyst();
  });
  const concerns = (text: string) => analyst.shell(text, PLACE).concerns;
  const single = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

  it.each(TARGETS)('of an unknown value nothing is said: %s', (target) => {
    expect(concerns(target)).toEqual([]);
  });

  it.each(SETTERS.map((setter) => [setter('VALUE'), setter] as const))(
    'counts as that value: %s',
    (_, setter) => {
      for (const [target, value] of TARGETS) {
        const text = `${setter(value)}\n${target}`;
        for (const one of [
          text,
          `bash -lc ${single(text)}`,
          `eval ${single(text)}`,
          `g() {\n${text}\n}; g | cat`,
          `while true; do\n${text}\nbreak; done`,
          `${setter(value)}\n(${target}) | cat`,
        ])
          expect(concerns(one), one).not.toEqual([]);
      }
    },
  );

  it.each([
    // Two names, each of which may be something else.
    'true && a=id_; false && a=x; true && b=ed; false && b=y; cat ~/.s?h/$a${b}25519',
    'for x in a b c d e f g h i id_ed; do cat ~/.s?h/${x}25519; done',
    'for i in $NONE; do cat ~/.s?h/${f}25519; f=id_ed; done',
    'case x in x) f=id_ed;& y) cat ~/.s?h/${f}25519;; esac',
    "trap 'cat ~/.s?h/${f}25519' EXIT; f=id_ed",
    "(trap 'cat ~/.s?h/${f}25519' EXIT; f=id_ed)",
    "f=x; sh -c 'cat ~/.s?h/${f:-id_ed}25519'",
    'f=id_ed; false && f=x || cat ~/.s?h/${f}25519',
    'true && f=id_ed; echo "cat ~/.s?h/${f}25519" | sh',
    'true && f=id_ed; g() { echo "cat ~/.s?h/${f}25519"; }; g | sh',
    'true && f=id_ed; bash <<END\ncat ~/.s?h/${f}25519\nEND',
  ])('also where the names come together later: %s', (text) => {
    expect(concerns(text).map(({ says }) => says)).toContain('reads ~/.s?h/id_ed25519');
  });

  it.each([
    'true && cd ~/.config/rclone; cat rclone.conf',
    'cd ~/.config/rclone; false && cd /tmp; cat rclone.conf',
    'cd ~/.config/rclone; if false; then cd /tmp; fi; cat rclone.conf',
    'cd ~/.config/rclone; while false; do cd /tmp; done; cat rclone.conf',
    'cd ~/.config/rclone; cd /tmp & cat rclone.conf',
    'cd ~/.config/rclone; cd /tmp/nowhere; cat rclone.conf',
    'cd ~/.config/rclone; cd /tmp; cd -; cat rclone.conf',
    'pushd ~/.config/rclone; pushd /tmp; popd; cat rclone.conf',
    'for i in $NONE; do cat rclone.conf; cd ~/.config/rclone; done',
  ])('a folder that may be the one is: %s', (text) => {
    expect(concerns('cat rclone.conf')).toEqual([]);
    expect(concerns(text).map(({ code }) => code)).toContain('secret');
  });

  it.each([
    'ev() { rm -rf ~; }; false && ev() { :; }; ev',
    'ev() { rm -rf ~; }; if false; then ev() { :; }; fi; ev',
    'if true; then ev() { rm -rf ~; }; else ev() { :; }; fi; ev',
    'ev() { rm -rf ~; }; ev() { :; } & ev',
    'ev() { rm -rf ~; }; ev=1; unset ev; ev',
    'if false; then rm() { :; }; fi; rm -rf ~',
    'rm() { :; }; command rm -rf ~',
    'rm() { :; }; env rm -rf ~',
    'rm() { :; }; timeout 5 rm -rf ~',
    "rm() { :; }; bash -c 'rm -rf ~'",
    'rm() { :; }; echo ~ | xargs rm -rf',
    'rm() { :; }; unset -f rm; rm -rf ~',
  ])('a function that may not be the one that runs hides nothing: %s', (text) => {
    expect(concerns(text).map(({ code }) => code)).toContain('destroys');
  });

  it('goes no further than can be gone, and says so', () => {
    const names = Array.from('abcdefgh');
    const text = `${names.map((name) => `true && ${name}=1x; false && ${name}=2x`).join('; ')}; echo ${names.map((name) => `$${name}`).join('')}`;
    expect(concerns(text)).toEqual([
      { code: 'opaque', says: 'what it does hangs on more branches than are gone through' },
    ]);
  });

  it.each([
    'FLAGS=; [ -n "$CI" ] && FLAGS=--ci; npm test -- $FLAGS',
    'if [ -f yarn.lock ]; then PM=yarn; else PM=npm; fi; echo "$PM"',
    'for f in a b c d e f g h i j; do node scripts/$f.js; done',
    'n=0; while read -r line; do n=$((n+1)); done < notes.txt; echo "$n"',
    'T=$(mktemp -d); trap \'rm -rf "$T"\' EXIT; cp a "$T"',
    "export OUT=build; bash -c 'rm -rf $OUT'",
    'cd server && npm test; cd ..; npm run lint',
    'pushd web; npm run build; popd; npm test',
    'if [ -d web ]; then cd web; fi; npm test',
    'build() { npm run build; }; if [ -n "$CI" ]; then build; else build; fi',
  ])('ordinary branches are no question: %s', (text) => {
    expect(concerns(text)).toEqual([]);
  });
});

describe('marks of one search inside of another', () => {
  let analyst: Analyst;
  beforeAll(async () => {
    analyst = await openAnalyst();
  });
  const INNER = "find ~/.local/share -maxdepth 1 -name 'gate*' -exec chmod 000 {} +";
  const single = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

  it.each([
    INNER,
    `find . -maxdepth 0 -exec sh -c ${single(INNER)} \\;`,
    `find . -maxdepth 0 -execdir bash -c ${single(INNER)} {} +`,
    `find . -maxdepth 0 -exec sh -c ${single(`find . -maxdepth 0 -exec sh -c ${single(INNER)} \\;`)} \\;`,
    `fd -x sh -c ${single(INNER)}`,
    `echo 1 | xargs -I{} sh -c ${single(INNER)}`,
    `echo 1 | xargs -I % sh -c ${single(INNER)}`,
    `parallel sh -c ${single(INNER)} ::: 1`,
    "find . -name x -exec sh -c 'find ~ -name shop -exec rm -rf {} +' \\;",
    "ls | xargs -I{} sh -c 'ls ~ | xargs -I{} rm -rf ~/{}'",
  ])('are the inner one’s as well: %s', (text) => {
    expect(analyst.shell(text, PLACE).concerns).not.toEqual([]);
  });

  it.each([
    "find src -name '*.ts' -exec sh -c 'wc -l {}' \\;",
    "find src -name '*.ts' -exec sh -c 'echo {} | xargs -I% echo %' \\;",
  ])('and bring no question where they say nothing: %s', (text) => {
    expect(analyst.shell(text, PLACE).concerns).toEqual([]);
  });
});
