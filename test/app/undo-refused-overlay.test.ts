/** What a session did to a project, taken back in place of a copy: the kernel refuses an overlay where it would be. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tree } from '../support/copy-house.ts';
import { isRoot, launcherMissing } from '../support/launcher.ts';
import { RealApp, soon } from '../support/real-app.ts';
import { call, ToolsHouse, toolsPolicy } from '../support/tools-house.ts';
import { PIN, policy, UndoStage, WORK } from '../support/undo-stage.ts';

const missing = launcherMissing();

describe('where the kernel refuses an overlay', () => {
  let stage: UndoStage;
  let reviews: string;
  const missingHere =
    missing ?? (isRoot ? null : 'it mounts what no overlay stands on, as root: run the tests as root');
  beforeAll(async () => {
    if (missingHere !== null) return;
    const real = new RealApp();
    real.writePolicy(policy('level: standard, workspace_snapshot: true'));
    reviews = join(real.paths.data, 'reviews');
    const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => join(real.folder, name));
    for (const path of [lower, upper, work, real.paths.data, reviews])
      mkdirSync(path as string, { recursive: true, mode: 0o700 });
    chmodSync(reviews, 0o700);
    // No overlay can have its upper layer on another one.
    const words = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const { status, stderr } = spawnSync('mount', ['-t', 'overlay', '-o', words, 'overlay', reviews], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    await real.start();
    stage = new UndoStage(real);
    await real.page('first').value('setPin', { pin: PIN, current: null });
  });
  afterAll(async () => {
    if (missingHere !== null) return;
    await stage?.real.stop();
    spawnSync('umount', ['-l', reviews]);
    await stage?.real.remove();
  });
  beforeEach((context) => {
    if (missingHere !== null) return context.skip(missingHere);
    stage.begin();
  });

  it('writes to the project, says so, and can be taken back whole, packages too', async () => {
    const before = tree(stage.project);
    const { code } = await stage.script(`${WORK}; rm -r node_modules`);
    expect(code).toBe(0);
    expect(existsSync(join(stage.project, 'new.txt'))).toBe(true);
    const { id, kind } = await stage.only();
    expect(kind).toBe('undo');
    const { stdout } = await stage.real.command(['audit', 'query', '--json', '--limit', '50']);
    expect(stdout).toContain('copy-on-write workspace: ');
    expect(stdout).toContain('it writes to the project, and that can be taken back');
    expect(await stage.review('undo', id)).toMatchObject({ exit: 0 });
    expect(tree(stage.project)).toEqual(before);
  });

  it('is refused at maximum where not even that can be kept, before anything ran', async () => {
    const blocked = join(stage.real.folder, 'upper');
    // Nothing can be written where it would be kept.
    const { status } = spawnSync('mount', ['-o', 'remount,ro', reviews]);
    try {
      expect(status).toBe(0);
      const { code, stderr } = await stage.script('echo x > ran', ['--level', 'maximum']);
      expect({ code, blocked: existsSync(blocked) }).toEqual({ code: 126, blocked: true });
      expect(stderr).toContain('nothing can be kept for an undo');
      expect(existsSync(join(stage.project, 'ran'))).toBe(false);
    } finally {
      spawnSync('mount', ['-o', 'remount,rw', reviews]);
    }
  });

  it('is so for governed tools too, and at maximum no call changes what cannot be kept', async () => {
    const { real, project } = stage;
    real.writePolicy(toolsPolicy('default_policy: auto', 'security:\n  sandbox: { level: maximum }\n'));
    await real.restart();
    const house = ToolsHouse.of(real);
    try {
      const before = tree(project);
      // Deeper than what is kept.
      mkdirSync(join(project, 'd/'.repeat(205)), { recursive: true });
      const refused = await house.client({ cwd: project });
      const told = await call(refused, 'filesystem_write', { file_path: 'new.txt', content: 'x' });
      expect(told).toMatchObject({ failed: true });
      expect(told.text).toContain('nothing can be kept for an undo');
      expect(told.text).toContain('its folders are too deep');
      expect(existsSync(join(project, 'new.txt'))).toBe(false);
      await house.closeClients();
      rmSync(join(project, 'd'), { recursive: true });

      const client = await house.client({ cwd: project });
      const command = 'rm -r node_modules src; echo new > new.txt';
      expect(await call(client, 'shell_bash', { command })).toMatchObject({ failed: false });
      expect(existsSync(join(project, 'new.txt'))).toBe(true);
      await house.closeClients();
      const row = await soon(async () => (await stage.rows()).find(({ state }) => state === 'waits') ?? null);
      expect(row.kind).toBe('undo');
      expect(await stage.review('undo', row.id)).toMatchObject({ exit: 0 });
      expect(tree(project)).toEqual(before);
    } finally {
      await house.closeClients();
    }
  });
});
