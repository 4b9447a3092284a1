/** Programs that run another one which is named in their arguments. */

/** How the command behind a wrapper is found. */
export interface Wrapper {
  /** Options that take the next word as their value. */
  readonly values?: readonly string[];
  /** Words before the command: a duration, a lock file. */
  readonly positional?: number;
  /** Only behind one of these words. */
  readonly after?: readonly string[];
}

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  sudo: {
    values: [
      '-u',
      '-g',
      '-h',
      '-p',
      '-C',
      '-r',
      '-t',
      '-T',
      '-U',
      '-D',
      '-R',
      '--user',
      '--group',
      '--host',
      '--prompt',
      '--chdir',
      '--chroot',
    ],
  },
  doas: { values: ['-u', '-C'] },
  pkexec: { values: ['--user'] },
  env: { values: ['-u', '-C', '--unset', '--chdir'] },
  exec: { values: ['-a'] },
  command: {},
  builtin: {},
  nohup: {},
  setsid: {},
  time: { values: ['-f', '-o', '--format', '--output'] },
  nice: { values: ['-n', '--adjustment'] },
  ionice: { values: ['-c', '-n', '--class', '--classdata'] },
  chrt: { positional: 1, values: ['-T', '-P', '-D'] },
  taskset: { positional: 1 },
  timeout: { positional: 1, values: ['-s', '-k', '--signal', '--kill-after'] },
  xargs: {
    values: [
      '-n',
      '-I',
      '-L',
      '-P',
      '-d',
      '-E',
      '-s',
      '-a',
      '--max-args',
      '--max-procs',
      '--delimiter',
      '--arg-file',
      '--replace',
    ],
  },
  stdbuf: { values: ['-i', '-o', '-e'] },
  unbuffer: {},
  strace: { values: ['-e', '-o', '-p', '-u', '-s', '-S', '-E', '-a', '-O', '-P'] },
  ltrace: { values: ['-e', '-o', '-p', '-u', '-s', '-n', '-l'] },
  watch: { values: ['-n', '--interval', '-q'] },
  flock: { positional: 1, values: ['-w', '-E', '--timeout', '--conflict-exit-code'] },
  chroot: { positional: 1 },
  unshare: { values: ['-R', '-w', '-S', '-G', '--root', '--wd'] },
  nsenter: { values: ['-t', '-S', '-G', '--target'] },
  setpriv: { values: ['--reuid', '--regid'] },
  runuser: { values: ['-u', '-g', '-G', '--user'] },
  'systemd-run': {
    values: ['-p', '-E', '-u', '-M', '-H', '--unit', '--property', '--setenv', '--slice', '--description'],
  },
  'systemd-inhibit': { values: ['--what', '--who', '--why', '--mode'] },
  'dbus-run-session': { values: ['--config-file', '--dbus-daemon'] },
  'dbus-launch': {},
  'xvfb-run': {
    values: ['-n', '-s', '-e', '-f', '-p', '--server-num', '--server-args', '--error-file', '--auth-file'],
  },
  parallel: { values: ['-j', '--jobs', '-n', '-N', '-a', '-S', '--colsep', '-I'] },
  busybox: {},
  toybox: {},
  caffeinate: { values: ['-t', '-w'] },
  arch: {},
  rlwrap: {},
  fakeroot: {},
  setarch: { positional: 1 },
  npx: { values: ['-p', '--package', '-c', '--call'] },
  bunx: {},
  pnpx: {},
  uvx: { values: ['--from', '--with', '-p', '--python'] },
  npm: { after: ['exec', 'x'] },
  pnpm: { after: ['exec', 'dlx'] },
  yarn: { after: ['exec', 'dlx'] },
  bun: { after: ['x'] },
  uv: { after: ['run'] },
  coproc: {},
};

/** Whether a program runs another one that is named in its arguments. */
export function isWrapper(name: string): boolean {
  return Object.hasOwn(WRAPPERS, name);
}

/** What is known of a program that runs another one; undefined for those that do not. */
export function wrapperOf(name: string): Wrapper | undefined {
  return isWrapper(name) ? WRAPPERS[name] : undefined;
}
