/** How Copilot CLI is connected: a hooks file of ours in the person's folder of hooks. */
import { join } from 'node:path';
import { COPILOT_EVENTS, COPILOT_MINIMUM } from '../../hooks/copilot-events.ts';
import { PROBE_TOOL } from '../../hooks/probe.ts';
import type { AgentAdapter, HookProbe } from '../agent-adapter.ts';
import { type AgentContext, tilde } from '../agent-context.ts';
import { preToolUseDenial } from '../claude-code/adapter.ts';
import { programCommand } from '../hook-line.ts';
import { COPILOT } from '../known-agents.ts';
import { readSettingsText } from '../settings-text.ts';
import { COPILOT_ENTRIES } from './entries.ts';
import { copilotFolder, copilotSwitchFiles, copilotSwitchProblems } from './switches.ts';

const probe: HookProbe = {
  commandLine: (target) => programCommand(COPILOT.id, COPILOT_EVENTS[0], target),
  input: (nonce) =>
    Buffer.from(
      JSON.stringify({
        hook_event_name: 'PreToolUse',
        session_id: 'gatehouse-doctor',
        timestamp: new Date(0).toISOString(),
        cwd: process.cwd(),
        tool_name: PROBE_TOOL,
        tool_input: { nonce },
      }),
    ),
  denial: preToolUseDenial,
};

export const copilotAdapter: AgentAdapter = {
  agent: COPILOT,
  format: COPILOT_ENTRIES,
  probe,
  minimum: {
    version: COPILOT_MINIMUM,
    older: 'lets tools run when their hook ends with the code that means no',
    advice: 'its tools may run although their hook says no',
  },
  settingsFile: (context) => join(copilotFolder(context), 'hooks', 'gatehouse.json'),
  // Whatever stands there is compared as text: the file is ours or it is not.
  read: (file) => readSettingsText(file, () => undefined),
  unreadable: 'Copilot CLI leaves out a hooks file that it cannot read',
  switchProblems: (context, _settings, options) => copilotSwitchProblems(context, options.projects ?? []),
  watched: (context, options) => copilotSwitchFiles(context, options.projects ?? []),
  notes,
};

function notes(context: AgentContext): string[] {
  const said = [
    'Copilot CLI asks for itself as before. Start it with --allow-all-tools to be asked by Gatehouse alone.',
  ];
  if ((context.env['COPILOT_HOME'] ?? '') !== '')
    said.push(
      `COPILOT_HOME is set, so the file comes to ${tilde(copilotFolder(context), context.home)}. Copilot CLI started without it reads other hooks and is not supervised.`,
    );
  return said;
}
