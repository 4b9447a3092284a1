/**
 * Our entries in Claude Code's settings.
 *
 * `args` present means exec form: no shell reads the line. `onFailure: "block"` makes Claude Code stop a tool
 * whose hook crashes, is missing or is late; without it all of these let the tool run.
 */
import type { JsonObject } from '../../../platform/canonical-json.ts';
import { CLAUDE_CODE_EVENTS } from '../../hooks/claude-code-events.ts';
import type { MatchedEvent } from '../../hooks/hook-event.ts';
import type { EntryTarget } from '../agent-adapter.ts';
import { type HookGroup, hookGroups } from '../hook-groups.ts';
import { programCommand } from '../hook-line.ts';

const AGENT = 'claude-code';

export const CLAUDE_CODE_ENTRIES = hookGroups<MatchedEvent>({
  agent: AGENT,
  events: CLAUDE_CODE_EVENTS,
  entry,
  words: ({ command, args }) => {
    const given = Array.isArray(args) ? args.map((word) => (typeof word === 'string' ? word : '')) : [];
    return typeof command === 'string' ? [command, ...given] : ['', ...given];
  },
});

function entry(event: MatchedEvent, target: EntryTarget): HookGroup {
  const { command, args } = programCommand(AGENT, event, target);
  const handler: JsonObject = {
    type: 'command',
    command,
    args: [...args],
    timeout: event.timeoutSeconds,
    ...(event.tells === true ? {} : { onFailure: 'block' }),
  };
  return event.matcher === null ? { hooks: [handler] } : { matcher: event.matcher, hooks: [handler] };
}
