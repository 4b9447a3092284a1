/** A server and its tools in words. Pure. */
import type { McpServerView, McpToolView } from '../../../preload/contract.ts';

export const STATES = {
  idle: { word: 'not in use', tone: 't-ink3' },
  starting: { word: 'starting', tone: 't-ink2' },
  running: { word: 'running', tone: 't-allow' },
  down: { word: 'down', tone: 't-stop' },
  changed: { word: 'changed, not started', tone: 't-stop' },
} as const satisfies Record<McpServerView['state'], { word: string; tone: string }>;

export const STANDINGS = {
  allowed: { word: 'allowed', tone: 't-allow' },
  asked: { word: 'asks you', tone: 't-wait' },
  denied: { word: 'denied, not shown', tone: 't-stop' },
  hidden: { word: 'hidden', tone: 't-ink3' },
} as const satisfies Record<McpToolView['standing'], { word: string; tone: string }>;

/** `7 of 9 tools shown, 1 to look at · claude-code` */
export function serverLine(server: McpServerView): string {
  return [toolLine(server.tools), server.clients.join(', ')].filter((part) => part !== '').join(' · ');
}

/** `7 of 9 tools shown, 1 to look at`; before the first list nothing is known. */
export function toolLine(tools: readonly McpToolView[]): string {
  if (tools.length === 0) return 'tools are known once a client uses it';
  const shown = tools.filter(({ standing }) => standing === 'allowed' || standing === 'asked').length;
  const worrying = tools.filter(({ concern }) => concern !== null).length;
  const all = tools.length === 1 ? '1 tool' : `${tools.length} tools`;
  const first = shown === tools.length ? `${all}` : `${shown} of ${all} shown`;
  return worrying === 0 ? first : `${first}, ${worrying} to look at`;
}
