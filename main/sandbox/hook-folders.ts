/** Where git looks for hooks beside `.git/hooks`: a folder of the project that `core.hooksPath` names. */
import { isAbsolute, join, normalize, relative } from 'node:path';
import { isBelow } from './linux-view.ts';
import { readPlain } from './state-copy.ts';

const LARGEST = 256 * 1024;

/**
 * Folders below the project, from its root. Files that settings include are not read.
 *
 * @param home  whose settings of git's count for every project
 */
export function hookFolders(workspace: string, home: string): readonly string[] {
  const files = [join(home, '.gitconfig'), join(home, '.config/git/config'), join(workspace, '.git/config')];
  const named = files.flatMap((file) => hooksPaths(readPlain(file, LARGEST)?.toString('utf8') ?? ''));
  const inside = named
    .filter((path) => !path.startsWith('~'))
    .map((path) => (isAbsolute(path) ? relative(workspace, path) : normalize(path)).replace(/\/+$/, ''))
    .filter((path) => path !== '' && path !== '.' && isBelow(join(workspace, path), workspace));
  return [...new Set(inside)].filter((path) => join(workspace, path) !== workspace && !path.startsWith('..'));
}

/** The values of `core.hooksPath` in a file of settings. */
function hooksPaths(text: string): readonly string[] {
  let section = '';
  const paths: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    section = /^\s*\[\s*([^\]\s]+)/.exec(line)?.[1]?.toLowerCase() ?? section;
    const value = /(?:^|\])\s*hooksPath\s*=\s*("?)(.*?)\1\s*(?:[#;].*)?$/i.exec(line)?.[2];
    if (section === 'core' && value !== undefined && value !== '') paths.push(value.replaceAll('\\\\', '\\'));
  }
  return paths;
}
