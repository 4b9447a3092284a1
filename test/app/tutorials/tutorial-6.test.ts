/** Tutorial 6 on the kernel of this computer. */
import { beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../support/built.ts';
import { launcherMissing } from '../../support/launcher.ts';
import { TutorialRun } from '../../support/tutorial-run.ts';

const missing = launcherMissing();
beforeAll(async () => {
  if (missing === null) await buildOnce();
}, 240_000);

describe('gatehouse tutorial 6 --auto', { timeout: 120_000 }, () => {
  it('plays the same program at each level, reviews of its work, and governed tools', async (context) => {
    if (missing !== null) return context.skip(missing);
    const tutorial = new TutorialRun();
    try {
      const run = tutorial.home.run('tutorial', '6', '--auto');
      expect(await run.ended, run.stderr + run.stdout).toEqual({ code: 0, signal: null });
      const scenes = run.stdout.split(/^\d\. /m).slice(1);
      const stopped = scenes.map((scene) => (scene.match(/STOPPED:/g) ?? []).length);
      expect(stopped).toEqual([0, 5, 6, 6, 0, 0, 3]);
      expect(scenes[0]).toContain('.envrc is there');
      for (const scene of scenes.slice(1, 4)) {
        expect(scene).toContain('no .envrc');
        expect(scene).toContain('not enforced here: cpu');
      }
      for (const scene of scenes.slice(1, 3)) expect(scene).toContain('taken out of the project: .envrc');
      expect(scenes[3]).toContain('maximum is in force; asked for: maximum');
      expect(scenes[3]).toMatch(/review +Changes to \d+ paths wait for a review/);
      expect(scenes[3]).toMatch(/denied +fchmodat/);
      for (const [at, said] of [
        [4, /Folder +src\/plan\.txt: “one”, while it waits\n(?:.*\n)*.*Review +deleted {2}src\/plan\.txt$/m],
        [4, /^ +\d+ {2}review +Changes to 1 path were discarded\n +Folder +src\/plan\.txt: “one”$/m],
        [5, /Review +added {4}Makefile +\(tools run what it says\)\n +Review +changed {2}src\/plan\.txt$/m],
        [
          5,
          /^ +\d+ {2}review +Changes to 1 path were carried over[^\n]*\n +Folder +src\/plan\.txt: “one; two”\n +Folder +no Makefile$/m,
        ],
        [5, /^ +\d+ {2}review +Changes to 1 path were taken out[^\n]*\n +Folder +src\/plan\.txt: “one”$/m],
        [6, /Agent +is not shown http_get, http_post$/m],
        [6, /^ +\d+ {2}failed +seen by Gatehouse itself\n(?:.*\n)*.*STOPPED: reads a key of yours$/m],
        [6, /STOPPED: plants a git hook$/m],
        [6, /STOPPED: reads the key with a command$/m],
        [6, /works: {3}runs a command in the project\n +\d+ {2}sandbox +ended$/m],
      ] as const)
        expect(scenes[at]).toMatch(said);
      expect(run.stdout).toMatch(/\d+ rows, chain intact\./);
      return undefined;
    } finally {
      tutorial.remove();
    }
  });
});
