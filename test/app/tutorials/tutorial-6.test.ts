/** Tutorial 6 on the kernel of this computer. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Result, ReviewView } from '../../../preload/contract.ts';
import { buildOnce } from '../../support/built.ts';
import { PageClient } from '../../support/headless-rig.ts';
import { launcherMissing } from '../../support/launcher.ts';
import { linkIn, type Run } from '../../support/supervisor-process.ts';
import { presses, TutorialRun } from '../../support/tutorial-run.ts';

const missing = launcherMissing();
beforeAll(async () => {
  if (missing === null) await buildOnce();
}, 240_000);

describe('gatehouse tutorial 6 --auto', { timeout: 300_000 }, () => {
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

describe('gatehouse tutorial 6, with a person', { timeout: 300_000 }, () => {
  const ASKS = 'answer in the page, under Reviews';

  it('waits for them at each review, and does what their keys say', async (context) => {
    if (missing !== null) return context.skip(missing);
    const tutorial = new TutorialRun();
    try {
      const run = tutorial.home.run('tutorial', '6');
      await run.until(ASKS);
      expect(run.stdout).toMatch(/^ +You +a carries all of it over, d discards all of it; or\s+answer/m);
      await presses(run, 'd', '6. A task of which');
      await run.until('a carries src/plan.txt over');
      expect(run.stdout).not.toContain('were carried over');
      await presses(run, 'a', 'a undoes it');
      expect(run.stdout).not.toContain('were taken out');
      await presses(run, 'a', '7. Governed tools');
      expect(await run.ended, run.stderr + run.stdout).toEqual({ code: 0, signal: null });
      expect(run.stdout).not.toContain('the script has');
      const scenes = run.stdout.split(/^\d\. /m).slice(1);
      expect(scenes[4]).toMatch(
        /PIN +right, from a terminal(?:.*\n)*.*were discarded\n +Folder +src\/plan\.txt: “one”$/m,
      );
      expect(scenes[5]).toMatch(
        /were carried over(?:.*\n)*? +Folder +src\/plan\.txt: “one; two”\n +Folder +no Makefile$/m,
      );
      expect(scenes[5]).toMatch(
        /were taken out(?:.*\n)*? +Folder +src\/plan\.txt: “one”\n +Folder +no Makefile$/m,
      );
      expect(tutorial.left()).toEqual([]);
      return undefined;
    } finally {
      await tutorial.remove();
    }
  });

  it('tells what they chose when it is the other way round, and on the page', async (context) => {
    if (missing !== null) return context.skip(missing);
    const tutorial = new TutorialRun();
    try {
      const run = tutorial.home.run('tutorial', '6');
      await run.until(ASKS);
      await carryOnPage(run);
      await run.until('a carries src/plan.txt over');
      await presses(run, 'd', '7. Governed tools');
      expect(await run.ended, run.stderr + run.stdout).toEqual({ code: 0, signal: null });
      const scenes = run.stdout.split(/^\d\. /m).slice(1);
      expect(scenes[4]).toMatch(/PIN +right, from a page$|PIN +right, from a page:/m);
      expect(scenes[4]).toMatch(/were carried over(?:.*\n)*? +Folder +no src\/plan\.txt$/m);
      expect(scenes[4]?.replaceAll(/\s+/g, ' ')).toContain(
        'the script has “discarded” here; it was “applied”',
      );
      expect(scenes[5]).toMatch(/were discarded\n +Folder +src\/plan\.txt: “one”$/m);
      expect(scenes[5]).toContain('nothing was carried over, so there is nothing to undo');
      expect(scenes[5]).not.toContain('a undoes it');
      return undefined;
    } finally {
      await tutorial.remove();
    }
  });
});

/** Carries all of what waits over on the page, as a person does: the PIN first. */
async function carryOnPage(run: Run): Promise<void> {
  const pin = /^PIN +(\d{6}),/m.exec(run.stdout)?.[1] ?? '';
  const { port, token } = linkIn(run.stdout);
  const { client } = await PageClient.hello(port, { link: token });
  try {
    expect(await client.call(1, 'unlock', [pin])).toMatchObject({ ok: true });
    const told = (await client.call(2, 'reviews')) as Result<ReviewView[]>;
    const waiting = told.ok
      ? told.value.find(({ state, kind }) => state === 'waits' && kind === 'copy')
      : null;
    const wish = { id: waiting?.id, digest: waiting?.digest, pick: { kind: 'all' } };
    expect(await client.call(3, 'applyReview', [wish])).toMatchObject({ ok: true });
  } finally {
    client.end();
  }
}
