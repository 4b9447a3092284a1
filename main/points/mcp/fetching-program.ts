/** Programs that fetch code when they start: what runs today need not be what ran when the server was registered. */
import { basename } from 'node:path';
import type { ServerRecord } from './server-record.ts';

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
  const program = basename(transport.program).replace(/\.(?:cmd|exe|js)$/i, '');
  const fetcher = FETCHERS[program];
  const verb = fetcher?.verbs.find((words) => words.every((word, at) => transport.args[at] === word));
  if (fetcher === undefined || verb === undefined) return null;
  const wanted = packageOf(transport.args.slice(verb.length), fetcher);
  if (wanted !== null && fetcher.pinned.test(wanted)) return null;
  const example = fetcher.pinned === NPM_PINNED ? '@1.2.3' : '==1.2.3';
  return `${program} may fetch code at each start, and what it fetches runs with what this server is given. Write the version down to settle which: ${(wanted ?? 'PACKAGE').replace(/@latest$/, '')}${example}`;
}

function packageOf(words: readonly string[], { packageFlags, valueFlags }: Fetcher): string | null {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const inline = packageFlags.find((flag) => word.startsWith(`${flag}=`));
    if (inline !== undefined) return word.slice(inline.length + 1);
    if (packageFlags.includes(word)) return words[at + 1] ?? null;
    if (valueFlags.includes(word)) at += 1;
    else if (!word.startsWith('-')) return word;
  }
  return null;
}
