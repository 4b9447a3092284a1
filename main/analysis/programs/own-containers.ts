/** Containers and what belongs to them that may go: started by the same text, made anew, or there for tests. */
import type { Call } from '../shell/call.ts';
import type { Given } from '../shell/options.ts';
import { hasHole, plain, TAINT, type Word } from '../shell/text.ts';
import { isTestName } from './test-stage.ts';

/** Notes that containers of these names are started here. */
export function startsNamed(call: Call, names: readonly Word[]): void {
  for (const { text } of names)
    if (!hasHole(text)) call.files.put(keyOf(text), { text: null, taint: TAINT.none }, false);
}

/** Only containers that the same text has started under these names. */
export function areOwn(call: Call, args: readonly Word[]): boolean {
  const names = args.filter(({ text }) => !text.startsWith('-'));
  return names.length > 0 && names.every(({ text }) => call.files.get(keyOf(text)) !== undefined);
}

/** No path that a file can have. */
function keyOf(name: string): string {
  return `container:${name}`;
}

/** Layers that no name leads to, and what a build has kept: made anew. */
export function isLeftOver(group: string, verb: string, args: readonly Word[]): boolean {
  return (
    verb === 'prune' &&
    /^(?:image|builder|buildx)$/.test(group) &&
    !args.some(({ text }) => /^-\w*a|^--all/.test(text))
  );
}

/** A file or project of `docker compose` that is called one for tests. */
export function isForTests(given: Given): boolean {
  // The project is whose volumes they are; without one each of the files may name some.
  const projects = given.values('p', 'project-name');
  const named = projects.length > 0 ? projects : given.values('f', 'file');
  return named.length > 0 && named.every(({ text }) => isTestName(plain(text).split('/').at(-1) ?? ''));
}

/** A word as a shell takes it. */
export function quote(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Variables that `exec -e` sets by which a client finds its database, as a shell sets them before a command. */
export function settings(words: readonly Word[]): readonly string[] {
  return words.flatMap(({ text }) => {
    const [, name, value = ''] =
      /^(PG(?:HOST|HOSTADDR|SERVICE|SERVICEFILE)|MYSQL_HOST)=([\s\S]*)$/.exec(plain(text)) ?? [];
    return name === undefined ? [] : [`${name}=${quote(value)}`];
  });
}
