import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startPrivateSupervisor } from '../../../main/app/tutorials/private-supervisor.ts';
import { makeTutorialHome, removeTutorialHome } from '../../../main/app/tutorials/tutorial-home.ts';
import { buildOnce, projectRoot } from '../../support/built.ts';
import { isAlive } from '../../support/tutorial-run.ts';

const program = join(projectRoot, 'dist', 'main', 'tutorial-supervisor.js');
const entry = pathToFileURL(program);
const never = new AbortController().signal;
const here = process.cwd();
const unexpected = (error: Error) => {
  throw error;
};

beforeAll(buildOnce, 240_000);
afterEach(() => process.chdir(here));

describe('the private supervisor', { timeout: 180_000 }, () => {
  it('runs in a home that was made for it, and is gone when it is ended', async () => {
    const home = makeTutorialHome('app: { app_id: t, name: T, version: "1" }\n', 'work');
    try {
      expect(statSync(home.root).mode & 0o077).toBe(0);
      const supervisor = await startPrivateSupervisor(entry, home, { signal: never, onGone: unexpected });
      expect(supervisor.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}$/);
      expect(supervisor.pin).toMatch(/^\d{6}$/);
      expect(existsSync(home.paths.agentDoor)).toBe(true);
      await Promise.all([supervisor.stop(), supervisor.stop()]);
      expect(isAlive(supervisor.pid)).toBe(false);
    } finally {
      removeTutorialHome(home);
    }
    expect(existsSync(home.root)).toBe(false);
  });

  it.each(['audit.db', 'state.db'])('does not start over another one’s %s', async (name) => {
    const home = makeTutorialHome('', 'work');
    try {
      mkdirSync(home.paths.data, { recursive: true, mode: 0o700 });
      writeFileSync(join(home.paths.data, name), '');
      await expect(
        startPrivateSupervisor(entry, home, { signal: never, onGone: unexpected }),
      ).rejects.toMatchObject({
        code: 'no_private_supervisor',
        message: expect.stringMatching(/is the home of another supervisor/),
      });
      expect(existsSync(home.paths.run)).toBe(false);
    } finally {
      removeTutorialHome(home);
    }
  });

  it('has a home that goes with what its owner may not open, such as a copy’s working folder', () => {
    const module = pathToFileURL(join(projectRoot, 'main', 'app', 'tutorials', 'tutorial-home.ts')).href;
    const script = `
      const { makeTutorialHome, removeTutorialHome } = await import(${JSON.stringify(module)});
      const { chmodSync, existsSync, mkdirSync, readdirSync } = await import('node:fs');
      const home = makeTutorialHome('', 'work');
      const closed = home.workspace + '/closed';
      mkdirSync(closed + '/in/it', { recursive: true });
      chmodSync(closed + '/in', 0);
      chmodSync(closed, 0);
      let opened = true;
      try { readdirSync(closed); } catch { opened = false; }
      removeTutorialHome(home);
      console.log(JSON.stringify({ opened, left: existsSync(home.root) }));`;
    const words = [process.execPath, '--input-type=module', '-e', script];
    // Root without the right to open everything.
    const [program = '', ...args] =
      process.getuid?.() === 0
        ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', ...words]
        : words;
    const ran = spawnSync(program, args, { encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    expect(JSON.parse(ran.stdout)).toEqual({ opened: false, left: false });
  });

  it('is started by a tutorial and by nobody else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-by-hand-'));
    try {
      const env = { HOME: folder, GATEHOUSE_HOME: join(folder, 'gh'), PATH: '/usr/bin:/bin' };
      const { status, stdout } = spawnSync(process.execPath, [program], { env, encoding: 'utf8' });
      expect([status, stdout]).toEqual([1, '']);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says why it did not start, and leaves no process', async () => {
    const home = makeTutorialHome('', 'work');
    try {
      const gone = pathToFileURL(join(home.root, 'not-there.js'));
      await expect(
        startPrivateSupervisor(gone, home, { signal: never, onGone: unexpected }),
      ).rejects.toMatchObject({
        code: 'no_private_supervisor',
        message: expect.stringMatching(/did not start: exit code 1; hint: /),
      });
    } finally {
      removeTutorialHome(home);
    }
  });

  it('has a folder with a name short enough, or says what to do', () => {
    const deep = join(mkdtempSync(join(tmpdir(), 'gatehouse-deep-')), 'x'.repeat(80));
    mkdirSync(deep);
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = deep;
    try {
      expect(() => makeTutorialHome('', 'work')).toThrow(
        expect.objectContaining({
          code: 'path_too_long',
          message: expect.stringMatching(/set TMPDIR to a shorter path$/),
        }),
      );
      expect(readdirSync(deep)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      rmSync(join(deep, '..'), { recursive: true });
    }
  });
});
