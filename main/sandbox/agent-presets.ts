/** What each agent needs inside to work: its variables, its folders, and what of them may come back. */
import { basename } from 'node:path';

export interface AgentPreset {
  /** The client's id, as hooks name it. */
  readonly client: string;
  /** Names of the programs that start it. */
  readonly programs: readonly string[];
  /** Variables of the caller that go in; a star at the end means every one that begins so. */
  readonly keep: readonly string[];
  /** Folders of its own below the home folder: it works on a copy of each. */
  readonly state: readonly string[];
  /** Files in them that say what the agent obeys: read-only inside. */
  readonly settings: readonly string[];
  /** Set inside; `~/` at the beginning is the home folder. */
  readonly set: Readonly<Record<string, string>>;
}

export const AGENT_PRESETS: readonly AgentPreset[] = [
  {
    client: 'claude-code',
    programs: ['claude'],
    keep: [
      'ANTHROPIC_*',
      'CLAUDE_CODE_*',
      'DISABLE_*',
      'API_TIMEOUT_MS',
      'MAX_THINKING_TOKENS',
      'IS_SANDBOX',
    ],
    state: ['.claude'],
    settings: ['.claude/settings.json', '.claude/settings.local.json'],
    // Its second file, ~/.claude.json, then lies in the folder too.
    set: { CLAUDE_CONFIG_DIR: '~/.claude' },
  },
  {
    client: 'codex',
    programs: ['codex'],
    keep: ['OPENAI_*', 'CODEX_API_KEY'],
    state: ['.codex'],
    settings: ['.codex/config.toml', '.codex/hooks.json'],
    set: { CODEX_HOME: '~/.codex' },
  },
  {
    client: 'gemini-cli',
    programs: ['gemini'],
    keep: ['GEMINI_*', 'GOOGLE_*'],
    state: ['.gemini'],
    settings: ['.gemini/settings.json'],
    set: {},
  },
  {
    client: 'copilot',
    programs: ['copilot'],
    keep: ['COPILOT_*', 'GH_TOKEN', 'GITHUB_TOKEN'],
    state: ['.copilot'],
    settings: ['.copilot/config.json', '.copilot/mcp-config.json'],
    set: {},
  },
  {
    client: 'opencode',
    programs: ['opencode'],
    keep: ['OPENCODE_*', 'ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY'],
    state: ['.config/opencode', '.local/share/opencode', '.local/state/opencode'],
    settings: ['.config/opencode/opencode.json'],
    set: {},
  },
];

/** The agent that a command starts, by its program's name; null for another program. */
export function presetOf(program: string): AgentPreset | null {
  const name = basename(program);
  return AGENT_PRESETS.find((preset) => preset.programs.includes(name)) ?? null;
}
