/** Launch plans for Linux: what a level means, as the steps of the launcher. */
import type { AgentPreset } from './agent-presets.ts';
import type { Disk } from './disk.ts';
import type { InsideKind, LaunchStep, Level } from './launch-plan.ts';
import { neededFor } from './levels.ts';
import { commandName, type ViewWish, viewSteps, writableRoots } from './linux-view.ts';
import { guardsOf, WATCHED } from './protected-names.ts';

export interface LaunchWish extends ViewWish {
  readonly level: Level;
  /** The least that must really be enforced. */
  readonly require: Level | null;
  /** Absolute, in the project. */
  readonly cwd: string;
  /** User that runs the launcher. */
  readonly uid: number;
  readonly preset: AgentPreset | null;
  /** Files of the agent's copied folders, as they are seen, that are read-only; each is there. */
  readonly settings: readonly string[];
  /** Git's folders of repositories inside the project and other writable folders. */
  readonly repositories: readonly string[];
  /** Folders of the project, from its root, in which git's settings say that its hooks are. */
  readonly hookFolders?: readonly string[];
  /** Null: the network of this computer, which is less than any level. */
  readonly network: {
    readonly listen: readonly { readonly kind: InsideKind; readonly port: number }[];
  } | null;
  /** Whether the proxy is among what is listened for, and hosts for which it is not meant. */
  readonly noProxy: string;
  /** Absolute path of the agent door, at which a file says where it is inside. */
  readonly agentDoor: string;
  readonly memory: number | null;
  readonly processes: number | null;
  readonly sessionTimeout: number | null;
  readonly idleTimeout: number | null;
  readonly mdwe: 'auto' | 'on' | 'off';
  /** Denied system calls are told as they happen. */
  readonly audit: boolean;
}

export interface LaunchPlan {
  readonly steps: readonly LaunchStep[];
  /** What is looked through when it has ended: the project, then other folders that are writable. */
  readonly roots: readonly string[];
  /** What a person should know of it. */
  readonly notes: readonly string[];
}

/** Who a command runs as when Gatehouse runs as root: nobody that this system knows. */
const STRANGER = 61_234;
const KEPT = [
  'TERM',
  'COLORTERM',
  'TERM_PROGRAM',
  'TERM_PROGRAM_VERSION',
  'LANG',
  'LANGUAGE',
  'LC_*',
  'TZ',
  'NO_COLOR',
  'FORCE_COLOR',
  'CI',
  'COLUMNS',
  'LINES',
];
const TASKS: Readonly<Record<Level, number>> = { standard: 4096, strict: 2048, maximum: 1024 };
const MEMORY_FILES = 2 ** 31;
/** Programs that neither make code at run time nor start what might. */
const PLAIN_PROGRAMS = new Set([
  'true',
  'false',
  'cat',
  'ls',
  'grep',
  'rg',
  'jq',
  'wc',
  'sort',
  'head',
  'tail',
  'sha256sum',
]);

/** The plan for a command. @throws GatehouseError `sandbox_refused` */
export function linuxPlan(wish: LaunchWish, disk: Disk): LaunchPlan {
  const notes: string[] = [];
  const roots = writableRoots(wish, disk);
  const hooks = wish.hookFolders ?? [];
  // A writable folder above the project is looked through for both; the project's own names are guarded all the same.
  const guards = [...new Set([...roots, wish.workspace])].map((root) =>
    guardsOf(root, disk, wish.repositories, root === wish.workspace ? hooks : []),
  );
  for (const link of guards.flatMap(({ links }) => links))
    notes.push(`${link} is a link: it is looked at when the session ends, and not read-only.`);
  const steps: LaunchStep[] = [
    ['level', wish.level],
    ...neededFor(wish.require ?? 'off').map((feature) => ['need', feature] as const),
    ['net', wish.network === null ? 'host' : 'empty'],
    ...namespaces(wish.level),
    ...(wish.uid === 0 ? ([['uid', STRANGER]] as const) : []),
    ['size', Math.min(wish.memory ?? MEMORY_FILES, MEMORY_FILES)],
    ...(wish.network?.listen ?? []).map(({ kind, port }) => ['listen', kind, port] as const),
    ...viewSteps(wish, disk),
    ...doorSteps(wish),
    ...userSteps(wish),
    ...guards.flatMap((one) => one.steps),
    ...wish.settings.map((path) => ['guard', 'ro', path] as const),
    ['cwd', wish.cwd],
    ...variables(wish),
    ['limit', 'processes', wish.processes ?? TASKS[wish.level]],
    // Not 0: at 1 a crash is kept from the system's handler too. The filter keeps it there.
    ['limit', 'core', 1],
    ...(wish.memory === null ? [] : ([['limit', 'data', wish.memory]] as const)),
    ...(wish.level === 'standard'
      ? ([
          ['allow', 'unix'],
          ['allow', 'route'],
        ] as const)
      : []),
    ...(wish.audit || wish.level === 'maximum' ? ([['notify']] as const) : []),
    ...(isPlain(wish) ? ([['mdwe']] as const) : []),
    ...(wish.sessionTimeout === null ? [] : ([['session', wish.sessionTimeout]] as const)),
    ...(wish.idleTimeout === null ? [] : ([['idle', wish.idleTimeout]] as const)),
    ...roots.map((root) => ['watch', root] as const),
    ...WATCHED.map((name) => ['name', name] as const),
    ...hooks.map((folder) => ['name', `${folder}/`] as const),
  ];
  return { steps, notes, roots };
}

function namespaces(level: Level): readonly LaunchStep[] {
  return level === 'standard'
    ? [['ns', 'ipc']]
    : [
        ['ns', 'ipc'],
        ['ns', 'uts'],
        ['ns', 'cgroup'],
        ['hostname', 'sandbox'],
      ];
}

/** Where clients look for the door stands a file that says where it is inside. */
function doorSteps(wish: LaunchWish): readonly LaunchStep[] {
  const port = wish.network?.listen.find(({ kind }) => kind === 'agent-door')?.port;
  return port === undefined ? [] : [['file', `gatehouse-inside 1 ${port}\n`, wish.agentDoor]];
}

/** A stranger has no name, which some programs insist on. */
function userSteps(wish: LaunchWish): readonly LaunchStep[] {
  if (wish.uid !== 0) return [];
  const user = `agent:x:${STRANGER}:${STRANGER}::${wish.home}:/bin/sh\n`;
  return [['file', `root:x:0:0::/nonexistent:/bin/false\n${user}`, '/etc/passwd']];
}

/** What the command finds in its environment: names of the caller's that are kept, and what is set. */
export function variables(wish: LaunchWish): readonly LaunchStep[] {
  const { preset, home } = wish;
  const proxy = (kind: InsideKind) => wish.network?.listen.find((one) => one.kind === kind)?.port;
  const http = proxy('http-proxy');
  const socks = proxy('socks5');
  const set: Record<string, string> = {
    HOME: home,
    PATH: wish.path,
    USER: wish.uid === 0 ? 'agent' : '',
    SHELL: '/bin/sh',
    TMPDIR: '/tmp',
    ...(http === undefined
      ? {}
      : {
          HTTP_PROXY: `http://127.0.0.1:${http}`,
          HTTPS_PROXY: `http://127.0.0.1:${http}`,
          http_proxy: `http://127.0.0.1:${http}`,
          https_proxy: `http://127.0.0.1:${http}`,
          NODE_USE_ENV_PROXY: '1',
          NO_PROXY: wish.noProxy,
          no_proxy: wish.noProxy,
        }),
    ...(socks === undefined
      ? {}
      : { ALL_PROXY: `socks5h://127.0.0.1:${socks}`, all_proxy: `socks5h://127.0.0.1:${socks}` }),
  };
  for (const [name, value] of Object.entries(preset?.set ?? {}))
    set[name] = value.startsWith('~/') ? `${home}${value.slice(1)}` : value;
  const keep = [...KEPT, ...(preset?.keep ?? []), ...(set['USER'] === '' ? ['USER', 'LOGNAME'] : [])];
  return [
    ...keep.map((name) => ['keep', name] as const),
    ...Object.entries(set)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => ['set', name, value] as const),
  ];
}

function isPlain(wish: LaunchWish): boolean {
  if (wish.mdwe !== 'auto') return wish.mdwe === 'on';
  return wish.level !== 'standard' && wish.program !== null && PLAIN_PROGRAMS.has(commandName(wish.program));
}
