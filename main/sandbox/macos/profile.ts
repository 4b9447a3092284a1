/** From what a sandbox is to see, change and reach to a Seatbelt profile: text without a path, and its parameters. */
import type { Level } from '../launch-plan.ts';
import { SYSTEM_FILES, SYSTEM_FOLDERS, SYSTEM_WAYS } from './places.ts';
import { type AllowRule, all, type Filter, not, profileText, text } from './sbpl.ts';
import { systemRules } from './system-rules.ts';

/** A path as the kernel spells it: absolute, without links, in the letters that the disk has. */
export interface Place {
  readonly path: string;
  /** A folder is meant with all that is in it. */
  readonly folder: boolean;
}

export interface WritablePlace extends Place {
  /** In it, and read-only. */
  readonly kept: readonly Place[];
  /** Folders in it that stay where they are, with their name: something kept is deeper in them. */
  readonly pinned: readonly string[];
  /** Regular expressions of paths in it that are not written, whether they are there or not. */
  readonly names: readonly string[];
  /** The same, but for what the second expression of each matches: names that are written in one spelling only. */
  readonly misspelt: readonly { readonly folded: string; readonly exact: string }[];
}

export interface MacosPolicy {
  readonly level: Level;
  /** The name of a service that nobody has, for this sandbox alone: who may look it up is in it. */
  readonly mark: string;
  readonly reads: readonly Place[];
  readonly writes: readonly WritablePlace[];
  /** Folders and links on the way to what is shown: told is that they are there. */
  readonly ways: readonly string[];
  /** Ports of this computer's loopback that may be connected to, and nothing else; `open` is all of the network. */
  readonly network: readonly number[] | 'open';
  /** The socket of the agent door; null where nothing answers there. */
  readonly door: string | null;
  /** Folders in which programs of the sandbox may have Unix sockets among themselves: only they can write there. */
  readonly sockets: readonly string[];
}

export interface MacosProfile {
  readonly text: string;
  /** Values for the text's `(param …)`, by name. */
  readonly params: ReadonlyMap<string, string>;
}

/**
 * What may happen to a file of a writable place. Not among them: setuid bits, mounts, flags (`chflags uchg`), owners and
 * access lists. A hard link needs `file-link` for the file, and `file-write-create` for its new name.
 */
const WRITES = [
  'file-write-create',
  'file-write-data',
  'file-write-unlink',
  'file-write-mode',
  'file-write-times',
  'file-write-xattr',
  'file-link',
];
const READS = ['file-read*', 'file-test-existence', 'file-map-executable'];

/** Names for values, in the order in which they are first asked for. */
class Params {
  readonly values = new Map<string, string>();
  readonly #names = new Map<string, string>();

  of(kind: string, value: string): { readonly param: string } {
    const key = `${kind} ${value}`;
    let name = this.#names.get(key);
    if (name === undefined) {
      name = `${kind}_${[...this.values.keys()].filter((one) => one.startsWith(`${kind}_`)).length}`;
      this.#names.set(key, name);
      this.values.set(name, value);
    }
    return { param: name };
  }

  set(name: string, value: string): { readonly param: string } {
    this.values.set(name, value);
    return { param: name };
  }
}

/** The profile. Pure. The parameter `MARK` is read by the launcher too. */
export function macosProfile(policy: MacosPolicy): MacosProfile {
  const params = new Params();
  const at = (kind: string, { path, folder }: Place): Filter => [
    folder ? 'subpath' : 'literal',
    params.of(kind, path),
  ];
  const writes = policy.writes.map((place) => writeFilter(place, params));
  const shown = [
    ...SYSTEM_FOLDERS.map((path): Filter => ['subpath', text(path)]),
    ...policy.reads.map((place) => at('READ', place)),
    ...policy.writes.map((place) => at('WRITE', place)),
  ];
  const rules: AllowRule[] = [
    {
      why: 'What is seen is on this list. The project and what is writable is seen whole.',
      operations: READS,
      filters: [...SYSTEM_FILES.map((path): Filter => ['literal', text(path)]), ...shown],
    },
    {
      why: 'On the way there: that it is there, not what is in it.',
      operations: ['file-read-metadata', 'file-test-existence'],
      filters: [
        ...SYSTEM_WAYS.map((path): Filter => ['literal', text(path)]),
        ...policy.ways.map((path): Filter => ['literal', params.of('WAY', path)]),
      ],
    },
    {
      why: 'Programs of what is seen. A setuid program is refused by the kernel in any sandbox.',
      operations: ['process-exec*'],
      filters: shown,
    },
    {
      why: 'Written is what is writable, but for what is kept in it.',
      operations: WRITES,
      filters: writes,
    },
    ...systemRules(policy.level),
    {
      why: 'How the kernel is asked which processes are of this sandbox: nothing answers at this name.',
      operations: ['mach-lookup'],
      filters: [['global-name', params.set('MARK', policy.mark)]],
    },
    ...networkRules(policy, params),
  ];
  return { text: profileText(rules), params: params.values };
}

/** The place without itself (it is neither moved nor removed), without what is kept, pinned or named. */
function writeFilter(place: WritablePlace, params: Params): Filter {
  const root = params.of('WRITE', place.path);
  if (!place.folder) return ['literal', root];
  return all([
    ['subpath', root],
    not(['literal', root]),
    ...place.kept.map(({ path, folder }) => not([folder ? 'subpath' : 'literal', params.of('KEEP', path)])),
    ...place.pinned.map((path) => not(['literal', params.of('PIN', path)])),
    ...place.names.map((pattern) => not(['regex', params.of('NAME', pattern)])),
    ...place.misspelt.map(({ folded, exact }) =>
      not(all([['regex', params.of('SPELT', folded)], not(['regex', params.of('EXACT', exact)])])),
    ),
  ]);
}

function networkRules({ network, door, sockets }: MacosPolicy, params: Params): readonly AllowRule[] {
  const out: Filter[] = door === null ? [] : [unixAt('remote', ['path-literal', params.of('DOOR', door)])];
  const rules: AllowRule[] = [];
  if (network === 'open') {
    out.push(['remote', 'ip', text('*:*')]);
    out.push(unixAt('remote', ['path-literal', text('/private/var/run/mDNSResponder')]));
    rules.push({
      why: 'The network of this computer, as the policy says.',
      operations: ['network-bind', 'network-inbound'],
      filters: [['local', 'ip', text('*:*')]],
    });
  } else for (const port of network) out.push(['remote', 'ip', text(`localhost:${port}`)]);
  if (sockets.length > 0)
    rules.push({
      why: 'Sockets of programs of this sandbox among themselves.',
      operations: ['network-bind', 'network-inbound'],
      filters: sockets.map((path) => unixAt('local', ['subpath', params.of('WRITE', path)])),
    });
  if (sockets.length > 0 || door !== null || network === 'open')
    rules.push({
      why: 'Unix sockets are made; where they lead is said below.',
      operations: ['system-socket'],
      filters: [['socket-domain', 'AF_UNIX']],
    });
  return [
    ...rules,
    {
      why: 'What is reached.',
      operations: ['network-outbound'],
      filters: [...out, ...sockets.map((path) => unixAt('remote', ['subpath', params.of('WRITE', path)]))],
    },
  ];
}

function unixAt(end: 'local' | 'remote', path: Filter): Filter {
  return [end, 'unix-socket', path];
}
