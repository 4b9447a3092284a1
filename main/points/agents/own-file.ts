/**
 * Entries that are a whole file of ours: its name and every byte of it. Nothing of anybody else's belongs in it, so it
 * is compared as a whole, and goes as a whole.
 */
import { GatehouseError } from '../../platform/errors.ts';
import { type EntryFormat, type EntryTarget, NOTHING_EMPTY } from './agent-adapter.ts';
import { isBlank, type SettingsText } from './settings-text.ts';

export interface OwnFile {
  /** What the file is to the doctor: `Hooks file`. */
  readonly name: string;
  /** The whole text. */
  readonly text: (target: EntryTarget) => string;
  /** Whether a text is a version of ours, whatever was done to the rest of it. */
  readonly isOurs: (text: string) => boolean;
  /** What a version of ours runs; null when it does not say. */
  readonly runs: (text: string) => EntryTarget | null;
}

/** The format of an agent whose entries are a file of their own. */
export function ownFile(form: OwnFile): EntryFormat {
  const problem = (text: string, target: EntryTarget): string | null => {
    if (isBlank(text)) return `${form.name}: it is missing`;
    if (text === form.text(target)) return null;
    return form.isOurs(text)
      ? `${form.name}: it was changed`
      : `${form.name}: another file stands in its place`;
  };
  return {
    checkEditable: (settings) => {
      checkFree(form, settings);
    },
    state: (text, target) => {
      if (isBlank(text)) return { kind: 'absent' };
      const wrong = problem(text, target);
      return wrong === null ? { kind: 'exact' } : { kind: 'broken', problems: [wrong] };
    },
    entries: (text, target) => [{ name: form.name, problem: problem(text, target) }],
    foreign: (text, target) => {
      const runs = isBlank(text) ? null : form.runs(text);
      return runs !== null && runs.program !== target.program && runs.door !== target.door ? runs : null;
    },
    added: (_text, target) => ({ text: form.text(target), empty: NOTHING_EMPTY }),
    removed: (text) => (isBlank(text) || !form.isOurs(text) ? text : ''),
    isBare: isBlank,
  };
}

/** A file that somebody else made under our name is theirs. */
function checkFree(form: OwnFile, { file, text }: SettingsText): void {
  if (isBlank(text) || form.isOurs(text)) return;
  throw new GatehouseError('bad_settings', `${file} is not a file of Gatehouse's, and stands in its place`, {
    hint: 'nothing was changed; move it away and try again',
  });
}
