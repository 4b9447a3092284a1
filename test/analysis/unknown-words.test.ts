/** Words that are not known may be nothing, or options: what stands behind them counts. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { openAnalyst, PLACE } from '../support/analyst.ts';

let analyst: Analyst;
beforeAll(async () => {
  analyst = await openAnalyst();
});
const codes = (text: string) => analyst.shell(text, PLACE).concerns.map(({ code }) => code);

describe('a verb behind a word that is not known', () => {
  it.each([
    ['kubectl $WHERE delete ns shop', 'destroys'],
    ['kubectl "$@" delete ns shop', 'destroys'],
    ['kubectl "${ARGS[@]}" --wait delete ns shop', 'destroys'],
    ['docker $HOST_OPTION system prune -af', 'destroys'],
    ['aws $(profile) s3 rm s3://shop --recursive', 'destroys'],
    ['gh $FLAGS repo delete alex/shop --yes', 'destroys'],
    ['sudo -u alex aws $A $B s3 rb s3://shop --force', 'destroys'],
    ['npm $FLAGS publish', 'service'],
    ['redis-cli $WHERE flushall', 'destroys'],
  ])('is seen: %s', (text, code) => {
    expect(codes(text)).toContain(code);
  });

  it.each([
    'kubectl -n $NS get pods',
    'kubectl $WHERE get pods',
    'docker $HOST_OPTION ps',
    'docker --context $CONTEXT ps',
    'docker compose -f $FILE up -d',
    'npm run $SCRIPT',
    'gh pr view $NUMBER',
    'aws --profile $P s3 ls',
  ])('raises nothing where it only looks: %s', (text) => {
    expect(codes(text)).toEqual([]);
  });
});

describe('a name that is not known, in a folder of secrets', () => {
  it.each([
    'cd ~/.ssh; cat $name',
    'cd ~/.ssh && cat "$1"',
    'cd ~/.aws; cat $(ls)',
    'pushd ~/.config/gh; base64 < "$f"',
    'cd ~/.ssh; ls | while read f; do cat "$f"; done',
  ])('may be any of them: %s', (text) => {
    expect(codes(text)).toContain('secret');
  });

  it.each(['cat $name', 'cd src && cat "$name"', 'cd /tmp; head -n 3 "$f"'])(
    'is nothing elsewhere: %s',
    (text) => {
      expect(codes(text)).not.toContain('secret');
    },
  );
});
