/** The way out of a real sandbox: the launcher, the proxy behind the ports inside, the engine, a card, the timeline. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launcherMissing } from '../../support/launcher.ts';
import { ECHO_HOST, type OutsideServer, outsideServer } from '../../support/outside-server.ts';
import { answerTo, RealApp, readCard } from '../../support/real-app.ts';
import { run, startRun } from '../../support/run-client.ts';

const missing = launcherMissing();
let real: RealApp;
let project: string;
let server: OutsideServer;
let port = 0;

beforeAll(async () => {
  if (missing !== null) return;
  server = await outsideServer(ECHO_HOST);
  port = server.port;
  real = await RealApp.start(`tools:
  modules: { shell: {}, web: {} }
  capabilities: { default_policy: approve }
security:
  sandbox: { level: standard, network: { allow: ["127.0.0.1:${port}"] } }
`);
  project = join(real.home, 'proj');
  mkdirSync(project);
});
afterAll(async () => {
  server?.close();
  await real?.remove();
});
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

const inside = (level: string, ...words: readonly string[]) =>
  run(real.paths.agentDoor, ['--level', level, '--', ...words], { cwd: project });
const curl = (...words: readonly string[]) => ['curl', '-sS', '-f', '-m', '30', ...words];

describe.each(['standard', 'strict', 'maximum'])('at %s', (level) => {
  it('reaches what the policy names, by each of the three ways', async () => {
    const url = `http://127.0.0.1:${port}/`;
    for (const way of [[], ['-p'], ['--noproxy', '', '-x', 'socks5h://127.0.0.1:1080']]) {
      const { code, stdout, stderr } = await inside(level, ...curl(...way, url));
      expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: `GET 127.0.0.1:${port}\n` });
    }
  });

  it('reaches nothing past the proxy, and nothing of this computer or a cloud’s through it', async () => {
    const direct = await inside(level, ...curl('--noproxy', '*', `http://127.0.0.1:${port}/`));
    expect(direct.code).toBe(7);
    for (const url of ['http://169.254.169.254/latest/', 'http://localhost:22/', 'http://[::1]:80/']) {
      const { code, stdout } = await inside(level, ...curl(url));
      expect([url, stdout, code]).toEqual([url, '', 22]);
    }
    const { stdout } = await real.command(['audit', 'query', '--limit', '50', '--json']);
    expect(stdout).toContain(
      '169.254.169.254:80: the address where a machine in a cloud finds its credentials',
    );
  });
});

it('waits for the person, and goes on after the yes', async () => {
  const running = startRun(
    real.paths.agentDoor,
    ['--', 'curl', '-sS', '-m', '60', '-w', '%{http_connect}', 'https://nowhere.invalid/'],
    { cwd: project },
  );
  const page = real.page('person');
  const card = await readCard(page, 'Connect to');
  expect(card).toMatchObject({ title: 'Connect to nowhere.invalid:443', action: 'web.connect' });
  await page.value('answer', answerTo(card));
  const { stdout } = await running.ended;
  // Let through, and then the name is nobody's.
  expect(stdout).toContain('502');
});

it('is not there where the policy names no host at all', async () => {
  const own = await RealApp.start(`tools: { modules: { web: {} }, capabilities: { default_policy: auto } }
security: { sandbox: { level: standard, network: { allow: [] } } }
`);
  try {
    const folder = join(own.home, 'p');
    mkdirSync(folder);
    const { stdout } = await run(
      own.paths.agentDoor,
      ['--', 'bash', '-c', 'echo "[$HTTPS_PROXY$ALL_PROXY]"; exec 3<>/dev/tcp/127.0.0.1/3128 || echo none'],
      { cwd: folder },
    );
    expect(stdout).toBe('[]\nnone\n');
  } finally {
    await own.remove();
  }
});
