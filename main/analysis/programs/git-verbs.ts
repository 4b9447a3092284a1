/** What each command of git does that is lost, leaves or runs. */
import { isToolsFile } from '../made-anew.ts';
import { locusOf } from '../place.ts';
import type { Call } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, plain, shown, TAINT, type Word } from '../shell/text.ts';
import { push, remote } from './git-remotes.ts';
import { config, setting } from './git-settings.ts';
import { notesMade } from './made-folders.ts';
import { isStrangeSource } from './sources.ts';

type Verb = (call: Call, args: readonly Word[]) => undefined;

const loses = (call: Call, says: string) => call.deed.concern('destroys', says);

const reset: Verb = (call, args) => {
  const given = parseOptions(args);
  if (given.has('hard') || given.names.some((name) => /^h(?:a|ar)?$/.test(name) && name.length > 1))
    return void loses(call, 'throws uncommitted changes away');
  if (given.has('merge', 'keep')) loses(call, 'throws uncommitted changes away');
};

const clean: Verb = (call, args) => {
  const given = parseOptions(args, { values: 'e', long: ['exclude'] });
  if (given.has('n', 'dry-run')) return;
  if (given.has('f', 'force', 'i', 'interactive') || given.names.length > 0)
    loses(call, 'deletes files that are not tracked');
};

function areToolsFiles(call: Call, paths: readonly Word[]): boolean {
  return paths.length > 0 && paths.every(({ text }) => isToolsFile(call.deed.path(text), call.place));
}

const checkout: Verb = (call, args) => {
  const at = args.findIndex(({ text }) => text === '--');
  const given = parseOptions(at < 0 ? args : args.slice(0, at), {
    values: 'bB',
    long: ['orphan', 'conflict', 'pathspec-from-file'],
  });
  if (given.has('f', 'force')) loses(call, 'throws uncommitted changes away');
  if (given.has('B')) loses(call, 'moves a branch by force');
  const names = given.operands;
  const hasPaths =
    (at >= 0 && args.length > at + 1) ||
    given.has('pathspec-from-file') ||
    names.some(({ text }) => text === '.');
  const isBranching = given.has('b', 'B', 'orphan', 'track', 't');
  // In a merge both sides are kept in the history; what is replaced is a file full of conflict marks.
  if (given.has('ours', 'theirs') && !names.some(({ text }) => text === '.')) return;
  const paths = at < 0 ? names : args.slice(at + 1);
  if (hasPaths && !given.has('pathspec-from-file', 'p', 'patch') && areToolsFiles(call, paths)) return;
  if (hasPaths || (names.length > 1 && !isBranching) || given.has('p', 'patch'))
    loses(call, 'replaces files of the working tree');
};

const restore: Verb = (call, args) => {
  const given = parseOptions(args, { values: 's', long: ['source', 'conflict', 'pathspec-from-file'] });
  const onlyIndex = given.has('S', 'staged') && !given.has('W', 'worktree');
  if (given.names.length === 0 && areToolsFiles(call, given.operands)) return;
  if (!onlyIndex) loses(call, 'replaces files of the working tree');
};

const switchTo: Verb = (call, args) => {
  const given = parseOptions(args, { values: 'cC', long: ['orphan', 'conflict', 'create', 'force-create'] });
  if (given.has('f', 'force', 'discard-changes')) loses(call, 'throws uncommitted changes away');
  if (given.has('C', 'force-create')) loses(call, 'moves a branch by force');
};

const branch: Verb = (call, args) => {
  const given = parseOptions(args, {
    values: 'u',
    long: ['set-upstream-to', 'sort', 'format', 'contains', 'merged'],
  });
  if (given.has('D') || (given.has('d', 'delete') && given.has('f', 'force')))
    loses(call, 'deletes a branch by force');
  else if (given.has('M', 'C') || (given.has('f', 'force') && given.operands.length > 0))
    loses(call, 'moves a branch by force');
};

const stash: Verb = (call, args) => {
  const verb = args.find(({ text }) => !text.startsWith('-'))?.text ?? 'push';
  if (/^(?:drop|clear)$/.test(verb)) loses(call, 'deletes stashed changes');
};

const fetch: Verb = (call, args) => {
  const given = parseOptions(args, {
    values: 'ojbc',
    long: [
      'upload-pack',
      'depth',
      'branch',
      'config',
      'reference',
      'separate-git-dir',
      'template',
      'jobs',
      'filter',
      'origin',
    ],
  });
  for (const one of given.values('upload-pack')) {
    call.script({ text: plain(one.text), taint: one.taint, by: 'git' });
    call.deed.opaque('git is told which program to talk to');
  }
  for (const one of given.values('c', 'config')) setting(call, plain(one.text), one.taint);
  for (const one of given.values('template'))
    if (one.text !== '') call.deed.concern('outside_code', 'copies hooks from a template');
  const url = given.operands[0]?.text ?? '';
  if (/:\/\/|@.*:/.test(url))
    call.deed.network(/@([\w.-]+):/.exec(url)?.[1] ?? url, 'fetch', { taint: given.operands[0]?.taint ?? 0 });
  call.deed.taint = 0;
};

const rebase: Verb = (call, args) => {
  const given = parseOptions(args, { values: 'xsX', long: ['exec', 'onto', 'strategy', 'strategy-option'] });
  for (const one of given.values('x', 'exec'))
    call.script({ text: plain(one.text), taint: one.taint, by: 'git' });
};

const bisect: Verb = (call, args) => {
  if (args[0]?.text === 'run') call.run(args.slice(1), 'git');
};

const submodule: Verb = (call, args) => {
  const url = args[0]?.text === 'add' ? args.find(({ text }) => /:\/\/|@.*:/.test(text)) : undefined;
  if (url !== undefined) {
    const address = plain(url.text).replace(/^[\w.-]+@([\w.-]+):/, 'https://$1/');
    if (isStrangeSource(address))
      call.deed.concern('outside_code', `takes a part of the project from ${shown(url.text)}`);
    // Whatever runs below the project may run out of it.
    call.files.putFolder(call.deed.path('.'), TAINT.remote);
  }
  const at = args.findIndex(({ text }) => text === 'foreach');
  if (at >= 0) {
    const words = args.slice(at + 1).filter(({ text }) => text !== '--recursive' && text !== '--quiet');
    if (words.length === 1)
      call.script({ text: plain(words[0]?.text ?? ''), taint: words[0]?.taint ?? 0, by: 'git' });
    else call.run(words, 'git');
  }
  if (args[0]?.text === 'deinit' && args.some(({ text }) => /^(?:-f|--force|--all)$/.test(text)))
    loses(call, 'removes submodules by force');
};

const worktree: Verb = (call, args) => {
  const at = args.findIndex(({ text }) => text === '--');
  const options = at < 0 ? args : args.slice(0, at);
  const [verb, ...paths] = options.filter(({ text }) => !text.startsWith('-'));
  if (verb?.text === 'add' && options.some(({ text }) => /^-\w*B/.test(text)))
    loses(call, 'moves a branch by force');
  const noted = (text: string) => `worktree:${call.deed.path(text)}`;
  if (verb?.text === 'add') notesMade(call);
  if (verb?.text === 'add' && paths[0] !== undefined && !paths[0].text.includes(HOLE))
    call.files.put(noted(paths[0].text), { text: null, taint: TAINT.none }, false);
  // One that the same text has made holds nothing of before.
  if (verb?.text === 'remove' && paths.every(({ text }) => call.files.get(noted(text)) !== undefined)) return;
  if (verb?.text === 'remove' && paths.every(({ text }) => isOwnScratch(call, text))) return;
  if (args[0]?.text === 'remove' && options.some(({ text }) => /^(?:-f+|--force)$/.test(text)))
    loses(call, 'removes a worktree with its changes');
};

/** One among the temporary files that an earlier call has made. */
function isOwnScratch(call: Call, text: string): boolean {
  const path = call.deed.path(text);
  return locusOf(path, call.place) === 'temp' && call.place.made?.(`${path}/.git`) === 'own';
}

const tag: Verb = (call, args) => {
  const given = parseOptions(args, { values: 'mFu', long: ['message', 'file'] });
  if (given.has('d', 'delete') || given.has('f', 'force')) loses(call, 'deletes or moves a tag');
};

const rm: Verb = (call, args) => {
  const given = parseOptions(args);
  if (given.has('cached', 'n', 'dry-run')) return;
  if (given.has('r', 'f', 'force')) loses(call, 'deletes tracked files');
};

const updateRef: Verb = (call, args) => {
  loses(call, args.some(({ text }) => text === '-d') ? 'deletes a ref' : 'moves a ref');
};

const rewrite: Verb = (call, args) => {
  for (const { text, taint } of parseOptions(args, {
    long: [
      'tree-filter',
      'index-filter',
      'msg-filter',
      'env-filter',
      'commit-filter',
      'parent-filter',
      'tag-name-filter',
      'subdirectory-filter',
    ],
  }).values('tree-filter', 'index-filter', 'msg-filter', 'env-filter', 'commit-filter'))
    call.script({ text: plain(text), taint, by: 'git' });
  loses(call, 'rewrites the history');
};

const reflog: Verb = (call, args) => {
  if (/^(?:expire|delete)$/.test(args[0]?.text ?? '')) loses(call, 'deletes the reflog, the way back');
};

const gc: Verb = (call, args) => {
  if (args.some(({ text }) => /^--prune(?:=(?:now|all))?$/.test(text)))
    loses(call, 'deletes what no ref holds');
};

const commit: Verb = (call, args) => {
  const given = parseOptions(args, {
    values: 'mFCct',
    long: ['message', 'file', 'author', 'date', 'template', 'fixup', 'squash', 'reuse-message'],
  });
  for (const one of given.values('F', 'file')) if (one.text !== '-') call.deed.reads(one.text);
  if (given.has('n', 'no-verify')) call.deed.effect({ kind: 'process', target: 'git commit without hooks' });
};

const grep: Verb = (call, args) => {
  for (const one of args.filter(({ text }) => /^(?:-O|--open-files-in-pager)./.test(text))) {
    call.script({
      text: plain(one.text).replace(/^-O|^--open-files-in-pager=/, ''),
      taint: one.taint,
      by: 'git',
    });
    call.deed.opaque('git grep opens a program');
  }
};

const difftool: Verb = (call, args) => {
  for (const one of parseOptions(args, { values: 'xt', long: ['extcmd', 'tool'] }).values('x', 'extcmd'))
    call.script({ text: plain(one.text), taint: one.taint, by: 'git' });
};

const archive: Verb = (call, args) => {
  const given = parseOptions(args, { values: 'o', long: ['output', 'remote', 'exec', 'format', 'prefix'] });
  for (const one of given.values('o', 'output')) call.deed.writes(one.text);
  for (const one of given.values('exec')) call.script({ text: plain(one.text), taint: one.taint, by: 'git' });
  for (const one of given.values('remote')) call.deed.network(one.text, 'fetch');
};

const credential: Verb = (call) => {
  call.deed.concern('secret', 'asks git for credentials');
};

const apply: Verb = (call, args) => {
  for (const one of parseOptions(args, {
    values: 'pC',
    long: ['directory', 'exclude', 'include', 'whitespace'],
  }).operands)
    call.deed.reads(one.text);
};

const bundle: Verb = (call, args) => {
  if (args[0]?.text === 'create' && args[1] !== undefined) call.deed.writes(args[1].text);
};

const daemon: Verb = (call) => {
  call.deed.network('0.0.0.0', 'listen');
  call.deed.concern('sends', 'serves the project to others');
};

const sendEmail: Verb = (call) => call.deed.concern('sends', 'sends mail') as undefined;

/** Looks at files as they are or were: `HEAD:path`, and what stands behind `--`. */
const shows: Verb = (call, args) => {
  let behind = false;
  // It compares files that it does not keep, and does so by itself when one lies outside.
  const anyFile = args.some(({ text }) => text === '--no-index');
  for (const [index, { text }] of args.entries()) {
    const output = text === '--output' ? args[index + 1]?.text : /^--output=(.+)$/s.exec(text)?.[1];
    if (output !== undefined && !behind) call.deed.writes(output);
    if (text.includes(HOLE) || /\s/.test(text)) continue;
    if (text === '--') behind = true;
    else if (behind && !/^:(?:[!^]|\(exclude)/.test(text))
      call.deed.reads(text.replace(/^:(?:\([^)]*\)|\/)/, ''));
    else if (!behind && !text.startsWith('-')) {
      const path = /:([^:]+)$/.exec(text)?.[1];
      if (path !== undefined) call.deed.reads(path);
      else if (anyFile || /^(?:[/\ue007]|\.\.?\/)/.test(text)) call.deed.reads(text);
    }
  }
};

const CLONE_VALUES = [
  'depth',
  'branch',
  'config',
  'reference',
  'reference-if-able',
  'separate-git-dir',
  'template',
  'jobs',
  'filter',
  'origin',
  'upload-pack',
  'shallow-since',
  'shallow-exclude',
  'server-option',
  'bundle-uri',
];

export const VERBS: Readonly<Record<string, Verb>> = {
  show: shows,
  'cat-file': shows,
  diff: shows,
  log: shows,
  blame: shows,
  reset,
  clean,
  checkout,
  restore,
  switch: switchTo,
  branch,
  stash,
  push,
  remote,
  fetch,
  clone: (call, args) => {
    for (const one of parseOptions(args, { values: 'uobcj', long: ['upload-pack'] }).values('u')) {
      call.script({ text: plain(one.text), taint: one.taint, by: 'git' });
      call.deed.opaque('git is told which program to talk to');
    }
    fetch(call, args);
    const { operands } = parseOptions(args, { values: 'uobcj', long: CLONE_VALUES });
    const [from, into] = operands.map(({ text }) => plain(text));
    const folder =
      into ??
      from
        ?.split(/[/:]/)
        .at(-1)
        ?.replace(/\.git$/, '');
    // A copy of what is here already is no code of others.
    if (folder !== undefined && from !== undefined && /:\/\/|@.*:/.test(from))
      call.files.putFolder(call.deed.path(folder), TAINT.remote);
  },
  pull: fetch,
  'ls-remote': fetch,
  'fetch-pack': fetch,
  config,
  rebase,
  bisect,
  submodule,
  worktree,
  tag,
  rm,
  'update-ref': updateRef,
  'symbolic-ref': (call, args) =>
    args.filter(({ text }) => !text.startsWith('-')).length > 1 || args.some(({ text }) => text === '-d')
      ? updateRef(call, args)
      : undefined,
  'filter-branch': rewrite,
  'filter-repo': rewrite,
  reflog,
  gc,
  prune: (call) => loses(call, 'deletes what no ref holds') as undefined,
  commit,
  grep,
  difftool,
  mergetool: difftool,
  archive,
  credential,
  apply,
  am: apply,
  bundle,
  daemon,
  'send-email': sendEmail,
  'http-backend': daemon,
  instaweb: daemon,
  'checkout-index': (call, args) =>
    args.some(({ text }) => /^-\w*f|^--force$/.test(text))
      ? (loses(call, 'replaces files of the working tree') as undefined)
      : undefined,
  'read-tree': (call, args) =>
    args.some(({ text }) => /^(?:-u|--reset)$/.test(text))
      ? (loses(call, 'replaces files of the working tree') as undefined)
      : undefined,
  replace: (call) => loses(call, 'replaces objects of the history') as undefined,
  notes: (call, args) =>
    args[0]?.text === 'remove' || args[0]?.text === 'prune'
      ? (loses(call, 'deletes notes') as undefined)
      : undefined,
  lfs: (call, args) =>
    args[0]?.text === 'prune' ? (loses(call, 'deletes local copies of large files') as undefined) : undefined,
};
