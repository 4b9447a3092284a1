/**
 * The file by which a Linux desktop starts a program at login (the XDG Desktop Application Autostart Specification).
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { GatehouseError } from './errors.ts';

/** Its place: one for each person, whatever install wrote it. */
export function autostartFile(env: NodeJS.ProcessEnv, home: string): string {
  const config = env['XDG_CONFIG_HOME'];
  const base = config !== undefined && isAbsolute(config) ? config : join(home, '.config');
  return join(base, 'autostart', 'gatehouse.desktop');
}

/** Whether the file is there, starts this program and is not switched off. */
export function readAutostart(file: string, program: string): boolean {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return false;
  }
  const lines = text.split('\n').map((line) => line.trim());
  if (lines.includes('Hidden=true') || lines.includes('X-GNOME-Autostart-enabled=false')) return false;
  return lines.some((line) => line.startsWith(`Exec=${execWord(program)} `));
}

/**
 * Writes the file, or takes it away.
 *
 * @throws GatehouseError `bad_path` for a program that no such file can name; errors of the file system as they are
 */
export function writeAutostart(
  file: string,
  entry: { readonly program: string; readonly argument: string } | null,
): void {
  if (entry === null) {
    rmSync(file, { force: true });
    return;
  }
  const text = [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Gatehouse',
    'Comment=Supervises the AI agents on this computer',
    `Exec=${execWord(entry.program)} ${entry.argument}`,
    'Icon=gatehouse-desktop',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Whole or not at all: half a file would start something else, or nothing.
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, text, { mode: 0o644 });
  renameSync(fresh, file);
}

/**
 * A word of an `Exec` line: quoted, with `"`, `` ` ``, `$` and `\` escaped twice, once for the quotes and once for the
 * string that the line is, and `%` doubled.
 */
function execWord(word: string): string {
  if (/[\n\r\0]/.test(word))
    throw new GatehouseError('bad_path', `no desktop file can name ${JSON.stringify(word.slice(0, 200))}`);
  const quoted = word.replaceAll(/["`$\\]/g, (character) => `\\${character}`);
  return `"${quoted.replaceAll('\\', '\\\\').replaceAll('%', '%%')}"`;
}
