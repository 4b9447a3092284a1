/** Version control beside git: what is fetched, what is lost. */
import type { Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { plain, TAINT, UNKNOWN } from '../shell/text.ts';

const FETCHES = /^(?:clone|checkout|co|export|branch|get|import)$/;
const LOSES =
  /^(?:strip|purge|rollback|prune|histedit|obliterate|abandon|revert|cleanup|uncommit|delete|del|rm|remove|scrub|purge-cache)$/;

const vcs: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'rbmuRj',
    long: ['rev', 'branch', 'message', 'revision', 'username', 'password', 'depth'],
  });
  const [verb, from, into] = given.operands.map(({ text }) => plain(text));
  if (verb === undefined || given.has('help', 'n', 'dry-run')) return UNKNOWN;
  if (FETCHES.test(verb) && from !== undefined && /:\/\//.test(from)) {
    call.deed.network(from, 'fetch');
    const folder = into ?? from.replace(/\/+$/, '').split('/').at(-1) ?? '.';
    call.files.putFolder(call.deed.path(folder), TAINT.remote);
  } else if (LOSES.test(verb)) call.deed.concern('destroys', `${call.name} ${verb} takes something away`);
  else if (
    /^(?:push|commit|ci|send)$/.test(verb) &&
    given.operands.slice(1).some(({ text }) => /:\/\//.test(text))
  )
    call.deed.concern('sends', `${call.name} ${verb} sends to an address`);
  call.deed.taint = TAINT.none;
  return UNKNOWN;
};

export const otherVcsPrograms: ReadonlyMap<string, Program> = new Map(
  ['hg', 'svn', 'bzr', 'fossil', 'darcs', 'pijul'].map((name): [string, Program] => [name, vcs]),
);
