/** A disk of its own for tests of plans: what is listed exists, and nothing else. */
import type { Disk, PathFacts } from '../../main/sandbox/disk.ts';

/** Entries: a path with `/` at its end is a folder, `a -> b` a link, anything else a file. Folders above exist too. */
export function fakeDisk(entries: readonly string[], modes: Readonly<Record<string, number>> = {}): Disk {
  const kinds = new Map<string, PathFacts['kind']>([['/', 'folder']]);
  const links = new Map<string, string>();
  for (const entry of entries) {
    const [path = '', target] = entry.split(' -> ');
    const name = path.replace(/\/$/, '');
    kinds.set(name, target !== undefined ? 'link' : path.endsWith('/') ? 'folder' : 'file');
    if (target !== undefined) links.set(name, target);
    for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1))
      if (!kinds.has(name.slice(0, at))) kinds.set(name.slice(0, at), 'folder');
  }
  const real = (path: string, depth = 0): string | null => {
    if (depth > 20) return null;
    const parts = path.split('/').filter((part) => part !== '');
    let at = '';
    for (let index = 0; index < parts.length; index++) {
      const next = `${at}/${parts[index]}`;
      const target = links.get(next);
      if (target !== undefined) {
        const rest = parts.slice(index + 1).join('/');
        return real(`${target.startsWith('/') ? target : `${at}/${target}`}/${rest}`, depth + 1);
      }
      if (!kinds.has(next)) return null;
      at = next;
    }
    return at === '' ? '/' : at;
  };
  return {
    facts: (path) => {
      const kind = kinds.get(path);
      return kind === undefined ? null : { kind, uid: 1000, mode: modes[path] ?? 0o755 };
    },
    real: (path) => real(path),
    target: (path) => links.get(path) ?? null,
  };
}
