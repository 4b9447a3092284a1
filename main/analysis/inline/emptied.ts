/** Files that a program opens to write and puts nothing into. */
import type { Call } from '../shell/call.ts';
import { argumentsAt, type CodeText } from './code-text.ts';

const OPENS =
  /(?<![.\w])open\s*\(|\b(?:File|IO)\s*\.\s*(?:open|new|write)\s*\(|\bfopen\s*\(|\bopenSync\s*\(|\b(?:writeFileSync|writeFile|file_put_contents)\s*\(|\bPath\s*\(/g;
const FINDS = /\b(?:glob|iglob|rglob|listdir|scandir|iterdir|walk|readdir\w*|argv)\b/;
const MOST = 60;
/** They are made to be empty. */
const EMPTY_BY_NATURE = /(?:^|\/)(?:__init__\.py|\.gitkeep|\.keep|\.nojekyll|py\.typed)$/;
const CLOSES = /^\)\s*\.\s*close\b|^\)\s*\)|^\)\s*(?:as\s+\w+\s*)?:\s*pass\b|^\)\s*\{\s*\}|^\)\s*(?:[;\n]|$)/;
const PUTS_NOTHING = /^\)\s*\.\s*write_(?:text|bytes)\s*\(\s*[rub]?(["'])\1\s*\)/;

export function emptied(text: CodeText, by: string, call: Call): void {
  let count = 0;
  for (const found of text.code.matchAll(OPENS)) {
    count += 1;
    if (count > MOST) return;
    const open = found.index + found[0].length - 1;
    const given = argumentsAt(text, open);
    const [file, mode] = given.strings;
    const behind = text.code.slice(given.end, given.end + 200);
    const isPath = found[0].startsWith('Path');
    const puts = /write|put/.test(found[0]);
    const isEmptying = isPath
      ? PUTS_NOTHING.test(behind)
      : puts
        ? given.strings.length === 2 && mode === ''
        : CLOSES.test(behind) &&
          !isKept(text.code.slice(0, found.index)) &&
          given.strings.some((one) => /^[bt]?w[bt+]*$/.test(one));
    if (!isEmptying) continue;
    if (file === undefined || !given.isLiteral || /^[bt]?w[bt+]*$/.test(file)) {
      // One that it names itself may be new; those that it finds are there.
      if (FINDS.test(text.code)) call.deed.concern('destroys', `${by} empties files`);
    } else if (!EMPTY_BY_NATURE.test(file))
      call.deed.writes(file.startsWith('~') ? `\ue007${file.slice(1)}` : file, { empties: true });
  }
}

/** What is opened gets a name: it may be written to later. */
function isKept(before: string): boolean {
  return /[=,]\s*(?:await\s+)?(?:fs\s*\.\s*)?$/.test(before);
}
