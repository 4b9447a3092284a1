/** Programs that fetch code when they start: what runs today need not be what ran when the server was registered. */
import { basename, join } from 'node:path';
import type { ServerRecord, StdioServer } from './server-record.ts';

/** What of a server says how it is started. */
type Started = Pick<StdioServer, 'program' | 'args' | 'cwd'>;

/** Takes the words behind the program apart: where the package stands, and which flags take a value. */
interface Fetcher {
  /** Words that must come first, such as `exec`; one of the lists. */
  readonly verbs: readonly (readonly string[])[];
  readonly packageFlags: readonly string[];
  readonly valueFlags: readonly string[];
  readonly pinned: RegExp;
}

const NPM_PINNED = /^(?:@[^/@]+\/)?[^@]+@\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/;
const PYTHON_PINNED = /(?:==|@)\d+(?:\.\d+)+[\w.+-]*$/;
const NODE_FLAGS = { packageFlags: ['-p', '--package'], valueFlags: ['-c', '--call', '--node-options'] };
const FETCHERS: Readonly<Record<string, Fetcher>> = {
  npx: { verbs: [[]], ...NODE_FLAGS, pinned: NPM_PINNED },
  npm: { verbs: [['exec'], ['x']], ...NODE_FLAGS, pinned: NPM_PINNED },
  pnpx: { verbs: [[]], ...NODE_FLAGS, pinned: NPM_PINNED },
  pnpm: { verbs: [['dlx']], ...NODE_FLAGS, pinned: NPM_PINNED },
  yarn: { verbs: [['dlx']], ...NODE_FLAGS, pinned: NPM_PINNED },
  bunx: { verbs: [[]], ...NODE_FLAGS, pinned: NPM_PINNED },
  bun: { verbs: [['x']], ...NODE_FLAGS, pinned: NPM_PINNED },
  uvx: {
    verbs: [[]],
    packageFlags: ['--from'],
    valueFlags: ['--with', '--python', '-p', '--index', '--index-url'],
    pinned: PYTHON_PINNED,
  },
  uv: {
    verbs: [['tool', 'run']],
    packageFlags: ['--from'],
    valueFlags: ['--with', '--python', '-p', '--index', '--index-url'],
    pinned: PYTHON_PINNED,
  },
  pipx: {
    verbs: [['run']],
    packageFlags: ['--spec'],
    valueFlags: ['--python', '--pip-args'],
    pinned: PYTHON_PINNED,
  },
};

/**
 * Says in one sentence that a server's program may fetch code at each start; null when it does not, as far as its
 * words tell, or when the version is written down.
 */
export function fetchWarning({ transport }: Pick<ServerRecord, 'transport'>): string | null {
  if (transport.kind === 'http') return null;
  const found = fetcherOf(transport);
  if (found === null) return null;
  const { program, fetcher, from } = found;
  const at = packageAt(transport.args, from, fetcher);
  const wanted = at === null ? null : wordAt(transport.args, at);
  if (wanted !== null && fetcher.pinned.test(wanted)) return null;
  const example = fetcher.pinned === NPM_PINNED ? '@1.2.3' : '==1.2.3';
  return `${program} may fetch code at each start, and what it fetches runs with what this server is given. Write the version down to settle which: ${(wanted ?? 'PACKAGE').replace(/@latest$/, '')}${example}`;
}

/**
 * The words of a server's program as they are to be run outside of the folder that was registered; null when its
 * program fetches nothing, and may run there.
 *
 * npx and the like take what lies in the folder they stand in before anything else, packages and `node` itself, and
 * a project is a folder that agents write to. Only paths behind the package are the server's own: one before it
 * names what is run.
 */
export function wordsElsewhere(transport: Started): readonly string[] | null {
  const found = fetcherOf(transport);
  if (found === null) return null;
  const { cwd, args } = transport;
  const at = packageAt(args, found.from, found.fetcher);
  if (cwd === null || at === null) return args;
  return args.map((word, index) =>
    index > at
      ? word.replace(RELATIVE, (_whole, flag: string, path: string) => flag + join(cwd, path))
      : word,
  );
}

/** The name of the program that fetches a server's code at its start, as `npx`; null for one that does not. */
export function fetchingProgram(transport: Started): string | null {
  return fetcherOf(transport)?.program ?? null;
}

/** `.`, `..`, `./x`, `../x`, also as the value of a `--flag=`. */
const RELATIVE = /^(--?[\w-]+=|)(\.{1,2}(?:\/.*)?)$/s;

function fetcherOf({ program: file, args }: Started) {
  const program = basename(file).replace(/\.(?:cmd|exe|js)$/i, '');
  const fetcher = FETCHERS[program];
  const verb = fetcher?.verbs.find((words) => words.every((word, at) => args[at] === word));
  return fetcher === undefined || verb === undefined ? null : { program, fetcher, from: verb.length };
}

/** Where the word stands that names the package; null when none does. */
function packageAt(words: readonly string[], from: number, fetcher: Fetcher): number | null {
  const { packageFlags, valueFlags } = fetcher;
  for (let at = from; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (packageFlags.some((flag) => word.startsWith(`${flag}=`))) return at;
    if (packageFlags.includes(word)) return at + 1 < words.length ? at + 1 : null;
    if (valueFlags.includes(word)) at += 1;
    else if (!word.startsWith('-')) return at;
  }
  return null;
}

function wordAt(words: readonly string[], at: number): string {
  const word = words[at] ?? '';
  return word.startsWith('-') ? word.slice(word.indexOf('=') + 1) : word;
}
