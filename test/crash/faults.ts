/** A disk that fails under the supervisor: input/output errors and a read-only file system by a shim, a full tmpfs. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../support/built.ts';

export const FAULTS = ['EIO', 'EROFS', 'ENOSPC'] as const;
export type FaultName = (typeof FAULTS)[number];

export interface Fault {
  /** For the supervisor's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Before the first start. @param data the data folder */
  prepare(data: string): void;
  fail(): void;
  mend(): void;
  end(): void;
}

/** @param folder for its own files */
export function faultOf(name: FaultName, folder: string): Fault {
  return name === 'ENOSPC' ? fullDisk() : shim(name, folder);
}

/** Writes and syncs below the data folder fail with this errno. */
function shim(name: 'EIO' | 'EROFS', folder: string): Fault {
  const library = join(folder, 'failing-disk.so');
  const control = join(folder, 'fault');
  execFileSync('gcc', [
    ...['-shared', '-fPIC', '-O1', '-o', library],
    ...[join(projectRoot, 'test', 'support', 'failing-disk.c'), '-ldl'],
  ]);
  writeFileSync(control, Buffer.alloc(4096));
  const set = (value: number) => {
    // In place: whoever has it mapped sees the byte.
    const handle = openSync(control, 'r+');
    writeSync(handle, Buffer.from([value]), 0, 1, 0);
    closeSync(handle);
  };
  const env: NodeJS.ProcessEnv = { LD_PRELOAD: library, GH_FAULT: control };
  return {
    env,
    prepare: (data) => {
      env['GH_FAULT_ROOT'] = data;
    },
    fail: () => set(constants.errno[name]),
    mend: () => set(0),
    end: () => undefined,
  };
}

/** The data folder is a tmpfs of fixed size that is filled to its last byte. Needs a mount namespace of our own. */
function fullDisk(): Fault {
  let data = '';
  const filler = () => join(data, 'filler');
  return {
    env: {},
    prepare: (folder) => {
      data = folder;
      mkdirSync(data, { recursive: true, mode: 0o700 });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m,mode=700', 'none', data]);
    },
    fail: () => {
      const handle = openSync(filler(), 'a');
      try {
        for (const size of [1 << 20, 4096])
          for (const block = Buffer.alloc(size, 'x'); writeSync(handle, block) === size; );
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(handle);
      }
    },
    mend: () => rmSync(filler(), { force: true }),
    end: () => execFileSync('umount', ['-l', data]),
  };
}
