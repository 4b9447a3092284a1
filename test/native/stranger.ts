/**
 * Somebody with another machine: a PATH, an npm, a Node and a home that are none of ours, and npm settings that are
 * nobody's.
 *
 * Only what the way to the registry needs is taken over from here, at run time: its address, proxies, certificates.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** Programs that each stranger brings, or that a stranger without a compiler does not have. */
const OWN = /^(node|nodejs|npm|npx|corepack|node-gyp)$/;
const COMPILERS = /^(.*-)?(cc|c89|c99|gcc|g\+\+|c\+\+|cpp|clang|tcc|make|python|pypy)([-.\d].*)?$/;
const KEPT = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|(https?|no|all)_proxy)$/i;

export interface StrangerOptions {
  readonly npm: number;
  readonly node: number;
  readonly compiler: boolean;
  /** Null: whoever runs this. */
  readonly uid: number | null;
}

export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** What all strangers share: below one folder, readable by everybody. */
export class Toolbox {
  readonly folder: string;
  readonly #network: NodeJS.ProcessEnv;

  constructor(folder: string) {
    this.folder = folder;
    this.#network = networkSettings();
  }

  /** Brings the npm versions and Nodes, from the registry by its ordinary client. */
  prepare(npms: readonly number[], nodes: readonly number[]): void {
    mkdirSync(this.folder, { recursive: true });
    chmodSync(this.folder, 0o755);
    for (const npm of npms) this.#install(`npm${npm}`, `npm@${npm}`);
    for (const node of nodes) {
      if (node === Number(process.versions.node.split('.')[0])) {
        mkdirSync(join(this.folder, `node${node}`));
        copyFileSync(process.execPath, this.#node(node));
      } else this.#install(`node${node}-package`, `node@${node}`);
    }
    this.#linkWithoutCompilers();
  }

  /** A PATH with this npm and this Node first. */
  path({ npm, node, compiler }: StrangerOptions): string {
    const bin = join(this.folder, `bin-npm${npm}-node${node}`);
    if (!existsSync(bin)) {
      mkdirSync(bin);
      const cli = join(this.folder, `npm${npm}`, 'node_modules', 'npm', 'bin');
      symlinkSync(this.#node(node), join(bin, 'node'));
      for (const name of ['npm', 'npx']) symlinkSync(join(cli, `${name}-cli.js`), join(bin, name));
    }
    return [bin, ...(compiler ? SYSTEM_FOLDERS : [join(this.folder, 'no-compiler')])].join(':');
  }

  get network(): NodeJS.ProcessEnv {
    return this.#network;
  }

  #node(major: number): string {
    const packaged = join(this.folder, `node${major}-package`, 'node_modules', 'node', 'bin', 'node');
    return existsSync(packaged) ? packaged : join(this.folder, `node${major}`, 'node');
  }

  #install(folder: string, what: string): void {
    const prefix = join(this.folder, folder);
    mkdirSync(prefix);
    writeFileSync(join(prefix, 'package.json'), '{"private":true}\n');
    execFileSync('npm', ['install', '--prefix', prefix, '--no-audit', '--no-fund', what], {
      cwd: prefix,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 300_000,
    });
  }

  #linkWithoutCompilers(): void {
    const farm = join(this.folder, 'no-compiler');
    mkdirSync(farm);
    for (const folder of SYSTEM_FOLDERS.filter((each) => existsSync(each))) {
      for (const name of readdirSync(folder)) {
        if (OWN.test(name) || COMPILERS.test(name) || existsSync(join(farm, name))) continue;
        try {
          symlinkSync(join(folder, name), join(farm, name));
        } catch {
          // A link that leads nowhere here, and was linked already.
        }
      }
    }
  }
}

/** The machine's own npm says where the registry is and whose certificates count; nothing else of it is kept. */
function networkSettings(): NodeJS.ProcessEnv {
  const told = (key: string): string => {
    const text = execFileSync('npm', ['config', 'get', key], {
      cwd: '/',
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return text === 'null' || text === 'undefined' ? '' : text;
  };
  const cafile = told('cafile');
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT.test(name))),
    NPM_CONFIG_REGISTRY: told('registry'),
    ...(cafile === '' ? {} : { NPM_CONFIG_CAFILE: cafile }),
  };
}

export class Stranger {
  readonly options: StrangerOptions;
  readonly home: string;
  readonly clone: string;
  /** Where the stranger's agent works. */
  readonly project: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #as: readonly string[];

  /** `folder` is made, with an empty home in it and a clone of `source`. `cache` is npm's, one for each user. */
  constructor(toolbox: Toolbox, options: StrangerOptions, folder: string, source: string, cache: string) {
    this.options = options;
    this.home = join(folder, 'home');
    this.clone = join(folder, 'gatehouse');
    this.project = join(folder, 'project');
    for (const each of [this.home, this.project, cache]) mkdirSync(each, { recursive: true });
    writeFileSync(join(this.project, 'notes.txt'), 'a file\n');
    execFileSync('git', ['clone', '--quiet', source, this.clone], { stdio: ['ignore', 'ignore', 'pipe'] });
    const { uid } = options;
    this.#as =
      uid === null ? [] : ['setpriv', '--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', '--'];
    if (uid !== null) {
      for (const each of [folder, this.home, this.project, cache]) chownSync(each, uid, uid);
      execFileSync('chown', ['-R', `${uid}:${uid}`, this.clone]);
    }
    this.env = {
      HOME: this.home,
      PATH: toolbox.path(options),
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      ...toolbox.network,
      NPM_CONFIG_USERCONFIG: '/dev/null',
      NPM_CONFIG_GLOBALCONFIG: join(folder, 'no-such-npmrc'),
      NPM_CONFIG_CACHE: cache,
    };
  }

  /** Starts a program in the clone, as this user. */
  spawn(command: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const [program = '', ...args] = [...this.#as, ...command];
    const child = spawn(program, args, {
      cwd: this.clone,
      env: { ...this.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin?.on('error', () => undefined);
    return child;
  }

  /** Runs a program to its end; ended by us after `limitMs`, its exit is null. */
  run(
    command: readonly string[],
    { input = '', limitMs = 120_000 }: { input?: string; limitMs?: number } = {},
  ): Promise<Ended> {
    const started = performance.now();
    const child = this.spawn(command);
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin?.end(input);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit) => {
        clearTimeout(limit);
        resolve({ exit, stdout, stderr, seconds: Math.round((performance.now() - started) / 100) / 10 });
      });
    });
  }

  /** `npx --no-install gatehouse …`, as README writes it. */
  gatehouse(...words: readonly string[]): Promise<Ended> {
    return this.run(['npx', '--no-install', 'gatehouse', ...words]);
  }
}
