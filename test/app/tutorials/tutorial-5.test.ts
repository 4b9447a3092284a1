/** Tutorial 5: what the transcript says of the vault is on the log, and the value is in nothing that is left. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../support/built.ts';
import { supervisorOf, TutorialRun } from '../../support/tutorial-run.ts';

beforeAll(buildOnce, 240_000);

describe('gatehouse tutorial 5 --auto', { timeout: 300_000 }, () => {
  it('asks, gives, takes out and takes away, row by row', async () => {
    const tutorial = new TutorialRun();
    try {
      const run = tutorial.home.run('tutorial', '5', '--auto', '--keep');
      expect(await run.ended, run.stderr + run.stdout).toEqual({ code: 0, signal: null });
      const scenes = run.stdout.split(/^\d\. /m).slice(1);
      for (const [at, said] of [
        [0, /^ +\d+ {2}refused +Read: plan\.txt$/m],
        [0, /credential missing: notes_key/],
        [1, /^ +\d+ {2}event +The vault was made$/m],
        [1, /^ +\d+ {2}event +The credential notes_key was added$/m],
        [1, /^ +\d+ {2}allowed +Read: plan\.txt$/m],
        [2, /^ +\d+ {2}event +The credential notes_key may be used by a server$/m],
        [3, /^ +\d+ {2}asks +use_credential: /m],
        [3, /Server +does not run\n(?:.*\n)*.*Server +was started with the key/],
        [4, /Agent +is told: posted with \[REDACTED\] \[REDACTED\]$/m],
        [4, /^ +\d+ {2}event +The credential notes_key was given to an MCP server$/m],
        [5, /Agent +is told: posted with no key\n(?:.*\n)*.*Server +was started without it/],
      ] as const)
        expect(scenes[at]).toMatch(said);
      expect(run.stdout).toMatch(/\d+ rows, chain intact\./);
      const folder = /^Kept {6}(.+)$/m.exec(run.stdout)?.[1] ?? '';
      // The server's file of the last start is empty: nothing that is left holds the value of this run.
      expect(readFileSync(join(folder, 'server', 'key'), 'utf8')).toBe('');
      const forms = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
      for (const text of [...forms, run.stdout]) expect(text).not.toMatch(/nk_[0-9a-f]{36}/);
    } finally {
      await tutorial.remove();
    }
  });

  it('fails, and says why, when its supervisor is stopped', async () => {
    const tutorial = new TutorialRun();
    try {
      const run = tutorial.home.run('tutorial', '5', '--auto');
      await run.until('The vault was made');
      process.kill(supervisorOf(run), 'SIGKILL');
      expect((await run.ended).code).not.toBe(0);
      expect(run.stderr).toContain('ended in the middle');
      expect(run.stdout).not.toContain('chain intact');
      expect(tutorial.left().filter((name) => existsSync(join(tutorial.temporary, name, 'gh')))).toEqual([]);
    } finally {
      await tutorial.remove();
    }
  });
});
