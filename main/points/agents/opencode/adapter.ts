/** How opencode is connected: a plugin of ours in its folder of plugins. */
import type { DoctorReport } from '../../../../preload/contract/overview.ts';
import { OPENCODE_DEADLINES } from '../../hooks/opencode-events.ts';
import { PROBE_TOOL } from '../../hooks/probe.ts';
import type { AgentAdapter, HookProbe, StateOptions } from '../agent-adapter.ts';
import { type AgentContext, tilde } from '../agent-context.ts';
import { plainDenial } from '../denial.ts';
import { OPENCODE } from '../known-agents.ts';
import { ownFile } from '../own-file.ts';
import { readSettingsText } from '../settings-text.ts';
import {
  opencodeFolder,
  opencodePlugin,
  opencodeSwitchProblems,
  otherPluginFolders,
  pluginsBeside,
} from './places.ts';
import { PLUGIN_MARK, pluginRuns, pluginText, pluginWords } from './plugin.ts';

const probe: HookProbe = {
  commandLine: (target) => ({
    command: target.program,
    args: pluginWords(target, OPENCODE_DEADLINES.before),
  }),
  input: (nonce) =>
    Buffer.from(
      JSON.stringify({
        event: 'before',
        session: 'gatehouse-doctor',
        inner: 'gatehouse-doctor',
        cwd: process.cwd(),
        call: `probe_${nonce}`,
        tool: PROBE_TOOL,
        args: { nonce },
      }),
    ),
  denial: plainDenial,
};

export const opencodeAdapter: AgentAdapter = {
  agent: OPENCODE,
  format: ownFile({
    name: 'Plugin',
    text: pluginText,
    isOurs: (text) => text.startsWith(PLUGIN_MARK),
    runs: pluginRuns,
  }),
  probe,
  minimum: null,
  settingsFile: opencodePlugin,
  // Whatever stands there is compared as text: the file is ours or it is not.
  read: (file) => readSettingsText(file, () => undefined),
  unreadable: 'opencode leaves out a plugin that it cannot read',
  switchProblems: async (context) => opencodeSwitchProblems(context),
  watched: (context, options) => otherPluginFolders(context, options.projects ?? []),
  notes,
  moreChecks,
};

function notes(context: AgentContext): string[] {
  const said = [
    'Plugins run inside opencode. One of a project, which opencode loads without asking, can do what opencode can, and is not held by ours.',
    'opencode started with --pure loads no plugin and is not supervised.',
  ];
  if ((context.env['XDG_CONFIG_HOME'] ?? '') !== '')
    said.push(
      `XDG_CONFIG_HOME is set, so the plugin comes to ${tilde(opencodeFolder(context), context.home)}. opencode started without it loads other plugins and is not supervised.`,
    );
  return said;
}

/** Other plugins are no fault, and a person should know of them. */
async function moreChecks(context: AgentContext, options: StateOptions): Promise<DoctorReport['checks']> {
  const others = await pluginsBeside(context, options.projects ?? []);
  const detail =
    others.length === 0
      ? 'none where it was looked'
      : `each runs inside opencode and is not held by ours: ${others.slice(0, 8).join(', ')}${others.length > 8 ? `, and ${others.length - 8} more` : ''}`;
  return [{ name: 'Other plugins', ok: true, detail, hint: null }];
}
