/**
 * What of native/ was built at install, and where the programs lie.
 *
 * Reads native/build/PLATFORM/status.json, but believes only what is there: a program that is said to be built
 * and is missing counts as not built.
 */
import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export interface NativeStatus {
  /** For example `linux-x64`. */
  readonly platform: string;
  /** The native hook client is there. Without it hooks run through the relay, under the same rules. */
  readonly client: boolean;
  /** Why there is no native client, in a few words; null when there is one. */
  readonly clientReason: string | null;
  /** Absolute path of the native client; null without one. */
  readonly clientPath: string | null;
  /** `static` needs nothing of the system it runs on; null without a client. */
  readonly linking: 'static' | 'dynamic' | null;
  /** Absolute path of the Node relay that stands in. */
  readonly relayPath: string;
  /** The peer-identity addon is there: requests can be tied to processes. */
  readonly addon: boolean;
  readonly addonReason: string | null;
  /** Absolute path of the sandbox launcher, without links; null where there is none. */
  readonly launcherPath: string | null;
  readonly launcherReason: string | null;
  /** Absolute path of the worker of governed tools, without links; null where there is none. */
  readonly workerPath: string | null;
}

const outcome = z.object({
  built: z.boolean(),
  reason: z.string().nullable(),
  linking: z.enum(['static', 'dynamic']).nullable(),
});
const statusFile = z.object({
  version: z.literal(1),
  client: outcome,
  addon: outcome,
  launcher: outcome.optional(),
});

const NOT_BUILT = 'it was not built at install';
const MAX_UP = 6;

/**
 * What is built in the installation at `root`, the folder that holds native/. Never throws.
 *
 * @param root  left out: the installation that this module belongs to
 */
export function readNativeStatus(root: string | null = findRoot()): NativeStatus {
  const platform = `${process.platform}-${process.arch}`;
  const base = root ?? '/';
  const folder = join(base, 'native', 'build', platform);
  const told = readStatusFile(join(folder, 'status.json'));
  const clientPath = join(folder, 'gatehouse');
  const client = isExecutable(clientPath);
  const addon = existsSync(join(folder, 'peer.node'));
  const launcher = join(folder, 'gatehouse-sandbox');
  const launches = isExecutable(launcher);
  const worker = join(folder, 'gatehouse-worker');
  return {
    platform,
    client,
    clientReason: client ? null : (told?.client.reason ?? NOT_BUILT),
    clientPath: client ? clientPath : null,
    linking: client ? (told?.client.linking ?? null) : null,
    relayPath: join(base, 'native', 'client', 'relay.mjs'),
    addon,
    addonReason: addon ? null : (told?.addon.reason ?? NOT_BUILT),
    launcherPath: launches ? realpathSync(launcher) : null,
    launcherReason: launches ? null : (told?.launcher?.reason ?? NOT_BUILT),
    workerPath: isExecutable(worker) ? realpathSync(worker) : null,
  };
}

/** The folder of this platform's native programs, or null when this module belongs to no installation. */
export function nativeBuildFolder(): string | null {
  const root = findRoot();
  return root === null ? null : join(root, 'native', 'build', `${process.platform}-${process.arch}`);
}

/**
 * Upwards from this module: it lies in main/platform/ as source, in dist/main/ or dist/main/chunks/ when built. In a
 * packed app native/ lies beside the archive, and holds what was built and nothing else.
 */
function findRoot(): string | null {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let step = 0; step < MAX_UP; step++) {
    const native = join(folder, 'native');
    if (existsSync(join(native, 'client', 'relay.mjs')) || existsSync(join(native, 'build'))) return folder;
    folder = dirname(folder);
  }
  return null;
}

function readStatusFile(file: string): z.infer<typeof statusFile> | null {
  try {
    return statusFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
