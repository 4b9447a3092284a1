/**
 * Files that a program writes without a redirection: where `curl` and `wget` put what they fetch, where an archive
 * is unpacked, what a script for `sed` writes to.
 */
import type { Run } from './programs.ts';

export interface WrittenFiles {
  readonly files: readonly string[];
  /** Folders in which files of unknown names arrive. */
  readonly folders: readonly string[];
}

const NOTHING: WrittenFiles = { files: [], folders: [] };
const LONGEST_PATH = 4096;

export function writtenBy({ name, args }: Run): WrittenFiles {
  const texts = args.map(({ text }) => text);
  switch (name) {
    case 'curl':
      return fetched(texts, {
        folder: /^--output-dir(?:=(.*))?$/s,
        file: /^(?:--output(?:=(.*))?|-[a-zA-Z#]*o(.*))$/s,
        named: texts.some((text) => /^(?:--remote-name(?:-all)?|-[a-zA-Z#]*O.*)$/.test(text)),
        unknown: texts.some((text) => /^(?:--remote-header-name|-[a-zA-Z#]*J.*)$/.test(text)),
      });
    case 'wget':
    case 'wget2':
      return fetched(texts, {
        folder: /^(?:--directory-prefix(?:=(.*))?|-[a-zA-Z]*P(.*))$/s,
        file: /^(?:--output-document(?:=(.*))?|-[a-zA-Z]*O(.*))$/s,
        named: true,
        unknown: texts.some((text) =>
          /^(?:--(?:recursive|mirror|input-file|content-disposition|trust-server-names).*|-[a-zA-Z]*[rmi].*)$/.test(
            text,
          ),
        ),
      });
    case 'aria2c':
      return fetched(texts, {
        folder: /^(?:--dir(?:=(.*))?|-d(.*))$/s,
        file: /^(?:--out(?:=(.*))?|-o(.*))$/s,
        named: true,
        unknown: texts.some((text) => /^(?:--input-file.*|-i.*)$/.test(text)),
      });
    case 'tar':
    case 'bsdtar':
    case 'gtar':
      return /^-?[a-zA-Z]*x/.test(texts[0] ?? '') ||
        texts.some((text) => /^(?:-[a-zA-Z]*x[a-zA-Z]*|--extract|--get)$/.test(text))
        ? { files: [], folders: ['.', ...valuesOf(texts, /^--one-top-level=(.*)$/s)] }
        : NOTHING;
    case 'unzip':
      return { files: [], folders: ['.', ...valuesOf(texts, /^-d(.*)$/s)] };
    case 'cpio':
    case 'pax':
      return { files: [], folders: ['.', ...valuesOf(texts, /^(?:-D(.*)|--directory(?:=(.*))?)$/s)] };
    case '7z':
    case '7za':
    case '7zr':
      return { files: [], folders: ['.', ...valuesOf(texts, /^-o(.*)$/s)] };
    case 'unrar':
    case 'git':
      return name === 'git' && !texts.includes('clone') ? NOTHING : { files: [], folders: texts.slice(-1) };
    case 'sed':
    case 'gsed':
      return { files: texts.flatMap(filesOfScript), folders: [] };
    default:
      return NOTHING;
  }
}

interface Fetching {
  /** Options for the folder and for the file; what is captured is a value glued to the option. */
  readonly folder: RegExp;
  readonly file: RegExp;
  /** Files get the last part of their address as a name. */
  readonly named: boolean;
  /** The other side chooses the name. */
  readonly unknown: boolean;
}

function fetched(texts: readonly string[], { folder, file, named, unknown }: Fetching): WrittenFiles {
  const told = valuesOf(texts, folder);
  const folders = told.length > 0 ? told : ['.'];
  const names = [
    ...valuesOf(texts, file),
    ...(named ? texts.filter((text) => !text.startsWith('-')).map(nameInUrl) : []),
  ].filter((text) => text !== '');
  return {
    files: [...names, ...folders.flatMap((into) => names.map((text) => `${into}/${text}`))],
    folders: unknown ? folders : [],
  };
}

/** Values of the options that match: glued to them, or the next word. */
function valuesOf(texts: readonly string[], option: RegExp): readonly string[] {
  return texts.flatMap((text, at) => {
    const match = option.exec(text);
    if (match === null) return [];
    const glued = match.slice(1).find((part) => part !== undefined && part !== '');
    return [glued ?? texts[at + 1] ?? ''];
  });
}

function nameInUrl(url: string): string {
  return (
    url
      .replace(/[?#].*$/s, '')
      .split('/')
      .at(-1) ?? ''
  );
}

/** What may stand behind a `w` of a script, to the end of its line. */
function filesOfScript(script: string): readonly string[] {
  if (script.length > LONGEST_PATH) return [];
  return script
    .split(/\n|;(?=\s)|(?<=\/)\s*\}/)
    .flatMap((line) =>
      [...line.matchAll(/[wW]\s*/g)].map(({ index, 0: { length } }) => line.slice(index + length).trim()),
    );
}
