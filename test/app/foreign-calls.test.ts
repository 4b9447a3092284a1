/** Calls as each agent's hooks send them, in the shapes that were captured from the real programs. */
import { describe, expect, it } from 'vitest';
import { canonicalLine, FOREIGN_FORMS } from '../../main/app/commands/foreign-calls.ts';
import { builtinCatalog } from '../../main/policy/catalog.ts';

const COMMAND = { command: 'echo hi > out.txt', description: 'x' };
const turned = (line: object) => JSON.parse(canonicalLine(JSON.stringify(line))) as Record<string, unknown>;

describe('calls in the agents’ own forms', () => {
  it.each<[string, object, { name: string; params?: object; cwd?: string }]>([
    [
      'claude-code',
      { tool_name: 'Write', tool_input: { file_path: '/w/a' }, cwd: '/w' },
      { name: 'filesystem.write', params: { file_path: '/w/a' }, cwd: '/w' },
    ],
    ['claude-code', { tool_name: 'mcp__gh__wipe', tool_input: { x: '1' } }, { name: 'mcp_gh.wipe' }],
    [
      'codex',
      { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: COMMAND, cwd: '/w' },
      { name: 'shell.bash', params: COMMAND, cwd: '/w' },
    ],
    [
      'codex',
      { tool_name: 'apply_patch', tool_input: { input: '*** Begin Patch' } },
      { name: 'filesystem.patch' },
    ],
    ['codex', { tool_name: 'mcp__gh__wipe', tool_input: {} }, { name: 'mcp_gh.wipe' }],
    [
      'gemini-cli',
      { hook_event_name: 'BeforeTool', tool_name: 'run_shell_command', tool_input: COMMAND },
      { name: 'shell.bash', params: COMMAND },
    ],
    [
      'gemini-cli',
      { tool_name: 'replace', tool_input: { file_path: 'a', old_string: 'x', new_string: 'y' } },
      { name: 'filesystem.edit' },
    ],
    [
      'gemini-cli',
      { tool_name: 'list_directory', tool_input: { dir_path: 'a' } },
      { name: 'filesystem.list', params: { path: 'a' } },
    ],
    [
      'gemini-cli',
      {
        tool_name: 'mcp_gh_wipe',
        tool_input: { x: '1' },
        mcp_context: { server_name: 'gh', tool_name: 'wipe' },
      },
      { name: 'mcp_gh.wipe', params: { x: '1' } },
    ],
    [
      'copilot',
      { toolName: 'bash', toolArgs: COMMAND, cwd: '/w' },
      { name: 'shell.bash', params: COMMAND, cwd: '/w' },
    ],
    [
      'copilot',
      { hookName: 'permissionRequest', toolName: 'view', toolInput: { path: '/w/a' } },
      { name: 'filesystem.read' },
    ],
    [
      'copilot',
      { toolName: 'bash', toolArgs: JSON.stringify(COMMAND) },
      { name: 'shell.bash', params: COMMAND },
    ],
    [
      'copilot',
      { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: COMMAND },
      { name: 'shell.bash' },
    ],
    [
      'opencode',
      { input: { tool: 'bash', sessionID: 's', callID: 'c' }, output: { args: COMMAND } },
      { name: 'shell.bash', params: COMMAND },
    ],
    [
      'opencode',
      { tool: 'edit', args: { filePath: 'a', oldString: 'x', newString: 'y' } },
      { name: 'filesystem.edit', params: { file_path: 'a', old_string: 'x', new_string: 'y' } },
    ],
    [
      'cursor',
      { hook_event_name: 'beforeShellExecution', command: 'ls', cwd: '/w' },
      { name: 'shell.bash', params: { command: 'ls' }, cwd: '/w' },
    ],
    [
      'cursor',
      { hook_event_name: 'beforeReadFile', file_path: '/w/a', content: 'secret', workspace_roots: ['/w'] },
      { name: 'filesystem.read', params: { file_path: '/w/a' }, cwd: '/w' },
    ],
    [
      'cursor',
      { hook_event_name: 'beforeMCPExecution', tool_name: 'wipe', tool_input: '{"x":"1"}' },
      { name: 'mcp_unnamed.wipe', params: { x: '1' } },
    ],
    [
      'cursor',
      { hook_event_name: 'preToolUse', tool_name: 'Write', tool_input: { file_path: 'a' } },
      { name: 'filesystem.write' },
    ],
    [
      'mcp',
      {
        server: 'notes',
        jsonrpc: '2.0',
        method: 'tools/call',
        params: { name: 'add', arguments: { t: 'x' } },
      },
      { name: 'mcp_notes.add', params: { t: 'x' } },
    ],
    ['mcp', { params: { name: 'add' } }, { name: 'mcp_unnamed.add', params: {} }],
  ])('%s: %j', (from, input, { name, params, cwd }) => {
    const call = turned({ from, ...input });
    expect(call).toMatchObject({ agent: 'main', client: from });
    expect(`${String(call['module'])}.${String(call['action'])}`).toBe(name);
    if (params !== undefined) expect(call['params']).toEqual(params);
    expect(call['cwd']).toBe(cwd);
  });

  it('leads to tools that the catalog knows, and a strange tool to none', () => {
    for (const from of FOREIGN_FORMS) {
      const call = turned({
        from,
        tool_name: 'rm_all',
        toolName: 'rm_all',
        toolArgs: {},
        tool_input: {},
        tool: 'rm_all',
        args: {},
      });
      if (from === 'mcp') continue;
      expect(builtinCatalog.action(String(call['module']), String(call['action']))).toBeNull();
    }
  });

  it.each([
    ['no agent of ours', { from: 'aider', tool_name: 'Bash', tool_input: {} }],
    ['no parameters', { from: 'codex', tool_name: 'Bash' }],
    ['a list for parameters', { from: 'opencode', tool: 'bash', args: [] }],
    ['text that is no object', { from: 'copilot', toolName: 'bash', toolArgs: 'ls' }],
    ['no name', { from: 'gemini-cli', tool_input: {} }],
    ['a property of every object', { from: 'constructor' }],
    ['an event without its command', { from: 'cursor', hook_event_name: 'beforeShellExecution' }],
  ])('leaves a line alone that is none: %s', (_what, line) => {
    expect(canonicalLine(JSON.stringify(line))).toBe(JSON.stringify(line));
  });

  it('leaves what is no JSON alone, and no name of a parameter takes another one’s place', () => {
    expect(canonicalLine('{')).toBe('{');
    expect(canonicalLine('null')).toBe('null');
    const call = turned({
      from: 'opencode',
      tool: 'read',
      args: { filePath: '/etc/passwd', file_path: 'a' },
    });
    expect(call['params']).toEqual({ filePath: '/etc/passwd', file_path: 'a' });
  });
});
