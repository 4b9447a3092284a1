/** The launcher's part in a review: it reads and changes folders by descriptor, which Node cannot. */
import { spawn } from 'node:child_process';
import { GatehouseError } from '../../platform/errors.ts';
import { decodeBytes } from '../launch-plan.ts';
import { type ChangeList, encodeBytes, parseChanges } from './change.ts';

export interface Conflict {
  /** Byte string, from the project's root. */
  readonly path: string;
  readonly why: string;
}

/** How a list of changes went. `whole` of `failed`: everything is as it was. */
export type ChangeOutcome =
  | { readonly state: 'done' }
  | { readonly state: 'refused'; readonly conflicts: readonly Conflict[] }
  | {
      readonly state: 'failed';
      readonly why: string;
      readonly whole: boolean;
      readonly conflicts: readonly Conflict[];
    };

/** How much may be kept of a project. */
export interface KeepBounds {
  /** That are copied: what shares its blocks costs none. */
  readonly bytes: number;
  readonly entries: number;
  readonly milliseconds: number;
  /** Bytes of a file; larger ones are left out. */
  readonly largest: number;
  /** Folders that tools fill by themselves are left out. */
  readonly skips: boolean;
}

export interface Kept {
  readonly files: number;
  /** Bytes. */
  readonly copied: number;
  /** Files that share their blocks with the project's, or are what an earlier session's are. */
  readonly shared: number;
  readonly linked: number;
}

const KEEP_LIMITS: Readonly<Record<string, string>> = {
  bytes: 'it is too large',
  entries: 'it has too many files',
  time: 'it takes too long',
  depth: 'its folders are too deep',
  disk: 'the disk is full',
  store: 'it cannot be read, or there is no place to keep it',
};

/** At most so much of what it prints is kept: a million changes. */
const MOST_OUTPUT = 512 * 1024 * 1024;

export class ReviewProgram {
  readonly #words: readonly string[];

  /** @param words  what starts the launcher: its absolute path */
  constructor(...words: readonly string[]) {
    this.#words = words;
  }

  /** Tells the copy from the project. @param sinceMs  since 1970 @throws GatehouseError `not_compared` */
  async scan(upper: string, lower: string, sinceMs: number): Promise<{ bytes: Buffer; list: ChangeList }> {
    // The clock is read in whole milliseconds: what is of the same one is older.
    const since = `${Math.floor(sinceMs) + 1}000000`;
    const { code, stdout, stderr } = await this.#run(['scan', upper, lower, since], '');
    if (code !== 0)
      throw new GatehouseError('not_compared', `the copy cannot be compared with the project: ${stderr}`);
    return { bytes: stdout, list: await parseChanges(stdout.toString('latin1')) };
  }

  /**
   * Keeps what lies in a project, before a session changes it, in the folder `store`.
   *
   * @param base  the store of an earlier session of the same project: what did not change since is not copied again
   * @throws GatehouseError `not_kept`, with why: it is too much, or there is no room
   */
  async keep(root: string, store: string, base: string | null, bounds: KeepBounds): Promise<Kept> {
    const { bytes, entries, milliseconds, largest, skips } = bounds;
    const words = [bytes, entries, milliseconds, largest, skips ? 1 : 0].map(String);
    const { code, stdout, stderr } = await this.#run(['keep', root, store, base ?? '-', ...words], '');
    const lines = stdout.toString('latin1').split('\n');
    const limit = lines.find((line) => line.startsWith('limit '))?.slice('limit '.length);
    if (limit !== undefined)
      throw new GatehouseError('not_kept', KEEP_LIMITS[limit] ?? `it is too much: ${limit}`);
    const end = lines.find((line) => line.startsWith('end '));
    if (code !== 0 || end === undefined)
      throw new GatehouseError('not_kept', stderr === '' ? 'it was cut off' : stderr);
    const [files = 0, copied = 0, shared = 0, linked = 0] = end.split(' ').slice(1).map(Number);
    return { files, copied, shared, linked };
  }

  /** Tells a project from what was kept of it. @throws GatehouseError `not_compared` */
  async compare(root: string, store: string): Promise<{ bytes: Buffer; list: ChangeList }> {
    const { code, stdout, stderr } = await this.#run(['compare', root, store], '');
    if (code !== 0)
      throw new GatehouseError(
        'not_compared',
        `the project cannot be compared with what was kept: ${stderr}`,
      );
    return { bytes: stdout, list: await parseChanges(stdout.toString('latin1')) };
  }

  /** Carries out the text of changeText. @param mode  as in it */
  async change(text: string, mode: 'apply' | 'restore' = 'apply'): Promise<ChangeOutcome> {
    const { code, stdout, stderr } = await this.#run(['change'], text);
    const conflicts = stdout
      .toString('latin1')
      .split('\n')
      .filter((line) => line.startsWith('conflict '))
      .map((line) => {
        const [, path = '', why = ''] = line.split(' ');
        return { path: decodeBytes(path).toString('latin1'), why: decodeBytes(why).toString('utf8') };
      });
    if (code === 0) return { state: 'done' };
    if (code === 3) return { state: 'refused', conflicts };
    // An apply that ends with 125 had not begun.
    const whole = code === 4 || (code === 125 && mode === 'apply');
    return { state: 'failed', why: stderr === '' ? 'it was cut off' : stderr, whole, conflicts };
  }

  /** The first bytes of a regular file below `root`; null when there is none. `path` is a byte string. */
  async read(root: string, path: string, limit: number): Promise<Buffer | null> {
    const { code, stdout } = await this.#run(['read', root, encodeBytes(path), String(limit)], '');
    return code === 0 ? stdout : null;
  }

  /** Takes a folder away, whatever modes are in it. @throws GatehouseError `not_removed` */
  async remove(folder: string, name: string): Promise<void> {
    const { code, stderr } = await this.#run(['remove', folder, name], '');
    if (code !== 0) throw new GatehouseError('not_removed', `${folder}/${name} was not removed: ${stderr}`);
  }

  #run(
    words: readonly string[],
    input: string,
  ): Promise<{ readonly code: number | null; readonly stdout: Buffer; readonly stderr: string }> {
    return new Promise((resolve, reject) => {
      const [program = '', ...before] = this.#words;
      const child = spawn(program, [...before, 'review', ...words], {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {},
      });
      const out: Buffer[] = [];
      let size = 0;
      let stderr = '';
      child.stdout.on('data', (data: Buffer) => {
        size += data.length;
        if (size <= MOST_OUTPUT) out.push(data);
        else child.kill('SIGKILL');
      });
      child.stderr.on('data', (data: Buffer) => {
        if (stderr.length < 2000) stderr += data.toString('utf8');
      });
      child.stdin.on('error', () => undefined);
      child.on('error', (error) =>
        reject(new GatehouseError('no_launcher', `the launcher cannot be started: ${error.message}`)),
      );
      child.on('close', (code) => resolve({ code, stdout: Buffer.concat(out), stderr: stderr.trim() }));
      child.stdin.end(input, 'latin1');
    });
  }
}
