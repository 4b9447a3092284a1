/** The frame of the page: what is enforced, and everything that weakens it. */
import type { AgentView, Overview, SessionView } from '../../../preload/contract.ts';
import type { Session } from '../../engine/sessions/session.ts';
import type { PeerSandbox } from '../../platform/peer.ts';
import { observed } from '../../policy/observe.ts';
import type { PolicyStatus } from '../policy-keeper.ts';
import type { PolicyLayers } from '../policy-layers.ts';
import { serversOnlySentence, type ToolLevel, toolsHeld, toolsSentence } from './tools-view.ts';
import { appName, clientName, clip, enforcementWords, isApiClient, millis, tildePath } from './words.ts';

export interface EnforcementInput {
  readonly policyState: PolicyStatus['state'];
  readonly unenforced: readonly string[];
  /** Names of the clients that are observed and not blocked. */
  readonly observing: readonly string[];
  readonly logState: Overview['log']['state'];
  readonly logSentence: string;
  readonly agents: readonly AgentView[];
  readonly liveSessions: number;
  /** Of them, those in a sandbox of at least `standard`. */
  readonly liveSandboxes: number;
  /** Of them, those without hooks: only what they ask of servers through Gatehouse is seen. */
  readonly liveServersOnly: number;
  /** Of them, those that have governed tools. */
  readonly liveTools: number;
  /** Null when requests can be tied to processes. */
  readonly identityProblem: string | null;
  /** The person stopped everything, in a sentence; null when they did not. */
  readonly stopped: string | null;
  readonly paused: Overview['pause']['running'];
}

/** What is enforced now, in one sentence, and each thing that is not. The worst comes first. */
export function enforcementView(input: EnforcementInput): Overview['enforcement'] {
  const broken = input.agents.filter((agent) => agent.state === 'broken');
  const connected = input.agents.filter((agent) => agent.state === 'connected');
  const pausedAll = input.paused.find(({ agent }) => agent === null);
  const problems = [
    ...(input.logState === 'intact' ? [] : [input.logSentence]),
    ...(input.policyState === 'none' ? ['No policy is in force.'] : []),
    ...broken.map((agent) => `${agent.name}: ${agent.note}`),
    ...(input.policyState === 'last_good'
      ? ['The policy file has errors: the last good version is in force.']
      : []),
    ...input.observing.map(
      (name) =>
        `${name}: observing, not blocking. Calls are decided and recorded, and run whatever comes out.`,
    ),
    ...input.unenforced.map((section) => `The policy's ${section} is not enforced by this version.`),
    ...(input.identityProblem === null || connected.length === 0 ? [] : [input.identityProblem]),
  ];
  if (input.stopped !== null && input.logState === 'intact')
    return { state: 'deny_all', sentence: input.stopped, problems };
  if (input.logState !== 'intact')
    return {
      state: 'deny_all',
      sentence: 'Every call is refused: the log cannot be trusted or written.',
      problems,
    };
  if (input.policyState === 'none')
    return { state: 'deny_all', sentence: 'Every call is refused: no policy is in force.', problems };
  if (pausedAll !== undefined) return { state: 'paused', sentence: pausedAll.sentence, problems };
  if (broken.length > 0) {
    const names = broken.map((agent) => agent.name).join(', ');
    return {
      state: 'weak',
      sentence: `${names}: the hooks are not as they should be. Calls may pass unseen.`,
      problems,
    };
  }
  if (connected.length === 0 && input.liveSessions === 0)
    return { state: 'none', sentence: 'Nothing is supervised yet.', problems };
  if (input.observing.length > 0) {
    const names = input.observing.join(', ');
    return {
      state: 'weak',
      sentence: `Observing, not blocking: ${names}. Only calls against Gatehouse itself are refused.`,
      problems,
    };
  }
  const names = connected.length === 0 ? 'One agent' : connected.map((agent) => agent.name).join(', ');
  const verb = connected.length > 1 ? 'are' : 'is';
  const boxes = input.liveSandboxes;
  const boxed =
    boxes === 0 ? '' : ` ${boxes === 1 ? 'One session runs' : `${boxes} sessions run`} in a sandbox.`;
  const partly = input.paused.map((pause) => ` ${pause.sentence}`).join('');
  const hooked = connected.length > 0 || input.liveSessions > input.liveServersOnly;
  const by = hooked
    ? `${names} ${verb} supervised by hooks only. Programs that an agent starts are not confined.`
    : serversOnlySentence(input.liveServersOnly);
  const sentence = `${by}${toolsSentence(input.liveTools)}${boxed}${partly}`;
  return {
    state: input.policyState === 'ok' && input.identityProblem === null && partly === '' ? 'on' : 'weak',
    sentence,
    problems,
  };
}

export function sessionView(
  session: Session,
  waiting: number,
  home: string,
  observes = false,
  tools: { readonly level: ToolLevel } | null = null,
): SessionView {
  const held = toolsHeld(session, tools);
  const kernel = session.peer.source === 'kernel' && session.peer.requester !== null;
  return {
    id: session.id,
    label: sessionLabel(session),
    client: { id: session.client, name: clientName(session.client) },
    app: { root: tildePath(session.app, home), name: appName(session.app) },
    startedAt: millis(session.startedWallMicros),
    lastCallAt: millis(session.lastSeenWallMicros),
    live: !session.ended,
    waiting,
    ...(isApiClient(session.client)
      ? {
          strength: 0,
          enforcement: 'API only',
          caveat: 'This program asks of its own accord: what it does not ask about is not seen.',
        }
      : observes
        ? {
            strength: 0,
            enforcement: 'Observing, not blocking',
            caveat: 'What this agent does is decided and recorded, and runs whatever comes out.',
          }
        : session.peer.sandbox === undefined
          ? {
              strength: session.ended ? 0 : 1,
              ...(held ?? {
                enforcement: enforcementWords(undefined),
                caveat: kernel
                  ? 'A program this agent starts is not confined.'
                  : 'The program that asks is not known to the system, and what it starts is not confined.',
              }),
            }
          : sandboxView(session.peer.sandbox, session.ended)),
  };
}

/** What a sandbox stands for is what the kernel enforces of it, not what was asked for. */
function sandboxView(
  { level, lacking }: PeerSandbox,
  ended: boolean,
): Pick<SessionView, 'strength' | 'enforcement' | 'caveat'> {
  const strength = level === null ? 1 : level === 'standard' ? 2 : 3;
  const confined = 'What this agent starts is confined with it.';
  const missing = lacking.length === 0 ? '' : ` Not enforced here: ${lacking.join('; ')}.`;
  return {
    strength: ended ? 0 : strength,
    enforcement: enforcementWords(level ?? 'reduced'),
    caveat: clip(`${confined}${missing}`, 400),
  };
}

/** A session's name: the first words of its first prompt, or the project and when it began. */
export function sessionLabel(session: Session): string {
  if (session.title !== null && session.title !== '') return clip(session.title, 40);
  const began = new Date(millis(session.startedWallMicros));
  const clock = `${String(began.getHours()).padStart(2, '0')}:${String(began.getMinutes()).padStart(2, '0')}`;
  return `${appName(session.app)} ${clock}`;
}

/** Whether calls of a session's client are let through whatever comes out. */
export function isObserved(layers: Pick<PolicyLayers, 'policy'>, session: Session): boolean {
  const policy = layers.policy(session.app);
  return policy !== null && observed(policy.observeLayers, session.client, 'main') !== false;
}

/** The clients that are observed: by the person's policy as a whole, or in a project where they work now. */
export function observedClients(
  layers: Pick<PolicyLayers, 'policy'>,
  sessions: readonly Session[],
): readonly string[] {
  const working = sessions.filter((session) => !session.ended && isObserved(layers, session));
  const shared = layers.policy(null);
  const everybody = shared !== null && observed(shared.observeLayers, '', '') !== false;
  if (working.length === 0) return everybody ? ['every agent'] : [];
  return [...new Set(working.map(({ client }) => clientName(client)))];
}
