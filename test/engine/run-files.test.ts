/** Files whose text a call runs: a yes is bound to what they hold. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changedFile, readRunFiles } from '../../main/engine/run-files.ts';

describe('files that are run', () => {
  it('are bound with the question', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gh-run-'));
    const file = join(folder, 'deploy.sh');
    writeFileSync(file, 'echo one\n');
    const before = await readRunFiles([file, join(folder, 'none'), folder]);
    expect(before.map(({ digest }) => digest === null)).toEqual([true, false, true]);
    expect(changedFile(before, await readRunFiles([file]))).toBeNull();
    writeFileSync(file, 'echo two\n');
    expect(changedFile(before, await readRunFiles([file]))).toBe(file);
  });
});
