/** What is known of each program, by its name. */
import type { Program } from '../shell/call.ts';
import type { ProgramFinder } from '../shell/session.ts';
import { agentPrograms } from './agents.ts';
import { archivePrograms } from './archives.ts';
import { containerPrograms } from './containers.ts';
import { decoderPrograms } from './decoders.ts';
import { embeddedPrograms } from './embedded-databases.ts';
import { filePrograms } from './files.ts';
import { findPrograms } from './find.ts';
import { fleetPrograms } from './fleets.ts';
import { NAMES_WITH_ROWS, withRows } from './further-rows.ts';
import { gitPrograms } from './git.ts';
import { httpPrograms } from './http.ts';
import { interpreterPrograms } from './interpreters.ts';
import { networkPrograms } from './network.ts';
import { otherVcsPrograms } from './other-vcs.ts';
import { packagePrograms } from './packages.ts';
import { readerPrograms } from './readers.ts';
import { remotePrograms } from './remote.ts';
import { servicePrograms } from './services.ts';
import { NAMES_WITH_SETTINGS, withShellSettings } from './shell-settings.ts';
import { TAKES_PACKAGES, withSources } from './sources.ts';
import { sqlPrograms } from './sql.ts';
import { systemPrograms } from './system.ts';
import { terminalPrograms } from './terminals.ts';
import { textPrograms } from './text-tools.ts';
import { unknown } from './unknown.ts';
import { besideUnknown } from './verb-behind-unknown.ts';
import { wrapperPrograms } from './wrappers.ts';

const known = new Map<string, Program>([
  ...packagePrograms,
  ...servicePrograms,
  ...systemPrograms,
  ...readerPrograms,
  ...decoderPrograms,
  ...filePrograms,
  ...findPrograms,
  ...gitPrograms,
  ...httpPrograms,
  ...networkPrograms,
  ...remotePrograms,
  ...fleetPrograms,
  ...archivePrograms,
  ...containerPrograms,
  ...sqlPrograms,
  ...embeddedPrograms,
  ...textPrograms,
  ...terminalPrograms,
  ...interpreterPrograms,
  ...agentPrograms,
  ...otherVcsPrograms,
]);
for (const [name, make] of wrapperPrograms) known.set(name, make(known.get(name) ?? null));

for (const name of TAKES_PACKAGES)
  known.set(name, withSources(known.get(name) ?? ((call) => strangerProgram(call))));
for (const name of NAMES_WITH_ROWS)
  known.set(name, withRows(name, known.get(name) ?? ((call) => strangerProgram(call))));
const verbsFirst = [servicePrograms, containerPrograms, fleetPrograms, packagePrograms];
for (const name of [...verbsFirst.flatMap((programs) => [...programs.keys()]), 'redis-cli'])
  known.set(name, besideUnknown(known.get(name) ?? ((call) => strangerProgram(call))));
for (const name of NAMES_WITH_SETTINGS)
  known.set(name, withShellSettings(name, known.get(name) ?? ((call) => strangerProgram(call))));

/** Programs whose name among the words of a stranger is taken for a command that it runs. */
const RUN_BY_OTHERS: ReadonlySet<string> = new Set([
  ...filePrograms.keys(),
  ...interpreterPrograms.keys(),
  ...gitPrograms.keys(),
  ...systemPrograms.keys(),
  ...httpPrograms.keys(),
  ...networkPrograms.keys(),
  'find',
  'sudo',
  'xargs',
  'env',
]);

/** A program that nothing is known of: its words are read. */
export const strangerProgram: Program = unknown((name) => RUN_BY_OTHERS.has(name));

/** A program by its name; null when nothing is known of it. */
export const knownProgram: ProgramFinder = (name) => known.get(name) ?? known.get(familyOf(name)) ?? null;

/** `mkfs.ext4` is `mkfs`, `python3.14` is `python`, and a service's script is the service's program. */
function familyOf(name: string): string {
  const script = /^(.+)\.(?:sh|bat|cmd)$/.exec(name)?.[1];
  if (script !== undefined && servicePrograms.has(script)) return script;
  if (/^(?:mkfs|fsck)\./.test(name)) return name.slice(0, 4);
  if (/^(?:kafka|zookeeper|connect)-[\w-]+\.sh$/.test(name)) return name.slice(0, -3);
  const versioned = /^(python|pypy|pip|perl|ruby|node|gcc|g\+\+|clang|php|lua|java)-?\d+(?:\.\d+)*$/.exec(
    name,
  );
  return versioned?.[1] ?? name;
}
