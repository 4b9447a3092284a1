/** Command lines of clouds and services, by their table and the words that such programs share. */
import { hostOf } from '../hosts.ts';
import { ordersProgram } from '../own-words.ts';
import { locusOf } from '../place.ts';
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { hasHole, plain, shown, TAINT, UNKNOWN } from '../shell/text.ts';
import type { ServiceRow } from '../tables/service-row.ts';
import { CHANGING_WORDS, LOOKING_WORDS, LOSING_WORDS, SECRET_WORDS } from '../tables/service-words.ts';
import { SERVICES } from '../tables/services.ts';
import { isOwnCluster } from './clusters.ts';
import { namedSecrets } from './named-secrets.ts';
import { runsFar } from './scratch-databases.ts';
import { lossOf } from './sql.ts';

/** Words that select what is done, in both readings: with and without a value behind each option. */
function wordsOf(call: Call): readonly (readonly string[])[] {
  const texts = call.args.map(({ text }) => plain(text));
  const bare = texts.filter((text) => !text.startsWith('-'));
  const behind: string[] = [];
  for (let index = 0; index < texts.length; index += 1) {
    const text = texts[index] as string;
    if (!text.startsWith('-')) behind.push(text);
    else if (text.startsWith('--') && !text.includes('=') && texts[index + 1]?.startsWith('-') === false)
      index += 1;
    else if (/^-[a-zA-Z]$/.test(text) && texts[index + 1]?.startsWith('-') === false) index += 1;
  }
  return [bare, behind];
}

/** Whether a word, or a part of one that is joined by dashes or colons, loses something. */
export function losesByName(text: string): boolean {
  const low = text.toLowerCase();
  if (LOSING_WORDS.has(low)) return true;
  const parts = low.split(/[-_:]/);
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (parts.length === 1)
    return /^(?:delete|remove|destroy|purge|terminate|wipe|deregister)[a-z]{2,}$/.test(low);
  return STRONG.has(first) || (STRONG.has(last) && (parts.length <= 3 || low.includes(':')));
}

const STRONG: ReadonlySet<string> = new Set([
  'delete',
  'del',
  'destroy',
  'remove',
  'purge',
  'terminate',
  'wipe',
  'drop',
  'deregister',
  'revoke',
  'disable',
  'detach',
  'erase',
  'flush',
  'truncate',
  'reset',
  'cancel',
  'rm',
  'clear',
  'uninstall',
  'stop',
  'empty',
  'unregister',
  'force-delete',
  'deactivate',
  'batch',
]);

function begins(words: readonly string[], phrases: readonly string[] | undefined): boolean {
  return (
    phrases?.some((phrase) =>
      phrase === '' ? words.length === 0 : phrase.split(' ').every((part, index) => words[index] === part),
    ) === true
  );
}

/** Asked for help or a version, and for nothing else: behind words and options both may be a value. */
function isQuestion(texts: readonly string[]): boolean {
  if (texts.some((text) => text === '--help' || text === '-h')) return true;
  if (/^(?:--version|help|version)$/.test(texts[0] ?? '')) return true;
  return texts.at(-1) === 'help' && texts.length <= 3 && !texts.some((text) => text.startsWith('-'));
}

/** A phone that is a program of this machine. */
function isEmulator(name: string, texts: readonly string[]): boolean {
  const at = texts.indexOf('-s');
  return name === 'adb' && at >= 0 && /^emulator-\d+$/.test(texts[at + 1] ?? '');
}

/** A stand-in for the service on this machine, as tests use one. */
function isOwnEndpoint(texts: readonly string[]): boolean {
  // The last one counts, under a shortened name as well.
  const named = texts.flatMap((text, index) => {
    const given = /^--(?:endpoint(?:-u(?:rl?)?)?|api-endpoint)(?:=(.*))?$/s.exec(text);
    return given === null ? [] : [given[1] ?? texts[index + 1] ?? ''];
  });
  return named.length > 0 && named.every((address) => hostOf(address).class === 'own');
}

export function service(row: ServiceRow): Program {
  return (call) => {
    const texts = call.args.map(({ text }) => plain(text));
    if (isQuestion(texts)) return UNKNOWN;
    namedSecrets(call);
    if (
      texts.includes('backup') &&
      texts.some((text) => /^(?:--repo=)?(?:rest:https?|sftp|s3|gs|azure|b2|swift|rclone|ssh):/.test(text))
    )
      call.deed.concern(
        'sends',
        `backs up to ${shown(texts.find((text) => /^(?:--repo=)?\w+:/.test(text)) ?? 'another place')}`,
      );
    const readings = wordsOf(call).map((words) => (call.name === 'nats' || row.depth > 0 ? words : []));
    const [words = [], behind = []] = readings;
    const line = words.join(' ');
    // A word counts where the verb stands: further behind it may be a message.
    const isDry =
      texts.some((text) => row.dry?.test(text) === true && (text.startsWith('-') || text === words[0])) ||
      (row.real !== undefined && !texts.some((text) => row.real?.test(text) === true || hasHole(text)));
    for (const text of texts) {
      const file = /^(?:--[\w-]+=)?(?:file|fileb):\/\/(.+)$/.exec(text)?.[1];
      if (file !== undefined) call.deed.reads(file);
    }
    if (
      begins(words, row.shows) ||
      begins(behind, row.shows) ||
      SECRET_WORDS.test(line) ||
      SECRET_WORDS.test(`${call.name} ${texts.join(' ')}`)
    )
      call.deed.concern('secret', `${call.name} ${shown(words.slice(0, 3).join(' '))} shows a secret`);
    for (const [index, text] of texts.entries()) {
      const sql = /^(?:-[cC]|--(?:command|commands|sql|query|execute|statement))(?:=(.+))?$/s.exec(text);
      const loss = sql === null || isDry ? null : lossOf(sql[1] ?? texts[index + 1] ?? '');
      if (loss !== null) call.deed.concern('destroys', `${call.name} ${loss}`);
      // A shell on another machine.
      const inner = sql?.[1] ?? texts[index + 1];
      if (
        sql !== null &&
        inner !== undefined &&
        texts.some((one) => /^(?:ssh|exec|run|console|bash|shell)$/.test(one))
      ) {
        runsFar(call);
        call.script({ text: inner, taint: call.args[index + 1]?.taint ?? 0, by: call.name, remote: true });
      }
    }
    const local = texts.indexOf('emulators:exec');
    for (const one of local < 0 ? [] : call.args.slice(local + 1))
      if (!one.text.startsWith('-')) call.script({ text: plain(one.text), taint: one.taint, by: call.name });
    if (isDry || isOwnEndpoint(texts) || isOwnCluster(call) || isEmulator(call.name, texts)) return UNKNOWN;
    const losing =
      row.losingOptions !== undefined && texts.some((text) => row.losingOptions?.test(text) === true);
    if (losing && !(begins(words, row.keeps) && !texts.includes('-destroy') && !texts.includes('--delete'))) {
      if (!begins(words, row.keeps)) return loses(call, words);
    }
    if (begins(words, row.loses) || begins(behind, row.loses)) return loses(call, words);
    if (begins(words, row.here) || begins(behind, row.here)) return UNKNOWN;
    if (begins(words, row.keeps) || begins(behind, row.keeps)) return reaches(call, row, words);
    // One step back of what the files of the project say, as tests of a migration take it.
    const isStep = (word: string) => row.migrates?.includes(word) === true && !namesDatabase(call);
    const heads = [words.slice(0, row.depth), behind.slice(0, row.depth)];
    for (const head of heads) {
      const at = head.findIndex((word) => !/\s/.test(word) && losesByName(word) && !isStep(word));
      const look = head.findIndex(
        (word) => LOOKING_WORDS.has(word.toLowerCase()) || /^(?:get|list|describe|show)[-_]/.test(word),
      );
      // `logs delete-log-group`: a verb with its object says what is done, whatever stands before it.
      const isVerb = /^(?:delete|remove|destroy|purge|terminate)[-_]\w/.test(head[at] ?? '');
      if (at >= 0 && (look < 0 || look > at || isVerb)) return loses(call, words);
    }
    if (words.slice(0, row.depth).some((word) => row.migrates?.includes(word)) && !namesDatabase(call)) {
      call.deed.effect({ kind: 'run', what: 'workspace_code', file: null });
      return UNKNOWN;
    }
    return reaches(call, row, words);
  };
}

/** Another database than that of the project's settings: by an address, by what is not known, or as the real one. */
function namesDatabase(call: Call): boolean {
  const set = [...call.state.vars].filter(([name]) => /(?:^|_)(?:ENV|URL|DSN|HOST|DATABASE)$/.test(name));
  return [...call.args, ...set.map(([, value]) => value)].some(({ text }) => {
    const value = plain(text);
    const address = /[a-z][a-z\d+.-]*:\/\/\S+/i.exec(value)?.[0];
    // A database that is a file has no host.
    if (address !== undefined && !/^(?:sqlite|duckdb|file)/i.test(address))
      return hostOf(address).class !== 'own';
    return hasHole(text) || /(?:^|[^a-z])(?:prod|production|live|staging)(?:[^a-z]|$)/i.test(value);
  });
}

function loses(call: Call, words: readonly string[]) {
  call.deed.concern(
    'destroys',
    `${call.name} ${shown(words.slice(0, 3).join(' '))} takes something away`.replace(/\s+/g, ' '),
  );
  return UNKNOWN;
}

/** What changes something for others is for the policy to weigh. */
function reaches(call: Call, row: ServiceRow, words: readonly string[]) {
  if (row.local === true) return UNKNOWN;
  const head = words.slice(0, Math.max(1, row.depth));
  const isLooking = head.some(
    (word) =>
      LOOKING_WORDS.has(word) ||
      /^(?:get|list|describe|show|head|lookup|batch-get|search|filter)(?:[-_:]|$)/.test(word) ||
      /:(?:list|info|get)$/.test(word),
  );
  const isChanging = head.some(
    (word) =>
      CHANGING_WORDS.has(word) ||
      [...CHANGING_WORDS].some((verb) => word.startsWith(`${verb}-`) || word.endsWith(`:${verb}`)),
  );
  const isBare = row.alone === true && words.length === 0;
  call.deed.effect({
    kind: 'network',
    host: null,
    class: 'public',
    how: isChanging || isBare ? 'send' : 'fetch',
  });
  if (isBare) call.deed.concern('service', `${call.name} without a verb deploys`);
  if (isChanging && !isLooking)
    call.deed.concern(
      'service',
      `${call.name} ${shown(words.slice(0, 3).join(' '))} changes something outside this machine`,
    );
  return UNKNOWN;
}

/** They choose another repository, another server or another account than the project's. */
const ELSEWHERE = ['GH_REPO', 'GH_HOST', 'GH_CONFIG_DIR', 'GIT_DIR', 'GIT_WORK_TREE', 'GIT_COMMON_DIR'];

/**
 * What a session says about its own change where the change goes anyway: a pull request, a comment on it. The words
 * stand in the call; what a program prints or a secret holds is no such thing.
 */
function isTalk(call: Call, group: string | undefined, verb: string | undefined): boolean {
  const isOwn =
    (group === 'pr' && /^(?:create|comment|edit|ready)$/.test(verb ?? '')) ||
    (group === 'issue' && /^(?:create|comment|edit)$/.test(verb ?? ''));
  return (
    isOwn &&
    !ELSEWHERE.some((name) => call.state.vars.has(name)) &&
    locusOf(call.deed.path('.'), call.place) === 'workspace' &&
    call.stdin.taint === 0 &&
    !call.args.some(({ text }) => ordersProgram(plain(text))) &&
    !call.args.some(({ text, taint }) => taint !== 0 && (hasHole(text) || (taint & ~TAINT.local) !== 0)) &&
    !call.args.some(({ text }) => /^https?:/i.test(text))
  );
}

/** A question in GraphQL: what is written there in full, and begins as one. */
function isQuery(call: Call): boolean {
  const texts = call.args.map(({ text }) => plain(text));
  const query = texts.find((text) => text.startsWith('query='));
  return (
    texts[1] === 'graphql' &&
    query !== undefined &&
    !hasHole(query) &&
    /^query=\s*(?:query\b|\{)/.test(query) &&
    !/\bmutation\b/.test(query)
  );
}

/** `gh api -X DELETE`, `gh gist create`: what goes beyond the words. */
const gh: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'XfFHtqRbBT',
    long: [
      'method',
      'field',
      'raw-field',
      'header',
      'input',
      'template',
      'jq',
      'repo',
      'title',
      'body',
      'body-file',
      'recover',
      'label',
    ],
  });
  const [group, verb] = given.operands.map(({ text }) => text);
  if (group === 'api') {
    const method = (
      given.values('X', 'method')[0]?.text ??
      (given.has('f', 'F', 'field', 'raw-field', 'input') ? 'POST' : 'GET')
    ).toUpperCase();
    for (const one of given.values('F', 'field', 'input'))
      if (/@/.test(one.text)) call.deed.reads(one.text.replace(/^.*@/s, ''));
    if (method === 'DELETE') call.deed.concern('destroys', 'asks GitHub to delete');
    else if (method !== 'GET' && !isQuery(call)) call.deed.concern('service', 'changes something on GitHub');
    return { text: null, taint: 0 };
  }
  const isRemark =
    group === 'pr' &&
    verb === 'review' &&
    given.has('c', 'comment') &&
    !given.has('a', 'approve', 'r', 'request-changes');
  if (isTalk(call, group, isRemark ? 'comment' : verb) && !given.has('R', 'repo')) {
    for (const one of given.values('F', 'body-file', 'T', 'template', 'recover'))
      if (one.text !== '-') call.deed.reads(one.text);
    call.deed.effect({ kind: 'network', host: 'github.com', class: 'public', how: 'send' });
    return UNKNOWN;
  }
  if (group === 'gist' && (verb === 'create' || verb === 'edit')) {
    for (const one of given.operands.slice(2)) call.deed.reads(one.text);
    call.deed.concern('sends', 'publishes files as a gist');
  }
  if (group === 'auth' && (verb === 'token' || given.has('t', 'show-token')))
    call.deed.concern('secret', 'shows the token of GitHub');
  if (group === 'release' && verb === 'upload') call.deed.concern('sends', 'uploads files to a release');
  if ((group === 'secret' && verb !== 'list') || (group === 'variable' && verb === 'set'))
    call.deed.concern('service', 'changes secrets of the repository');
  if (group === 'repo' && verb === 'create') call.deed.concern('sends', 'makes a repository');
  if (group === 'extension' && verb === 'install')
    call.deed.concern('outside_code', 'installs code of others');
  return service(SERVICES['gh'] ?? { depth: 2 })({
    ...call,
    args: call.args.filter(
      (one) => !given.values('title', 'body', 't', 'b', 'label', 'R', 'repo').includes(one),
    ),
  });
};

/** GitLab's words for the same. */
const glab: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'RtdmlabHs',
    long: ['repo', 'title', 'description', 'message', 'label', 'assignee', 'reviewer', 'head'],
  });
  const [group, verb] = given.operands.map(({ text }) => text);
  const same = new Map([
    ['create', 'create'],
    ['note', 'comment'],
    ['update', 'edit'],
  ]).get(verb ?? '');
  if (group === 'mr' && isTalk(call, 'pr', same) && !given.has('R', 'repo', 'H', 'head')) {
    call.deed.effect({ kind: 'network', host: 'gitlab.com', class: 'public', how: 'send' });
    return UNKNOWN;
  }
  return service(SERVICES['glab'] ?? { depth: 2 })(call);
};

/** Moves to or from a bucket: what is given away is said. */
const storage =
  (own: Program): Program =>
  (call) => {
    const words = parseOptions(call.args, {
      long: ['acl', 'profile', 'region', 'exclude', 'include', 'endpoint-url'],
    }).operands;
    const target = words.at(-1)?.text ?? '';
    if (
      words.some(({ text }) => /^(?:cp|mv|sync|put|copy|rsync|mirror)$/.test(text)) &&
      /^(?:s3|gs|b2|az|oss|cos|https?):\/\//.test(target)
    ) {
      for (const one of words.slice(1, -1))
        if (!/^(?:s3|cp|mv|sync|storage|put)$|:\/\//.test(one.text)) call.deed.reads(one.text);
      if (!call.args.some(({ text }) => /^--dry-?run$/.test(text)))
        call.deed.concern('sends', `copies files to ${shown(target)}`);
    }
    const isFetched =
      call.name === 'aws' &&
      /^s3 cp$/.test(
        words
          .slice(0, 2)
          .map(({ text }) => text)
          .join(' '),
      ) &&
      words.length === 4 &&
      /^s3:\/\//.test(words[2]?.text ?? '') &&
      !/:\/\//.test(target);
    if (isFetched) {
      call.deed.effect({ kind: 'network', host: null, class: 'public', how: 'fetch' });
      call.deed.writes(target);
      return UNKNOWN;
    }
    return own(call);
  };

export const servicePrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...Object.entries(SERVICES).map(([name, row]): [string, Program] => [name, service(row)]),
  ...['aws', 'gsutil', 'gcloud', 's3cmd', 's5cmd', 'mc', 'azcopy', 'b2'].map((name): [string, Program] => [
    name,
    storage(service(SERVICES[name] ?? { depth: 2 })),
  ]),
  ['gh', gh],
  ['glab', glab],
]);
