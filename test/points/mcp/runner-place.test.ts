/** Where uvx, bunx and the like keep what they fetch, tried with programs of these names that tell what they see. */
import { chmodSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runnerPlace } from '../../../main/points/mcp/runner-place.ts';
import { McpScene, mcpPolicy } from '../../support/mcp-scene.ts';

let scene: McpScene;
let home: string;
afterEach(() => scene.remove());

/** A supervisor, and a program of a runner's name that notes its environment and is no server. */
async function registered(name: string): Promise<string> {
  scene = new McpScene(mcpPolicy('default_policy: auto'), {});
  home = join(scene.folder, 'home');
  const program = join(home, 'tools', name);
  mkdirSync(dirname(program), { recursive: true });
  mkdirSync(join(home, '.config', 'uv'), { recursive: true });
  writeFileSync(join(home, '.config', 'uv', 'uv.toml'), 'offline = true\n');
  writeFileSync(program, `#!/bin/sh\nenv > '${join(scene.folder, 'seen')}'\n`);
  chmodSync(program, 0o755);
  Object.assign(scene.env, { HOME: home, TMPDIR: '/tmp' });
  await scene.mcp.add({
    name: 'one',
    transport: { kind: 'stdio', program, args: ['some-server'], env: {}, cwd: null },
    clientTimeoutMs: null,
  });
  return join(scene.folder, 'servers', 'one');
}

async function seen(): Promise<Readonly<Record<string, string>>> {
  await expect(scene.client('one')).rejects.toThrow();
  const lines = readFileSync(join(scene.folder, 'seen'), 'utf8').split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

describe.runIf(process.platform !== 'win32')('a runner’s packages', () => {
  it('lie in the server’s own folder for each of them', async () => {
    const folder = await registered('bunx');
    const { TMPDIR = '', BUN_INSTALL_CACHE_DIR } = await seen();
    expect([TMPDIR, BUN_INSTALL_CACHE_DIR]).toEqual([join(folder, 'tmp'), join(folder, 'bun')]);
    expect(lstatSync(TMPDIR).mode & 0o777).toBe(0o700);
    for (const runner of ['npx', 'npm', 'pnpm', 'pnpx', 'yarn', 'bun', 'bunx', 'uv', 'uvx', 'pipx']) {
      const { env } = runnerPlace(runner, '/own');
      for (const path of Object.values(env)) expect(path).toMatch(/^\/own\/./);
      expect(Object.keys(env).some((name) => /cache|home/i.test(name))).toBe(true);
    }
  });

  it('are fetched as the person’s settings said when the server was registered', async () => {
    const folder = await registered('uvx');
    writeFileSync(join(home, '.config', 'uv', 'uv.toml'), 'index-url = "https://evil.example"\n');
    const { UV_CONFIG_FILE = '', UV_CACHE_DIR, TMPDIR } = await seen();
    expect(UV_CACHE_DIR).toBe(join(folder, 'uv', 'cache'));
    expect(readFileSync(UV_CONFIG_FILE, 'utf8')).toBe('offline = true\n');
    expect(TMPDIR).not.toContain(folder);
  });

  it('need no room where the program fetches nothing', async () => {
    await registered('plain');
    const env = await seen();
    expect(env).toHaveProperty('npm_config_cache');
    expect(Object.keys(env).filter((name) => /^(?:UV|BUN|PIPX|YARN)_/.test(name))).toEqual([]);
  });
});
