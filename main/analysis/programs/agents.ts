/** Command lines of agents: what changes how they are steered. Whether one is started at all the engine decides. */
import type { Program } from '../shell/call.ts';
import { plain, UNKNOWN } from '../shell/text.ts';

const CHANGES =
  /^(?:mcp (?:add|add-json|add-from-\S+|remove|reset-\S+|enable|disable)|config (?:set|add|remove|rm)|plugin|plugins|extensions? (?:install|link|update|enable)|install|setup-token|auth|login|logout|hooks?|skills? (?:add|install))\b/;
const UNGUARDED =
  /(?:^|\s)--(?:dangerously-\S+|yolo|allow-all-tools|full-auto|dangerously-bypass-\S+|trust-all-tools|auto-approve|yes-always|permission-mode[= ]bypassPermissions|approval-mode[= ]yolo|sandbox[= ]danger-full-access)(?:\s|$)/;

const agent: Program = (call) => {
  const text = call.args.map((one) => plain(one.text)).join(' ');
  if (CHANGES.test(text)) call.deed.concern('agent_config', `changes the settings of ${call.name}`);
  const isForced = call.name === 'cursor-agent' && call.args.some((one) => /^(?:-f|--force)$/.test(one.text));
  if (isForced || UNGUARDED.test(` ${text} `))
    call.deed.concern('tampering', `starts ${call.name} without its guards`);
  return UNKNOWN;
};

export const agentPrograms: ReadonlyMap<string, Program> = new Map<string, Program>(
  [
    'claude',
    'codex',
    'gemini',
    'copilot',
    'opencode',
    'cursor-agent',
    'aider',
    'goose',
    'amp',
    'qwen',
    'crush',
    'q',
    'kiro-cli',
    'cline',
    'roo',
    'droid',
    'auggie',
  ].map((name) => [name, agent]),
);
