/**
 * Our entries in Claude Code's settings.
 *
 * `args` present means exec form: no shell reads the line. `onFailure: "block"` makes Claude Code stop a tool
 * whose hook crashes, is missing or is late; without it all of these let the tool run.
 */
import type { JsonObject } from '../../../platform/canonical-json.ts';
import { CLAUDE_CODE_EVENTS, type HookEvent } from '../../hooks/claude-code-events.ts';
import type { EntryTarget } from '../agent-adapter.ts';
import { type HookGroup, hookGroups } from '../hook-groups.ts';

const AGENT = 'claude-code';

/** The command line of one event's entry. */
export function claudeCommand(
  event: HookEvent,
  target: EntryTarget,
): { readonly command: string; readonly args: readonly string[] } {
  const args = ['hook', AGENT, '--door', target.door, '--deadline', String(event.deadlineSeconds)];
  return { command: target.program, args: event.tells === true ? [...args, '--tells'] : args };
}

export const CLAUDE_CODE_ENTRIES = hookGroups<HookEvent>({
  agent: AGENT,
  events: CLAUDE_CODE_EVENTS,
  entry,
  words: ({ command, args }) => {
    const given = Array.isArray(args) ? args.map((word) => (typeof word === 'string' ? word : '')) : [];
    return typeof command === 'string' ? [command, ...given] : ['', ...given];
  },
});

function entry(event: HookEvent, target: EntryTarget): HookGroup {
  const { command, args } = claudeCommand(event, target);
  const handler: JsonObject = {
    type: 'command',
    command,
    args: [...args],
    timeout: event.timeoutSeconds,
    ...(event.tells === true ? {} : { onFailure: 'block' }),
  };
  return event.matcher === null ? { hooks: [handler] } : { matcher: event.matcher, hooks: [handler] };
}
