/** Shell text inside of program text, whatever the language. */
import { withoutLongBlanks } from './long-blanks.ts';
import { matchedTexts } from './matched-texts.ts';

/** What starts a shell with a text of its own; the text is the last group that is there. */
const SHELL_TEXTS =
  /(?:\bCommand::new\s*\(\s*"(?:\/bin\/)?(?:ba|da|z)?sh"\s*\)\s*\.\s*args?\s*\(\s*(?:&?\[\s*|vec!\s*\[\s*)?"-c"\s*(?:\)\s*\.\s*arg\s*\(\s*|,\s*)|\b(?:exec\s*\.\s*Command(?:Context)?|ProcessBuilder)\s*\(\s*(?:\w+\s*,\s*)?"(?:\/bin\/)?(?:ba|da|z)?sh"\s*,\s*"-c"\s*,\s*|\bos\s*\.\s*(?:system|popen)|\bsubprocess\s*\.\s*\w+|\bexecSync|\bexec|\bspawnSync|\bspawn|\bshell_exec|\bpassthru|\bsystem|\bpopen|\bcheck_output|\bcheck_call)\s*\(?\s*(?:['"](?:\/bin\/)?(?:ba)?sh['"]\s*,\s*\[?\s*['"]-c['"]\s*,\s*|\[\s*['"](?:\/bin\/)?(?:ba)?sh['"]\s*,\s*['"]-c['"]\s*,\s*)?(?:"([^"\n]{4,2000})"|'([^'\n]{4,2000})'|`([^`]{4,2000})`)/g;

/** The same in the words of tools that build: of Gradle, Rake, CMake, zx, and in backticks of Ruby and Perl. */
const BUILDERS_TEXTS =
  /(?:\bsh|\bexeca(?:Command)?(?:Sync)?|\bcommandLine|\bCOMMAND|\bDeno\.Command)\s*\(?\s*\[?\s*(?:['"]?(?:\/bin\/)?(?:ba|z)?sh['"]?\s*,?\s*['"]?-l?c['"]?\s*,?\s*)?(?:"((?:[^"\\\n]|\\.){4,2000})"|'([^'\n]{4,2000})'|`([^`]{4,2000})`)|(?:"((?:[^"\\\n]|\\.){4,2000})"|'([^'\n]{4,2000})')\s*\.\s*execute\s*\(|\[\s*['"](?:\/bin\/)?(?:ba|z)?sh['"]\s*,\s*['"]-l?c['"]\s*,\s*(?:"((?:[^"\\\n]|\\.){4,2000})"|'([^'\n]{4,2000})')|%x[({[|]([^)}\]|\n]{4,2000})|\$\s*`([^`]{4,2000})`|(?:=|^)[ \t]{0,20}`([^`\n]{4,2000})`[ \t]*(?:[;.]|$)/gm;

/** @param most of each kind at the most */
export function shellTextsIn(text: string, most: number): readonly string[] {
  const short = withoutLongBlanks(text);
  const found = matchedTexts(SHELL_TEXTS, short, most);
  return [...new Set([...found, ...matchedTexts(BUILDERS_TEXTS, short, most)])];
}
