/** `policy trust`, `distrust` and `explain` through the real program: the supervisor that runs is the one that trusts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LiveHouse } from '../support/live-house.ts';

describe('gatehouse policy trust, distrust and explain, while Gatehouse runs', { timeout: 180_000 }, () => {
  let house: LiveHouse;
  let file: string;
  beforeAll(async () => {
    house = await LiveHouse.open();
    const project = join(house.home.folder, 'project');
    mkdirSync(project);
    file = join(project, 'gatehouse.yaml');
    writeFileSync(
      file,
      'app: { app_id: t, name: T, version: "1.0" }\nagents: [{ id: main }]\ntools:\n  modules: { filesystem: {} }\n  capabilities: { default_policy: auto }\n',
    );
  }, 240_000);
  afterAll(() => house.remove());

  it('asks for the PIN, and what was tried without one is refused and on the timeline', async () => {
    const { code, stderr } = await house.home.done(['policy', 'trust', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/trusting project\/gatehouse\.yaml was not done: no PIN is set/);
    const { rows } = await house.call<{ rows: { summary: string }[] }>('timeline', {}, null, 50);
    expect(rows.map(({ summary }) => summary).join('\n')).toContain(
      'trusting project/gatehouse.yaml was tried',
    );
  });

  it('takes a trust away that was there, and says when there was none', async () => {
    expect(await house.home.done(['policy', 'distrust', file])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('It was not trusted'),
    });
  });

  it('explains what is in force by the supervisor that runs, and a file without it', async () => {
    const inForce = await house.home.done(['policy', 'explain']);
    expect(inForce).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Yours .*policy\.yaml/) });
    const params = { command: 'git status' };
    const call = JSON.stringify({ module: 'shell', action: 'bash', params, cwd: dirname(file) });
    expect(await house.home.done(['policy', 'explain', call])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Asks a person at gate4_policy/),
    });
    expect(await house.home.done(['policy', 'explain', '--policy', file])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^File .*gatehouse\.yaml/),
    });
  });
});
