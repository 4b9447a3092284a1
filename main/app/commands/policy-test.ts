/** `gatehouse policy test FILE`: the expectations beside a policy, each decided. */
import { evalLine, type Understanding } from '../../engine/eval-line.ts';
import type { Protection } from '../../engine/self-protection.ts';
import { formatDiagnostic } from '../../policy/compile.ts';
import { type Expectation, readExpectations } from '../../policy/expectations.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import { answer, type CommandAnswer, type CommandParts, type CommandRequest } from './command.ts';
import { canonicalLine } from './foreign-calls.ts';
import { compileFile, protectionHere, readText, understandingHere } from './policy-calls.ts';

export async function testCommand(
  request: CommandRequest,
  parts: CommandParts,
  file: string,
): Promise<CommandAnswer> {
  const policy = compileFile(request, parts, file);
  if ('exit' in policy) return policy;
  const beside = expectationsFile(file);
  const expectations = readExpectations(readText(request, parts, beside), beside);
  if (!expectations.ok)
    return {
      exit: 1,
      stdout: '',
      stderr: expectations.diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`).join(''),
    };
  const protection = protectionHere(parts);
  const known = await understandingHere(parts);
  const results = expectations.cases.map((item) => ({
    item,
    wrong: wrongWith(item, policy, protection, known),
  }));
  const failed = results.filter(({ wrong }) => wrong !== null).length;
  return answer(
    [
      ...results.map(({ item, wrong }) =>
        wrong === null ? `ok    ${item.name}` : `FAIL  ${item.name} (${beside}:${item.at.line}): ${wrong}`,
      ),
      `${results.length - failed} passed, ${failed} failed`,
    ].join('\n'),
    failed === 0 ? 0 : 1,
  );
}

/** `a/policy.yaml` has its expectations in `a/policy.test.yaml`. */
export function expectationsFile(file: string): string {
  return file.replace(/(\.ya?ml)?$/, (suffix) => `.test${suffix === '' ? '.yaml' : suffix}`);
}

/** Null when the call is decided as expected; otherwise what is decided instead. */
export function wrongWith(
  item: Expectation,
  policy: CompiledPolicy,
  protection: Protection,
  known?: Understanding,
): string | null {
  const found = evalLine(policy, canonicalLine(JSON.stringify(item.call)), protection, known);
  const got = `${found.decision} (${found.gate}${found.rule === null ? '' : `, ${found.rule}`}): ${found.reason}`;
  if (found.decision !== item.expect) return `expected ${item.expect}, got ${got}`;
  if (item.gate !== null && found.gate !== item.gate) return `expected it from ${item.gate}, got ${got}`;
  if (item.rule !== null && !(found.rule ?? '').startsWith(`${item.rule} at `))
    return `expected it by ${item.rule}, got ${got}`;
  if (item.says !== null && ![found.reason, ...found.messages].some((text) => text.includes(item.says ?? '')))
    return `expected it to say ${JSON.stringify(item.says)}, got ${got}`;
  return null;
}
