import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installRoot, readTutorialPolicy } from '../../../main/app/resources.ts';
import { wrapped } from '../../../main/app/tutorials/transcript.ts';
import { TUTORIALS, tutorialOf } from '../../../main/app/tutorials/tutorials.ts';
import { commandHelp } from '../../../main/cli/help.ts';
import { compilePolicy, formatDiagnostic } from '../../../main/policy/compile.ts';
import type { CompiledPolicy } from '../../../main/policy/policy.ts';

function compiled(text: string, file: string): CompiledPolicy {
  const result = compilePolicy(text, file);
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result.policy;
}

/** What a call is decided by, without the places in the file. */
function rulesOf({ capabilities }: CompiledPolicy): unknown {
  return JSON.parse(
    JSON.stringify(capabilities, (key, value: unknown) => (/^rule$|Rule$/.test(key) ? undefined : value)),
  );
}

const THERE_ARE =
  'there is: 1 (Ask first), 2 (Seven gates), 3 (Behaviour rules), 4 (Hidden against deny), 5 (The vault), 6 (Sandbox), 7 (What happened, provably)';

describe('the tutorials', () => {
  it('that are not there are said to be none, and those that are there are named', () => {
    expect(tutorialOf('1').number).toBe(1);
    for (const text of ['0', '8', '01', '1.0', 'one', '__proto__', ' 1'])
      expect(() => tutorialOf(text)).toThrow(
        expect.objectContaining({
          code: 'usage',
          message: `tutorial: there is no tutorial ${JSON.stringify(text)}; hint: ${THERE_ARE}`,
        }),
      );
    expect(() => tutorialOf(null)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: `tutorial: which one?; hint: ${THERE_ARE}`,
      }),
    );
  });

  it.each(TUTORIALS)(
    '$number has a policy that compiles without a word, and stands in the help',
    (tutorial) => {
      const result = compilePolicy(readTutorialPolicy(tutorial.number), `${tutorial.number}.yaml`);
      expect(result.ok ? result.notes : result.diagnostics).toEqual([]);
      expect(commandHelp('tutorial', 'gatehouse', {})).toContain(
        `\n  ${tutorial.number}  ${tutorial.title}: `,
      );
    },
  );

  it('1 is shown in the README as it is played', () => {
    const played = readFileSync(join(import.meta.dirname, 'tutorial-1.txt'), 'utf8');
    const readme = readFileSync(join(installRoot, 'README.md'), 'utf8');
    const shown = /^```\n(1\. A yes\n[^`]*)```$/m.exec(readme)?.[1] ?? 'nothing is shown';
    expect(played).toContain(`\n${shown}`);
  });

  it('1 plays by the rules of a policy in full, with all that a model runtime wants of it', () => {
    const full = readFileSync(join(import.meta.dirname, 'mission-1.yaml'), 'utf8');
    expect(rulesOf(compiled(full, 'full.yaml'))).toEqual(rulesOf(compiled(readTutorialPolicy(1), '1.yaml')));
    expect(compiled(full, 'full.yaml').capabilities?.approvalTimeoutSeconds).toBe(60);
  });
});

describe('a long line', () => {
  it.each([
    ['one two three', 20, ['one two three']],
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 3, ['one', 'two', 'three']],
    ['toolongtobecut a b', 5, ['toolongtobecut', 'a b']],
    ['', 5, ['']],
  ])('%j in %i', (text, width, lines) => {
    expect(wrapped(text, width)).toEqual(lines);
  });
});
