/**
 * Which shell can run here: our own window, or the browser.
 *
 * In this order: was headless asked for, is there a display, are we not root (Chromium's sandbox cannot run as
 * root, and it is never switched off), is Electron's program there or to be had.
 */
import type { ElectronState } from './electron-binary.ts';

export type Choice =
  | { readonly shell: 'electron'; readonly binary: string }
  | { readonly shell: 'headless'; readonly why: string };

export interface ProbeFacts {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  /** Null where there are no user ids. */
  readonly uid: number | null;
  readonly headlessAsked: boolean;
  readonly electron: () => ElectronState;
  /** Tries to fetch the program; asked only when everything else says yes. */
  readonly download: (
    missing: Extract<ElectronState, { kind: 'no_binary' }>,
  ) => Promise<{ readonly binary: string } | { readonly why: string }>;
}

/** Chooses the shell and says in a few words why it is not the window. */
export async function chooseShell(facts: ProbeFacts): Promise<Choice> {
  if (facts.headlessAsked) return { shell: 'headless', why: 'asked for' };
  if (!hasDisplay(facts.platform, facts.env)) return { shell: 'headless', why: 'no display' };
  if (facts.uid === 0) return { shell: 'headless', why: 'running as root' };
  const state = facts.electron();
  if (state.kind === 'ready') return { shell: 'electron', binary: state.binary };
  if (state.kind === 'no_package') return { shell: 'headless', why: 'Electron is not installed' };
  const fetched = await facts.download(state);
  return 'binary' in fetched
    ? { shell: 'electron', binary: fetched.binary }
    : { shell: 'headless', why: fetched.why };
}

/** Whether a window of ours would be seen. */
export function hasDisplay(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): boolean {
  if (platform === 'darwin' || platform === 'win32') return !overSsh(env);
  return isSet(env['WAYLAND_DISPLAY']) || isSet(env['DISPLAY']);
}

/** Whether a browser may be opened without being asked: somebody sits in front of this very computer. */
export function mayOpenBrowser(facts: Pick<ProbeFacts, 'platform' | 'env' | 'uid'>): boolean {
  return hasDisplay(facts.platform, facts.env) && !overSsh(facts.env) && facts.uid !== 0;
}

function overSsh(env: NodeJS.ProcessEnv): boolean {
  return isSet(env['SSH_CONNECTION']) || isSet(env['SSH_CLIENT']) || isSet(env['SSH_TTY']);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
