/** What README.md says can be done: its policy, its commands, the files it points at. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../main/app/commands/run.ts';
import { OWN_COMMANDS } from '../../main/cli/help.ts';
import { evalLine } from '../../main/engine/eval-line.ts';
import { policyOf, protection } from '../engine/calls.ts';
import { projectRoot } from '../support/built.ts';

const text = readFileSync(join(projectRoot, 'README.md'), 'utf8');
const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, body]) => ({
  language: language ?? '',
  body: body ?? '',
}));

describe('README', () => {
  it('points at files that are there', () => {
    const targets = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target]) => target ?? '');
    expect(targets.length).toBeGreaterThan(3);
    expect(targets.filter((target) => !existsSync(join(projectRoot, target)))).toEqual([]);
  });

  it('shows a policy that does what it says', () => {
    const [shown] = blocks.filter(({ language }) => language === 'yaml');
    const policy = policyOf(shown?.body ?? '');
    const decide = (module: string, action: string, params: object) =>
      evalLine(policy, JSON.stringify({ agent: 'main', module, action, params, cwd: '/project' }), protection)
        .decision;
    expect({
      read: decide('filesystem', 'read', { file_path: '/project/a' }),
      write: decide('filesystem', 'write', { file_path: '/project/a', content: '' }),
      command: decide('shell', 'bash', { command: 'ls' }),
      fetch: decide('web', 'fetch', { url: 'https://example.com/' }),
      deleteAll: decide('workspace', 'delete', {}),
    }).toEqual({ read: 'allow', write: 'approve', command: 'approve', fetch: 'approve', deleteAll: 'deny' });
  });

  it('names commands and options that there are', () => {
    const helps = new Map(
      Object.entries({ ...OWN_COMMANDS, ...COMMANDS }).map(([name, { usage, what }]) => [
        name,
        [...usage, what].join('\n'),
      ]),
    );
    const lines = blocks
      .flatMap(({ body }) => body.split('\n'))
      .filter((line) => line.startsWith('npx --no-install gatehouse '))
      .map((line) => line.replace('npx --no-install gatehouse ', ''));
    expect(lines.length).toBeGreaterThan(5);
    const unknown = lines.flatMap((line) => {
      const [first = ''] = line.split(' ');
      // One command with several verbs, or several commands.
      const parts = line.split(' | ');
      let command = first;
      return parts.filter((part) => {
        const [name = '', verb] = part.split(' ');
        if (helps.has(name)) command = name;
        const help = helps.get(command);
        const word = helps.has(name) ? verb : name;
        const options = part.match(/--[\w-]+/g) ?? [];
        const words = word !== undefined && /^[a-z]+$/.test(word) ? [word] : [];
        return help === undefined || [...words, ...options].some((each) => !help.includes(each));
      });
    });
    expect(unknown).toEqual([]);
  });

  it('names scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...text.matchAll(/\bnpm (?:run )?(start|test|[a-z]+)\b/g)].map(([, name]) => name ?? '');
    expect(named.filter((name) => name !== 'install' && !Object.hasOwn(scripts, name))).toEqual([]);
  });
});
