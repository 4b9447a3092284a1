/** The shell of the governed tools: what a command gets, what ends with it, and what it cannot reach. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changedSince } from '../../../main/points/tools/tool-workers.ts';
import { launcherMissing } from '../../support/launcher.ts';
import { ECHO_HOST, type OutsideServer, outsideServer } from '../../support/outside-server.ts';
import { soon } from '../../support/real-app.ts';
import { call, ToolsHouse, toolsPolicy, workersOf } from '../../support/tools-house.ts';

const missing = launcherMissing();
let house: ToolsHouse;
let client: Client;
let server: OutsideServer;

beforeAll(async () => {
  if (missing !== null) return;
  server = await outsideServer(ECHO_HOST);
  house = await ToolsHouse.start(
    toolsPolicy(
      'default_policy: auto',
      `security:\n  sandbox: { level: strict, pool_size: 1, pool_max: 4, network: { allow: ["127.0.0.1:${server.port}"] } }\n`,
    ),
  );
  execFileSync('git', ['init', '-q', house.project]);
  client = await house.client();
});
afterAll(async () => {
  await house?.remove();
  server?.close();
});
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

const sh = (command: string, more: Record<string, unknown> = {}) =>
  call(client, 'shell_bash', { command, ...more });

describe('a command', () => {
  it('runs with bash in the project, and tells what it printed and how it ended', async () => {
    expect(await sh('echo out; echo err >&2; pwd; [[ -n $BASH ]] && cat')).toEqual({
      failed: false,
      text: `out\nerr\n${house.project}\n`,
    });
    expect(await sh('printf part; exit 3')).toEqual({ failed: true, text: 'part\n(Exit code 3.)' });
    expect(await sh('kill -TERM $$')).toEqual({ failed: true, text: '(Ended by signal 15.)' });
    expect(await sh('true')).toEqual({ failed: false, text: '(It printed nothing.)' });
    expect((await sh('echo $((6 * 7)) > made; cat made')).text).toBe('42\n');
    expect((await call(client, 'filesystem_read', { file_path: 'made' })).text).toBe('42\n');
  });

  it('is decided by what it does', async () => {
    const told = await sh(`cat ${house.real.paths.auditDb}`);
    expect(told).toMatchObject({ failed: true, text: expect.stringContaining('self_protection') });
  });

  it('prints without end, and only its beginning and its end are told', async () => {
    const { text, failed } = await sh('yes | head -c 3000000; echo; echo the end');
    expect(failed).toBe(false);
    expect(text.length).toBeLessThan(140 * 1024);
    expect(text.startsWith('y\ny\n')).toBe(true);
    expect(text).toMatch(/\(\d{7} bytes are left out\.\)/);
    expect(text.endsWith('\nthe end\n')).toBe(true);
  });

  it('ends with all that it started', async () => {
    const alone = async () => (await sh('echo /proc/[0-9]*')).text.trim().split(' ').length;
    const before = await alone();
    expect(
      (
        await sh(
          'sleep 1000 & setsid sleep 1000 >/dev/null & (trap "" TERM HUP; setsid sleep 1000) & echo on',
        )
      ).text,
    ).toBe('on\n');
    expect(await alone()).toBe(before);
  });

  it('is ended when it takes too long, also where it hides its output', async () => {
    const told = await sh('echo begun; exec >/dev/null 2>&1; trap "" TERM; while :; do :; done', {
      timeout: 1,
    });
    expect(told).toEqual({
      failed: true,
      text: 'begun\n(It took longer than 1 seconds and was ended, with all that it started.)',
    });
    expect((await sh('echo next')).text).toBe('next\n');
  });

  it('reaches the network through the proxy, as this session', async () => {
    const get = (target: string) =>
      `exec 3<>/dev/tcp/127.0.0.1/3128; printf 'GET http://${target}/x HTTP/1.1\\r\\nHost: ${target}\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3`;
    expect((await sh(get(`127.0.0.1:${server.port}`))).text).toContain('200 OK');
    expect(server.lines.length).toBeLessThanOrEqual(1);
    expect((await sh(get('127.0.0.1:9'))).text).toContain('403 Forbidden');
    expect((await sh(`exec 3<>/dev/tcp/127.0.0.1/${server.port}`)).failed).toBe(true);
    const row = await soon(async () => (await house.rows('web.connect'))[0]);
    expect(JSON.parse(row)).toMatchObject({ client: 'home-made' });
  });
});

describe('its worker', () => {
  it('is not reached by it', async () => {
    const { text } = await sh(
      'for p in 1 2; do (echo x > /proc/$p/fd/1) ; cat /proc/$p/mem; ls /proc/$p/fd; done',
    );
    expect(text).not.toMatch(/\b0\b.*\b1\b/);
    expect(text.match(/denied|No such|Read-only|cannot/gi)?.length).toBeGreaterThanOrEqual(4);
    expect((await sh('echo still')).text).toBe('still\n');
  });

  it('when it kills it: the call fails, and the next one has another', async () => {
    const told = await sh('kill -9 2; sleep 5; echo lived');
    expect(told.failed).toBe(true);
    expect(told.text).toMatch(/^The call failed: /);
    expect((await sh('echo next')).text).toBe('next\n');
  });

  it('ends when its call is given up, and the command with it', async () => {
    const given = new AbortController();
    const running = call(
      client,
      'shell_bash',
      { command: 'touch begun; sleep 60; touch done' },
      given.signal,
    );
    await soon(() => (existsSync(house.at('begun')) ? true : null));
    const before = workersOf(house.real).map(({ pid }) => pid);
    given.abort();
    await expect(running).rejects.toThrow();
    // One of them did it, and what it ran is gone with it.
    await soon(() => {
      const left = workersOf(house.real).map(({ pid }) => pid);
      return before.every((pid) => left.includes(pid)) ? null : true;
    });
    expect(existsSync(house.at('done'))).toBe(false);
  });

  it('shares nothing with that of another session', async () => {
    await sh('echo mine > /tmp/secret');
    const other = await house.client({ name: 'other' });
    const told = await call(other, 'shell_bash', { command: 'cat /tmp/secret; ls /dev/shm /tmp' });
    expect(told.text).not.toContain('mine');
    expect((await sh('cat /tmp/secret')).text).toBe('mine\n');
  });

  it('ends when everything is stopped, and none comes until agents may work again', async () => {
    const page = house.real.page('person');
    const running = sh('touch stop-begun; sleep 60; touch stop-done').catch((error: unknown) =>
      String(error),
    );
    await soon(() => (existsSync(house.at('stop-begun')) ? true : null));
    await page.value('stopAll');
    await running;
    await soon(() => (workersOf(house.real).length === 0 ? true : null));
    expect(existsSync(house.at('stop-done'))).toBe(false);
    await expect(house.client()).rejects.toThrow();
    await page.value('liftStop');
    client = await house.client();
    expect((await sh('echo again')).text).toBe('again\n');
  });

  it('leaves no hook behind when it ends', async () => {
    // What a person changes while a session runs counts as the session's.
    await house.closeClients();
    await soon(async () => {
      const of = async (type: string) => (await house.rows(`"${type}"`)).length;
      return (await of('sandbox.started')) === (await of('sandbox.ended')) ? true : null;
    });
    // Where git's settings say that hooks are: it is not there yet when the worker begins.
    execFileSync('git', ['-C', house.project, 'config', 'core.hooksPath', 'tools/hooks']);
    client = await house.client();
    await sh('mkdir -p tools/hooks; echo x > tools/hooks/post-checkout; chmod +x tools/hooks/*');
    expect(existsSync(house.at('tools/hooks/post-checkout'))).toBe(true);
    await sh('printf "#!/bin/sh\\n" > .git/hooks/pre-commit; mkdir -p in/.git; echo x > .envrc; true');
    await house.closeClients();
    await soon(() => (workersOf(house.real).length === 0 ? true : null));
    await soon(() => (existsSync(house.at('.envrc')) ? null : true));
    const kept = join(house.real.paths.data, 'quarantine');
    expect(readdirSync(kept).length).toBeGreaterThan(0);
    const rows = await soon(async () => {
      const found = await house.rows('.envrc');
      return found.some((row) => row.includes('sandbox.ended')) ? found : null;
    });
    expect(rows.join('\n')).toContain('tools/hooks/post-checkout: a git hook');
    expect(existsSync(house.at('tools/hooks/post-checkout'))).toBe(false);
  });

  it('writes to no folder of hooks that is there', async () => {
    house.write('tools/hooks/pre-push', 'mine');
    client = await house.client();
    expect((await sh('echo x > tools/hooks/pre-push')).failed).toBe(true);
    expect(
      await call(client, 'filesystem_write', { file_path: 'tools/hooks/post-merge', content: 'x' }),
    ).toMatchObject({ failed: true });
    expect(readdirSync(house.at('tools/hooks'))).toEqual(['pre-push']);
  });

  it('may leave what cannot be looked at, and the rest is taken away all the same', () => {
    expect(changedSince(`/${'x'.repeat(300)}`, Date.now())).toBe(true);
    expect(changedSince('/proc/no-such-file', 0)).toBe(false);
    expect(changedSince(house.at('tools/hooks/pre-push'), Date.now() + 60_000)).toBe(false);
  });
});
