/** Notes what one simple command reads, writes, deletes, reaches and runs, and what speaks against it. */

import { carriesData, isNamedData } from '../carried.ts';
import { scanText } from '../content/scan.ts';
import { hostOf, isDrop } from '../hosts.ts';
import { isMadeAnew } from '../made-anew.ts';
import { absolutePath, isHarmlessDevice, isTempRoot, isWithin, locusOf, type Place } from '../place.ts';
import { isBuilt } from '../programs/built-folders.ts';
import type { Concern, ConcernCode, Effect, SimpleCommand } from '../result.ts';
import { isAgentPath, isLaterPath, isSecretPath } from '../sensitive-paths.ts';
import { isStrange } from '../strange-file.ts';
import { isMadeFor } from '../token-hosts.ts';
import type { Deed } from './call.ts';
import type { ShellState } from './state.ts';
import { DEVOID, HOLE, hasGlob, hasHole, type Stream, shown, TAINT, type Taint } from './text.ts';
import type { WrittenFiles } from './written-files.ts';

const MOST = 200;
/** What `mktemp` prints: nobody has been there before. */
const MADE_HERE = '/tmp.XXXXXXXXXX';

const KEYS = /^(?:private_key|cloud_key|api_token|jwt)$/;

/** A key or token, told by its form. */
function holdsSecret(url: string): boolean {
  return scanText(url).some((found) => KEYS.test(found.class) && found.confidence === 'high');
}

/** What the person's programs keep and make again, below the home folder. */
const CACHED = /^\/(?:\.cache|Library\/Caches|Library\/Developer\/Xcode\/DerivedData)\/./;

/** A pattern in the last name alone, behind enough of it to say which few are meant: `part_*`, `RE-TEST-*.pdf`. */
function isNarrow(path: string): boolean {
  const at = path.lastIndexOf('/');
  return (
    !hasGlob(path.slice(0, at)) &&
    /^[\w-]*[-_.]\ue001(?:\.\w+)?$/.test(path.slice(at + 1)) &&
    path.slice(at + 1).length >= 6
  );
}

/** It prints what it has kept of a file, not what lies there. */
const KEEPS_ITS_OWN = /^(?:git|hg|svn)\b/;

const ENDLESS = /^\/dev\/(?:zero|full|u?random)$/;

export class CommandDeed implements Deed {
  readonly effects: Effect[] = [];
  readonly concerns: Concern[] = [];
  taint: Taint = TAINT.none;
  readonly #place: Place;
  readonly #state: ShellState;
  readonly #files: WrittenFiles;
  readonly #remote: boolean;
  /** All that the call has run so far. */
  readonly #ran: readonly SimpleCommand[];

  constructor(
    place: Place,
    state: ShellState,
    files: WrittenFiles,
    remote: boolean,
    ran: readonly SimpleCommand[],
  ) {
    this.#place = place;
    this.#state = state;
    this.#files = files;
    this.#remote = remote;
    this.#ran = ran;
  }

  path(text: string): string {
    const path = absolutePath(text, this.#state.cwd, this.#place);
    const through = this.#files.through(text.endsWith('/') ? `${path}/` : path);
    return through === path ? path : absolutePath(through, '/', this.#place);
  }

  isStrangers(text: string): boolean {
    const path = this.path(text);
    const at = this.#locus(path);
    if (at !== 'temp' && at !== 'elsewhere' && !(at === 'device' && !isHarmlessDevice(path))) return false;
    if (path.includes(MADE_HERE)) return false;
    if ((this.#place.made?.(path) ?? null) !== null) return false;
    return this.#files.get(path) === undefined && !this.#files.hasBelow(path);
  }

  reads(text: string): Stream {
    const path = this.path(text);
    if (path === '/dev/null') return DEVOID;
    if (isHarmlessDevice(path))
      return {
        text: null,
        taint: ENDLESS.test(path) ? TAINT.endless : TAINT.none,
      };
    this.effect({ kind: 'read', path: shown(path), at: this.#locus(path) });
    if (/^\/dev\/(?:sd|nvme|vd|xvd|hd|mmcblk|dm-|mapper\/|disk|rdisk|md)/.test(path))
      this.concern('secret', `reads the whole disk ${shown(path)}`);
    const written = this.#files.get(path);
    let taint = written?.taint ?? TAINT.none;
    if (isSecretPath(path, this.#place)) {
      this.concern('secret', `reads ${this.#named(path)}`);
      taint |= TAINT.secret;
    }
    const here = this.#here(path);
    if (here !== null && isSecretPath(here, this.#place)) {
      this.concern('secret', `reads ${this.#named(here)}`);
      taint |= TAINT.secret;
    }
    const instead = this.#instead(text);
    if (instead !== null && isSecretPath(instead, this.#place) && !isSecretPath(path, this.#place))
      this.concern('secret', `reads ${this.#named(instead)} if the folder before it is not there`);
    if (path.startsWith('/dev/tcp/') || path.startsWith('/dev/udp/')) {
      this.network(path.split('/')[3] ?? '', 'connect');
      this.concern('remote_shell', 'reads from a network connection of the shell');
      taint |= TAINT.remote;
    }
    this.taint |= taint;
    return { text: written?.text ?? null, taint };
  }

  looks(text: string): void {
    const path = this.path(text);
    // What counts its lines can be asked until every letter is known: not for keys.
    if (!/(?:^|\/)\.env[\w.-]*$/.test(path)) this.reads(text);
    else this.effect({ kind: 'read', path: shown(path), at: this.#locus(path) });
  }

  writes(text: string, options: { content?: Stream; adds?: boolean; empties?: boolean } = {}): void {
    const path = this.path(text);
    if (isHarmlessDevice(path)) return;
    const content = options.content ?? { text: null, taint: TAINT.none };
    if (path.startsWith('/dev/tcp/') || path.startsWith('/dev/udp/')) {
      this.network(path.split('/')[3] ?? '', 'send');
      this.concern('remote_shell', 'writes to a network connection of the shell');
      return;
    }
    const at = this.#locus(path);
    const isFetched = (content.taint & (TAINT.remote | TAINT.decoded)) !== 0;
    this.effect({ kind: 'write', path: shown(path), at, ...(isFetched ? { fetched: true as const } : {}) });
    this.#files.put(path, content, options.adds === true);
    if ((content.taint & TAINT.endless) !== 0)
      this.concern('system', `writes into ${this.#named(path)} until the disk is full`);
    if (at === 'device') this.concern('destroys', `writes to the device ${shown(path)}`);
    this.#marks(path, 'changes');
    const instead = this.#instead(text);
    if (instead !== null) this.#marks(instead, 'changes');
    if (at === 'system') this.concern('system', `changes ${this.#named(path)}`);
    else if (at === 'home' || at === 'elsewhere' || at === 'unknown')
      this.concern('outside_write', `writes ${this.#named(path)}`);
    if (
      options.empties === true &&
      at !== 'temp' &&
      !(at === 'workspace' && path.endsWith('.log') && isMadeAnew(path, this.#place))
    )
      this.concern('destroys', `empties ${this.#named(path)}`);
  }

  /**
   * Whether what runs reads a file at the same time: in this command, or in one before it in the pipe.
   *
   * @param from index of the first command that belongs to this one
   * @param written the path as it is written; @param source the command as it is written
   */
  isRead(text: string, from = this.#ran.length, written = '', source = ''): boolean {
    const path = this.path(text);
    if (isHarmlessDevice(path)) return false;
    const { piped } = this.#state;
    const name = shown(path);
    const reads = (effects: readonly Effect[]) =>
      effects.some(
        (one) =>
          (one.kind === 'read' && one.path === name) ||
          (one.kind === 'run' && one.file === name && one.file.startsWith('/')),
      );
    const ran = (list: readonly SimpleCommand[]) =>
      list.some(({ effects, shape }) => !KEEPS_ITS_OWN.test(shape.program) && reads(effects));
    const own = (!KEEPS_ITS_OWN.test(source) && reads(this.effects)) || ran(this.#ran.slice(from));
    const before = piped !== null && ran(this.#ran.slice(piped.from, piped.to));
    if (!path.includes(HOLE)) return own || before;
    // What is not known is the same where it is written alike.
    const names = (all: string) => ` ${all.replace(/\s+/g, ' ')} `.includes(` ${written} `);
    return /\$\{?\w+\}?/.test(written) && ((own && names(source)) || (before && names(piped.text)));
  }

  loses(text: string): void {
    const path = this.path(text);
    const at = this.#locus(path);
    if (at === 'temp' || (at === 'workspace' && isMadeAnew(path, this.#place))) return;
    this.concern('destroys', `empties ${this.#named(path)} before it is read`);
  }

  /** What a change of a path means beyond its place. */
  #marks(path: string, verb: string): void {
    if (isAgentPath(path, this.#place)) this.concern('agent_config', `${verb} ${this.#named(path)}`);
    if (isLaterPath(path, this.#place)) this.concern('persistence', `${verb} ${this.#named(path)}`);
  }

  deletes(text: string, options: { recursive: boolean; many?: boolean; made?: boolean }): void {
    const path = this.path(text);
    const at = this.#locus(path);
    this.effect({ kind: 'delete', path: shown(path), at });
    this.#marks(path, 'deletes');
    if (this.#loses(path, options)) {
      this.concern('destroys', `deletes ${this.#named(path)}`);
      if (at === 'home' || at === 'elsewhere' || at === 'system')
        this.concern('outside_write', `deletes ${this.#named(path)}, which is outside of the project`);
    }
    const instead = this.#instead(text);
    if (instead !== null && (hasGlob(text) || options.recursive)) {
      if (!this.#loses(path, options) && this.#loses(instead, options))
        this.concern('destroys', `deletes ${this.#named(instead)} if the folder before it is not there`);
    }
  }

  /** Where a path of which not even the beginning is known leads when it is relative; null for any other. */
  #here(path: string): string | null {
    const { cwd } = this.#state;
    return path.startsWith(HOLE) && !hasHole(cwd) ? `${cwd}/${path}` : null;
  }

  /** Where a relative path leads when the last change of folder failed; null where that cannot be. */
  #instead(text: string): string | null {
    const other = this.#state.otherCwd;
    return other === null || /^[/\ue007]/.test(text) ? null : absolutePath(text, other, this.#place);
  }

  /** Whether a deletion takes something that nothing makes anew. */
  #loses(
    path: string,
    { recursive, many, made }: { recursive: boolean; many?: boolean; made?: boolean },
  ): boolean {
    const at = this.#locus(path);
    const first = path.split('/').find((part) => part !== '') ?? '';
    if (at === 'temp') return isTempRoot(path) || first.includes(HOLE);
    if (at === 'home' && CACHED.test(path.slice(this.#place.home.length))) return false;
    if (at !== 'workspace') return !isHarmlessDevice(path);
    if (
      path === this.#place.workspace ||
      /(?:^|\/)\.git(?:\/|$)/.test(path.slice(this.#place.workspace.length))
    )
      return true;
    if (made === true || isMadeAnew(path, this.#place)) return false;
    if (isBuilt(path, { files: this.#files, place: this.#place })) return false;
    if (isSecretPath(path, this.#place)) return true;
    return recursive || many === true || (hasGlob(path) && !isNarrow(path)) || path.includes(HOLE);
  }

  network(url: string, how: 'fetch' | 'send' | 'connect' | 'listen', options: { taint?: Taint } = {}): void {
    const { host, class: kind } = hostOf(url);
    this.effect({ kind: 'network', host, class: kind, how });
    const taint = options.taint ?? TAINT.none;
    const name = host ?? 'a host that is not known';
    if (kind === 'metadata') this.concern('metadata', `talks to the machine's metadata address ${name}`);
    if (how === 'fetch' || how === 'connect') this.taint |= TAINT.remote;
    if (kind === 'own') return;
    if ((taint & TAINT.secret) !== 0) this.concern('sends', `sends what it read of secrets to ${name}`);
    else if ((taint & TAINT.token) !== 0 && !isMadeFor(this.#state.tokens, host))
      this.concern('sends', `sends the value of ${[...this.#state.tokens].join(', ')} to ${name}`);
    else if (holdsSecret(url)) this.concern('sends', `puts a secret into the address of ${name}`);
    else if (kind === 'public' && (carriesData(url) || isNamedData(host ?? '')))
      this.concern('sends', `puts what looks like data into the address of ${name}`);
    else if (isDrop(url, host)) this.concern('sends', `talks to ${name}, which takes in data from anywhere`);
    else if ((taint & TAINT.local) !== 0)
      this.concern('sends', `puts what a program printed into a request to ${name}`);
    else if (how === 'send') this.concern('sends', `sends data to ${name}`);
  }

  runsFile(text: string, by: string): void {
    const path = this.path(text);
    const at = this.#locus(path);
    const written = this.#files.get(path);
    const taint = written?.taint ?? TAINT.none;
    const what = (taint & TAINT.remote) !== 0 ? 'remote_code' : 'workspace_code';
    this.effect({ kind: 'run', what, file: path.includes(HOLE) ? null : shown(path) });
    if ((taint & TAINT.remote) !== 0)
      this.concern('remote_code', `runs ${this.#named(path)}, which it fetched`);
    else if ((taint & TAINT.decoded) !== 0)
      this.concern('remote_code', `runs ${this.#named(path)}, which it decoded`);
    else if ((taint & TAINT.mixed) !== 0)
      this.opaque(`what ${this.#named(path)} holds when it runs is not known`);
    else if (written === undefined && this.#place.made?.(path) === 'fetched')
      this.concern('remote_code', `runs ${this.#named(path)}, which an earlier call fetched`);
    else if (
      written === undefined &&
      (at !== 'temp' || this.isStrangers(text)) &&
      isStrange(path, this.#place.workspace, this.#place.home)
    )
      this.concern('outside_code', `${by} runs ${this.#named(path)}, of which nothing is known`);
    else if (at === 'unknown' && path === HOLE) this.opaque(`which file ${by} runs is not known`);
    else if (path.startsWith('/dev/fd/') || path === '/dev/stdin' || path.startsWith('/proc/self/fd'))
      this.opaque(`${by} runs what it is handed`);
  }

  effect(effect: Effect): void {
    if (this.effects.length < MOST) this.effects.push(effect);
  }

  concern(code: ConcernCode, says: string): void {
    if (this.concerns.some((one) => one.code === code && one.says === says)) return;
    if (this.concerns.length < MOST) this.concerns.push({ code, says });
  }

  opaque(why: string): void {
    this.concern('opaque', why);
  }

  #locus(path: string) {
    const at = locusOf(path, this.#place);
    return this.#remote && at !== 'device' && at !== 'temp' ? 'elsewhere' : at;
  }

  /** A path in the words of the card. */
  #named(path: string): string {
    const { workspace, home } = this.#place;
    const full = shown(path);
    if (isWithin(path, workspace))
      return path === workspace ? 'the whole project' : full.slice(workspace.length + 1);
    if (path === home) return 'the home folder';
    return isWithin(path, home) ? `~${full.slice(home.length)}` : full;
  }
}
