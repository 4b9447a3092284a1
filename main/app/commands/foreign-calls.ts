/**
 * Tool calls in the agents' own forms, as their hooks and protocols send them, for `policy eval`, `explain` and
 * `test`. A tool that is not in the table of its agent keeps its name under the agent's, which no catalog knows, so
 * that gate 2 refuses it.
 */
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { claudeCodeTool } from '../../points/hooks/claude-code-tools.ts';
import { codexParams, codexTool } from '../../points/hooks/codex-tools.ts';
import { copilotCall } from '../../points/hooks/copilot-tools.ts';
import { cursorCall } from '../../points/hooks/cursor-tools.ts';
import { geminiCliCwd, geminiCliParams, geminiCliTool } from '../../points/hooks/gemini-cli-tools.ts';
import { opencodeCall } from '../../points/hooks/opencode-tools.ts';
import { catalogParams } from '../../points/hooks/param-names.ts';
import { canonicalName } from '../../policy/canonical-name.ts';

interface ForeignCall {
  readonly tool: string;
  readonly params: JsonObject;
  /** The MCP server beside the tool's name. */
  readonly server: string | null;
}

interface Form {
  /** Null: this is no call of that agent's. */
  readonly read: (input: JsonObject) => ForeignCall | null;
  /** The client runs a call with other parameters when it is told to. */
  readonly rewrites: boolean;
  /** The agent's hook's own reading of a call that is no MCP server's. */
  readonly turn?: (tool: string, params: JsonObject) => TurnedCall;
}

interface TurnedCall {
  readonly module: string;
  readonly action: string;
  readonly params: JsonObject;
}

/** Names of parameters in other spellings, and the catalog's. */
const SAME: Readonly<Record<string, string>> = {
  filePath: 'file_path',
  dir_path: 'path',
  oldString: 'old_string',
  newString: 'new_string',
};

const snake = (input: JsonObject): ForeignCall | null => {
  const context = objectOf(input['mcp_context']);
  const server = textOf(context?.['server_name']);
  return named(textOf(context?.['tool_name']) ?? input['tool_name'], input['tool_input'], server);
};

/** By the name in `from`. */
const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['claude-code', { read: snake, rewrites: true }],
  [
    'codex',
    {
      read: (input) => {
        const call = snake(input);
        return call === null ? null : { ...call, params: codexParams(call.tool, call.params) };
      },
      rewrites: true,
    },
  ],
  [
    'gemini-cli',
    {
      read: (input) => {
        const tool = textOf(input['tool_name']);
        const mcp = objectOf(input['mcp_context']);
        const call = named(tool ?? undefined, input['tool_input'], textOf(mcp?.['server_name']));
        if (call === null || call.server === null)
          return call === null ? null : { ...call, params: geminiCliParams(call.tool, call.params) };
        return { ...call, tool: textOf(mcp?.['tool_name']) ?? call.tool };
      },
      rewrites: true,
    },
  ],
  [
    'copilot',
    {
      // Two dialects: its own, and one like Claude Code's.
      read: (input) =>
        named(input['toolName'], input['toolArgs'] ?? input['toolInput'], null) ?? snake(input),
      rewrites: true,
      turn: (tool, params) => copilotCall(tool, params, []),
    },
  ],
  [
    'opencode',
    {
      // `tool.execute.before(input, output)`: the plugin's two arguments, or the names in them.
      read: (input) => {
        const head = objectOf(input['input']) ?? input;
        return named(head['tool'], (objectOf(input['output']) ?? head)['args'], null);
      },
      rewrites: true,
      turn: (tool, params) => opencodeCall(tool, params, []),
    },
  ],
  [
    'cursor',
    {
      read: cursorEvent,
      rewrites: false,
      turn: cursorCall,
    },
  ],
  [
    'mcp',
    {
      // `tools/call`, with the name that the server is registered under beside it.
      read: (input) => {
        const call = objectOf(input['params']) ?? input;
        return named(call['name'], call['arguments'] ?? {}, textOf(input['server']) ?? 'unnamed');
      },
      rewrites: true,
    },
  ],
]);

/** Agents whose own form is understood. */
export const FOREIGN_FORMS: readonly string[] = [...FORMS.keys()];

/** A line in an agent's own form becomes a canonical one; any other is left for the evaluator to judge. */
export function canonicalLine(line: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return line;
  }
  const input = objectOf(parsed as JsonValue);
  const from = textOf(input?.['from']);
  const form = from === null ? undefined : FORMS.get(from);
  const call = input === null ? null : (form?.read(input) ?? null);
  if (input === null || from === null || form === undefined || call === null) return line;
  const roots = input['workspace_roots'];
  const cwd = textOf(input['cwd']) ?? (Array.isArray(roots) ? textOf(roots[0] as JsonValue) : null);
  return JSON.stringify({
    agent: 'main',
    client: from,
    ...turnedCall(from, form, call),
    rewrites: form.rewrites,
    ...(cwd === null ? {} : { cwd: from === 'gemini-cli' ? geminiCliCwd(call.tool, call.params, cwd) : cwd }),
  });
}

function turnedCall(from: string, form: Form, call: ForeignCall): TurnedCall {
  const isServers = call.server !== null || call.tool.startsWith('mcp__');
  if (form.turn === undefined || isServers)
    return { ...nameOf(from, call), params: catalogParams(call.params, SAME) };
  const { module, action, params } = form.turn(call.tool, call.params);
  return { module, action, params };
}

function nameOf(from: string, { tool, params, server }: ForeignCall) {
  if (from === 'claude-code') return claudeCodeTool(tool, params, server);
  if (from === 'codex') return codexTool(tool);
  if (from === 'gemini-cli')
    return geminiCliTool(tool, server === null ? null : { server_name: server, tool_name: tool });
  if (server !== null) return canonicalName(`mcp__${server}__${tool}`);
  // Claude Code's way to write a tool of a server is taken over by others.
  if (tool.startsWith('mcp__')) return claudeCodeTool(tool, params, null);
  return { module: from.replaceAll('-', '_'), action: tool };
}

/** An event for each kind of call, and one for all. */
function cursorEvent(input: JsonObject): ForeignCall | null {
  const { command, file_path: file, hook_event_name: event } = input;
  switch (event) {
    case 'beforeShellExecution':
      return typeof command === 'string' ? { tool: 'Shell', params: { command }, server: null } : null;
    case 'beforeReadFile':
      return typeof file === 'string' ? { tool: 'Read', params: { file_path: file }, server: null } : null;
    case 'beforeMCPExecution':
      return named(input['tool_name'], input['tool_input'], textOf(input['server']) ?? 'unnamed');
    default:
      return named(input['tool_name'], input['tool_input'], null);
  }
}

/** Parameters may be an object, or one as text. */
function named(
  tool: JsonValue | undefined,
  given: JsonValue | undefined,
  server: string | null,
): ForeignCall | null {
  let params = given ?? null;
  if (typeof params === 'string') {
    try {
      params = JSON.parse(params) as JsonValue;
    } catch {
      return null;
    }
  }
  const object = objectOf(params);
  return typeof tool !== 'string' || object === null ? null : { tool, params: object, server };
}

function objectOf(value: JsonValue | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
