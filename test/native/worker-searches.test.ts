/** The searches of the worker of governed tools: what they find, and that no pattern and no tree makes them run on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launcherMissing } from '../support/launcher.ts';
import type { WorkerClient } from '../support/worker-client.ts';
import { WorkerPlace } from '../support/worker-place.ts';

const missing = launcherMissing();

let place: WorkerPlace | undefined;
let project: string;
let worker: WorkerClient;
const at = (name: string) => join(project, name);

beforeEach((context) => {
  if (missing !== null) context.skip(missing);
  place = new WorkerPlace();
  ({ project, worker } = place);
});
afterEach(() => place?.remove());

describe('searches', () => {
  it.each([
    ['**/*.ts', 'a/x.ts b/c/y.ts z.ts'],
    ['*.ts', 'z.ts'],
    ['b/**', 'b/c/y.ts b/d.md'],
    ['?/[a-z].t?', 'a/x.ts'],
    ['**/c/**/*.ts', 'b/c/y.ts'],
    ['node_modules/*', 'node_modules/p.ts'],
    ['nothing/**', ''],
  ])('glob %s', async (pattern, found) => {
    for (const name of ['z.ts', 'a/x.ts', 'b/c/y.ts', 'b/d.md', 'node_modules/p.ts', '.git/q.ts']) {
      mkdirSync(join(at(name), '..'), { recursive: true });
      writeFileSync(at(name), '');
    }
    const answer = await worker.ask('glob', project, pattern, '100');
    expect(answer?.fields.slice(0, -1).join(' ')).toBe(found);
  });

  const text = 'alpha beta\nfoo42 bar\n\tzoë naïve\n2026-11-27\nend$\n';
  const patterns: readonly (readonly [string, number[]])[] = [
    ['beta', [1]],
    ['^foo\\d+ ', [2]],
    ['zo. n', [3]],
    ['^\\s\\w+', [3]],
    ['\\d{4}-\\d{2}-\\d{2}$', [4]],
    ['(alpha|end)\\$?$', [5]],
    ['\\bbar\\b', [2]],
    ['[^a-z]', [1, 2, 3, 4, 5]],
    ['^(?:[a-z]+ ?)+$', [1]],
    ['na(ï|i)ve', [3]],
    ['d\\$', [5]],
    ['o{2}\\d+?', [2]],
    ['(a*)*b', [1, 2]],
    ['', [1, 2, 3, 4, 5]],
    ['x|', [1, 2, 3, 4, 5]],
  ];
  it.each(patterns)('grep %s', async (pattern, lines) => {
    writeFileSync(at('f'), text);
    const answer = await worker.ask('grep', project, pattern, '0', '', '100');
    const found = answer?.fields
      .filter((_field, index) => index % 3 === 1)
      .map((field) => Number(String(field)));
    expect(found).toEqual(lines);
  });

  it.each([
    '(',
    ')',
    '[a',
    'a**********',
    '*a',
    '(?=a)',
    '\\1',
    'a{5,2}',
    '(){1000}{1000}{1000}{1000}',
    'x{999}{999}',
    '\\',
  ])('says what is wrong with %s', async (pattern) => {
    expect(await worker.say('grep', project, pattern, '0', '', '9')).toMatch(
      /^- the pattern is not understood: /,
    );
  });

  it('takes no longer for a pattern that goes back elsewhere', async () => {
    writeFileSync(at('f'), `${'a'.repeat(100_000)}\n`);
    expect(await worker.say('grep', project, '^(a|aa|a*)*$x', '0', '', '9')).toBe('+ 0 1 0');
  });

  it('ends in time and in size', async () => {
    writeFileSync(at('f'), 'line\n'.repeat(5000));
    const answer = await worker.ask('grep', project, 'line', '0', '', '1000');
    expect(answer?.fields.length).toBe(3001);
    expect(String(answer?.fields.at(-1))).toMatch(/^1 /);
    let deep = project;
    for (let depth = 0; depth < 100; depth++) deep = join(deep, 'd');
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, 'needle'), '');
    expect(await worker.say('glob', project, '**/needle', '9')).toMatch(/^\+ \d /);
  });
});
