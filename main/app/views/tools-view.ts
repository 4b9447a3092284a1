/** What a session is held to that has no hooks, or governed tools beside them: its tools' calls are ours, the rest is not. */
import { UNHOOKED_SESSION } from '../../engine/requests.ts';
import type { Session } from '../../engine/sessions/session.ts';
import type { ToolsInUse } from '../../points/tools/tool-clients.ts';
import { enforcementWords } from './words.ts';

/** The level that the calls of a session's governed tools have; null below `standard`, undefined before the first. */
export type ToolLevel = NonNullable<ToolsInUse['told']>['reached'] | undefined;

const ORDER = ['standard', 'strict', 'maximum'] as const;

/** Sessions that have governed tools now, by id. A session with several connections is as weak as the weakest. */
export function toolLevels(
  inUse: readonly Pick<ToolsInUse, 'engineSession' | 'told'>[],
): ReadonlyMap<string, ToolLevel> {
  const levels = new Map<string, ToolLevel>();
  for (const { engineSession: session, told } of inUse) {
    if (session === '') continue;
    const level = told?.reached;
    const known = levels.get(session);
    if (known === undefined || (level !== undefined && rank(level) < rank(known))) levels.set(session, level);
  }
  return levels;
}

function rank(level: NonNullable<ToolLevel> | null): number {
  return level === null ? -1 : ORDER.indexOf(level);
}

/** Whether Gatehouse sees of a session only what it asks of Gatehouse's servers: no hooks, and no sandbox around it. */
export function isServersOnly({ claimedId, peer, holder }: Session): boolean {
  return claimedId === UNHOOKED_SESSION && peer.sandbox === undefined && holder === null;
}

/** How many sessions are live, and how they are held. */
export function liveCounts(
  sessions: readonly Session[],
  tools: ReadonlyMap<string, ToolLevel>,
): Record<'liveSessions' | 'liveSandboxes' | 'liveServersOnly' | 'liveTools', number> {
  const all = sessions.filter(({ ended }) => !ended);
  // A program that asks over the API is not held to anything.
  const live = all.filter(({ holder }) => holder === null);
  const runs = all.flatMap(({ peer }) => (peer.sandbox?.level != null ? [peer.sandbox.run] : []));
  return {
    liveSessions: live.length,
    liveSandboxes: new Set(runs).size,
    liveServersOnly: live.filter(isServersOnly).length,
    liveTools: live.filter(({ id }) => tools.has(id)).length,
  };
}

/** The words for a session outside a sandbox that has governed tools or no hooks; null for one with hooks alone. */
export function toolsHeld(
  session: Session,
  tools: { readonly level: ToolLevel } | null,
): { readonly enforcement: string; readonly caveat: string } | null {
  const alone = isServersOnly(session);
  if (tools === null)
    return alone
      ? {
          enforcement: 'MCP calls only',
          caveat:
            'What this agent asks of servers through Gatehouse is decided. What else it does is not seen or confined.',
        }
      : null;
  const { level } = tools;
  const words = level === undefined ? 'sandbox' : enforcementWords(level ?? 'reduced').toLowerCase();
  const where =
    level === undefined
      ? 'in a sandbox, or fail'
      : level === null
        ? 'in a sandbox that enforces less than standard'
        : `in a sandbox of level ${level}`;
  const rest = alone
    ? 'What else this agent does is not seen or confined.'
    : 'What else this agent starts is not confined.';
  return {
    enforcement: `${alone ? 'Tools' : 'Hooks; tools'}: ${words}`,
    caveat: `The calls of Gatehouse's tools run ${where}. ${rest}`,
  };
}

/** The sentence for agents of which none has hooks. */
export function serversOnlySentence(agents: number): string {
  const who =
    agents === 1
      ? 'One agent is supervised in what it asks'
      : `${agents} agents are supervised in what they ask`;
  return `${who} of servers through Gatehouse. What else an agent does is not seen or confined.`;
}

/** That calls of governed tools are confined; empty where nobody has them. */
export function toolsSentence(sessions: number): string {
  if (sessions === 0) return '';
  return ` The calls of Gatehouse's tools, which ${sessions === 1 ? 'one session has' : `${sessions} sessions have`}, run in a sandbox.`;
}
