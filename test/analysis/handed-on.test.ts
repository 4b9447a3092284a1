/** Commands that are handed to another program as text, and what becomes of them on the way. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { openAnalyst, PLACE } from '../support/analyst.ts';

describe('what is handed on as text', () => {
  let analyst: Analyst;
  beforeAll(async () => {
    analyst = await openAnalyst();
  });
  const codes = (text: string): readonly string[] =>
    analyst.shell(text, PLACE).concerns.map(({ code }) => code);

  it.each([
    "printf '%s' 'rm -rf ~' | xargs -0 bash -c",
    "printf 'rm -rf ~' | xargs -d '\\n' sh -c",
    "echo 'rm -rf ~' | xargs -I{} sh -c {}",
    `echo "'rm -rf ~'" | xargs sh -c`,
    "printf '%s\\n' 'rm -rf ~' | parallel -I% %",
    'echo -rf ~ | xargs rm',
    'echo ~ | xargs -n1 rm -rf',
  ])('xargs cuts it as it is told to: %s', (text) => {
    expect(codes(text)).toContain('destroys');
  });

  it.each(['echo ~/.npmrc | xargs cat', "printf '%s\\n' ~/.ss?/id_rsa | xargs cat", 'eval cat ~/.npmrc'])(
    'the shell puts the home folder before it is printed: %s',
    (text) => {
      expect(codes(text)).toContain('secret');
    },
  );

  it.each([
    "flock /tmp/l -c 'rm -rf ~'",
    "flock -n /tmp/l -c 'rm -rf ~'",
    "flock /tmp/l --command 'rm -rf ~'",
    "su bob -c 'rm -rf ~'",
  ])('a command behind the operands of what runs it: %s', (text) => {
    expect(codes(text)).toContain('destroys');
  });

  it.each([
    'echo "$( time { case x in x) rm -rf ~;; esac; } )"',
    'echo "$( time -p { case x in x) rm -rf ~;; esac; } )"',
    'cat <( time if true; then case x in x) rm -rf ~;; esac; fi )',
    'echo "$( coproc { case x in x) rm -rf ~;; esac; } )"',
  ])('a bracket of a case inside of a measured group ends no substitution: %s', (text) => {
    expect(codes(text)).toContain('destroys');
  });

  it.each(['show() { printenv "$@"; }; show', 'echo | xargs printenv', 'a=(); printenv "${a[@]}"'])(
    'a list of nothing is no word: %s',
    (text) => {
      expect(codes(text)).toContain('secret');
    },
  );

  it.each([
    'ls src/*.ts | xargs wc -l',
    "printf '%s\\n' src/a.ts src/b.ts | xargs -I{} cp {} build/",
    "printf '%s\\0' src/a.ts | xargs -0 wc -l",
    "flock /tmp/build.lock -c 'npm run build'",
    'show() { printenv "$@"; }; show PATH',
    'echo a b c | xargs -n1 echo',
  ])('ordinary ones are no question: %s', (text) => {
    expect(codes(text)).toEqual([]);
  });
});
