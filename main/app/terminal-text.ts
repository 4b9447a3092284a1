/** What the terminal says when the supervisor runs, in either shell. One place, so that it stays exact. */
import { assertNever } from '../platform/errors.ts';
import type { FoundAgent } from './shell-port.ts';

/** The line by which whoever started the supervisor knows that it runs. */
export const RUNNING_PREFIX = 'Gatehouse is running';
const STOPS = 'Ctrl-C stops it; connected agents are then blocked until it runs again.';

export interface StartText {
  /** Why headless, for example `no display`. */
  readonly why: string;
  /** What is enforced, in one sentence with its full stop. */
  readonly enforcement: string;
  readonly url: string;
  readonly port: number;
  /** The port that was meant, when another program holds it. */
  readonly busyPort: number | null;
  /** `gatehouse`, or how it is called in a checkout. */
  readonly program: string;
  readonly agents: readonly FoundAgent[];
  /** A browser was started with a link of its own. */
  readonly browserOpened: boolean;
}

/** The lines printed at the start of the headless shell, without a final newline. */
export function startText(text: StartText): string {
  const lines = [
    `${RUNNING_PREFIX} (headless: ${text.why}). ${text.enforcement}`,
    openLine(text.url, text.program),
    `SSH    ssh -L ${text.port}:127.0.0.1:${text.port} HOST`,
  ];
  if (text.browserOpened) lines.splice(1, 0, 'Page   opened in your browser');
  if (text.busyPort !== null)
    lines.push(`Port   ${text.port}, because ${text.busyPort} is taken by another program`);
  return [...lines, ...foundLines(text.agents, text.program), tryLine(text.program), STOPS].join('\n');
}

/** The lines printed when our own window shows the page. */
export function windowText(text: Pick<StartText, 'enforcement' | 'program' | 'agents'>): string {
  return [
    `${RUNNING_PREFIX}. ${text.enforcement}`,
    ...foundLines(text.agents, text.program),
    tryLine(text.program),
    STOPS,
  ].join('\n');
}

function foundLines(agents: readonly FoundAgent[], program: string): readonly string[] {
  return agents.map((agent) => foundLine(agent, program)).filter((line) => line !== null);
}

function tryLine(program: string): string {
  return `Try    ${program} tutorial 1`;
}

/** The line with a link. */
export function openLine(url: string, program: string): string {
  return `Open   ${url}   (one use, 5 min; \`${program} open\` makes another)`;
}

function foundLine(agent: FoundAgent, program: string): string | null {
  const name = agent.version === null ? agent.name : `${agent.name} ${agent.version}`;
  switch (agent.state) {
    case 'not_found':
      return null;
    case 'connected':
      return `Found  ${name}: connected`;
    case 'not_connected':
      return `Found  ${name}: not connected  →  ${program} agents install ${agent.id}`;
    case 'broken':
      return `Found  ${name}: connected, but not enforced  →  ${program} agents doctor ${agent.id}`;
    default:
      return assertNever(agent.state, 'state of an agent');
  }
}
