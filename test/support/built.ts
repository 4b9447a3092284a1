/** Builds dist/ for a test that needs it, when it is missing or older than its sources; many at once build once. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const projectRoot = join(import.meta.dirname, '..', '..');

/** The file that `npm start` and `npx --no-install gatehouse` run; it builds what is old before anything else. */
export const runFile = join(projectRoot, 'native', 'run.mjs');

/** @throws when the build fails, with what it printed */
export async function buildOnce(): Promise<void> {
  await promisify(execFile)(process.execPath, [runFile, '--version'], { cwd: projectRoot, timeout: 180_000 });
}
