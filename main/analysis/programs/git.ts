/** `git`: what is lost, what leaves, what it is made to run. */
import { isSecretPath } from '../sensitive-paths.ts';
import type { Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, plain, shown, TAINT, UNKNOWN } from '../shell/text.ts';
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
  row?.(call, args);
  return { text: null, taint: deed.taint };
};

export const gitPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['git', git],
  ['hub', git],
]);
