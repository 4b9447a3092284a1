/** Databases of a server of this machine that are called ones for trying things out: nothing is lost with them. */
import { hostOf } from '../hosts.ts';
import type { Call } from '../shell/call.ts';
import type { Given } from '../shell/options.ts';
import { hasHole, plain, TAINT } from '../shell/text.ts';
import { isTestName } from './test-stage.ts';

/** Settings by which a client reaches another server than that of this machine. */
const ELSEWHERE = [
  ...['PGHOST', 'PGHOSTADDR', 'PGSERVICE', 'PGSERVICEFILE', 'MYSQL_HOST', 'MYSQL_HOME'],
  ...['DOCKER_HOST', 'DOCKER_CONTEXT', 'CONTAINER_HOST', 'CONTAINER_CONNECTION', 'KUBECONFIG'],
];
/** Options by which it takes its server out of a file or an address. */
const OTHER_WAYS = ['maintenance-db', 'defaults-file', 'defaults-extra-file', 'login-path', 'socket', 'S'];
/** No path that a file can have. */
const FAR = 'databases:far';

/** Notes that what runs from here on runs on another machine. */
export function runsFar(call: Call): void {
  call.files.put(FAR, { text: null, taint: TAINT.none }, false);
}

function isScratchName(name: string): boolean {
  return (
    /^[\w-]+$/.test(name) &&
    (isTestName(name) ||
      /(?:^|[_-])(?:scratch|tmp|temp|try|restore[_-]?(?:check|test))(?:[_-]?\d+)?$/i.test(name))
  );
}

/** @param given with the options of the client; its other words name databases */
function isHere(call: Call, given: Given): boolean {
  return (
    given.values('h', 'host').every(({ text }) => /^\/|^$/.test(text) || hostOf(text).class === 'own') &&
    !given.has(...OTHER_WAYS) &&
    !ELSEWHERE.some((name) => call.state.vars.has(name)) &&
    call.files.get(FAR) === undefined &&
    // Another text or file of the same call may lead to another server.
    !given.has('f', 'file') &&
    !call.args.some(({ text }) => text.includes('\\')) &&
    // A database may be named by an address, or by settings in its place.
    [...given.values('d', 'dbname', 'D', 'database'), ...given.operands].every(({ text }) =>
      /^[\w-]+$/.test(plain(text)),
    )
  );
}

/** Whether `dropdb` takes away one of these, and nothing else. */
export function dropsScratch(call: Call, given: Given): boolean {
  return (
    given.operands.length === 1 && isHere(call, given) && isScratchName(plain(given.operands[0]?.text ?? ''))
  );
}

/**
 * Statements without those that drop one of these.
 *
 * @param text null when it is not known
 */
export function withoutScratch(call: Call, given: Given, text: string | null): string | null {
  // A backslash may lead to another server, and what stands in quotes or comments is not told apart here.
  if (text === null || hasHole(text) || /[\\$]|--|\/\*/.test(text) || !isHere(call, given)) return text;
  return text.replace(
    /(^|;)\s*drop\s+database\s+(?:if\s+exists\s+)?(["`]?)([\w-]+)\2\s*(?:with\s*\(\s*force\s*\)\s*)?(?=;|$)/gi,
    (whole: string, before: string, _quote: string, name: string) => (isScratchName(name) ? before : whole),
  );
}
