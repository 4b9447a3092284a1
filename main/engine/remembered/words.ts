/** Remembered answers in words: what one lets through, and what it never does. */
import { basename, resolve } from 'node:path';
import { familyOf, summarize } from '../../policy/catalog.ts';
import { redact, redactText } from '../redaction.ts';
import type { ToolCall } from '../tool-call.ts';
import type { CommandPattern, RuleShape } from './rule.ts';

type Named = Pick<ToolCall, 'module' | 'action' | 'params' | 'cwd' | 'app'>;

const LONGEST = 160;

/** What a shape lets through: `git push …`, `npm and node in web/api, whatever they are told`. */
export function sentenceOf(shape: RuleShape, call: Named): string {
  return cut(plainSentence(shape, call));
}

function plainSentence(shape: RuleShape, { module, action, params, cwd, app }: Named): string {
  switch (shape.kind) {
    case 'exact': {
      const summary = redactText(summarize(module, action, redact(params)));
      const label = `${module}.${action}`;
      // Of the tool of a server its first text says little without its name.
      const isNamed = familyOf(module) === null || summary.startsWith(label);
      const what = summary === '' ? label : isNamed ? summary : `${label} ${summary}`;
      return `exactly: ${what.replace(/\s+/g, ' ')}`;
    }
    case 'commands': {
      const names = [...new Set(shape.commands.map(patternWords))];
      return shape.folder === null ? listed(names) : `${listed(names)} in ${folderWords(shape.folder, app)}`;
    }
    case 'tool': {
      const hosts = shape.reach
        .flatMap((word) => /^net:\w+:(.+)$/.exec(word)?.[1] ?? [])
        .filter((host) => host !== '*');
      const { folder } = shape;
      const isFile = Object.values(params).some(
        (value) => typeof value === 'string' && folder !== null && resolve(cwd, value) === folder,
      );
      const at =
        shape.folder !== null
          ? ` ${isFile ? 'of' : 'in'} ${folderWords(shape.folder, app)}`
          : hosts.length > 0
            ? ` with ${listed(hosts)}`
            : shape.reach.some((word) => word.endsWith(':project'))
              ? ' in the project'
              : '';
      return `${module}.${action}${at}`;
    }
  }
}

/** `git push …`: the words that are fixed, and a sign for those that are not. */
export function patternWords({ program, lead, via, flags }: CommandPattern): string {
  const fixed = [...via, program, ...(lead ?? []), ...(flags ?? [])].join(' ');
  return lead !== null && lead.length === 0 && flags !== null && flags.length === 0 ? fixed : `${fixed} …`;
}

/** What it never lets through, in a sentence. */
export function neverWords(shape: RuleShape): string {
  switch (shape.kind) {
    case 'exact':
      return 'a single byte more or less, another folder, or a file that it runs once that has changed';
    case 'commands': {
      const network = shape.commands.some(({ reach }) => reach.some((word) => word.startsWith('net:')));
      return listed(
        [
          'another command beside it (“; rm x”)',
          shape.folder === null ? 'files outside the project' : 'files outside that folder',
          network ? 'another host' : 'the network',
          ...(shape.commands.some(({ flags }) => flags !== null) ? ['other options'] : []),
          'secrets',
          'what cannot be known before it runs',
        ],
        'or',
      );
    }
    case 'tool':
      return listed(
        [
          shape.folder === null ? 'files outside the project' : 'files elsewhere',
          shape.reach.some((word) => word.startsWith('net:')) ? 'another host' : 'the network',
          'secrets',
        ],
        'or',
      );
  }
}

function folderWords(folder: string, app: string): string {
  if (folder === app) return basename(app) || app;
  return folder.startsWith(`${app}/`) ? `${basename(app)}/${folder.slice(app.length + 1)}` : folder;
}

function listed(parts: readonly string[], word: 'and' | 'or' = 'and'): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} ${word} ${last}`;
}

function cut(text: string): string {
  const one = text.toWellFormed();
  return one.length <= LONGEST ? one : `${one.slice(0, LONGEST - 1).toWellFormed()}…`;
}
