/** Programs that are looked at by name when they stand in command position. */
import type { Run } from './programs.ts';

/** They reach the person's session bus, keyboard, pointer or keyring. */
export const FAKES_A_PERSON: readonly string[] = [
  'gdbus',
  'busctl',
  'dbus-send',
  'dbus-monitor',
  'qdbus',
  'qdbus6',
  'qdbus-qt5',
  'qdbus-qt6',
  'dunstctl',
  'makoctl',
  'swaync-client',
  'xdotool',
  'ydotool',
  'ydotoold',
  'wtype',
  'wlrctl',
  'dotool',
  'dotoolc',
  'xte',
  'xautomation',
  'evemu-event',
  'evemu-play',
  'xmacroplay',
  'secret-tool',
  'kwallet-query',
  'kwalletcli',
  'keyctl',
  'lssecret',
  'osascript',
  'cliclick',
  'autohotkey',
  'nircmd',
  'cmdkey',
];

/** Agent programs, as they are called. */
export const AGENT_PROGRAMS: readonly string[] = [
  'claude',
  'codex',
  'gemini',
  'copilot',
  'opencode',
  'cursor-agent',
  'qwen',
  'aider',
];

/** Packages that carry one, as runners such as npx name them. */
export const AGENT_PACKAGES: ReadonlyMap<string, string> = new Map([
  ['@anthropic-ai/claude-code', 'claude'],
  ['@openai/codex', 'codex'],
  ['@google/gemini-cli', 'gemini'],
  ['@github/copilot', 'copilot'],
  ['opencode-ai', 'opencode'],
  ['@qwen-code/qwen-code', 'qwen'],
]);

/** They take a process id, or a pattern of names. */
export const BY_PID: ReadonlySet<string> = new Set([
  'kill',
  'pkill',
  'killall',
  'killall5',
  'skill',
  'taskkill',
  'gdb',
  'lldb',
  'strace',
  'ltrace',
  'gcore',
  'reptyr',
  'nsenter',
  'prlimit',
  'renice',
  'chrt',
  'taskset',
  'ionice',
  'perf',
  'bpftrace',
  'fuser',
  'kcmp',
]);

/** They take what is in a folder together with the folder. */
const TAKES_FOLDERS = /^(?:rm|rmdir|shred|srm|trash|trash-put|unlink)$/;
const CHANGES_BELOW = /^(?:chmod|chown|chgrp|chattr|setfacl)$/;

/** Words that a plain command must not hold to be let through unread. */
export const NOTABLE = new RegExp(
  `\\b(?:${[
    ...FAKES_A_PERSON,
    ...AGENT_PROGRAMS,
    ...BY_PID,
    ...AGENT_PACKAGES.keys(),
    'rm',
    'rmdir',
    'shred',
    'srm',
    'trash',
    'trash-put',
    'unlink',
    'chmod',
    'chown',
    'chgrp',
    'chattr',
    'setfacl',
    ...[
      'mv',
      'cp',
      'ln',
      'mount',
      'bindfs',
      'grep',
      'egrep',
      'fgrep',
      'zgrep',
      'rg',
      'ag',
      'ack',
      'tar',
      'bsdtar',
    ],
    ...[
      'gtar',
      'zip',
      '7z',
      '7za',
      '7zr',
      'rar',
      'rsync',
      'scp',
      'mksquashfs',
      'genisoimage',
      'borg',
      'restic',
      'pax',
      'star',
      'rclone',
      'ugrep',
      'docker',
      'podman',
      'nerdctl',
      'find',
      'fd',
      'fdfind',
      'add',
    ],
    'gatehouse',
    'security',
    'env',
    'pgrep',
    'pidof',
    'cd',
    'pushd',
    'chdir',
  ]
    .map((name) => name.replace(/[/@-]/g, '\\$&'))
    .join('|')})(?:\\b|(?=@))|-C|-delete`,
  'i',
);

/** They read every file below what they are given. */
const SEARCHES = /^(?:[ef]?grep|zgrep|ugrep|rg|ag|ack)$/;
const PACKS =
  /^(?:tar|bsdtar|gtar|zip|7za?|7zr|rar|rsync|scp|rclone|pax|star|mksquashfs|genisoimage|borg|restic)$/;
const CONTAINERS = /^(?:docker|podman|nerdctl)$/;

/** The folders that a run takes, moves, copies, reads, makes reachable or changes with all that is below them. */
export function foldersTouched({ name, args }: Run): readonly string[] {
  const texts = args.map(({ text }) => text);
  const options = texts.filter((text) => text.startsWith('-') && text !== '-');
  const operands = texts.filter((text) => !text.startsWith('-'));
  if (TAKES_FOLDERS.test(name) || name === 'mount' || name === 'bindfs') return operands;
  const recursive = options.some(
    (text) => /^-[a-zA-Z]*[arR]/.test(text) || text === '--recursive' || text === '--archive',
  );
  if (CHANGES_BELOW.test(name)) return recursive ? operands : [];
  if (SEARCHES.test(name)) return searched(name, options, operands);
  if (PACKS.test(name)) return packed(name, texts, operands, recursive);
  if (CONTAINERS.test(name)) return mounted(texts);
  if (name === 'git') return added(texts);
  if (name !== 'mv' && name !== 'ln' && !(name === 'cp' && recursive)) return [];
  const into = options.some((text) => text.startsWith('-t') || text.startsWith('--target-directory'));
  if (name === 'ln') return linked(operands);
  return into ? operands : operands.slice(0, -1);
}

/** A symbolic link counts from the folder it stands in. */
function linked(operands: readonly string[]): readonly string[] {
  const link = operands.at(-1) ?? '';
  const sources = operands.length > 1 ? operands.slice(0, -1) : operands;
  const relative = sources.filter((source) => !/^[/~$]/.test(source));
  return [...sources, ...relative.flatMap((source) => [`${link}/${source}`, `${link}/../${source}`])];
}

function searched(name: string, options: readonly string[], operands: readonly string[]): readonly string[] {
  const deep = options.some((text) => /^-[a-zA-Z]*[rR]|^--(?:dereference-)?recursive/.test(text));
  if (name.endsWith('grep') && !deep) return [];
  const told = options.some((text) => /^-[a-zA-Z]*[ef]|^--(?:regexp|file|files)\b/.test(text));
  const folders = told ? operands : operands.slice(1);
  return folders.length === 0 && name.endsWith('grep') ? ['.'] : folders;
}

function packed(
  name: string,
  texts: readonly string[],
  operands: readonly string[],
  recursive: boolean,
): readonly string[] {
  if (name.endsWith('tar')) {
    const [first = ''] = texts;
    const packs =
      /^[a-zA-Z]*[cru]/.test(first) ||
      texts.some((text) => /^-[a-zA-Z]*[cru]|^--(?:create|append|update)$/.test(text));
    return packs ? operands : [];
  }
  if (name === 'rsync' || name === 'scp') return recursive ? operands.slice(0, -1) : [];
  if (name === 'rclone') return operands.slice(1);
  if (/^(?:7z|rar)/.test(name)) return /^[au]$/.test(operands[0] ?? '') ? operands.slice(2) : [];
  return name === 'zip' && !recursive ? [] : operands;
}

/** Folders of the machine that a container gets to see: `-v SOURCE:…`, `--mount …,source=SOURCE,…`. */
function mounted(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text, at) => {
    const before = texts[at - 1] ?? '';
    const volume = /^(?:-v|--volume)$/.test(before) ? text : /^(?:-v|--volume=)(.+)$/s.exec(text)?.[1];
    const mount = before === '--mount' ? text : /^--mount=(.+)$/s.exec(text)?.[1];
    const source = volume?.split(':')[0] ?? /(?:^|,)(?:src|source)=([^,]*)/.exec(mount ?? '')?.[1] ?? '';
    // A name without a slash is a volume of the engine's own.
    return /^[/~.$]/.test(source) ? [source] : [];
  });
}

/** What `git add` puts into a repository; everything below the folder, for `-A`. */
function added(texts: readonly string[]): readonly string[] {
  const at = texts.indexOf('add');
  if (at < 0) return [];
  const rest = texts.slice(at + 1);
  const all = rest.some((text) => text === '-A' || text === '--all');
  const operands = rest.filter((text) => !text.startsWith('-'));
  return all && operands.length === 0 ? ['.'] : operands;
}
