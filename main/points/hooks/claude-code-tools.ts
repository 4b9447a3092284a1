/**
 * Claude Code's tool names in the terms of the catalog. Data: a new tool is one line.
 *
 * Names are compared exactly as Claude Code writes them; only MCP names are taken apart. A name that is not
 * here becomes `claude_code.<name>`, which no catalog knows, so that gate 2 refuses it and the log has it. A
 * stranger's tool can never take the name of a built-in one: `filesystem__read` or `bash` are not in the list.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { canonicalName } from '../../policy/canonical-name.ts';
import { type CatalogName, mcpTool, PLAIN_NAME } from './tool-names.ts';

/** Tools of 2.1.330, and earlier names of the same tools, as `module.action`. */
export const CLAUDE_CODE_TOOLS: ReadonlyMap<string, string> = new Map([
  ['Bash', 'shell.bash'],
  ['BashOutput', 'shell.output'],
  ['BashOutputTool', 'shell.output'],
  ['KillShell', 'shell.kill'],
  ['KillBash', 'shell.kill'],
  // Stops shells and agents alike: the riskier of the two.
  ['TaskStop', 'shell.kill'],
  ['Read', 'filesystem.read'],
  ['Write', 'filesystem.write'],
  ['Edit', 'filesystem.edit'],
  ['MultiEdit', 'filesystem.edit'],
  ['Glob', 'filesystem.glob'],
  ['Grep', 'filesystem.grep'],
  ['LS', 'filesystem.list'],
  ['NotebookRead', 'notebook.read'],
  ['NotebookEdit', 'notebook.edit'],
  ['LSP', 'lsp.query'],
  ['WebFetch', 'web.fetch'],
  ['WebSearch', 'web.search'],
  ['Task', 'agent.spawn'],
  ['Agent', 'agent.spawn'],
  ['SendMessage', 'agent.message'],
  ['SubagentHandback', 'agent.message'],
  ['AgentOutput', 'agent.output'],
  ['AgentOutputTool', 'agent.output'],
  ['TaskOutput', 'agent.output'],
  ['ListAgents', 'agent.output'],
  ['ListPeers', 'agent.output'],
  ['Workflow', 'agent.workflow'],
  ['Skill', 'skill.use'],
  ['SlashCommand', 'skill.command'],
  ['propose_skills', 'skill.propose'],
  ['TodoWrite', 'todo.write'],
  ['TaskCreate', 'todo.write'],
  ['TaskUpdate', 'todo.write'],
  ['TaskGet', 'todo.read'],
  ['TaskList', 'todo.read'],
  ['EnterPlanMode', 'plan.enter'],
  ['ExitPlanMode', 'plan.exit'],
  ['SetGoal', 'plan.goal'],
  ['ProposeGoal', 'plan.goal'],
  ['AskUserQuestion', 'user.ask'],
  ['ShowOnboardingRolePicker', 'user.ask'],
  ['OfferChromeSetup', 'user.ask'],
  ['PushNotification', 'user.notify'],
  ['SendUserMessage', 'user.notify'],
  ['Brief', 'user.notify'],
  ['ReportFindings', 'user.report'],
  ['EnterWorktree', 'workspace.enter'],
  ['ExitWorktree', 'workspace.leave'],
  ['ScheduleWakeup', 'schedule.create'],
  ['CronCreate', 'schedule.create'],
  ['CronDelete', 'schedule.delete'],
  ['CronList', 'schedule.list'],
  ['RemoteTrigger', 'schedule.remote'],
  ['Artifact', 'publish.artifact'],
  ['SendUserFile', 'publish.artifact'],
  ['ShareOnboardingGuide', 'publish.artifact'],
  ['SendFeedback', 'publish.feedback'],
  ['ToolSearch', 'toolbox.search'],
  ['ListMcpResourcesTool', 'mcp.list_resources'],
  ['ListMcpResources', 'mcp.list_resources'],
  ['ReadMcpResourceTool', 'mcp.read_resource'],
  ['ReadMcpResource', 'mcp.read_resource'],
  ['ReadMcpResourceDirTool', 'mcp.read_resource'],
  ['ReadMcpResourceDir', 'mcp.read_resource'],
  ['WaitForMcpServers', 'mcp.refresh'],
]);

const MODULE_OF_STRANGERS = 'claude_code';

/**
 * The catalog's name of a tool.
 *
 * @param tool    the client's own name
 * @param params  some tools run a command or open a connection, depending on them
 * @param server  the MCP server as the client names it beside the tool, when it does
 */
export function claudeCodeTool(tool: string, params: JsonObject, server: string | null): CatalogName {
  if (!PLAIN_NAME.test(tool)) return { module: MODULE_OF_STRANGERS, action: 'unreadable_name' };
  if (tool.startsWith('mcp__')) return mcpTool(tool, server) ?? stranger(tool);
  // Monitor runs a command line in the background, or opens a connection, which nothing here can judge.
  const known =
    tool === 'Monitor' && typeof params['command'] === 'string'
      ? 'shell.monitor'
      : CLAUDE_CODE_TOOLS.get(tool);
  return known === undefined ? stranger(tool) : canonicalName(known);
}

function stranger(tool: string): CatalogName {
  return { module: MODULE_OF_STRANGERS, action: tool.toLowerCase() };
}
