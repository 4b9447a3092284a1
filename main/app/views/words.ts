/** Small pieces of wording that several views share. */
import { basename, isAbsolute, relative, sep } from 'node:path';

const CLIENT_NAMES: Readonly<Record<string, string>> = {
  'claude-code': 'Claude Code',
  codex: 'Codex',
  'gemini-cli': 'Gemini CLI',
  copilot: 'Copilot',
  opencode: 'opencode',
  cursor: 'Cursor',
  gatehouse: 'Gatehouse',
};

/** The name of a client program as people know it. */
export function clientName(id: string): string {
  return isApiClient(id) ? `${id.slice(API_CLIENT.length)} (API)` : (CLIENT_NAMES[id] ?? id);
}

/** Under which clients of the HTTP API go: followed by their token's name. */
const API_CLIENT = 'api:';

/** A program that asks over the HTTP API, of its own accord. */
export function isApiClient(id: string): boolean {
  return id.startsWith(API_CLIENT);
}

/** The short name of a project: the last part of its root. */
export function appName(root: string): string {
  return basename(root) || root;
}

/** A path with the home folder written as `~`. */
export function tildePath(path: string, home: string): string {
  if (path === home) return '~';
  return path.startsWith(home.endsWith(sep) ? home : home + sep) ? `~${path.slice(home.length)}` : path;
}

/** A path as a person would name it from the project: relative inside it, with `~` outside. */
export function projectPath(path: string, root: string, home: string): string {
  const inside = relative(root, path);
  if (inside === '') return '.';
  const isOutside = inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  return isOutside ? tildePath(path, home) : inside;
}

/** Milliseconds since 1970 from the log's microseconds. */
export function millis(micros: number): number {
  return Math.floor(micros / 1000);
}

/** Cuts a text to a length in characters, with an ellipsis. */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
}

/** How a session is enforced, by its sandbox's level; `undefined` without a sandbox. */
export function enforcementWords(sandbox: string | undefined): string {
  return sandbox === undefined ? 'Hooks only' : `Sandbox ${sandbox}`;
}

/** Thousands with a no-break space. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, '\u00a0');
}
