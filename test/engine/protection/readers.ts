/** What each part of self-protection makes of a text, by the name that the rows of readings.jsonl give it. */
import { AgentSettings } from '../../../main/engine/protection/agent-settings.ts';
import { decodeAnsi } from '../../../main/engine/protection/ansi-quote.ts';
import { commandsOf } from '../../../main/engine/protection/argv.ts';
import { expandBraces } from '../../../main/engine/protection/brace-list.ts';
import { foundBy } from '../../../main/engine/protection/find-words.ts';
import { matches, ProtectedPaths } from '../../../main/engine/protection/paths.ts';
import { settingsChanged } from '../../../main/engine/protection/settings-words.ts';
import { foldersTouched } from '../../../main/engine/protection/watched-programs.ts';
import { candidatesOf, foldersOf, isProse } from '../../../main/engine/protection/word-paths.ts';
import { writtenBy } from '../../../main/engine/protection/written-files.ts';
import { codeIn, commandsIn, readingOf, runOf, runsIn } from './read.ts';

const HOME = '/home/u';
const paths = () =>
  new ProtectedPaths({ paths: ['/home/u/.config/gatehouse', '/opt/gatehouse', '/'], pids: [42], home: HOME });
const settings = () =>
  new AgentSettings({
    paths: [],
    pids: [],
    home: HOME,
    settings: ['/home/u/.codex/config.toml', '/home/u/.claude/settings.json'],
  });

function found(text: string) {
  const reading = readingOf(text);
  const run = reading.runs.find(({ name }) => /^(?:find|fd|fdfind)$/.test(name)) ?? reading.runs[0];
  return run === undefined ? null : foundBy(run, reading, false);
}

export const READERS: Readonly<Record<string, (of: never) => unknown>> = {
  /** Simple commands of a shell text. */
  commands: (text: string) => commandsIn(text),
  /** Programs that it runs, at any depth. */
  programs: (text: string) => runsIn(text),
  /** Code of other languages in it. */
  code: (text: string) => codeIn(text),
  /** Folders that its last program takes with all that is in them. */
  takes: (text: string) => foldersTouched(runOf(text)),
  /** What a search takes in hand. */
  finds: (text: string) => found(text),
  /** Files that its last program writes without a redirection. */
  writes: (text: string) => writtenBy(runOf(text)),
  /** Folders that relative paths may count from. */
  folders: (text: string) => foldersOf(readingOf(text), '/w'),
  /** Parts of a word that could be a path. */
  parts: (word: string) => candidatesOf(word),
  argv: (params: Parameters<typeof commandsOf>[0]) => commandsOf(params),
  braces: (word: string) => expandBraces(word),
  ansi: (body: string) => decodeAnsi(body),
  /** Word, the one before it, program. */
  prose: ([word, before, program]: readonly [string, string, string]) => isProse(word, before, program),
  matches: ([pattern, name]: readonly [string, string]) => matches(pattern, name),
  /** The protected path that a text names, and the one inside a folder. */
  hit: (text: string) => paths().hit(text, '/opt/x'),
  inside: (text: string) => paths().inside(text, '/opt'),
  settings: (text: string) => settings().hit(text, '/p'),
  'settings folder': (text: string) => settings().folder(text, '/p'),
  'settings below': (text: string) => settings().below(text, '/p'),
  /** The agents' settings that a command would change. */
  changes: (text: string) =>
    settingsChanged(readingOf(text), settings(), text.startsWith('cd ') ? ['/p', '/p/.claude'] : ['/p']),
};
