/**
 * Ways of calling programs for disks that change nothing: they print, or only say what they would do.
 *
 * What is not known here is taken for a change: an option that looks like a dry run may be the value of the one before
 * it, or a name (`mkfs.vfat -n` labels).
 */
import type { Call } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { hasHole, hasMarks } from '../shell/text.ts';

interface DryRun {
  readonly letter: string;
  readonly long: readonly string[];
  /** Letters that take no value. */
  readonly plain: string;
  /** Long options that take none. */
  readonly plainLong?: readonly string[];
}

interface Listing {
  /** One of them must be there. */
  readonly asks: readonly string[];
  /** Nothing else may be there. */
  readonly with?: readonly string[];
  readonly values?: string;
  readonly long?: readonly string[];
}

const LVM: DryRun = {
  letter: 't',
  long: ['--test'],
  plain: 'yfvq',
  plainLong: ['--yes', '--force', '--verbose', '--quiet', '--removemissing', '--resizefs'],
};
const EXT: DryRun = { letter: 'n', long: [], plain: 'qFv' };

const DRY_RUNS: Readonly<Record<string, DryRun>> = {
  mke2fs: EXT,
  'mkfs.ext2': EXT,
  'mkfs.ext3': EXT,
  'mkfs.ext4': EXT,
  'mkfs.xfs': { letter: 'N', long: [], plain: 'fqK' },
  'mkfs.ntfs': { letter: 'n', long: ['--no-action'], plain: 'QfqvI' },
  wipefs: {
    letter: 'n',
    long: ['--no-act'],
    plain: 'afqipJ',
    plainLong: ['--all', '--force', '--quiet', '--parsable', '--json'],
  },
  sfdisk: { letter: 'n', long: ['--no-act'], plain: 'fqw', plainLong: ['--force', '--quiet'] },
  sgdisk: { letter: 'P', long: ['--pretend'], plain: 'oZzGgs' },
  lvremove: LVM,
  vgremove: LVM,
  pvremove: LVM,
  lvreduce: LVM,
  lvresize: LVM,
  vgreduce: LVM,
  lvconvert: LVM,
};

const LISTINGS: Readonly<Record<string, Listing>> = {
  fdisk: { asks: ['l', 'list'], with: ['o', 'output', 'u', 'bytes'], values: 'o', long: ['output'] },
  sfdisk: {
    asks: ['l', 'list', 'd', 'dump', 'J', 'json', 'F', 'list-free', 'V', 'verify', 's', 'show-size', 'T'],
    with: ['q', 'quiet', 'o', 'output'],
    values: 'o',
    long: ['output'],
  },
  gdisk: { asks: ['l'] },
  sgdisk: {
    asks: ['p', 'print', 'i', 'info', 'v', 'verify', 'b', 'backup', 'L', 'list-types', 'E', 'F', 'O', 'D'],
    values: 'ib',
    long: ['info', 'backup'],
  },
  // Without being told to erase it lists.
  wipefs: {
    asks: [],
    with: ['i', 'noheadings', 'p', 'parsable', 'J', 'json', 'O', 'output', 't', 'types', 'q', 'quiet'],
    values: 'Ot',
    long: ['output', 'types'],
  },
  tune2fs: { asks: ['l'] },
  resize2fs: { asks: ['P'] },
  hdparm: { asks: ['i', 'I', 'g', 't', 'T', 'C', 'H'], with: ['q'] },
};

/** Whether a call of a program for disks leaves them as they are. */
export function onlyLooks(call: Call): boolean {
  const { name, args } = call;
  // What is put in without quotes may be any number of options, but for the end of a path.
  if (
    args.some(({ text, quoted }) => hasHole(text) && !(quoted && text[0] !== '-') && !/\/.*\ue000/.test(text))
  )
    return false;
  if (name === 'zfs') return args[0]?.text === 'destroy' && isDryDestroy(call);
  if (name === 'parted') return prints(call);
  if (name === 'dmsetup')
    return (
      /^(?:ls|info|status|table|deps|version|targets)$/.test(args[0]?.text ?? '') &&
      !args.some(({ text }) => text.startsWith('--show'))
    );
  const dry = name === 'mkfs' ? ofKind(call) : own(DRY_RUNS, name);
  if (dry !== undefined && isDry(call, dry)) return true;
  const listing = own(LISTINGS, name);
  return listing !== undefined && lists(call, listing);
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** `mkfs -t ext4` hands its options on. */
function ofKind({ args }: Call): DryRun | undefined {
  const at = args.findIndex(({ text }) => text === '-t' || text === '--type');
  return at === 0 && /^ext[234]$/.test(args[1]?.text ?? '') ? EXT : undefined;
}

/** The option is there, and cannot be the value of another. */
function isDry({ args }: Call, { letter, long, plain, plainLong = [] }: DryRun): boolean {
  const isCluster = (text: string, letters: string) =>
    text.length > 1 && text[0] === '-' && [...text.slice(1)].every((one) => letters.includes(one));
  const end = args.findIndex(({ text }) => text === '--');
  // A setting may take it back.
  if (args.some(({ text }) => /^--(?:conf|prof)/.test(text))) return false;
  return args.some(({ text }, at) => {
    const before = args[at - 1]?.text;
    return (
      (end < 0 || at < end) &&
      (long.includes(text) || (isCluster(text, plain + letter) && text.includes(letter))) &&
      (before === undefined ||
        !before.startsWith('-') ||
        isCluster(before, plain) ||
        plainLong.includes(before))
    );
  });
}

function lists(call: Call, { asks, with: others = [], values = '', long = [] }: Listing): boolean {
  const given = parseOptions(call.args, { values, long });
  const isAsked = asks.length === 0 || given.names.some((name) => asks.includes(name));
  if (!isAsked || !given.names.every((name) => asks.includes(name) || others.includes(name))) return false;
  if (call.name === 'sgdisk')
    for (const one of given.values('b', 'backup')) call.deed.writes(one.text, { adds: true });
  return true;
}

/** `zfs destroy -nv`: before the name of what would be destroyed. */
function isDryDestroy({ args }: Call): boolean {
  const options = args.slice(1).findIndex(({ text }) => !/^-[dfnpRrv]+$/.test(text));
  return args.slice(1, options < 0 ? args.length : options + 1).some(({ text }) => text.includes('n'));
}

/** `parted DEVICE unit s print`: all of its commands are known to print. */
function prints({ args }: Call): boolean {
  const words = args.map(({ text }) => text);
  if (words.some(hasMarks)) return false;
  let at = 0;
  let isList = false;
  for (; words[at]?.startsWith('-') === true; at += 1) {
    if (/^(?:-l|--list)$/.test(words[at] ?? '')) isList = true;
    else if (!/^(?:-[smj]+|--script|--machine|--json)$/.test(words[at] ?? '')) return false;
  }
  if (isList) return at === words.length;
  // Without a command it asks a person, or takes them from its input.
  if (words.length - at < 2) return false;
  const rest = words.slice(at + 1).join(' ');
  return /^(?:(?:print(?: (?:free|all|devices|list|\d+))?|unit \w+|align-check (?:min|minimal|opt|optimal) \d+|help|version|quit)(?: |$))+$/.test(
    rest,
  );
}
