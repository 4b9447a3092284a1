/** Where Claude Code's user settings stand, and its switch that turns hooks off. */
import { join, resolve } from 'node:path';
import { type JsonNode, memberOf } from '../../../platform/json-syntax.ts';
import type { AgentContext } from '../agent-context.ts';

/** Where Claude Code reads the person's settings. */
export function claudeSettingsFile(context: Pick<AgentContext, 'home' | 'env'>): string {
  const moved = context.env['CLAUDE_CONFIG_DIR'];
  return join(
    moved === undefined || moved === '' ? join(context.home, '.claude') : resolve(moved),
    'settings.json',
  );
}

/** `disableAllHooks` is set to anything that Claude Code takes for yes. */
export function disablesHooks(root: JsonNode | null): boolean {
  const member = root === null ? null : memberOf(root, 'disableAllHooks');
  if (member === null) return false;
  const value = member.value.kind === 'scalar' ? member.value.value : true;
  return value !== false && value !== null && value !== 'false';
}
