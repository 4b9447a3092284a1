/** What each agent needs inside to work: its variables, its folders, and what of them may come back. */
import { basename } from 'node:path';
import type { RecordPlace } from './own-record.ts';

/**
 * `keys`: named top-level keys of a JSON file. `files`: new transcripts of the session's own project, which the first
 * folder of their path or their first line names.
 */
export type BackRule =
  | { readonly how: 'keys'; readonly from: string; readonly to: string; readonly keys: readonly string[] }
  | {
      readonly how: 'files';
      readonly from: string;
      readonly to: string;
      readonly suffix: string;
      readonly of: 'folder' | 'first-line';
    };

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
  /** What of the home folder goes into the copies, and where. */
  readonly carry: readonly { readonly from: string; readonly to: string }[];
  /** What of the copies comes back, and nothing else. */
  readonly back: readonly BackRule[];
  /** Where it writes down what it did; null where its hooks tell. */
  readonly record: RecordPlace | null;
  /** Hosts at which it finds its model and renews its sign-in. */
  readonly endpoints: readonly { readonly host: string; readonly port: number }[];
  /** Set inside; `~/` at the beginning is the home folder. */
  readonly set: Readonly<Record<string, string>>;
}

const https = (...hosts: readonly string[]) => hosts.map((host) => ({ host, port: 443 }));
/** Paths that are at the same place in the copy. */
const same = (...paths: readonly string[]) => paths.map((path) => ({ from: path, to: path }));

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
    carry: [
      ...same(
        '.claude/settings.json',
        '.claude/settings.local.json',
        '.claude/.credentials.json',
        '.claude/CLAUDE.md',
        '.claude/agents',
        '.claude/commands',
        '.claude/skills',
      ),
      { from: '.claude.json', to: '.claude/.claude.json' },
    ],
    back: [
      {
        how: 'keys',
        from: '.claude/.credentials.json',
        to: '.claude/.credentials.json',
        keys: ['claudeAiOauth'],
      },
      { how: 'files', from: '.claude/projects', to: '.claude/projects', suffix: '.jsonl', of: 'folder' },
    ],
    record: null,
    endpoints: https('api.anthropic.com', 'console.anthropic.com', 'platform.claude.com'),
    // Its second file, ~/.claude.json, then lies in the folder too.
    set: { CLAUDE_CONFIG_DIR: '~/.claude' },
  },
  {
    client: 'codex',
    programs: ['codex'],
    keep: ['OPENAI_*', 'CODEX_API_KEY'],
    state: ['.codex'],
    settings: ['.codex/config.toml', '.codex/hooks.json'],
    carry: same(
      '.codex/config.toml',
      '.codex/hooks.json',
      '.codex/auth.json',
      '.codex/AGENTS.md',
      '.codex/prompts',
    ),
    back: [
      { how: 'keys', from: '.codex/auth.json', to: '.codex/auth.json', keys: ['tokens', 'last_refresh'] },
      { how: 'files', from: '.codex/sessions', to: '.codex/sessions', suffix: '.jsonl', of: 'first-line' },
    ],
    record: { folder: '.codex/sessions', suffix: '.jsonl', depth: 3, form: 'codex' },
    endpoints: https('api.openai.com', 'chatgpt.com', 'auth.openai.com'),
    set: { CODEX_HOME: '~/.codex' },
  },
  {
    client: 'gemini-cli',
    programs: ['gemini'],
    keep: ['GEMINI_*', 'GOOGLE_*'],
    state: ['.gemini'],
    settings: ['.gemini/settings.json'],
    carry: same(
      '.gemini/settings.json',
      '.gemini/oauth_creds.json',
      '.gemini/google_accounts.json',
      '.gemini/installation_id',
      '.gemini/GEMINI.md',
    ),
    back: [
      {
        how: 'keys',
        from: '.gemini/oauth_creds.json',
        to: '.gemini/oauth_creds.json',
        keys: ['access_token', 'refresh_token', 'id_token', 'expiry_date', 'scope', 'token_type'],
      },
    ],
    record: { folder: '.gemini/tmp', suffix: '.jsonl', depth: 2, form: 'gemini-cli' },
    endpoints: https(
      'generativelanguage.googleapis.com',
      'cloudcode-pa.googleapis.com',
      'oauth2.googleapis.com',
    ),
    set: {},
  },
  {
    client: 'copilot',
    programs: ['copilot'],
    keep: ['COPILOT_*', 'GH_TOKEN', 'GITHUB_TOKEN'],
    state: ['.copilot'],
    // It writes `config.json` by itself at every start, and ends where it cannot; what a person sets is in the other.
    settings: ['.copilot/settings.json', '.copilot/mcp-config.json', '.copilot/hooks/gatehouse.json'],
    carry: same(
      '.copilot/settings.json',
      '.copilot/config.json',
      '.copilot/mcp-config.json',
      '.copilot/hooks/gatehouse.json',
    ),
    back: [],
    record: { folder: '.copilot/session-state', suffix: 'events.jsonl', depth: 1, form: 'copilot' },
    endpoints: https(
      'api.githubcopilot.com',
      'api.individual.githubcopilot.com',
      'api.business.githubcopilot.com',
      'api.enterprise.githubcopilot.com',
    ),
    set: {},
  },
  {
    client: 'opencode',
    programs: ['opencode'],
    keep: ['OPENCODE_*', 'ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY'],
    state: ['.config/opencode', '.local/share/opencode', '.local/state/opencode'],
    settings: ['.config/opencode/opencode.json', '.config/opencode/plugins/gatehouse.js'],
    carry: same('.config/opencode', '.local/share/opencode/auth.json'),
    back: [],
    record: {
      folder: '.local/share/opencode',
      suffix: 'opencode.db',
      depth: 0,
      form: 'opencode',
      database: { table: 'part', column: 'data' },
    },
    // Which model it uses is said in its settings.
    endpoints: [],
    set: {},
  },
];

/** The agent that a command starts, by its program's name; null for another program. */
export function presetOf(program: string): AgentPreset | null {
  const name = basename(program);
  return AGENT_PRESETS.find((preset) => preset.programs.includes(name)) ?? null;
}
