/** Containers: what they may do to the machine, what is lost, what runs inside. */

import { hostOf } from '../hosts.ts';
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { plain, shown, UNKNOWN, type Word } from '../shell/text.ts';
import { isOwnCluster, isOwnName } from './clusters.ts';
import { notesImage } from './images.ts';
import { mounted } from './mounts.ts';
import { namedSecrets } from './named-secrets.ts';
import { areOwn, isForTests, isLeftOver, quote, settings, startsNamed } from './own-containers.ts';
import { runsFar } from './scratch-databases.ts';
import { strangeRegistry } from './sources.ts';

const RUN_LONG = [
  'name',
  'env',
  'env-file',
  'volume',
  'mount',
  'publish',
  'network',
  'net',
  'user',
  'workdir',
  'entrypoint',
  'platform',
  'memory',
  'cpus',
  'label',
  'hostname',
  'restart',
  'cap-add',
  'cap-drop',
  'security-opt',
  'pid',
  'ipc',
  'uts',
  'userns',
  'device',
  'gpus',
  'add-host',
  'dns',
  'tmpfs',
  'shm-size',
  'ulimit',
  'link',
  'log-driver',
  'log-opt',
  'volumes-from',
  'health-cmd',
  'pull',
  'stop-signal',
  'runtime',
  'cidfile',
  'group-add',
  'ip',
  'expose',
  'cgroupns',
  'cgroup-parent',
  'detach-keys',
  'index',
  'file',
  'project-name',
  'profile',
  'project-directory',
  'ansi',
  'context',
  'host',
  'config',
  'log-level',
  'tag',
  'build-arg',
  'target',
  'output',
  'secret',
  'ssh',
  'progress',
  'cache-from',
  'cache-to',
  'format',
  'filter',
  'since',
  'until',
  'tail',
  'timeout',
  'scale',
];
/** Letters that take a value: each verb has its own, and `-t` is no value where a container gets a terminal. */
const RUN_VALUES = 'acehlmpuvw';
const BUILD_VALUES = 'cfmot';

/** Long options of `run` without a value. */
const RUN_SWITCH =
  /^(?:detach|disable-content-trust|env-host|help|http-proxy|init|interactive|no-healthcheck|no-hostname|no-hosts|oom-kill-disable|passwd|privileged|publish-all|quiet|quiet-\w+|read-only|read-only-tmpfs|replace|rm|rmi|sig-proxy|tls-verify|tty|use-aliases|build|service-ports|no-deps|no-TTY|remove-orphans)$/;

/** With an option that is not known read as one that takes the next word: what stands behind it is not missed. */
function longOf(args: readonly Word[]): readonly string[] {
  const strange = args.flatMap(({ text }, index) =>
    args[index + 1]?.text.startsWith('-') === true ? [] : (/^--([a-z][\w-]*)$/i.exec(text)?.[1] ?? []),
  );
  return [...RUN_LONG, ...strange.filter((name) => !RUN_SWITCH.test(name))];
}

const docker: Program = (call) => {
  const global = parseOptions(call.args, {
    stops: true,
    values: 'Hcl',
    long: ['host', 'context', 'config', 'log-level', 'url', 'connection', 'namespace', 'address'],
  });
  for (const one of global.values('H', 'host', 'url'))
    if (!/^(?:unix|npipe|fd):/.test(one.text)) {
      call.deed.network(plain(one.text), 'connect');
      if (hostOf(plain(one.text)).class !== 'own')
        call.deed.concern('service', `works with the containers of ${shown(one.text)}`);
    }
  const isElsewhere = global.has('H', 'host', 'url', 'c', 'context', 'connection', 'address', 'namespace');
  let [verb, ...args] = global.operands;
  if (isElsewhere || (verb?.text === 'context' && args[0]?.text === 'use')) runsFar(call);
  if (verb === undefined || args.some(({ text }) => text === '--help')) return UNKNOWN;
  if (
    /^(?:container|image|volume|network|system|builder|buildx|context|secret|config|service|stack|swarm|node|plugin|pod|machine|manifest|trust)$/.test(
      verb.text,
    )
  ) {
    const group = verb.text;
    [verb, ...args] = args;
    if (verb === undefined) return UNKNOWN;
    if (isLeftOver(group, verb.text, args)) return UNKNOWN;
    if (/^(?:rm|remove|prune|delete|leave|reset)$/.test(verb.text) && !/^(?:container|pod)$/.test(group))
      loses(call, `deletes with docker ${group} ${verb.text}`);
    else if (group === 'system' && verb.text === 'df') return UNKNOWN;
    else if (
      /^(?:service|stack|swarm|node|secret|config)$/.test(group) &&
      !/^(?:ls|list|ps|inspect|logs)$/.test(verb.text)
    )
      call.deed.concern('service', `changes the swarm with docker ${group} ${verb.text}`);
    if (group === 'container' && verb.text === 'prune') loses(call, 'deletes stopped containers');
    if (!/^(?:container|image|pod|buildx|builder)$/.test(group)) return UNKNOWN;
  }
  if (verb.text === 'inspect' && args.some(({ text }) => /\.Env\b/.test(text)))
    call.deed.concern('secret', 'shows the variables of a container');
  switch (verb.text) {
    case 'run':
    case 'create':
      return container(call, args);
    case 'exec':
      return inside(call, args);
    case 'compose':
      return compose({ ...call, args });
    case 'rmi':
      if (args.some(({ text }) => /^(?:-f|--force)$/.test(text))) loses(call, 'deletes images by force');
      return UNKNOWN;
    case 'rm':
      if (
        args.some(({ text }) => /^-\w*[fv]|^--(?:force|volumes)$/.test(text)) &&
        (isElsewhere || !areOwn(call, args))
      )
        loses(call, 'deletes containers by force');
      return UNKNOWN;
    case 'kill':
    case 'stop':
    case 'restart':
    case 'pause':
      call.deed.effect({ kind: 'process', target: args.map(({ text }) => shown(text)).join(' ') });
      if (args.some(({ text }) => text.includes('\ue000')))
        loses(call, `stops every container that it finds`);
      return UNKNOWN;
    case 'push':
      call.deed.concern('sends', 'pushes an image to a registry');
      return UNKNOWN;
    case 'login':
      call.deed.concern('service', 'signs in to a registry');
      return UNKNOWN;
    case 'cp': {
      const given = parseOptions(args);
      const target = given.operands.at(-1);
      for (const one of given.operands.slice(0, -1))
        if (!/^[\w.-]+:/.test(one.text)) call.deed.reads(one.text);
      if (target !== undefined && !/^[\w.-]+:/.test(target.text)) call.deed.writes(target.text);
      return UNKNOWN;
    }
    case 'save':
    case 'export':
      for (const one of parseOptions(args, { values: 'o', long: ['output'] }).values('o', 'output'))
        call.deed.writes(one.text);
      return UNKNOWN;
    case 'build':
    case 'buildx':
    case 'bake': {
      const given = parseOptions(args, { values: BUILD_VALUES, long: RUN_LONG });
      if (given.has('push')) call.deed.concern('sends', 'pushes an image to a registry');
      call.deed.effect({ kind: 'run', what: 'workspace_code', file: null });
      for (const one of given.values('secret', 'ssh'))
        if (/src=/.test(one.text)) call.deed.reads(/src=([^,]+)/.exec(one.text)?.[1] ?? '.');
      return UNKNOWN;
    }
    default:
      return UNKNOWN;
  }
};

function loses(call: Call, says: string): void {
  call.deed.concern('destroys', says);
}

function container(call: Call, args: readonly Word[]) {
  const given = parseOptions(args, { stops: true, values: RUN_VALUES, long: longOf(args) });
  if (given.has('privileged'))
    call.deed.concern('privilege', 'runs a container with all rights of the machine');
  for (const one of given.values('cap-add', 'device'))
    call.deed.concern('privilege', `gives a container ${shown(one.text)}`);
  for (const one of given.values('security-opt'))
    if (/unconfined|no-new-privileges[:=]false|label[:=]disable/.test(one.text))
      call.deed.concern('privilege', 'takes the guard off a container');
  for (const one of given.values('pid', 'ipc', 'uts', 'userns', 'cgroupns'))
    if (one.text === 'host')
      call.deed.concern('privilege', 'shares the inside of the machine with a container');
  for (const one of given.values('env-file')) call.deed.reads(one.text);
  for (const one of given.values('v', 'volume', 'mount')) mounted(call, one);
  startsNamed(call, given.values('name'));
  const [image, ...words] = given.operands;
  notesImage(call, args, plain(image?.text ?? ''));
  const strange = strangeRegistry(plain(image?.text ?? ''));
  if (strange !== null) call.deed.concern('outside_code', `runs an image from ${strange}`);
  call.deed.effect({ kind: 'run', what: 'package_code', file: null });
  const entry = given.values('entrypoint')[0];
  const line = entry === undefined || entry.text === '' ? words : [entry, ...words];
  // What runs inside touches what is mounted; without a mount it touches nothing of this machine.
  if (line.length > 0 && given.has('v', 'volume', 'mount', 'privileged')) call.run(line, 'docker');
  return UNKNOWN;
}

function inside(call: Call, args: readonly Word[]) {
  const given = parseOptions(args, {
    stops: true,
    values: 'euw',
    long: ['env', 'env-file', 'user', 'workdir', 'detach-keys', 'index'],
  });
  if (given.has('privileged'))
    call.deed.concern('privilege', 'runs with all rights of the machine in a container');
  const words = given.operands.slice(1);
  if (words.length === 0) return UNKNOWN;
  return call.script({
    text: [...settings(given.values('e', 'env')), ...words.map(({ text }) => quote(plain(text)))].join(' '),
    taint: words.reduce((sum, one) => sum | one.taint, 0),
    by: `${call.name} exec`,
    remote: true,
    stdin: call.stdin,
  });
}

const compose: Program = (call) => {
  const given = parseOptions(call.args, { stops: true, values: 'fp', long: RUN_LONG });
  const [verb, ...args] = given.operands;
  if (verb === undefined) return UNKNOWN;
  if (
    verb.text === 'down' &&
    !isForTests(given) &&
    args.some(({ text }) => /^(?:-v|--volumes|--rmi.*)$/.test(text))
  )
    loses(call, 'deletes volumes or images');
  if (verb.text === 'rm' && args.some(({ text }) => /^-\w*[fvs]|^--(?:force|volumes)$/.test(text)))
    loses(call, 'deletes containers by force');
  if (verb.text === 'push') call.deed.concern('sends', 'pushes images to a registry');
  if (verb.text === 'config') namedSecrets({ ...call, args: given.values('env-file') });
  if (verb.text === 'exec')
    return inside(
      { ...call, name: 'docker compose' },
      args.filter(({ text }) => text !== '-T'),
    );
  if (verb.text === 'run') {
    const own = parseOptions(args, { stops: true, values: RUN_VALUES, long: longOf(args) });
    for (const one of own.values('v', 'volume')) mounted(call, one);
    const words = own.operands.slice(1);
    if (words.length > 0)
      call.script({
        text: words.map(({ text }) => quote(plain(text))).join(' '),
        taint: 0,
        by: 'docker compose run',
        remote: true,
      });
  }
  if (/^(?:up|build|run|start|create)$/.test(verb.text))
    call.deed.effect({ kind: 'run', what: 'workspace_code', file: null });
  return UNKNOWN;
};

const kubectl: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'nflocs',
    long: [
      'namespace',
      'context',
      'kubeconfig',
      'filename',
      'selector',
      'output',
      'container',
      'cluster',
      'user',
      'token',
      'server',
      'as',
      'replicas',
      'image',
      'type',
      'patch',
      'tail',
      'since',
      'field-selector',
    ],
  });
  if (given.has('help')) return UNKNOWN;
  const verb = given.operands[0]?.text ?? '';
  const dry =
    given.values('dry-run').some(({ text }) => text !== 'none') ||
    call.args.some(({ text }) => /^--dry-run(?:=(?:client|server|true))?$/.test(text));
  const at = call.args.findIndex(({ text }) => text === '--');
  if (verb === 'exec' || verb === 'run' || verb === 'debug') {
    const words = at >= 0 ? call.args.slice(at + 1) : [];
    call.deed.concern('service', `works inside the cluster with kubectl ${verb}`);
    if (words.length > 0)
      call.script({
        text: words.map(({ text }) => quote(plain(text))).join(' '),
        taint: 0,
        by: 'kubectl',
        remote: true,
      });
    if (call.args.some(({ text }) => /privileged|hostPID|hostNetwork|hostPath|--target|node\//i.test(text)))
      call.deed.concern('privilege', 'gets into a machine of the cluster');
    return UNKNOWN;
  }
  if (dry) return UNKNOWN;
  for (const one of given.values('f', 'filename')) {
    if (/^https?:/.test(one.text)) {
      call.deed.network(one.text, 'fetch');
      call.deed.concern('remote_code', 'applies what came over the network');
    } else if (one.text !== '-') call.deed.reads(one.text);
  }
  if (verb === 'cp')
    for (const { text } of given.operands.slice(1, -1)) if (!/^[\w./-]+:/.test(text)) call.deed.reads(text);
  if (
    verb === 'config' &&
    /^(?:rename-context|set-context|set-cluster)$/.test(given.operands[1]?.text ?? '') &&
    given.operands.slice(2).some(({ text }) => isOwnName(plain(text)))
  )
    call.deed.concern('service', 'gives a cluster the name of one of this machine');
  if (verb !== 'config' && isOwnCluster(call)) return UNKNOWN;
  if (
    /^(?:delete|drain|evict)$/.test(verb) ||
    (verb === 'replace' && given.has('force')) ||
    (verb === 'scale' && given.values('replicas').some(({ text }) => text === '0')) ||
    (verb === 'apply' && given.has('prune')) ||
    (verb === 'rollout' && given.operands[1]?.text === 'undo') ||
    (verb === 'config' && /^(?:delete|unset)/.test(given.operands[1]?.text ?? ''))
  )
    loses(call, `deletes or stops things in the cluster with kubectl ${verb}`);
  else if (
    /^(?:apply|create|replace|patch|edit|scale|set|label|annotate|taint|cordon|uncordon|expose|autoscale|rollout|certificate)$/.test(
      verb,
    ) &&
    !(verb === 'rollout' && /^(?:status|history)$/.test(given.operands[1]?.text ?? ''))
  )
    call.deed.concern('service', `changes the cluster with kubectl ${verb}`);
  else if (verb === 'cp') call.deed.concern('sends', 'moves files into or out of the cluster');
  else if (
    /^(?:get|describe)$/.test(verb) &&
    given.operands.some(({ text }) => /^secrets?(?:\/|$)/.test(text)) &&
    given.has('o', 'output')
  )
    call.deed.concern('secret', 'reads secrets of the cluster');
  else if (verb === 'proxy' || verb === 'port-forward') call.deed.network('localhost', 'listen');
  else if (verb === 'config' && given.operands[1]?.text === 'view' && given.has('raw'))
    call.deed.concern('secret', 'reads the keys of clusters');
  return UNKNOWN;
};

export const containerPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['docker', docker],
  ['podman', docker],
  ['nerdctl', docker],
  ['buildah', docker],
  ['docker-compose', compose],
  ['podman-compose', compose],
  ['kubectl', kubectl],
  ['oc', kubectl],
  [
    'k3s',
    (call) => (call.args[0]?.text === 'kubectl' ? kubectl({ ...call, args: call.args.slice(1) }) : UNKNOWN),
  ],
]);
