/** How Codex is connected. */
import { join, resolve } from 'node:path';
import type { DoctorReport } from '../../../../preload/contract/overview.ts';
import { CODEX_EVENTS } from '../../hooks/codex-events.ts';
import type { AgentAdapter, EntryTarget, StateOptions } from '../agent-adapter.ts';
import { type AgentContext, tilde } from '../agent-context.ts';
import { findProgram, onlyOursToChange } from '../agent-program.ts';
import { preToolUseDenial, preToolUseProbe } from '../claude-code/adapter.ts';
import { hookCommand, hookLine, requireShell } from '../hook-line.ts';
import { targetOf } from '../installed-program.ts';
import { CODEX } from '../known-agents.ts';
import { isBlank, readSettingsText, type SettingsText } from '../settings-text.ts';
import { CODEX_ENTRIES, checkToml, documentOf, eventsBehindOurs, objectOf } from './entries.ts';
import { type CodexHook, codexHooks } from './own-word.ts';
import { codexSwitchProblems, codexWatched } from './switches.ts';
import { eventKey } from './trust.ts';

type Check = DoctorReport['checks'][number];

export const codexAdapter: AgentAdapter = {
  agent: CODEX,
  format: CODEX_ENTRIES,
  probe: {
    commandLine: (target) => hookCommand(CODEX.id, CODEX_EVENTS[0], target),
    input: preToolUseProbe,
    denial: preToolUseDenial,
  },
  minimum: {
    version: '0.169.0',
    older: 'was not tried: its hooks may let tools run',
    advice: 'whether its hooks stop tools was not tried',
  },
  settingsFile,
  read: (file) => {
    requireShell(CODEX);
    return readSettingsText(file, checkToml);
  },
  unreadable: 'Codex does not start with a config.toml that it cannot read',
  switchProblems: codexSwitchProblems,
  watched: (_context, options) => codexWatched(options),
  notes,
  disconnectNotes,
  moreChecks,
};

/** Where Codex reads the person's settings. */
function settingsFile({ home, env }: Pick<AgentContext, 'home' | 'env'>): string {
  const moved = env['CODEX_HOME'];
  return join(moved === undefined || moved === '' ? join(home, '.codex') : resolve(moved), 'config.toml');
}

function notes(context: AgentContext, settings: SettingsText): string[] {
  const line = hookLine(CODEX.id, CODEX_EVENTS[0], targetOf(context));
  const said = [
    `Codex runs a hook only once you trust it. Connect records your trust in these (trusted_hash), so that Codex does not ask: they run ${line}`,
    'Hooks do not see what is typed into a program that runs already (write_stdin): a shell, interpreter or editor that would do it is asked about.',
    'Command lines can leave hooks out: --disable hooks, -c features.hooks=false, --ignore-user-config.',
  ];
  if ((context.env['CODEX_HOME'] ?? '') !== '') {
    said.push(
      `CODEX_HOME is set, so ${tilde(settings.file, context.home)} is changed. Codex started without it reads other settings and is not supervised.`,
    );
  }
  const features = isBlank(settings.text) ? null : objectOf(documentOf(settings.text)['features']);
  if (features?.['hooks'] === false || features?.['codex_hooks'] === false)
    said.push(
      'The file switches all hooks off (features.hooks): until you take it out, nothing is supervised.',
    );
  return said;
}

/** Codex knows a hook that it trusts by its place among those of its event. */
function disconnectNotes({ text }: SettingsText, target: EntryTarget): string[] {
  const events = isBlank(text) ? [] : eventsBehindOurs(text, target);
  return events.length === 0
    ? []
    : [
        `Your own hooks that stand behind ours (${events.join(', ')}) move up by one place. Codex then skips them until you trust them again: look at /hooks in Codex.`,
      ];
}

/** Asks Codex itself, for the home folder and for each project in which it works. */
async function moreChecks(context: AgentContext, options: StateOptions): Promise<Check[]> {
  const name = 'Trusted by Codex';
  const found = await findProgram(CODEX, context);
  if (found === null)
    return [{ name, ok: true, detail: 'Codex was not found and could not be asked', hint: null }];
  if (!(await onlyOursToChange(found.realPath)))
    return [
      { name, ok: true, detail: `not asked: others can change ${found.path} or its folder`, hint: null },
    ];
  const folders = [context.home, ...(options.projects ?? [])];
  const lists = await codexHooks(found.path, folders, environment(context));
  if (lists === null)
    return [
      {
        name,
        ok: false,
        detail: 'Codex does not tell (hooks/list)',
        hint: 'see whether codex app-server starts',
      },
    ];
  const problems = lists.flatMap((hooks, index) => {
    const problem = problemIn(hooks, context);
    return problem === null ? [] : [`${tilde(folders[index] ?? '', context.home)}: ${problem}`];
  });
  return [
    problems.length === 0
      ? { name, ok: true, detail: 'Codex itself says so (hooks/list)', hint: null }
      : { name, ok: false, detail: problems.join('; '), hint: 'connect again, or look at /hooks in Codex' },
  ];
}

/** Nothing but what it needs: no key, no token. */
function environment({ home, env }: AgentContext): Record<string, string> {
  const moved = env['CODEX_HOME'];
  return {
    HOME: home,
    PATH: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C',
    ...(moved === undefined || moved === '' ? {} : { CODEX_HOME: moved }),
  };
}

function problemIn(hooks: readonly CodexHook[], context: AgentContext): string | null {
  for (const event of CODEX_EVENTS) {
    const line = hookLine(CODEX.id, event, targetOf(context));
    const ours = hooks.filter(
      ({ key, command }) => command === line && key.includes(`:${eventKey(event.name)}:`),
    );
    if (ours.length === 0) return `Codex does not know our hook ${event.name}`;
    if (!ours.some(({ enabled, trustStatus }) => enabled && /^(?:trusted|managed)$/.test(trustStatus)))
      return `${event.name} is ${ours.map(({ trustStatus, enabled }) => (enabled ? trustStatus : 'switched off')).join(', ')}`;
  }
  return null;
}
