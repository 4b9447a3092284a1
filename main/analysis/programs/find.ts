/** `find` and `fd`: what they do with what they find. */

import { isMadeAnew } from '../made-anew.ts';
import { isWithin, locusOf } from '../place.ts';
import { isPrivateFolder } from '../private-folders.ts';
import { isSecretPath } from '../sensitive-paths.ts';
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { ANY, DEVOID, HOLE, plain, STAR, shown, UNKNOWN, type Word, word } from '../shell/text.ts';
import { endingsOf, foundBelow, hasOwnMarks, withFound } from './found.ts';

/** Places by the words behind them: each name and deed is looked at in each place. */
const MOST_PAIRS = 5000;

const find: Program = (call) => {
  const { args, deed } = call;
  const starts: Word[] = [];
  let index = 0;
  while (/^-(?:[HLP]|D|O\d?)$/.test(args[index]?.text ?? '')) index += args[index]?.text === '-D' ? 2 : 1;
  for (; index < args.length && !/^[-!(]/.test(args[index]?.text ?? ''); index += 1)
    starts.push(args[index] as Word);
  if (starts.length * (args.length - index) > MOST_PAIRS) {
    deed.opaque('find looks for more in more places than is gone through');
    return UNKNOWN;
  }
  if (starts.length === 0) starts.push(word('.'));
  const names: string[] = [];
  for (; index < args.length; index += 1) {
    const { text } = args[index] as Word;
    if (/^-i?(?:name|path|wholename|regex|lname)$/.test(text)) {
      if (!/^(?:!|-not)$/.test(args[index - 1]?.text ?? '')) names.push(shown(args[index + 1]?.text ?? ''));
      index += 1;
    } else if (
      /^-(?:type|maxdepth|mindepth|mtime|mmin|newer\w*|size|user|group|perm|printf|amin|atime|cmin|ctime|regextype|uid|gid|fstype|inum|links|samefile|used|xtype|context)$/.test(
        text,
      )
    ) {
      if (text === '-perm' && /[-/]?0?[24-7]000|[-/]\+?[ug]=?\+?s/.test(args[index + 1]?.text ?? ''))
        deed.concern('attack_tool', 'looks for programs that run with other rights');
      index += 1;
    } else if (text === '-delete') {
      const only = onlyNames(args.slice(0, index));
      const isEmpty = mustBe('-empty', args.slice(0, index));
      const isMade = onlyMade(args.slice(0, index));
      for (const start of starts)
        if (!((isEmpty || isMade) && isInside(call, start))) deletesBelow(call, start, only);
    } else if (/^-(?:fprint0?|fprintf|fls)$/.test(text)) {
      deed.writes(args[index + 1]?.text ?? HOLE);
      index += text === '-fprintf' ? 2 : 1;
    } else if (/^-(?:exec|execdir|ok|okdir)$/.test(text)) {
      const end = args.findIndex(
        (one, at) => at > index && (one.text === ';' || (one.text === '+' && args[at - 1]?.text === '{}')),
      );
      const words = args.slice(index + 1, end < 0 ? args.length : end);
      // It asks for each, and nobody answers.
      if (!(text.startsWith('-ok') && call.stdin === DEVOID))
        executes(call, starts, words, names, onlyNames(args.slice(0, index)));
      index = end < 0 ? args.length : end;
    }
  }
  const only = onlyNames(args);
  for (const start of starts) {
    const path = deed.path(start.text);
    deed.effect({ kind: 'read', path: shown(path), at: 'workspace' });
    if (isPrivateFolder(path)) deed.concern('secret', `lists ${shown(path)}`);
    if (
      (names.length > 1 && only !== null && areArchives(only) ? only : names).some(
        (name) =>
          isSecretPath(`/x/${name.replaceAll('*', STAR)}`, call.place) ||
          /id_[rd]sa|wallet|credential|password|secret|shadow|\.aws|\.ssh|history/i.test(name),
      ) &&
      !path.startsWith(call.place.workspace)
    )
      deed.concern('secret', `looks for secrets in ${shown(path)}`);
  }
  const secrets = secretFiles(call, starts, only);
  if (secrets !== null) return { ...UNKNOWN, text: secrets };
  const endings = only === null ? undefined : endingsOf(only);
  const below = foundBelow(call, starts, endings !== undefined);
  return withFound(UNKNOWN, endings === undefined ? { below: madeBelow(below, only) } : { below, endings });
};

/** Whether a test binds what stands behind these: `-empty -o -name x -delete` deletes every `x`. */
function mustBe(test: string, before: readonly Word[]): boolean {
  let depth = 0;
  let isBound = false;
  for (const [index, { text }] of before.entries()) {
    if (text === '(') depth += 1;
    else if (text === ')') depth -= 1;
    else if (depth !== 0) continue;
    else if (/^(?:-o|-or|,)$/.test(text)) isBound = false;
    else if (text === test && !/^(?:!|-not)$/.test(before[index - 1]?.text ?? '')) isBound = true;
  }
  return isBound;
}

/** Where a file of secrets is looked for, whoever gets the lines gets its name. */
function secretFiles(call: Call, starts: readonly Word[], names: readonly string[] | null): string | null {
  const { workspace } = call.place;
  if (names?.some((name) => !name.includes('*') && isSecretPath(`${workspace}/${name}`, call.place)) !== true)
    return null;
  const found = starts.flatMap(({ text }) => names.map((name) => `${call.deed.path(text)}/${HOLE}/${name}`));
  return found.map((path) => `${path}\n`).join('');
}

/** Where all that is found is made anew, that is known of the lines, too. */
function madeBelow(
  folders: readonly string[] | undefined,
  names: readonly string[] | null,
): readonly string[] | undefined {
  if (folders === undefined || names === null || !areMade(names) || names.some((name) => name.includes('*')))
    return folders;
  return folders.flatMap((folder) => names.map((name) => `${folder}/${HOLE}/${name}`));
}

/**
 * The names that everything found has one of: those of `-name`, with others in brackets beside it. Null when a test
 * lets more through.
 */
function onlyNames(args: readonly Word[]): readonly string[] | null {
  const names: string[] = [];
  let depth = 0;
  for (const [index, { text }] of args.entries()) {
    if (text === '(') depth += 1;
    else if (text === ')') depth -= 1;
    else if (/^-i?name$/.test(text)) names.push(plain(args[index + 1]?.text ?? '*'));
    else if (/^(?:!|-not)$/.test(text) && /^-i?(?:path|wholename)$/.test(args[index + 1]?.text ?? ''))
      continue;
    else if (/^(?:!|-not|,|-true)$/.test(text)) return null;
    else if (/^-or?$/.test(text)) {
      const isAmongNames =
        /^-i?name$/.test(args[index - 2]?.text ?? '') && /^-i?name$/.test(args[index + 1]?.text ?? '');
      if (depth === 0 || !isAmongNames) return null;
    }
  }
  return names.length === 0 ? null : names;
}

/** Whether everything found lies in a folder of that kind: `-path '*\/target/*'`. */
function onlyMade(args: readonly Word[]): boolean {
  const isOther = args.some(({ text }) => /^(?:-or?|,|-true|!|-not|\()$/.test(text));
  return (
    !isOther &&
    args.some(
      ({ text }, index) =>
        /^-(?:path|wholename)$/.test(text) &&
        /^(?:\.\/|\*\/)(?:[\w*.-]+\/)*(?:node_modules|target|dist|build|__pycache__|\.next|\.turbo|coverage|\.gradle|_build)\/(?:[\w.-]+\/)*\*$/.test(
          plain(args[index + 1]?.text ?? ''),
        ),
    )
  );
}

/** What is made anew wherever it stands. Logs and backups are left over as well, but nothing brings those back. */
const COMPILED =
  /^\*\.(?:pyc|pyo|o|obj|class|tsbuildinfo|gcda|gcno|profraw|tfplan|egg-info|snap\.new|pending-snap)$|^(?:__pycache__|node_modules|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.ipynb_checkpoints|\.turbo|\.next|\.terraform|\.gradle|\.dart_tool|\.nyc_output|xcuserdata|dist|target|obj)$|^(?:\.DS_Store|Thumbs\.db|desktop\.ini)$/;

/** `bin` is what .NET makes where `obj` stands beside it; elsewhere it may hold a project's own programs. */
function areMade(names: readonly string[]): boolean {
  return names.every((name) => COMPILED.test(name) || (name === 'bin' && names.includes('obj')));
}

/** Names of nothing but libraries: what else a search asks of them makes no secret of one. */
function areArchives(names: readonly string[]): boolean {
  return names.every((name) => /\.(?:jar|aar|klib|whl|so|dylib|dll|class|gem|crate)$/.test(name));
}

/** What is empty holds nothing that could be lost; elsewhere it may be there for a reason. */
function isInside(call: Call, start: Word): boolean {
  return isWithin(call.deed.path(start.text), call.place.workspace);
}

/** A search that deletes takes whatever it finds; where its names are not told nobody knows what that is. */
function deletesBelow(call: Call, start: Word, names: readonly string[] | null): void {
  const path = call.deed.path(start.text);
  if (names !== null && areMade(names)) {
    for (const name of names)
      call.deed.deletes(`${start.text}/${HOLE}/${name.replaceAll('*', STAR)}`, { recursive: true });
    return;
  }
  if (locusOf(path, call.place) === 'workspace' && isMadeAnew(path, call.place))
    call.deed.deletes(start.text, { recursive: true });
  else if (/^\/(?:tmp|var\/tmp)\/./.test(path))
    call.deed.effect({ kind: 'delete', path: shown(path), at: 'temp' });
  else {
    call.deed.deletes(`${start.text}/${HOLE}`, { recursive: true });
    call.deed.concern('destroys', `deletes what it finds in ${shown(start.text)}`);
  }
}

function executes(
  call: Call,
  starts: readonly Word[],
  words: readonly Word[],
  names: readonly string[],
  only: readonly string[] | null,
): void {
  for (const start of starts) {
    if (only !== null && only.length > 1 && areMade(only)) {
      runsOn(
        call,
        words,
        only.map((name) => `${start.text}/${name.replaceAll('*', STAR)}`),
      );
      continue;
    }
    // What was found lies below the start: its name is not known, its ending may be.
    const name = only?.length === 1 && names.length === 1 ? (names[0] ?? '') : '';
    const suffix = /^\*(\.\w+)$/.exec(name)?.[1];
    // `id_*`: what is written of the beginning says which names can be meant.
    const isInside = call.deed.path(start.text).startsWith(call.place.workspace);
    const begins = isInside ? /^[\w.-]+$/.test(name) : /^[\w.-]{2,}[\w.*?-]*$/.test(name);
    const last = begins ? `/${name.replaceAll('*', STAR).replaceAll('?', ANY)}` : (suffix ?? '');
    runsOn(call, words, [`${start.text}/${HOLE}${last}`]);
  }
}

/** The command that is run, with what was found in the place of `{}`. */
function runsOn(call: Call, words: readonly Word[], found: readonly string[]): void {
  const put = (isPut: (text: string) => boolean) =>
    words.flatMap((one) =>
      isPut(one.text) ? found.map((path) => ({ ...one, text: one.text.split('{}').join(path) })) : [one],
    );
  call.run(
    put((text) => text.includes('{}')),
    'find',
  );
  // Some put it only in the place of a whole word: then the marks in a script are those of what it runs.
  if (hasOwnMarks(words, '{}'))
    call.run(
      put((text) => text === '{}'),
      'find',
    );
}

const fd: Program = (call) => {
  const at = call.args.findIndex(({ text }) => /^(?:-x|-X|--exec|--exec-batch)$/.test(text));
  const own = parseOptions(at < 0 ? call.args : call.args.slice(0, at), {
    values: 'teEdSc',
    long: ['type', 'extension', 'exclude', 'max-depth', 'base-directory', 'search-path'],
  });
  const start = own.operands[1] ?? word('.');
  for (const { text } of [
    ...own.operands.slice(1),
    word('.'),
    ...own.values('base-directory', 'search-path'),
  ])
    if (isPrivateFolder(call.deed.path(text)))
      call.deed.concern('secret', `lists ${shown(call.deed.path(text))}`);
  if (at >= 0) {
    const end = call.args.findIndex(({ text }, index) => index > at && text === ';');
    const words = call.args.slice(at + 1, end < 0 ? call.args.length : end);
    const [ending] = own.values('e', 'extension');
    const found = `${start.text}/${HOLE}${ending === undefined ? '' : `.${ending.text}`}`;
    for (const one of own.values('e', 'extension').slice(1))
      call.deed.reads(`${start.text}/${HOLE}.${one.text}`);
    const isMarked = words.some(({ text }) => /\{[./]*\}/.test(text));
    call.run(
      isMarked
        ? words.map((one) => ({ ...one, text: one.text.replace(/\{[./]*\}/g, found) }))
        : [...words, word(found)],
      call.name,
    );
    if (hasOwnMarks(words, '{}')) call.run([...words, word(found)], call.name);
    return UNKNOWN;
  }
  const endings = own.values('e', 'extension').map(({ text }) => `.${plain(text)}`);
  const folders = own.operands.slice(1);
  return endings.length === 0 || own.has('H', 'hidden', 'u', 'unrestricted')
    ? UNKNOWN
    : withFound(UNKNOWN, {
        below: foundBelow(call, folders.length === 0 ? [word('.')] : folders, true),
        endings,
      });
};

export const findPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['find', find],
  ['gfind', find],
  ['bfs', find],
  ['fd', fd],
  ['fdfind', fd],
]);
