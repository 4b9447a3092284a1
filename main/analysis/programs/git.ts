/** `git`: what is lost, what leaves, what it is made to run. */
import { absolutePath, isTempRoot, locusOf } from '../place.ts';
import { isSecretPath } from '../sensitive-paths.ts';
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, plain, shown, TAINT, UNKNOWN, type Word } from '../shell/text.ts';
import { trackedBelow, withFound } from './found.ts';
import { setting } from './git-settings.ts';
import { VERBS } from './git-verbs.ts';

const git: Program = (call) => {
  const { deed } = call;
  const global = parseOptions(call.args, {
    stops: true,
    values: 'Cc',
    long: [
      'git-dir',
      'work-tree',
      'namespace',
      'exec-path',
      'config-env',
      'super-prefix',
      'attr-source',
      'list-cmds',
    ],
  });
  for (const one of global.values('c')) setting(call, plain(one.text), one.taint);
  for (const one of global.values('config-env'))
    setting(call, one.text.replace(/=.*$/s, `=${HOLE}`), one.taint);
  for (const one of global.values('exec-path'))
    if (one.text !== '') deed.concern('outside_code', 'takes the parts of git from another folder');
  for (const one of global.values('git-dir'))
    if (/^(?:\/tmp|\/var\/tmp|\/dev\/shm)/.test(deed.path(one.text)))
      deed.concern('outside_code', 'takes the settings of git from a temporary folder');
  const [verb, ...args] = global.operands;
  if (verb === undefined || global.has('version', 'help', 'v', 'h')) return UNKNOWN;
  if (verb.text.includes(HOLE)) {
    deed.opaque('which command of git runs is not known');
    return UNKNOWN;
  }
  if (args.some(({ text }) => text === '--help' || text === '-h')) return UNKNOWN;
  for (const { text } of args) {
    const pack = /^--(?:upload-pack|receive-pack|exec|upload-archive)=(.+)$/s.exec(plain(text));
    if (pack !== null && !/^git[- ](?:upload|receive)-/.test(pack[1] ?? '')) {
      call.script({ text: pack[1] ?? HOLE, taint: TAINT.none, by: 'git' });
      deed.opaque('git is told which program to talk to');
    }
    if (/^ext::/.test(text)) {
      call.script({ text: plain(text).slice('ext::'.length), taint: TAINT.none, by: 'git' });
      deed.opaque('git is told to run a program as a remote');
    }
  }
  if (verb.text === 'add' || verb.text === 'stage')
    for (const { text } of args)
      if (!text.startsWith('-') && isSecretPath(deed.path(text), call.place))
        deed.concern('secret', `puts ${shown(text)} under version control`);
  const name = /^credential-\w/.test(verb.text) ? 'credential' : verb.text;
  const row = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (
    !(
      TREE_VERBS.has(name) &&
      isScratch(
        call,
        global.values('C'),
        isMoved(call, global.values('c'), global.has('git-dir', 'work-tree', 'config-env')),
      )
    )
  )
    row?.(call, args);
  if (/^(?:ls-files|grep|diff)$/.test(name) && global.operands[0] === call.args[0]) {
    const at = args.findIndex(({ text }) => text === '--');
    const isList = name === 'ls-files' && args.every(({ text }) => !/^-(?!-$|z$|m$)/.test(text));
    const isNames =
      isList ||
      (at >= 0 &&
        args
          .slice(0, at)
          .some(({ text }) => /^(?:-l|-[inwE]*l[inwE]*|--files-with-matches|--name-only)$/.test(text)));
    const specs = at >= 0 ? args.slice(at + 1) : args.filter(({ text }) => !text.startsWith('-'));
    if (isNames && specs.length > 0)
      return withFound({ text: null, taint: deed.taint }, trackedBelow(call, specs));
  }
  return { text: null, taint: deed.taint };
};

/** What can lose files of the working tree, and nothing else that is lost. */
const TREE_VERBS: ReadonlySet<string> = new Set(['reset', 'clean', 'checkout', 'restore', 'switch']);

/** Whether the working tree is a folder among the temporary files, which may go at any time. */
function isScratch(call: Call, folders: readonly Word[], isElsewhere: boolean): boolean {
  if (isElsewhere) return false;
  const folder = folders.reduce((cwd, { text }) => absolutePath(text, cwd, call.place), call.deed.path('.'));
  return locusOf(folder, call.place) === 'temp' && !isTempRoot(folder) && !folder.includes(HOLE);
}

/** Whether another working tree or repository is named than that of the folder: by option, setting or variable. */
function isMoved(call: Call, settings: readonly Word[], byOption: boolean): boolean {
  const moves = /^GIT_(?:DIR|WORK_TREE|COMMON_DIR|CONFIG\w*)$/;
  return (
    byOption ||
    settings.some(({ text }) => /^\s*core\.worktree\b|^include|\ue000/i.test(text)) ||
    [...call.state.vars.keys()].some((name) => moves.test(name))
  );
}

export const gitPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['git', git],
  ['hub', git],
]);
