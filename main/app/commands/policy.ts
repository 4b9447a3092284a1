/** `gatehouse policy …`: what a policy file says, without putting it in force; and whom of a project to trust. */
import { parseArgs } from 'node:util';
import { evalLine } from '../../engine/eval-line.ts';
import { checkFile } from '../../policy/check.ts';
import { policySchema } from '../../policy/json-schema.ts';
import {
  answer,
  type Command,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
} from './command.ts';
import { canonicalLine, FOREIGN_FORMS } from './foreign-calls.ts';
import { besides, compileFile, protectionHere, readText, understandingHere } from './policy-calls.ts';
import { explainCommand } from './policy-explain.ts';
import { replayCommand } from './policy-replay.ts';
import { fileAlone, inForce, summaryCommand } from './policy-summary.ts';
import { testCommand } from './policy-test.ts';
import { distrustCommand, trustCommand } from './policy-trust.ts';

export const policy: Command = {
  usage: [
    'policy check FILE',
    'policy eval --policy FILE [CALL…]   (each CALL one JSON object; without any, one a line from stdin)',
    'policy explain [--policy FILE] [--json] [CALL]   (gate by gate, and what would change the answer; without CALL what is in force, or what FILE says)',
    'policy test FILE   (the cases in NAME.test.yaml beside NAME.yaml)',
    "policy trust gatehouse.yaml | policy distrust gatehouse.yaml   (a project's file, as it is now; needs the PIN)",
    'policy replay [FILE] [--since 7d] [--json]   (what past calls would have been decided as; yours as it stands, without FILE)',
    'policy schema   (JSON Schema of the policy file, for editors)',
  ],
  what: [
    "Checks a policy file, says what it decides about a call and why, replays past calls, and trusts a project's own.",
    '',
    'CALL is {"module":"shell","action":"bash","params":{"command":"ls"},"cwd":"/p"}, or what an agent sent its hook,',
    `with "from": one of ${FOREIGN_FORMS.join(', ')}.`,
  ].join('\n'),
  needsSupervisor: false,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: { policy: { type: 'string' }, json: { type: 'boolean' }, since: { type: 'string' } },
    });
    const [verb, ...rest] = positionals;
    const [only] = rest;
    const one = rest.length === 1 && only !== undefined ? only : null;
    if (verb === 'check' && one !== null) return check(request, parts, one);
    if (verb === 'eval' && values.policy !== undefined) return evaluate(request, parts, values.policy, rest);
    if (verb === 'explain' && rest.length <= 1) return explain(request, parts, values, one);
    if (verb === 'test' && one !== null) return testCommand(request, parts, one);
    if (verb === 'trust' && one !== null) return trustCommand(request, parts, one);
    if (verb === 'distrust' && one !== null) return distrustCommand(request, parts, one);
    if (verb === 'replay' && rest.length <= 1) return replayCommand(request, parts, one, values);
    if (verb === 'schema' && rest.length === 0) return answer(JSON.stringify(policySchema(), null, 2));
    return failed(
      `policy: one of check FILE, eval --policy FILE, explain, test FILE, replay, trust FILE, distrust FILE, schema is needed; hint: ${parts.program} policy --help`,
      2,
    );
  },
};

/** Of a file, or without one of what is in force: a call, or the whole. */
function explain(
  request: CommandRequest,
  parts: CommandParts,
  {
    policy: file,
    json = false,
  }: { readonly policy?: string | undefined; readonly json?: boolean | undefined },
  line: string | null,
): Promise<CommandAnswer> | CommandAnswer {
  const alone = file === undefined ? null : compileFile(request, parts, file);
  if (alone !== null && 'exit' in alone) return alone;
  if (line !== null) return explainCommand(parts, alone ?? ((cwd) => inForce(parts, cwd)), line, json);
  return summaryCommand(
    request,
    parts,
    alone === null ? inForce(parts, request.cwd) : fileAlone(alone),
    json,
  );
}

function check(request: CommandRequest, parts: CommandParts, file: string): CommandAnswer {
  const { lines, exitCode } = checkFile(readText(request, parts, file), file, besides(request, file));
  const text = `${lines.join('\n')}\n`;
  return exitCode === 0 ? answer(text) : { exit: exitCode, stdout: '', stderr: text };
}

/** Decides with everything that would be asked, our own protection included; nothing is counted or remembered. */
async function evaluate(
  request: CommandRequest,
  parts: CommandParts,
  file: string,
  lines: readonly string[],
): Promise<CommandAnswer> {
  const policyOrAnswer = compileFile(request, parts, file);
  if ('exit' in policyOrAnswer) return policyOrAnswer;
  const protection = protectionHere(parts);
  const known = await understandingHere(parts);
  return answer(
    lines
      .map((line) => JSON.stringify(evalLine(policyOrAnswer, canonicalLine(line), protection, known)))
      .join('\n'),
  );
}
