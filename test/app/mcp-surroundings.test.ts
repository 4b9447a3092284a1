/**
 * An agent at the pipe of a registered server, with a credential behind it: what it brings along (its environment,
 * its folder, more words) starts nothing and reaches no server.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LETTING, RealApp, soon } from '../support/real-app.ts';

let real: RealApp;
let command: string;
let args: readonly string[];
let evil: string;
let seen: string;
beforeAll(async () => {
  real = await RealApp.start(LETTING);
  evil = join(real.folder, 'evil');
  mkdirSync(evil);
  seen = join(real.folder, 'seen.json');
  const script = join(real.folder, 'server.cjs');
  writeFileSync(
    script,
    `require('node:fs').writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ env: process.env, cwd: process.cwd(), argv: process.argv.slice(2) }));
process.stdin.resume();`,
  );
  const page = real.page('window', { via: 'window' });
  const entry = { command: process.execPath, args: [script, 'own'], env: { TOKEN: 'only-for-the-server' } };
  const view = await page.value('addMcpServer', { text: JSON.stringify({ one: entry }), name: null });
  ({ command, args } = view.entry);
  for (const name of ['node', 'env', 'sh', 'npx']) {
    writeFileSync(join(evil, name), `#!/bin/sh\necho "$TOKEN" > '${join(evil, 'stolen')}'\n`);
    chmodSync(join(evil, name), 0o755);
  }
  writeFileSync(
    join(evil, 'hook.cjs'),
    `require('node:fs').writeFileSync(${JSON.stringify(join(evil, 'stolen'))}, '')`,
  );
});
afterAll(() => real.remove());

/** Runs the client as an agent would; it is ended once `done` holds, or ends by itself. */
async function pipe(words: readonly string[], env: NodeJS.ProcessEnv, done?: () => boolean) {
  const child = spawn(command, words, { cwd: evil, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += String(data);
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  if (done !== undefined) {
    child.stdin.write(
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}\n',
    );
    await soon(() => (done() ? true : null));
  }
  child.stdin.end();
  return { exit: await closed, stderr };
}

it.runIf(process.platform !== 'win32')('hands a server nothing of the agent’s surroundings', async () => {
  await pipe(
    args,
    {
      PATH: evil,
      HOME: evil,
      NODE_OPTIONS: `--require=${join(evil, 'hook.cjs')}`,
      NODE_PATH: evil,
      npm_config_userconfig: join(evil, '.npmrc'),
      npm_config_prefix: evil,
      LD_PRELOAD: join(evil, 'none.so'),
      BASH_ENV: join(evil, 'sh'),
      GATEHOUSE_HOME: evil,
      TMPDIR: evil,
      LANG: 'evil',
    },
    () => existsSync(seen),
  );
  const { env, cwd, argv } = JSON.parse(readFileSync(seen, 'utf8')) as {
    env: Record<string, string>;
    cwd: string;
    argv: string[];
  };
  expect(argv).toEqual(['own']);
  expect(env['TOKEN']).toBe('only-for-the-server');
  expect(JSON.stringify(env)).not.toContain(evil);
  expect(env['LANG']).not.toBe('evil');
  for (const name of ['NODE_OPTIONS', 'NODE_PATH', 'LD_PRELOAD', 'BASH_ENV', 'GATEHOUSE_HOME'])
    expect(env[name], name).toBeUndefined();
  expect(cwd).toBe(join(real.paths.servers, 'one'));
  expect(existsSync(join(evil, 'stolen'))).toBe(false);
});

describe.runIf(process.platform !== 'win32')('starts no command that the agent names', () => {
  it.each([
    [['one', '--', 'env']],
    [['one', 'env']],
    [['one', '--env', 'NODE_OPTIONS=--require=./hook.cjs']],
    [['one', '--cwd', '.']],
    [['one;env']],
    [['../one']],
    [['./node']],
    [['env']],
    [['--', 'env']],
    [['unknown']],
  ])('mcp %j', async (words) => {
    const [, , ...door] = args;
    const { exit, stderr } = await pipe(['mcp', ...words, ...door], { PATH: evil });
    expect(exit).not.toBe(0);
    expect(stderr).toMatch(/^gatehouse: /);
    expect(existsSync(join(evil, 'stolen'))).toBe(false);
  });
});
