/** How Claude Code is connected. */
import { join } from 'node:path';
import { z } from 'zod';
import { memberOf } from '../../../platform/json-syntax.ts';
import { CLAUDE_CODE_EVENTS, CLAUDE_CODE_MINIMUM } from '../../hooks/claude-code-events.ts';
import { PROBE_TOOL } from '../../hooks/probe.ts';
import type { AgentAdapter, HookProbe } from '../agent-adapter.ts';
import { type AgentContext, tilde } from '../agent-context.ts';
import { denialIn } from '../denial.ts';
import { programCommand } from '../hook-line.ts';
import { CLAUDE_CODE } from '../known-agents.ts';
import { jsonRoot, lineOf, readJsonSettings, type SettingsText } from '../settings-text.ts';
import { CLAUDE_CODE_ENTRIES } from './entries.ts';
import { claudeSettingsFile, disablesHooks } from './settings.ts';
import { managedFolder, projectSettings, switchProblems } from './switches.ts';

const Denied = z.strictObject({
  hookSpecificOutput: z.strictObject({
    hookEventName: z.literal('PreToolUse'),
    permissionDecision: z.literal('deny'),
    permissionDecisionReason: z.string(),
  }),
});

/** The reason of a `PreToolUse` answer that denies and says nothing else. */
export const preToolUseDenial = denialIn(
  0,
  Denied,
  ({ hookSpecificOutput }) => hookSpecificOutput.permissionDecisionReason,
);

const probe: HookProbe = {
  commandLine: (target) => programCommand(CLAUDE_CODE.id, CLAUDE_CODE_EVENTS[0], target),
  input: preToolUseProbe,
  denial: preToolUseDenial,
};

/** A call of the probe's tool as `PreToolUse` has it, which other clients took over. */
export function preToolUseProbe(nonce: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      session_id: 'gatehouse-doctor',
      cwd: process.cwd(),
      hook_event_name: 'PreToolUse',
      tool_name: PROBE_TOOL,
      tool_input: { nonce },
      tool_use_id: `probe_${nonce}`,
    }),
  );
}

export const claudeCodeAdapter: AgentAdapter = {
  agent: CLAUDE_CODE,
  format: CLAUDE_CODE_ENTRIES,
  probe,
  minimum: {
    version: CLAUDE_CODE_MINIMUM,
    older: 'lets tools run when their hook cannot be',
    advice: 'a hook that cannot be run does not stop its tools',
  },
  settingsFile: claudeSettingsFile,
  read: readJsonSettings,
  unreadable: 'Claude Code ignores what it cannot read, our hooks included',
  switchProblems: (context, settings, options) =>
    switchProblems(context, settings, options.projects ?? [], options.managed),
  watched: (context, options) => [
    ...(options.projects ?? []).flatMap(projectSettings),
    join(options.managed ?? managedFolder(context.platform), 'managed-settings.json'),
  ],
  notes,
};

function notes(context: AgentContext, settings: SettingsText): string[] {
  const said: string[] = [];
  if ((context.env['CLAUDE_CONFIG_DIR'] ?? '') !== '') {
    said.push(
      `CLAUDE_CONFIG_DIR is set, so ${tilde(settings.file, context.home)} is changed. Claude Code started without it reads other settings and is not supervised.`,
    );
  }
  const root = jsonRoot(settings);
  const switchOff = root === null ? null : memberOf(root, 'disableAllHooks');
  if (disablesHooks(root) && switchOff !== null) {
    const line = lineOf(settings.text, switchOff.keyStart);
    said.push(
      `Line ${line} of the file switches all hooks off (disableAllHooks): until you take it out, nothing is supervised.`,
    );
  }
  return said;
}
