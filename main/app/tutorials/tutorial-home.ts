/** The throw-away folder of one tutorial: a home for its supervisor, one for its person, and the agent's workspace. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { type Paths, resolvePaths } from '../../platform/paths.ts';
import { removeFolder } from '../../platform/remove-folder.ts';

export interface TutorialHome {
  readonly root: string;
  /** Where the scripted agent works. */
  readonly workspace: string;
  readonly paths: Paths;
  /** The whole environment of the private supervisor. Nothing in it leads to the person's own files. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Makes the folder and puts the policy in its place.
 *
 * @param policy text of the policy file
 * @param workspace name of the agent's folder, which is the project's name on cards and in the log
 * @throws GatehouseError `no_folder`, `path_too_long`
 */
export function makeTutorialHome(policy: string, workspace: string): TutorialHome {
  const root = makeRoot();
  try {
    const home = fillHome(root, workspace);
    for (const folder of [home.workspace, home.env['HOME'] ?? root, home.paths.config])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(home.paths.policyFile, policy, { mode: 0o600 });
    return home;
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
}

/** Removes it with all that is in it. */
export function removeTutorialHome(home: TutorialHome): void {
  // The agent of the scene worked in there: leave before it goes.
  process.chdir(dirname(home.root));
  removeFolder(home.root);
}

function makeRoot(): string {
  try {
    return realpathSync(mkdtempSync(join(tmpdir(), 'gatehouse-tutorial-')));
  } catch (cause) {
    throw new GatehouseError('no_folder', `no temporary folder can be made: ${messageOf(cause)}`, {
      hint: 'set TMPDIR to a folder of your own',
      cause,
    });
  }
}

function fillHome(root: string, workspace: string): TutorialHome {
  const person = join(root, 'home');
  const env: NodeJS.ProcessEnv = {
    GATEHOUSE_HOME: join(root, 'gh'),
    HOME: person,
    USERPROFILE: person,
    // Only what every system has: which agents the person uses is none of a tutorial's business.
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    ...(process.env['SystemRoot'] === undefined ? {} : { SystemRoot: process.env['SystemRoot'] }),
    ...(process.env['TZ'] === undefined ? {} : { TZ: process.env['TZ'] }),
  };
  try {
    const paths = resolvePaths(env, process.platform, person);
    return { root, workspace: join(root, workspace), paths, env };
  } catch (cause) {
    throw new GatehouseError('path_too_long', `the temporary folder cannot be used: ${messageOf(cause)}`, {
      hint: 'set TMPDIR to a shorter path',
      cause,
    });
  }
}
