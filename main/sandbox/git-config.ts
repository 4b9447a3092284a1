/** Whether a git settings file can make git run something, or read settings from elsewhere. */

/** Sections and keys that only describe a repository. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  core: [
    'repositoryformatversion',
    'filemode',
    'bare',
    'logallrefupdates',
    'ignorecase',
    'precomposeunicode',
    'symlinks',
    'autocrlf',
  ],
  user: ['name', 'email'],
  init: ['defaultbranch'],
  extensions: ['objectformat'],
  remote: ['url', 'fetch'],
  branch: ['remote', 'merge', 'rebase'],
  submodule: ['url', 'active', 'branch'],
};
const PLAIN_URL = /^(?:https:\/\/|ssh:\/\/[\w@]|git@[\w.-]+:|\/|\.\.?\/)/;

/** Why the text is more than a description; null when it is none. */
export function gitConfigDanger(text: string): string | null {
  let section = '';
  if (/\\\r?\n/.test(text)) return 'a line that goes on in the next';
  for (const line of text.split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    const header = /^\[\s*([A-Za-z0-9-]+)(?:\s+"(?:[^"\\]|\\.)*")?\s*\]$/.exec(trimmed);
    if (header !== null) {
      section = (header[1] ?? '').toLowerCase();
      if (!Object.hasOwn(HARMLESS, section)) return `the section ${section}`;
      continue;
    }
    const entry = /^([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/.exec(trimmed);
    if (entry === null) return 'a line that is not understood';
    const key = (entry[1] ?? '').toLowerCase();
    if (!(HARMLESS[section] ?? []).includes(key)) return `${section}.${key}`;
    if (key === 'url' && !PLAIN_URL.test((entry[2] ?? '').replace(/^"/, ''))) return `${section}.url`;
  }
  return null;
}
