/**
 * How a process of ours starts another one of ours.
 *
 * In a checkout that is Node with a file of `dist/`. A packed app has no Node: its program cannot be told to act
 * as one (the fuse `runAsNode` is off), so it is started again with the name of the entry as its first word.
 */
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** First word of a start without a window; Chromium takes it too, and asks for no display then. */
export const NO_WINDOW = '--ozone-platform=headless';

/** Entries of ours beside the two that people start. */
export const ENTRIES = ['tutorial-supervisor', 'keychain-child', 'foreign-database-child'] as const;
export type EntryName = (typeof ENTRIES)[number];

export interface OwnProgram {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * The command that runs an entry.
 *
 * @param script its file, for a process that runs on Node
 */
export function ownProgram(
  name: EntryName,
  script: URL,
  runtime: { readonly execPath: string; readonly electron: boolean } = {
    execPath: process.execPath,
    electron: process.versions['electron'] !== undefined,
  },
): OwnProgram {
  return runtime.electron
    ? { file: runtime.execPath, args: [NO_WINDOW, name] }
    : { file: runtime.execPath, args: [fileURLToPath(script)] };
}

/**
 * The file of the AppImage that this program lies in, null when it lies in none: what runs now is in a folder that is
 * gone when it ends. The variables are inherited, so those of another program, such as the editor whose terminal
 * started us, are not believed.
 */
export function ownAppImage({ APPIMAGE, APPDIR }: NodeJS.ProcessEnv, execPath: string): string | null {
  if (APPIMAGE === undefined || APPDIR === undefined) return null;
  return isAbsolute(APPIMAGE) && isAbsolute(APPDIR) && execPath.startsWith(join(APPDIR, '/'))
    ? APPIMAGE
    : null;
}
