/** What a call puts into files, for what it runs or reads of them later. */
import { HOLE, hasMarks, type Stream, TAINT, type Taint } from './text.ts';

/** What became of files that the same call wrote: text by path. */
export class WrittenFiles {
  readonly #files = new Map<string, Stream>();
  /** Folders into which something was put whose names are not known. */
  readonly #folders: { readonly prefix: string; readonly taint: Taint }[] = [];
  /** Symbolic links, by the prefix of what is reached through them. */
  readonly #links = new Map<string, string>();

  /** A symbolic link that was made here. */
  putLink(path: string, target: string): void {
    if (!hasMarks(path) && !hasMarks(target) && path !== target) this.#links.set(`${path}/`, target);
  }

  /** Where a path leads that goes through links made here. @param path with a slash at its end where the text had one */
  through(path: string): string {
    let at = path;
    // Links may lead through links, and in a circle.
    for (let step = 0; step < 8; step += 1) {
      const link = [...this.#links].find(([prefix]) => at.startsWith(prefix));
      if (link === undefined) break;
      at = `${link[1]}/${at.slice(link[0].length)}`;
    }
    return at.length > 1 ? at.replace(/\/+$/, '') || '/' : at;
  }

  get(path: string): Stream | undefined {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const folders = this.#folders.filter(({ prefix }) => path.startsWith(prefix));
    if (folders.length === 0) return undefined;
    return { text: null, taint: folders.reduce((sum, { taint }) => sum | taint, TAINT.none) };
  }

  /** Whether something was put into a folder. */
  hasBelow(folder: string): boolean {
    const prefix = `${folder}/`;
    return [...this.#files.keys()].some((path) => path.startsWith(prefix));
  }

  /** Texts that are known in full, by the absolute paths of their files. */
  texts(): readonly { readonly file: string; readonly text: string }[] {
    return [...this.#files].flatMap(([file, { text }]) =>
      text === null || hasMarks(text) || file.includes(HOLE) ? [] : [{ file, text }],
    );
  }

  /** A folder whose files came from somewhere; their names are not known. */
  putFolder(path: string, taint: Taint): void {
    this.#folders.push({ prefix: `${path}/`, taint });
  }

  /** A file that is written once more, or added to, holds what is not known. */
  put(path: string, content: Stream, adds: boolean): void {
    const hole = path.indexOf(HOLE);
    if (hole > 0 && content.taint !== TAINT.none)
      this.#folders.push({ prefix: path.slice(0, hole), taint: content.taint });
    const before = this.#files.get(path);
    const text =
      adds && before !== undefined
        ? before.text !== null && content.text !== null
          ? before.text + content.text
          : null
        : before !== undefined && before.text !== content.text
          ? null
          : content.text;
    const differs = before?.text != null && text === null ? TAINT.mixed : TAINT.none;
    this.#files.set(path, { text, taint: content.taint | differs | (before?.taint ?? TAINT.none) });
  }
}
