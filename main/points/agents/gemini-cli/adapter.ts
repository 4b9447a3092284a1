/** How Gemini CLI is connected: hooks in the person's settings.json, each with a name and its time in milliseconds. */
import { join, resolve } from 'node:path';
import { GEMINI_CLI_EVENTS } from '../../hooks/gemini-cli-events.ts';
import type { MatchedEvent } from '../../hooks/hook-event.ts';
import { PROBE_TOOL } from '../../hooks/probe.ts';
import type { AgentAdapter, EntryTarget } from '../agent-adapter.ts';
import { type AgentContext, tilde } from '../agent-context.ts';
import { plainDenial } from '../denial.ts';
import { type HookGroup, hookGroups } from '../hook-groups.ts';
import { hookCommand, hookLine, lineWords, requireShell } from '../hook-line.ts';
import { GEMINI_CLI } from '../known-agents.ts';
import { readJsonSettings, type SettingsText } from '../settings-text.ts';
import { geminiSwitchProblems, geminiWatched, HOOK_NAME } from './switches.ts';

export const geminiCliAdapter: AgentAdapter = {
  agent: GEMINI_CLI,
  format: hookGroups<MatchedEvent>({
    agent: GEMINI_CLI.id,
    events: GEMINI_CLI_EVENTS,
    entry,
    words: ({ command }) => (typeof command === 'string' ? lineWords(command) : null),
  }),
  probe: {
    commandLine: (target) => hookCommand(GEMINI_CLI.id, GEMINI_CLI_EVENTS[0], target),
    input: (nonce) =>
      Buffer.from(
        JSON.stringify({
          session_id: 'gatehouse-doctor',
          cwd: process.cwd(),
          hook_event_name: 'BeforeTool',
          tool_name: PROBE_TOOL,
          tool_input: { nonce },
        }),
      ),
    denial: plainDenial,
  },
  minimum: {
    version: '0.61.0',
    older: 'was not tried: its hooks may let tools run',
    advice: 'whether its hooks stop tools was not tried',
  },
  settingsFile,
  read: (file) => {
    requireShell(GEMINI_CLI);
    return readJsonSettings(file);
  },
  unreadable: 'Gemini CLI does not start with settings that it cannot read, and here no comments are read',
  switchProblems: geminiSwitchProblems,
  watched: (_context, options) => geminiWatched(options),
  notes,
};

/** Where Gemini CLI reads the person's settings. */
function settingsFile({ home, env }: Pick<AgentContext, 'home' | 'env'>): string {
  const moved = env['GEMINI_CLI_HOME'];
  return join(moved === undefined || moved === '' ? home : resolve(moved), '.gemini', 'settings.json');
}

function entry(event: MatchedEvent, target: EntryTarget): HookGroup {
  const handler = {
    type: 'command',
    name: HOOK_NAME,
    command: hookLine(GEMINI_CLI.id, event, target),
    timeout: event.timeoutSeconds * 1000,
  };
  return event.matcher === null ? { hooks: [handler] } : { matcher: event.matcher, hooks: [handler] };
}

function notes(context: AgentContext, settings: SettingsText): string[] {
  const said = [
    'A project that you trust can switch these hooks off in its own .gemini/settings.json (hooksConfig); Gatehouse then says so.',
  ];
  if ((context.env['GEMINI_CLI_HOME'] ?? '') !== '') {
    said.push(
      `GEMINI_CLI_HOME is set, so ${tilde(settings.file, context.home)} is changed. Gemini CLI started without it reads other settings and is not supervised.`,
    );
  }
  return said;
}
