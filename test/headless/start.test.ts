import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildOnce } from '../support/built.ts';
import { fetchPath, freePort, PageClient } from '../support/headless-rig.ts';
import { soon } from '../support/real-app.ts';
import { Home, linkIn } from '../support/supervisor-process.ts';

let home: Home;
beforeAll(buildOnce, 240_000);
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

/** The text with what differs from run to run masked. */
function masked(text: string): string {
  return text
    .replaceAll(/#[\w-]{43}/g, '#TOKEN')
    .replaceAll(/\b\d+(?:\.\d+){2,}\b(?=: (?:not )?connected)/g, 'VERSION')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/ssh -L \d+:/g, 'ssh -L PORT:');
}

describe('gatehouse start', { timeout: 180_000 }, () => {
  it('says exactly this, and the page is there', async () => {
    const port = await freePort();
    const run = await home.start('--headless', '--port', String(port));
    const lines = masked(run.stdout).trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('Found  '))).toEqual([
      'Gatehouse is running (headless: asked for). Nothing is supervised yet.',
      'Open   http://127.0.0.1:PORT/#TOKEN   (one use, 5 min; `npx --no-install gatehouse open` makes another)',
      'SSH    ssh -L PORT:127.0.0.1:PORT HOST',
      'Try    npx --no-install gatehouse tutorial 1',
      'Ctrl-C stops it; connected agents are then blocked until it runs again.',
    ]);
    expect(run.stderr).toBe('');
    expect(linkIn(run.stdout).port).toBe(port);
    const page = await fetchPath(port, '/');
    expect(page.status).toBe(200);
    const script = /src="\.?(\/[^"]+\.js)"/.exec(page.body)?.[1] ?? '';
    expect((await fetchPath(port, script)).headers['content-type']).toContain('javascript');
  });

  it('names an agent that is found', async () => {
    const bin = join(home.folder, 'home', 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'claude'), '#!/bin/sh\necho "2.1.330 (Claude Code)"\n', { mode: 0o755 });
    home.env['PATH'] = `${bin}:${home.env['PATH'] ?? ''}`;
    const run = await home.start('--headless', '--port', String(await freePort()));
    expect(masked(run.stdout)).toContain(
      '\nFound  Claude Code VERSION: not connected  →  npx --no-install gatehouse agents install claude-code\n',
    );
  });

  it('opens a page by its link: the overview comes, and a reload keeps the session', async () => {
    const run = await home.start('--headless', '--port', String(await freePort()));
    const { port, token } = linkIn(run.stdout);
    const first = await PageClient.hello(port, { link: token });
    if (first.answer?.type !== 'welcome') throw new Error(JSON.stringify(first.answer));
    expect(await first.client.call(1, 'overview')).toMatchObject({ ok: true, value: { shell: 'headless' } });
    expect(await first.client.call(2, 'overview', ['too much'])).toMatchObject({
      ok: false,
      error: { code: 'bad_argument' },
    });
    expect(await first.client.call(3, 'constructor')).toMatchObject({
      ok: false,
      error: { code: 'bad_argument' },
    });
    first.client.end();
    const again = await PageClient.hello(port, { session: first.answer.session });
    expect(again.answer?.type).toBe('welcome');
    const stolen = await PageClient.hello(port, { link: token });
    expect(stolen.answer).toMatchObject({ type: 'refused', code: 'link_used' });
    await again.client.until(() =>
      again.client.received.some((message) => message.type === 'event' && message.channel === 'notice'),
    );
    // The page is told at once; the row is written beside it.
    let id = 4;
    const timeline = await soon(async () => {
      const text = JSON.stringify(await again.client.call(id++, 'timeline', [{}, null, 50]));
      if (!text.includes('link_reused')) await new Promise((resolve) => setTimeout(resolve, 50));
      return text.includes('link_reused') ? text : undefined;
    });
    expect(timeline).not.toContain(token);
    again.client.end();
  });

  it('a second time hands over with a new link, which is known as made later', async () => {
    const run = await home.start('--headless', '--port', String(await freePort()));
    const second = await home.done(['start']);
    expect([second.code, second.stderr]).toEqual([0, '']);
    expect(second.stdout.split('\n')[0]).toBe('Gatehouse is running already.');
    expect(linkIn(second.stdout).token).not.toBe(linkIn(run.stdout).token);
    const { client, answer } = await PageClient.hello(linkIn(second.stdout).port, {
      link: linkIn(second.stdout).token,
    });
    expect(answer?.type).toBe('welcome');
    client.end();
    expect(run.child.exitCode).toBeNull();
    const opened = await home.done(['open']);
    expect(linkIn(opened.stdout).port).toBe(linkIn(run.stdout).port);
  });

  it('twice at the same moment leaves one running, and both end well', async () => {
    const runs = [home.run('start', '--headless'), home.run('start', '--headless')];
    const [first, second] = runs;
    await Promise.race(runs.map((run) => run.ended));
    const over = runs.filter((run) => run.child.exitCode !== null);
    expect(over.map((run) => [run.child.exitCode, run.stderr])).toEqual([[0, '']]);
    const running = runs.find((run) => run.child.exitCode === null);
    await running?.until('Ctrl-C stops it');
    expect(`${first?.stdout}${second?.stdout}`.match(/is running already/g)).toHaveLength(1);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends on %s with 0: the doors and the port are closed, and it can start again',
    async (signal) => {
      const run = await home.start('--headless', '--port', String(await freePort()));
      const { port, token } = linkIn(run.stdout);
      const { client } = await PageClient.hello(port, { link: token });
      run.child.kill(signal);
      expect(await run.ended).toEqual({ code: 0, signal: null });
      await client.closed();
      expect(client.closeCode).toBe(1001);
      expect(run.stdout.trimEnd().split('\n').at(-1)).toBe('Gatehouse has stopped.');
      expect(run.stderr).toBe('');
      await expect(fetchPath(port, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(readdirSync(join(home.gatehouse, 'run')).filter((name) => name.endsWith('.sock'))).toEqual([]);
      expect((await home.done(['status'])).stderr).toMatch(/^gatehouse: .*not running.*; hint: .*start\n$/);
      await home.start('--headless', '--port', String(port));
    },
  );

  it('starts again after kill -9, and the old session is not known any more', async () => {
    const run = await home.start('--headless', '--port', String(await freePort()));
    const { port, token } = linkIn(run.stdout);
    const { answer } = await PageClient.hello(port, { link: token });
    // The launcher passes what it can on; this cannot be passed on, so its child is found by the lock's owner.
    const supervisor = childOf(run.child.pid ?? 0);
    process.kill(supervisor, 'SIGKILL');
    await run.ended;
    const again = await home.start('--headless', '--port', String(port));
    const { answer: after } = await PageClient.hello(port, {
      session: answer?.type === 'welcome' ? answer.session : '',
    });
    expect(after).toMatchObject({ type: 'refused', code: 'session_unknown' });
    expect(again.stderr).toBe('');
  });

  it('on a port that is taken says so in one line, ends with 1, and holds nothing', async () => {
    const blocker = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => blocker.listen(port, '127.0.0.1', resolve));
    const failed = await home.done(['start', '--headless', '--port', String(port)]);
    blocker.close();
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toBe(
      `gatehouse: port ${port} is taken by another program; hint: leave --port out, or name a free one\n`,
    );
    await home.start('--headless', '--port', String(port));
  });

  it('goes on when nobody reads what it prints', async () => {
    const run = home.run('start', '--headless', '--port', String(await freePort()));
    await run.until('Open ');
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    expect((await home.done(['status'])).code).toBe(0);
  });

  it.each([
    ['a home that is no absolute path', { GATEHOUSE_HOME: 'here' }, /GATEHOUSE_HOME/],
    ['a home that cannot be made', { GATEHOUSE_HOME: '/proc/gatehouse' }, /cannot be made/],
  ])('with %s says so in one line and no stack', async (_name, env, words) => {
    Object.assign(home.env, env);
    const failed = await home.done(['start', '--headless']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(words);
    expect(failed.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(failed.stderr).not.toMatch(/^\s+at /m);
  });

  it('never hands the link to another process by its arguments', async () => {
    const run = await home.start('--headless', '--port', String(await freePort()));
    const { token } = linkIn(run.stdout);
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const file = join('/proc', pid, 'cmdline');
      if (existsSync(file)) expect(safeRead(file)).not.toContain(token);
    }
  });
});

function safeRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The one child of a process. */
function childOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return Number(children[0]);
}
