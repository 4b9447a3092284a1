import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { isDestructive } from '../../main/analysis/result.ts';
import { openAnalyst, PLACE } from '../support/analyst.ts';

/** Lines of `d COMMAND`, which must stop, and `s COMMAND`, which must interrupt nobody; `⏎` is a line break. */
const FOLDER = join(import.meta.dirname, 'spellings');
const files = readdirSync(FOLDER);
const linesOf = (file: string) =>
  readFileSync(join(FOLDER, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

describe('classes of commands, in many spellings', () => {
  let analyst: Analyst;
  beforeAll(async () => {
    analyst = await openAnalyst();
  });

  it('has both kinds of lines in every file', () => {
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const lines = linesOf(file);
      expect(lines.filter((line) => !/^[ds] \S/.test(line))).toEqual([]);
      for (const kind of ['d', 's'])
        expect(lines.filter((line) => line.startsWith(kind)).length).toBeGreaterThan(4);
    }
  });

  it.each(files)('%s: stops what loses something, and nothing else', (file) => {
    const wrong = linesOf(file).filter((line) => {
      const command = line.slice(2).replaceAll('⏎', '\n');
      return isDestructive(analyst.shell(command, PLACE)) !== line.startsWith('d');
    });
    expect(wrong).toEqual([]);
  });
});
