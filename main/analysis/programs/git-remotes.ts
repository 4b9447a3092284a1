/** `git push` and `git remote`: what leaves for where, and what a remote loses. */
import type { Call } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { plain, shown, type Word } from '../shell/text.ts';

type Verb = (call: Call, args: readonly Word[]) => undefined;

const loses = (call: Call, says: string) => call.deed.concern('destroys', says);

/** Sends commits. */
export const push: Verb = (call, args) => {
  const given = parseOptions(args, {
    values: 'o',
    long: [
      'repo',
      'push-option',
      'receive-pack',
      'exec',
      'force-with-lease-none',
      'signed-none',
      'recurse-submodules',
    ],
  });
  for (const one of given.values('receive-pack', 'exec'))
    if (one.text !== '') call.script({ text: plain(one.text), taint: one.taint, by: 'git' });
  const isDry = given.has('n', 'dry-run');
  const [remote, ...refs] = given.operands;
  const lease = given.names.some((name) => /^force-(?:with-lease|if-includes)/.test(name));
  const force = given.names.some(
    (name) => name === 'f' || (/^forc?e?$/.test(name) && !lease) || name === 'force',
  );
  if (force && !isDry) loses(call, 'overwrites the history of the remote');
  if (!isDry && given.has('mirror', 'prune')) loses(call, 'deletes refs of the remote');
  if (!isDry && (given.has('d', 'delete') || refs.some(({ text }) => text.startsWith(':') && text !== ':')))
    loses(call, 'deletes refs of the remote');
  if (!isDry && refs.some(({ text }) => text.startsWith('+')))
    loses(call, 'overwrites the history of the remote');
  const url = remote?.text ?? '';
  if (/:\/\/|^[\w.-]+@[\w.-]+:/.test(url)) {
    const host = /^[\w.-]+@([\w.-]+):/.exec(url)?.[1] ?? url;
    call.deed.network(host, 'send');
    call.deed.concern('sends', `pushes to ${shown(url)}, which is no remote of the project`);
  } else {
    if (!USUAL_REMOTE.test(url)) call.deed.concern('sends', `pushes to the remote ${shown(url)}`);
    call.deed.effect({ kind: 'network', host: url === '' ? 'origin' : url, class: 'public', how: 'send' });
  }
};

/** Names that people give to where a project comes from and where their own copy is. */
const USUAL_REMOTE = /^(?:|\.|origin|upstream|fork|downstream|mine|me|github|gitlab|codeberg|bitbucket)$/i;
const USUAL_FORGE =
  /(?:^|@|\/\/|\.)(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|sr\.ht)(?:[:/]|$)/;

/** Changes where remotes are. */
export const remote: Verb = (call, args) => {
  const verb = args.find(({ text }) => !text.startsWith('-'))?.text ?? '';
  if (/^(?:remove|rm|prune)$/.test(verb)) return;
  if (/^(?:set-url|add)$/.test(verb)) {
    const url = args.filter(({ text }) => !text.startsWith('-')).at(2)?.text ?? '';
    if (/^ext::|^-/.test(url)) call.deed.opaque('a remote that runs a program');
    else if (verb === 'set-url' || (/:\/\/|@.*:/.test(url) && !USUAL_FORGE.test(url)))
      call.deed.concern('persistence', `points a remote at ${shown(url)}`);
  }
};
