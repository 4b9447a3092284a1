/** Whether a path is one that holds secrets, that runs later by itself, or that steers an agent. */
import { isWithin, overlaps, type Place } from './place.ts';
import { HOLE, hasGlob } from './shell/text.ts';
import { AGENT_FILES } from './tables/agent-files.ts';
import { HOME_TOOLS, LIBRARY_TOOLS, SECRET_WORDS_IN_NAMES } from './tables/home-files.ts';
import { LATER_FILES } from './tables/later-files.ts';
import { SECRET_FILES, SECRET_NAMES_EXCEPT } from './tables/secret-files.ts';

/** One line of a table: segments, `**` for any number of them, `~` at the start for the home folder. */
interface Rule {
  readonly segments: readonly string[];
  /** It begins at the root. */
  readonly isAnchored: boolean;
  readonly literal: RegExp;
}

class PathTable {
  readonly #rules: readonly Rule[];

  constructor(lines: readonly string[], home: string) {
    this.#rules = lines.map((line) => {
      const full = line.startsWith('~') ? `${home}${line.slice(1)}` : line;
      const segments = full.split('/').filter((part) => part !== '');
      const isAnchored = full.startsWith('/');
      return { segments, isAnchored, literal: toRegExp(segments, !isAnchored) };
    });
  }

  /** Whether an absolute path, which may hold patterns and holes, can name something of the table. */
  has(path: string): boolean {
    if (!hasGlob(path) && !path.includes(HOLE)) return this.#rules.some(({ literal }) => literal.test(path));
    const asked = path.split('/').filter((part) => part !== '');
    // A hole may stand for several folders; a pattern for one name.
    const isFixed = !asked.slice(0, -1).some((part) => part.includes(HOLE));
    return this.#rules.some(
      ({ segments, isAnchored, literal }) =>
        literal.test(path) || fits(asked, segments, isAnchored && isFixed),
    );
  }
}

function toRegExp(segments: readonly string[], anywhere: boolean): RegExp {
  const parts = segments.map((segment) =>
    segment === '**' ? '.+' : segment.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*'),
  );
  // What is below a folder cannot be had without the folder: it counts itself.
  const pattern = parts.join('/').replace(/\/\.\+$/, '(?:/.+)?');
  return new RegExp(`${anywhere ? '(?:^|/)' : '^/'}${pattern}$`, 'i');
}

/** A pattern fits where what is written of it says enough: a bare `*` says nothing of a name. */
function fits(asked: readonly string[], known: readonly string[], onlyAtStart: boolean): boolean {
  const below = known.at(-1) === '**';
  const fixed = below ? known.slice(0, -1) : known;
  const last = onlyAtStart ? 0 : asked.length - fixed.length;
  for (let start = 0; start <= last && start + fixed.length <= asked.length; start += 1) {
    const part = asked.slice(start, start + fixed.length);
    if (!below && start + fixed.length !== asked.length) continue;
    if (part.every((segment, index) => fitsOne(segment, fixed[index] ?? ''))) return true;
  }
  return false;
}

/** A beginning of which a key or a wallet is likely to follow. */
const SECRET_STEM = /key|cert|priv|secret|cred|pass|token|wallet|server|client|ca$|ssl|tls|id_|rsa|sign/i;

function fitsOne(asked: string, known: string): boolean {
  const said = asked.replace(/[\ue000-\ue00f]|\[[^\]]*\]/g, '').length;
  if (/^[\ue000-\ue003]/.test(asked)) {
    // A pattern that leaves the beginning open has to say most of a name, and never means a hidden file.
    const literal = known.replaceAll('*', '').length;
    if (known.startsWith('.') || known.endsWith('*') || said < literal * 0.6) return false;
  }
  // What is open in its ending says nothing of it, nor an ending alone of a name that is told in full.
  if (known.startsWith('*') && /[\ue000-\ue003]$/.test(asked) && !SECRET_STEM.test(asked)) return false;
  if (/^\ue001\.\w+$/.test(asked) && !known.includes('*')) return false;
  if (said < (known.startsWith('*') ? known.length - 1 : 1)) return false;
  return overlaps(asked, known);
}

const tables = new Map<string, { secret: PathTable; later: PathTable; agent: PathTable }>();

function tablesOf(home: string) {
  const known = tables.get(home);
  if (known !== undefined) return known;
  const made = {
    secret: new PathTable(SECRET_FILES, home),
    later: new PathTable(LATER_FILES, home),
    agent: new PathTable(AGENT_FILES, home),
  };
  if (tables.size > 8) tables.clear();
  tables.set(home, made);
  return made;
}

/** Holds credentials, keys, histories or a person's private data. */
export function isSecretPath(path: string, place: Place): boolean {
  return (
    !SECRET_NAMES_EXCEPT.test(path) && (tablesOf(place.home).secret.has(path) || isPersonal(path, place))
  );
}

const ANOTHERS_HOME = /^\/(?:home\/(?!linuxbrew(?:\/|$))[^/]+|Users\/(?!Shared(?:\/|$))[^/]+|root)\/./;

/** What programs keep of the person, and what is somebody else's. The project is nobody's secret as a whole. */
function isPersonal(path: string, { home, workspace, cwd }: Place): boolean {
  if (isWithin(path, workspace) || isWithin(path, cwd)) return false;
  if (!isWithin(path, home)) return ANOTHERS_HOME.test(path) && !path.startsWith(HOLE);
  const rest = path.slice(home.length + 1);
  if (rest.startsWith('Library/')) return !LIBRARY_TOOLS.test(rest.slice('Library/'.length));
  if (!rest.startsWith('.')) return SECRET_WORDS_IN_NAMES.test(rest.split('/').at(-1) ?? '');
  const parts = rest.slice(1).split('/');
  // A folder that holds more than tools tells nothing by itself.
  if (rest === '.config' || rest === '.local' || rest === '.local/share') return false;
  return !parts.some((_, index) => HOME_TOOLS.has(parts.slice(0, index + 1).join('/')));
}

/** Runs at a later time without a question: start files, schedulers, hooks. */
export function isLaterPath(path: string, place: Place): boolean {
  return tablesOf(place.home).later.has(path);
}

/** Steers an agent: its settings, instructions, tools. */
export function isAgentPath(path: string, place: Place): boolean {
  return tablesOf(place.home).agent.has(path);
}
