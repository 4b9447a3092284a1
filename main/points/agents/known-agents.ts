/** Agent programs that Gatehouse looks for. Data: a new one is one entry. */
export interface KnownAgent {
  readonly id: string;
  readonly name: string;
  /** Names of its program. */
  readonly programs: readonly string[];
  /** Packages whose manifest tells its version; `<name>-<platform>` counts too. */
  readonly packages: readonly string[];
  /** Where no manifest tells the version, the program can be asked for it without opening a window. */
  readonly tellsVersion: boolean;
}

export const CLAUDE_CODE: KnownAgent = {
  id: 'claude-code',
  name: 'Claude Code',
  programs: ['claude'],
  packages: ['@anthropic-ai/claude-code'],
  tellsVersion: true,
};

export const CODEX: KnownAgent = {
  id: 'codex',
  name: 'Codex',
  programs: ['codex'],
  packages: ['@openai/codex'],
  tellsVersion: true,
};

export const GEMINI_CLI: KnownAgent = {
  id: 'gemini-cli',
  name: 'Gemini CLI',
  programs: ['gemini'],
  packages: ['@google/gemini-cli'],
  tellsVersion: true,
};

export const COPILOT: KnownAgent = {
  id: 'copilot',
  name: 'Copilot CLI',
  programs: ['copilot'],
  packages: ['@github/copilot'],
  tellsVersion: true,
};

export const OPENCODE: KnownAgent = {
  id: 'opencode',
  name: 'opencode',
  programs: ['opencode'],
  packages: ['opencode-ai', 'opencode'],
  tellsVersion: true,
};

export const CURSOR: KnownAgent = {
  id: 'cursor',
  name: 'Cursor',
  programs: ['cursor', 'cursor-agent'],
  packages: [],
  tellsVersion: false,
};

export const KNOWN_AGENTS: readonly KnownAgent[] = [
  CLAUDE_CODE,
  CODEX,
  GEMINI_CLI,
  COPILOT,
  OPENCODE,
  CURSOR,
];
