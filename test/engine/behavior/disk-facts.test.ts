/** What the disk says about the paths of a call. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diskFacts } from '../../../main/engine/behavior/disk-facts.ts';
import type { JsonObject } from '../../../main/platform/canonical-json.ts';
import { builtinCatalog } from '../../../main/policy/catalog.ts';
import { NO_DISK } from '../../../main/policy/conditions/subject.ts';

let cwd = '';
beforeAll(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'gh-disk-')));
  mkdirSync(join(cwd, 'real'));
  writeFileSync(join(cwd, 'real', 'there'), '');
  symlinkSync('real', join(cwd, 'link'));
  symlinkSync('nowhere', join(cwd, 'dangling'));
});
afterAll(() => rmSync(cwd, { recursive: true }));
const facts = (params: JsonObject, tool = 'read') =>
  diskFacts(builtinCatalog, { module: 'filesystem', action: tool, params, cwd, home: cwd });

describe('a path', () => {
  it.each<[string, string, boolean, string]>([
    ['that is there', 'real/there', true, 'real/there'],
    ['that is not', 'real/none', false, 'real/none'],
    ['below what is not', 'none/a/b', false, 'none/a/b'],
    ['below what is no folder', 'real/there/x', false, 'real/there/x'],
    ['through a link', 'link/there', true, 'real/there'],
    ['through a link, not there', 'link/none/x', false, 'real/none/x'],
    ['that is a link to nothing', 'dangling', true, 'dangling'],
  ])('%s', (_what, path, exists, real) => {
    const disk = facts({ file_path: path });
    expect(disk.exists(join(cwd, path))).toBe(exists);
    expect(disk.real(join(cwd, path))).toBe(join(cwd, real));
  });

  it('counts as there when it cannot be looked at', () => {
    const long = join(cwd, 'x'.repeat(300));
    const disk = facts({ file_path: long });
    expect(disk.exists(long)).toBe(true);
    expect(disk.real(long)).toBe(long);
  });

  it('that the call does not name is not known', () => {
    const disk = facts({ file_path: 'real/there' });
    expect([disk.exists(join(cwd, 'link')), disk.real(join(cwd, 'link'))]).toEqual([null, null]);
  });

  it.each<[string, JsonObject]>([
    ['none', {}],
    ['an empty one', { file_path: '' }],
    ['one that is longer than any', { file_path: `/${'x/'.repeat(2048)}` }],
    ['one with a zero in it', { file_path: 'a\0b' }],
  ])('is not looked up: %s', (_what, params) => {
    expect(facts(params)).toBe(NO_DISK);
  });

  it('of the greatest length is', () => {
    expect(facts({ file_path: `/${'x'.repeat(4095)}` })).not.toBe(NO_DISK);
  });

  it('beyond the first few dozen is not', () => {
    const disk = facts({ file_path: Array.from({ length: 70 }, (_, at) => `real/f${at}`) });
    expect(disk.exists(join(cwd, 'real/f63'))).toBe(false);
    expect(disk.exists(join(cwd, 'real/f64'))).toBeNull();
  });
});
