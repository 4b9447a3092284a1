/**
 * Connect and disconnect, first as a plan that a person sees, then carried out exactly as shown.
 *
 * A plan is bound to the bytes it was made from. Whatever happens in between, either the shown change is made
 * or none.
 */
import { lstat, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AgentPlan } from '../../../preload/contract/overview.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { type AgentAdapter, type EntryTarget, NOTHING_EMPTY } from './agent-adapter.ts';
import { type AgentContext, tilde } from './agent-context.ts';
import { codeOf, makeFolders, readRegularFile, writeFileWhole } from './atomic-file.ts';
import { installProgram, programBytes, programProblem, targetOf } from './installed-program.ts';
import {
  backupName,
  digestOf,
  type Journal,
  readBackup,
  readJournal,
  removeJournal,
  writeJournal,
} from './journal.ts';
import { lineDiff } from './line-diff.ts';
import { isBlank, type SettingsText } from './settings-text.ts';

export interface SettingsPlan {
  /** What the person sees. */
  readonly view: AgentPlan;
  readonly settings: SettingsText;
  /** The bytes to write; null when the file goes away or there is nothing to do. */
  readonly after: Buffer | null;
  readonly carryOut: () => Promise<void>;
}

/**
 * What Connect would do.
 *
 * @throws GatehouseError `bad_settings` when the file cannot be edited without guessing, `no_program`
 */
export async function planConnect(adapter: AgentAdapter, context: AgentContext): Promise<SettingsPlan> {
  const { agent, format } = adapter;
  const settings = await adapter.read(adapter.settingsFile(context));
  format.checkEditable(settings);
  checkWritable(settings);
  const program = await programBytes(context.source);
  const target = targetOf(context);
  const journal = await journalOrNull(adapter, context);
  await checkNotForeign(adapter, settings, target);
  await checkNotElsewhere(adapter, settings, target, journal);
  const base = baseOf(adapter, settings, target, journal);
  const { text, empty } = format.added(base.text, target, settings.file);
  const isThere = format.state(settings.text, target, settings.file).kind === 'exact';
  const programIsThere = (await programProblem(target.program, digestOf(program))) === null;
  const journalIsThere =
    journal !== null && journal.target === settings.target && journal.program.digest === digestOf(program);
  const done = isThere && programIsThere && journalIsThere;
  const after = Buffer.from(isThere ? settings.prefix + settings.text : settings.prefix + text);
  return {
    view: view(adapter, context, settings, 'connect', after.toString('utf8'), {
      done,
      extra: [digestOf(program), target.program, target.door],
      notes: [
        `Copies the hook program to ${tilde(target.program, context.home)}, readable and runnable only by you.`,
        `From then on every action of ${agent.name} waits for Gatehouse, and is blocked while Gatehouse does not run.`,
        `A copy of the file as it is now is kept in ${tilde(context.paths.backups, context.home)}; Disconnect puts it back.`,
        ...adapter.notes(context, settings),
        ...linkNotes(context, settings),
      ],
    }),
    settings,
    after,
    carryOut: async () => {
      const digest = await installProgram(target.program, program);
      const createdFolders = await makeFolders(dirname(settings.target), 0o700);
      const installed = { program: { path: target.program, digest }, door: target.door };
      if (isThere && journal !== null) {
        // The settings stay as they are, and so does the way back.
        await writeJournal(context.paths.backups, { ...journal, ...installed }, null);
        return;
      }
      const original = base.existed ? base.bytes : null;
      const before = original === null ? null : digestOf(original);
      const next: Journal = {
        v: 1,
        agent: agent.id,
        file: settings.file,
        target: settings.target,
        before,
        after: digestOf(after),
        backup: before === null ? null : backupName(agent.id, before),
        createdFolders: createdFolders.length > 0 ? createdFolders : (journal?.createdFolders ?? []),
        empty,
        ...installed,
      };
      await writeJournal(context.paths.backups, next, original);
      if (!isThere) await replace(settings, after);
    },
  };
}

/**
 * What Disconnect would do.
 *
 * The file as it was before Connect comes back to the byte when nobody changed it since; otherwise only our
 * entries are taken out and every other byte stays.
 */
export async function planDisconnect(adapter: AgentAdapter, context: AgentContext): Promise<SettingsPlan> {
  const { agent, format } = adapter;
  const journal = await journalOrNull(adapter, context);
  const settings = await adapter.read(journal?.file ?? adapter.settingsFile(context));
  const target: EntryTarget =
    journal === null ? targetOf(context) : { program: journal.program.path, door: journal.door };
  await checkNotForeign(adapter, settings, target);
  if (format.state(settings.text, target, settings.file).kind !== 'absent') checkWritable(settings);
  const after = await undone(adapter, context, settings, target, journal);
  const nowBytes = settings.found?.bytes ?? null;
  const changes = after === null ? nowBytes !== null : nowBytes === null || !after.equals(nowBytes);
  const done = !changes && journal === null;
  return {
    view: view(adapter, context, settings, 'disconnect', after?.toString('utf8') ?? '', {
      done,
      extra: [after === null ? 'removed' : digestOf(after)],
      notes: [
        `${agent.name} is then not supervised any more: its actions run without being asked or recorded.`,
        'Sessions that run just now may stay supervised until they are started again.',
        ...(adapter.disconnectNotes?.(settings, target) ?? []),
        ...(after === null && nowBytes !== null
          ? ['The file did not exist before Connect and is removed again.']
          : []),
      ],
    }),
    settings,
    after,
    carryOut: async () => {
      if (changes && after !== null) await replace(settings, after);
      if (changes && after === null) await removeSettings(settings, journal);
      // The program stays: sessions that run just now still start it until they have read the new settings.
      await removeJournal(context.paths.backups, agent.id);
    },
  };
}

/**
 * Carries out a plan.
 *
 * @throws GatehouseError `plan_changed` when the settings are not what the plan was made from; nothing is changed
 */
export async function applyPlan(plan: SettingsPlan): Promise<void> {
  if (plan.view.done) return;
  await requireUnchanged(plan.settings);
  await plan.carryOut();
}

/** The journal, or null when there is none or it cannot be understood: then entries are taken out one by one. */
async function journalOrNull({ agent }: AgentAdapter, context: AgentContext): Promise<Journal | null> {
  try {
    return await readJournal(context.paths.backups, agent.id);
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'bad_journal') return null;
    throw error;
  }
}

interface Base {
  /** The settings without our entries; empty when there is nothing. */
  readonly text: string;
  readonly bytes: Buffer;
  readonly existed: boolean;
}

/** The file as it would be without us: what an install starts from and what is kept for the way back. */
function baseOf(
  { format }: AgentAdapter,
  settings: SettingsText,
  target: EntryTarget,
  journal: Journal | null,
): Base {
  const bytes = settings.found?.bytes ?? Buffer.alloc(0);
  if (isBlank(settings.text)) return { text: '', bytes, existed: settings.found !== null };
  const empty = journal?.empty ?? NOTHING_EMPTY;
  const text = format.removed(settings.text, target, empty, settings.file);
  if (text === settings.text) return { text, bytes, existed: true };
  const wasMade = journal !== null && journal.before === null && format.isBare(text);
  return { text, bytes: Buffer.from(settings.prefix + text), existed: !wasMade };
}

/** The bytes that Disconnect leaves; null when the file is to go. */
async function undone(
  adapter: AgentAdapter,
  context: AgentContext,
  settings: SettingsText,
  target: EntryTarget,
  journal: Journal | null,
): Promise<Buffer | null> {
  const { found } = settings;
  if (found === null) return null;
  if (journal !== null && journal.target === settings.target && digestOf(found.bytes) === journal.after) {
    if (journal.before === null) return null;
    const backup = await readBackup(context.paths.backups, journal);
    if (backup !== null) return backup;
  }
  if (isBlank(settings.text)) return found.bytes;
  const base = baseOf(adapter, settings, target, journal);
  return base.existed ? base.bytes : null;
}

function linkNotes(context: AgentContext, settings: SettingsText): string[] {
  return settings.target === settings.file
    ? []
    : [`The file is a link; ${tilde(settings.target, context.home)} is changed.`];
}

function view(
  { agent }: AgentAdapter,
  context: AgentContext,
  settings: SettingsText,
  change: AgentPlan['change'],
  after: string,
  more: { done: boolean; extra: readonly string[]; notes: readonly string[] },
): AgentPlan {
  const before = settings.found?.bytes ?? null;
  const bound = [
    agent.id,
    change,
    settings.target,
    before === null ? null : digestOf(before),
    digestOf(Buffer.from(after)),
    ...more.extra,
  ];
  return {
    planId: digestOf(Buffer.from(canonicalJson(bound))),
    agent: agent.id,
    change,
    file: tilde(settings.file, context.home),
    diff: lineDiff(before?.toString('utf8') ?? '', after),
    notes: more.done ? ['Nothing to do: it is already so.'] : [...more.notes],
    done: more.done,
  };
}

/**
 * What another home's Gatehouse connected is that one's to undo: its PIN protects it, and ours says nothing of it.
 * What is left of one that is gone may be taken over.
 */
async function checkNotForeign(
  { agent, format }: AgentAdapter,
  settings: SettingsText,
  target: EntryTarget,
): Promise<void> {
  const foreign = format.foreign(settings.text, target);
  if (foreign === null || !(await isPresent(foreign.program))) return;
  throw new GatehouseError(
    'connected_elsewhere',
    `${agent.name} is connected to another Gatehouse, at ${foreign.door}`,
    {
      hint: `undo it there: gatehouse agents uninstall ${agent.id}, with the GATEHOUSE_HOME it was connected with`,
    },
  );
}

/** Whether anything is at a path; an answer that cannot be had counts as yes. */
async function isPresent(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR';
  }
}

/** One install at a time: a second one would forget how to undo the first. */
async function checkNotElsewhere(
  adapter: AgentAdapter,
  settings: SettingsText,
  target: EntryTarget,
  journal: Journal | null,
): Promise<void> {
  if (journal === null || journal.target === settings.target) return;
  const { agent, format } = adapter;
  const other = await adapter.read(journal.file).catch(() => null);
  if (other === null || format.state(other.text, target, other.file).kind === 'absent') return;
  throw new GatehouseError(
    'connected_elsewhere',
    `${agent.name} is connected through ${journal.file} already`,
    {
      hint: `disconnect it first: gatehouse agents uninstall ${agent.id}`,
    },
  );
}

/** A file without write permission was made so on purpose, and root's rights are no reason to ignore that. */
function checkWritable(settings: SettingsText): void {
  if (settings.found === null || (settings.found.mode & 0o222) !== 0) return;
  throw new GatehouseError('read_only_settings', `${settings.file} is read-only`, {
    hint: `nothing was changed; if you want it changed: chmod u+w ${settings.target}`,
  });
}

async function requireUnchanged(settings: SettingsText): Promise<void> {
  const now = await readRegularFile(settings.target, Number.MAX_SAFE_INTEGER);
  const before = settings.found;
  const same = now === null || before === null ? now === before : now.bytes.equals(before.bytes);
  if (same) return;
  throw new GatehouseError(
    'plan_changed',
    `${settings.file} was changed since the plan was shown; nothing was done`,
    {
      hint: 'look at the new plan',
    },
  );
}

async function replace(settings: SettingsText, after: Buffer): Promise<void> {
  await requireUnchanged(settings);
  try {
    await writeFileWhole(
      settings.target,
      after,
      settings.found === null ? { mode: 0o600 } : { mode: 0o600, like: settings.found },
    );
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    throw new GatehouseError(
      'settings_not_written',
      `${settings.file} cannot be written (${codeOf(error) ?? 'unknown'}); it is unchanged`,
      {
        cause: error,
      },
    );
  }
}

/** Takes away a file that Connect made, and the folders made for it where nothing else came to be in them. */
async function removeSettings(settings: SettingsText, journal: Journal | null): Promise<void> {
  await requireUnchanged(settings);
  await rm(settings.target, { force: true });
  for (const folder of (journal?.createdFolders ?? []).toReversed()) {
    try {
      await rmdir(folder);
    } catch (error) {
      if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST')
        throw error;
    }
  }
}
