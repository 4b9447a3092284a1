/**
 * Behaviour rules and the real Claude Code: the real installer, hook program, door and engine. The model is a
 * script, and what it is sent is what a real one would read.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeProgram, HOW_TO_INSTALL } from '../support/claude-code.ts';
import { claudeStage } from '../support/claude-scene.ts';
import { engineBench, policyFrom } from '../support/engine-bench.ts';
import { builtProgram } from '../support/hook-program.ts';

const POLICY = policyFrom(
  'default_policy: auto\nmax_risk_level: high',
  `security:
  behavior:
    profile: dev
    rule_definitions:
      - { id: keep_out, trigger: [write], action: block, condition: { path_matches: "**/secrets/**" }, message: "Not below secrets/." }
`,
);

const source = builtProgram(claudeProgram() !== null);

const missing = claudeProgram() === null;
describe.skipIf(missing)(
  missing ? `the real Claude Code is not here; to add it: ${HOW_TO_INSTALL}` : 'the real Claude Code',
  { timeout: 400_000 },
  () => {
    it('reads what is blocked, warned and reminded of, and is told once more at its end', async () => {
      const bench = engineBench(POLICY);
      await claudeStage(source(), bench.engine, async ({ work, play }) => {
        mkdirSync(join(work, 'secrets'));
        writeFileSync(join(work, 'a.txt'), 'one\n');
        const file = join(work, 'a.txt');
        const { exit, requests, toolResults } = await play(
          [
            {
              words: 'I write it down.',
              calls: [{ name: 'Write', input: { file_path: join(work, 'secrets', 'k'), content: 'x' } }],
            },
            { calls: [{ name: 'Read', input: { file_path: file } }] },
            { calls: [{ name: 'Edit', input: { file_path: file, old_string: 'one', new_string: 'two' } }] },
            { text: "I'm not sure that this was right." },
            { text: 'Then I stop here.' },
          ],
          { args: ['--allowedTools', 'Write,Read,Edit'] },
        );
        expect(exit).toBe(0);
        expect(existsSync(join(work, 'secrets', 'k'))).toBe(false);
        expect(readFileSync(file, 'utf8')).toBe('two\n');
        expect(toolResults[0]).toMatchObject({ isError: true });
        expect(toolResults[0]?.text).toContain(
          '[BEHAVIOR BLOCKED] Not below secrets/.\nRule: keep_out\nThe tool call was NOT executed. Fix the violation first.',
        );
        const sent = requests.map(({ body }) => JSON.stringify(body?.messages ?? []));
        const read = (words: string) => sent.findIndex((text) => text.includes(words));
        expect(read('Read back the modified section to verify.\\nRule: verify_after_edit')).toBeGreaterThan(
          0,
        );
        // At the end of the turn it is told, goes on once, and is not told again.
        expect(read('[BEHAVIOR WARNING] You expressed uncertainty.')).toBeGreaterThan(0);
        expect(sent.at(-1)?.split('[BEHAVIOR WARNING] You expressed uncertainty.')).toHaveLength(2);
        expect(sent.at(-1)).not.toContain('State your plan');
      });
      expect(bench.log.ofType('behavior.fired').map(({ firing }) => firing.rule)).toEqual([
        'web_search_when_unknown',
      ]);
      expect(
        bench.log
          .ofType('call.decided')
          .map(({ gate, behavior }) => [gate, behavior?.map(({ rule }) => rule)]),
      ).toEqual([
        ['behavior', ['keep_out']],
        ['gate5_classification', undefined],
        ['gate5_classification', undefined],
      ]);
    });
  },
);
