/** `gatehouse policy check | eval`: what a policy file says, without putting it in force. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { evalLine } from '../../engine/eval-line.ts';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { claudeCodeTool } from '../../points/hooks/claude-code-tools.ts';
import type { FindProfile } from '../../policy/behavior/profile-file.ts';
import { checkFile } from '../../policy/check.ts';
import { compilePolicy, formatDiagnostic } from '../../policy/compile.ts';
import { readPolicyFile } from '../policy-file.ts';
import { profilesBeside } from '../profile-files.ts';
import { protectionOf } from '../protection.ts';
import { installFolder } from '../resources.ts';
import {
  answer,
  type Command,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
} from './command.ts';

export const policy: Command = {
  usage: [
    'policy check FILE',
    'policy eval --policy FILE [CALL…]   (each CALL one JSON object; without any, one a line from stdin)',
  ],
  what: 'Checks a policy file, or says what it decides about a call.',
  needsSupervisor: false,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: { policy: { type: 'string' }, json: { type: 'boolean' } },
    });
    const [verb, ...rest] = positionals;
    if (verb === 'check' && rest[0] !== undefined && rest.length === 1) return check(request, parts, rest[0]);
    if (verb === 'eval' && values.policy !== undefined) return evaluate(request, parts, values.policy, rest);
    return failed(
      `policy: one of check FILE, eval --policy FILE is needed; hint: ${parts.program} policy --help`,
      2,
    );
  },
};

function check(request: CommandRequest, parts: CommandParts, file: string): CommandAnswer {
  const { lines, exitCode } = checkFile(readText(request, parts, file), file, besides(request, file));
  const text = `${lines.join('\n')}\n`;
  return exitCode === 0 ? answer(text) : { exit: exitCode, stdout: '', stderr: text };
}

/** Decides with everything that would be asked, our own protection included; nothing is counted or remembered. */
function evaluate(
  request: CommandRequest,
  parts: CommandParts,
  file: string,
  lines: readonly string[],
): CommandAnswer {
  const compiled = compilePolicy(readText(request, parts, file), file, besides(request, file));
  if (!compiled.ok)
    return {
      exit: 1,
      stdout: '',
      stderr: compiled.diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`).join(''),
    };
  const protection = protectionOf({
    home: parts.home,
    paths: parts.paths,
    installRoot: installFolder,
    settingsFiles: [],
  }).current();
  return answer(
    lines
      .map((line) => JSON.stringify(evalLine(compiled.policy, canonicalLine(line), protection)))
      .join('\n'),
  );
}

/** A line in an agent's own form becomes a canonical one; any other is left for the evaluator to judge. */
function canonicalLine(line: string): string {
  let input: unknown;
  try {
    input = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof input !== 'object' || input === null || !('from' in input) || input.from !== 'claude-code')
    return line;
  const {
    tool_name: tool,
    tool_input: params,
    cwd,
  } = input as { tool_name?: unknown; tool_input?: unknown; cwd?: unknown };
  if (typeof tool !== 'string' || typeof params !== 'object' || params === null) return line;
  const name = claudeCodeTool(tool, params as JsonObject, null);
  return JSON.stringify({
    agent: 'main',
    client: 'claude-code',
    module: name.module,
    action: name.action,
    params,
    ...(typeof cwd === 'string' ? { cwd } : {}),
  });
}

/** Behaviour profiles that stand beside the file. */
function besides(request: CommandRequest, file: string): { readonly findProfile: FindProfile } {
  return { findProfile: profilesBeside(resolve(request.cwd, file)) };
}

/** At the terminal it may be anything that can be read; the supervisor waits for no pipe and takes no flood. */
function readText(request: CommandRequest, parts: CommandParts, file: string): string {
  const path = resolve(request.cwd, file);
  try {
    if (parts.running !== null) return readPolicyFile(path);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    const why = error instanceof TypeError ? 'it is not UTF-8' : messageOf(error);
    throw new GatehouseError('unreadable', `${file} cannot be read: ${why}`);
  }
}
