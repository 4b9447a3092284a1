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
  it('plays the same program at each level, and each stops what it stands for', async (context) => {
    if (missing !== null) return context.skip(missing);
    const tutorial = new TutorialRun();
    try {
      const run = tutorial.home.run('tutorial', '6', '--auto');
      expect(await run.ended, run.stderr + run.stdout).toEqual({ code: 0, signal: null });
      const scenes = run.stdout.split(/^\d\. /m).slice(1);
      const stopped = scenes.map((scene) => (scene.match(/STOPPED:/g) ?? []).length);
      expect(stopped).toEqual([0, 5, 6, 6]);
      expect(scenes[0]).toContain('.envrc is there');
      for (const scene of scenes.slice(1)) {
        expect(scene).toContain('no .envrc');
        expect(scene).toContain('not enforced here: cpu');
      }
      for (const scene of scenes.slice(1, 3)) expect(scene).toContain('taken out of the project: .envrc');
      expect(scenes[3]).toContain('maximum is in force; asked for: maximum');
      expect(scenes[3]).toMatch(/review +Changes to \d+ paths wait for a review/);
      expect(scenes[3]).toMatch(/denied +fchmodat/);
      expect(run.stdout).toMatch(/\d+ rows, chain intact\./);
      return undefined;
    } finally {
      tutorial.remove();
    }
  });
});
