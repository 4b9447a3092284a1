import { beforeAll, describe, expect, it } from 'vitest';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import { protectsNested } from '../../main/engine/nested-protection.ts';
import type { Protection } from '../../main/engine/self-protection.ts';
import { openAnalyst } from '../support/analyst.ts';
import { bash, HOME } from './calls.ts';

const protection: Protection = { paths: [`${HOME}/.local/share/gatehouse`], pids: [4242], home: HOME };
let analyses: CallAnalyses;
beforeAll(async () => {
  analyses = new CallAnalyses(await openAnalyst(), HOME);
});

const hit = (text: string) => {
  const call = bash(text);
  return protectsNested(call, analyses.of(call), protection);
};

describe('self-protection of commands that only the analysis finds', () => {
  it.each([
    'D=share/gate; rm -r ~/.local/${D}house',
    'echo cm0gLXJmIH4vLmxvY2FsL3NoYXJlL2dhdGVob3VzZQ== | base64 -d | sh',
    'printf "rm -r ~/.local/share/%s" gatehouse > x.sh; sh x.sh',
    'f() { rm -r "$1/gatehouse"; }; f ~/.local/share',
    'python3 -c "import shutil; shutil.rmtree(\'/home/u/.local/share/gatehouse\')"',
    'cd ~/.local/share && echo x > gatehouse/audit.db',
  ])('%s', (text) => {
    expect(hit(text)).not.toBeNull();
  });

  it.each(['echo gatehouse', 'git commit -m "gatehouse: rm -r"', 'ls ~/.local/share', 'rm -r ~/web/dist'])(
    'lets %s through',
    (text) => {
      expect(hit(text)).toBeNull();
    },
  );
});
