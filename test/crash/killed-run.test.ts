/** A sandbox whose supervisor is killed -9: everything in it ends, and the person is told what nobody took away. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { buildOnce } from '../support/built.ts';
import { launcherMissing } from '../support/launcher.ts';
import { startRun } from '../support/run-client.ts';
import { CrashSite } from './supervisor.ts';

const missing = launcherMissing();
let site: CrashSite;

beforeAll(async () => {
  if (missing !== null) return;
  await buildOnce();
  site = new CrashSite();
}, 200_000);
afterAll(() => site?.remove());
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

it('ends everything, and the launcher names what was planted', { timeout: 120_000 }, async () => {
  const life = await site.start();
  mkdirSync(join(site.project, 'sub'));
  const script = [
    'echo x > .envrc',
    'mkdir -p sub/.git/hooks',
    'printf "#!/bin/sh" > sub/.git/hooks/pre-commit',
    'printf x > "$(printf "odd\\033[2J.md")"',
    'echo up',
    'sleep 1000',
  ].join('; ');
  const running = startRun(site.agentDoor, ['--', 'sh', '-c', script], { cwd: site.project });
  await running.printed('up');
  await life.kill();
  const { code, stderr } = await running.ended;
  expect(code).toBe(125);
  expect(stderr).toContain('Gatehouse went away');
  expect(stderr).toContain('did not say what it took away');
  for (const name of ['.envrc', 'sub/.git/hooks/pre-commit'])
    expect(stderr).toContain(`${join(site.project, name)} (is there)`);
  expect(stderr).not.toContain('\u001b');
  expect(existsSync(join(site.project, '.envrc'))).toBe(true);
});

it('leaves no copy of an agent’s folder after the next start', { timeout: 120_000 }, async () => {
  const life = await site.start();
  // By this name it gets a copy of an agent's folder.
  const codex = join(site.folder, 'bin/codex');
  mkdirSync(join(site.folder, 'bin'));
  writeFileSync(codex, '#!/bin/sh\necho up\nsleep 1000\n', { mode: 0o755 });
  const running = startRun(site.agentDoor, ['--', codex], {
    cwd: site.project,
    env: { HOME: join(site.folder, 'home') },
  });
  await running.printed('up');
  const copies = join(site.data, 'sessions');
  expect(readdirSync(copies)).toHaveLength(1);
  await life.kill();
  await running.ended;
  expect(readdirSync(copies)).toHaveLength(1);
  const next = await site.start();
  await expect.poll(() => readdirSync(copies), { timeout: 60_000 }).toEqual([]);
  await next.kill();
});
