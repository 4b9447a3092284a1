/** What every part of this folder needs to know: where things are. Handed in, so that tests have their own. */

/** Where Gatehouse keeps what it installs for agents. */
export interface AgentPaths {
  /** Folder of the installed hook program, 0700. */
  readonly bin: string;
  /** Folder of backups and journals, 0700. */
  readonly backups: string;
  /** Absolute path of the agent door. */
  readonly agentDoor: string;
}

/** The hook program as it ships: a native binary, or a script and the program that runs it. */
export interface ProgramSource {
  readonly file: string;
  /** Absolute path of the interpreter of a script; null for a binary. */
  readonly interpreter: string | null;
  /** Hex SHA-256 that the file must have: of a packed app's program. Null: it was compiled here. */
  readonly digest?: string | null;
}

export interface AgentContext {
  readonly home: string;
  /** Only PATH and the variables that move an agent's settings are read, such as CLAUDE_CONFIG_DIR. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly paths: AgentPaths;
  readonly source: ProgramSource;
  /** What is typed to run Gatehouse; `gatehouse` when left out. */
  readonly program?: string;
}

/** A path as a person reads it, with `~` for the home folder. */
export function tilde(path: string, home: string): string {
  if (path === home) return '~';
  return path.startsWith(`${home}/`) || path.startsWith(`${home}\\`) ? `~${path.slice(home.length)}` : path;
}
