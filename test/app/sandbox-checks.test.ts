/** What doctor tries of the sandbox, as a person without root's rights over closed folders. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { projectRoot } from '../support/built.ts';
import { launcherMissing } from '../support/launcher.ts';

it('tells what can be enforced, and leaves nothing where the kernel closed a folder to its owner', (context) => {
  const missing = launcherMissing();
  if (missing !== null) return context.skip(missing);
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-trial-'));
  try {
    const module = pathToFileURL(join(projectRoot, 'main', 'app', 'sandbox-checks.ts')).href;
    const script = `console.log(JSON.stringify((await import(${JSON.stringify(module)})).sandboxChecks()));`;
    const words = [process.execPath, '--input-type=module', '-e', script];
    const [program = '', ...args] =
      process.getuid?.() === 0
        ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', ...words]
        : words;
    const ran = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, TMPDIR: folder } });
    expect(ran.stderr).toBe('');
    expect(JSON.parse(ran.stdout)).toContainEqual(expect.objectContaining({ name: 'sandbox' }));
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return undefined;
});
