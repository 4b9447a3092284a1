/** The worker of governed tools: its path policy by descriptor, and what it must never be led to, hung by or ended by. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFields } from '../../main/points/tools/worker-frames.ts';
import { isRoot, launcherMissing, ORDINARY_USER } from '../support/launcher.ts';
import { WorkerClient } from '../support/worker-client.ts';
import { SECRET, WorkerPlace } from '../support/worker-place.ts';

const missing = launcherMissing();

let place: WorkerPlace | undefined;
let folder: string;
let project: string;
let worker: WorkerClient;
const at = (name: string) => join(project, name);

beforeEach((context) => {
  if (missing !== null) context.skip(missing);
  place = new WorkerPlace();
  ({ folder, project, worker } = place);
});
afterEach(() => place?.remove());

describe('paths', () => {
  it.each([
    ['/etc/passwd', 'is outside of what these tools may touch'],
    ['../outside/file', 'is outside of what these tools may touch'],
    ['a/../../outside/file', 'is outside of what these tools may touch'],
    ['link/file', 'link is a link to'],
    ['inner/deep/file', 'inner/deep is a link to'],
    ['file-link', 'file-link is a link to'],
    ['nothing', 'there is no such file'],
    ['x'.repeat(300), 'not a path that can be used'],
  ])('%s is not read', async (name, why) => {
    mkdirSync(at('inner'));
    symlinkSync(join(folder, 'outside'), at('link'));
    symlinkSync('../../outside', at('inner/deep'));
    symlinkSync(join(folder, 'outside', 'file'), at('file-link'));
    const path = name.startsWith('/') ? name : `${project}/${name}`;
    for (const work of [
      ['read', path, '1', '10'],
      ['edit', path, 'secret', 'x', '0'],
    ]) {
      const said = await worker.say(...work);
      expect(said).toMatch(/^- /);
      expect(said).not.toContain(SECRET);
      expect(said).toContain(why);
    }
    const search = await worker.say('grep', project, 'secret', '0', '', '10');
    expect(search).toMatch(/^\+ 0 /);
    expect(readFileSync(join(folder, 'outside', 'file'), 'utf8')).toBe(SECRET);
  });

  it('writes through no link, in the last place or before it, and takes none along', async () => {
    symlinkSync(join(folder, 'outside'), at('link'));
    symlinkSync(join(folder, 'outside', 'file'), at('file-link'));
    symlinkSync(join(folder, 'outside', 'new'), at('dangling'));
    for (const name of ['link/file', 'link/new', 'file-link', 'dangling'])
      expect(await worker.say('write', at(name), 'taken over')).toMatch(/^- .*is a link to/);
    expect(readdirSync(join(folder, 'outside'))).toEqual(['file']);
    expect(readFileSync(join(folder, 'outside', 'file'), 'utf8')).toBe(SECRET);
    expect(await worker.say('delete', at('file-link'))).toMatch(/^\+ /);
    expect(existsSync(join(folder, 'outside', 'file'))).toBe(true);
  });

  it('does not change another name of the same file', async () => {
    linkSync(join(folder, 'outside', 'file'), at('hard'));
    expect(await worker.say('write', at('hard'), 'mine')).toMatch(/^\+ /);
    expect(await worker.say('edit', at('hard'), 'mine', 'yours', '0')).toMatch(/^\+ /);
    expect(readFileSync(at('hard'), 'utf8')).toBe('yours');
    expect(readFileSync(join(folder, 'outside', 'file'), 'utf8')).toBe(SECRET);
  });

  it.each(['.git/config', '.git', 'a/b/.git/hooks/x', '.GIT/x', '.vscode/tasks.json', '.github/hooks/x'])(
    'changes nothing at %s',
    async (name) => {
      expect(await worker.say('write', at(name), 'x')).toMatch(/^- .* is protected: /);
      expect(await worker.say('delete', at(name))).toMatch(/^- .* is protected: /);
      expect(readdirSync(project)).toEqual([]);
    },
  );

  it('knows names that only begin alike', async () => {
    for (const name of ['.gitignore', '.github/workflows/x.yml', 'git/config'])
      expect(await worker.say('write', at(name), 'x')).toMatch(/^\+ /);
  });

  it('holds a read-only folder', async () => {
    const other = new WorkerClient(['w', project, 'r', join(folder, 'outside')]);
    expect(await other.say('read', join(folder, 'outside', 'file'), '1', '1')).toBe(`+ ${SECRET} 0`);
    expect(await other.say('write', join(folder, 'outside', 'file'), 'x')).toMatch(/read-only here/);
    await other.close();
  });

  it('is not led out while a folder is swapped for a link again and again', async () => {
    mkdirSync(at('real'));
    writeFileSync(at('real/file'), 'inside');
    symlinkSync(join(folder, 'outside'), at('evil'));
    // Exchanges the two names as fast as it can. Between them the worker makes a folder of that name for what it
    // writes; it goes again.
    const flips = `const { renameSync, rmSync } = require('node:fs'); process.chdir(process.argv[1]);
      const put = () => {
        for (;;) {
          try { return renameSync('evil', 'real'); } catch {}
          try { rmSync('real', { recursive: true, force: true }); } catch {}
        }
      };
      console.log('goes'); for (;;) { renameSync('real', 'tmp'); put(); renameSync('tmp', 'evil'); }`;
    const flipper = spawn(process.execPath, ['-e', flips, project], { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = new Promise((resolve) => flipper.on('close', resolve));
    try {
      await once(flipper.stdout, 'data');
      let inside = 0;
      let refused = 0;
      for (let round = 0; (inside < 20 || refused < 20) && round < 20_000; round++) {
        const read = await worker.say('read', at('real/file'), '1', '1');
        expect(read).not.toContain(SECRET);
        if (read === '+ inside 0') inside += 1;
        else refused += 1;
        if (round % 10 === 0) await worker.say('write', at('real/new'), 'x');
        if (round % 25 === 0)
          expect(await worker.say('grep', project, 'secret', '0', '', '9')).toMatch(/^\+ \d /);
        if (round % 15 === 0) {
          await worker.say('edit', at('real/file'), 'inside', 'inside', '0');
          await worker.say('delete', at('real/new'));
          for (const look of [
            ['list', at('real')],
            ['glob', project, '**/*', '99'],
            ['grep', at('real'), '.', '0', '', '9'],
          ])
            expect(await worker.say(...look)).not.toContain(SECRET);
        }
      }
      expect(inside).toBeGreaterThanOrEqual(20);
      expect(refused).toBeGreaterThanOrEqual(20);
    } finally {
      flipper.kill('SIGKILL');
      await gone;
    }
    expect(readdirSync(join(folder, 'outside'))).toEqual(['file']);
    expect(readFileSync(join(folder, 'outside', 'file'), 'utf8')).toBe(SECRET);
  });

  it('waits for no pipe that is swapped for a file, and writes into none', async () => {
    writeFileSync(at('x'), 'inside');
    execFileSync('mkfifo', [at('pipe')]);
    const flips = `const { renameSync } = require('node:fs'); process.chdir(process.argv[1]);
      console.log('goes'); for (;;) { renameSync('x', 'tmp'); renameSync('pipe', 'x'); renameSync('tmp', 'pipe'); }`;
    const flipper = spawn(process.execPath, ['-e', flips, project], { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = new Promise((resolve) => flipper.on('close', resolve));
    try {
      await once(flipper.stdout, 'data');
      const seen = new Set<string>();
      for (let round = 0; round < 5000 && seen.size < 2; round += 1) {
        const told = await worker.say('read', at('x'), '1', '1');
        seen.add(told === '+ inside 0' ? 'file' : 'no file');
        expect(await worker.say('grep', project, 'inside', '0', '', '9')).toMatch(/^\+ /);
      }
      expect([...seen].sort()).toEqual(['file', 'no file']);
    } finally {
      flipper.kill('SIGKILL');
      await gone;
    }
  });
});

describe('files', () => {
  it('reads lines, and says where to go on', async () => {
    writeFileSync(at('f'), 'one\ntwo\nthree');
    expect(await worker.say('read', at('f'), '1', '10')).toBe('+ one\ntwo\nthree 0');
    expect(await worker.say('read', at('f'), '2', '1')).toBe('+ two\n 3');
    expect(await worker.say('read', at('f'), '4', '1')).toMatch(/^- .* ends before line 4/);
    expect(await worker.say('read', at('f'), '0', '1')).toMatch(/^- .*whole numbers/);
    writeFileSync(at('empty'), '');
    expect(await worker.say('read', at('empty'), '1', '10')).toBe('+  0');
  });

  it('reads the end of a huge file in little memory, and no more than fits', async () => {
    writeFileSync(at('huge'), Buffer.alloc(80 * 1024 * 1024, 'a line of text\n'));
    const lines = Math.floor((80 * 1024 * 1024) / 15);
    const end = await worker.ask('read', at('huge'), String(lines), '5');
    expect(String(end?.fields[0])).toMatch(/^a line of text\n/);
    const much = await worker.ask('read', at('huge'), '1', '999999');
    expect(much?.fields[0]?.length).toBeGreaterThan(250 * 1024);
    expect(much?.fields[0]?.length).toBeLessThanOrEqual(256 * 1024);
    expect(String(much?.fields[0]).endsWith('\n')).toBe(true);
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${worker.child.pid}/status`, 'utf8'))?.[1];
    expect(Number(peak)).toBeLessThan(16 * 1024);
    expect(await worker.say('edit', at('huge'), 'a line', 'x', '1')).toMatch(/larger than 16777216 bytes/);
  });

  it('says of what is not text that it is not', async () => {
    writeFileSync(at('bin'), Buffer.from([1, 2, 0, 3]));
    expect(await worker.say('read', at('bin'), '1', '1')).toMatch(
      /^- .* is not text: it holds zero bytes \(4 bytes/,
    );
    expect(await worker.say('grep', project, '.', '0', '', '9')).toBe('+ 0 1 1');
  });

  it('edits what stands there once, and counts what does not', async () => {
    writeFileSync(at('f'), 'a b a\0c');
    chmodSync(at('f'), 0o640);
    expect(await worker.say('edit', at('f'), 'x', 'y', '0')).toMatch(/^- nothing was changed: .* is not in /);
    expect(await worker.say('edit', at('f'), 'a', 'y', '0')).toMatch(
      /^- nothing was changed: .* is 2 times in /,
    );
    expect(await worker.say('edit', at('f'), '', 'y', '0')).toMatch(/^- .*must not be empty/);
    expect(readFileSync(at('f'), 'latin1')).toBe('a b a\0c');
    expect(await worker.say('edit', at('f'), 'a', 'long', '1')).toMatch(/2 places/);
    expect(await worker.say('edit', at('f'), 'c', '', '0')).toMatch(/1 places/);
    expect(readFileSync(at('f'), 'latin1')).toBe('long b long\0');
    expect(statSync(at('f')).mode & 0o7777).toBe(0o640);
    expect(readdirSync(project)).toEqual(['f']);
  });

  it('leaves no right to whoever runs a file', async () => {
    writeFileSync(at('tool'), 'old');
    chmodSync(at('tool'), 0o6755);
    await worker.say('write', at('tool'), 'new');
    expect(lstatSync(at('tool')).mode & 0o7777).toBe(0o755);
  });

  it('waits for no pipe and touches no device', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const names = ['pipe'];
    if (isRoot) {
      execFileSync('mknod', [at('null'), 'c', '1', '3']);
      names.push('null');
    }
    for (const name of names) {
      expect(await worker.say('read', at(name), '1', '1')).toMatch(
        /^- .* is a (?:named pipe|device), not a file/,
      );
      expect(await worker.say('edit', at(name), 'a', 'b', '0')).toMatch(/^- .*not a file/);
      expect(await worker.say('write', at(name), 'x')).toMatch(/^- .* is there and is no file/);
    }
    expect(await worker.say('grep', project, '.', '0', '', '9')).toMatch(/^\+ 0 /);
    expect(await worker.say('grep', at('pipe'), '.', '0', '', '9')).toMatch(/^- .*not a file/);
    expect(await worker.say('delete', at('pipe'))).toMatch(/^\+ /);
  });

  it('tells names that are no text byte by byte', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${project}/`), Buffer.from([0x66, 0xff])]), 'hello');
    const listed = await worker.ask('list', project);
    expect(listed?.fields[1]).toEqual(Buffer.from([0x66, 0xff]));
    const found = await worker.ask('glob', project, 'f*', '9');
    expect(found?.fields[0]).toEqual(Buffer.from([0x66, 0xff]));
  });

  it('deletes one thing and nothing below it', async () => {
    mkdirSync(at('full'));
    writeFileSync(at('full/f'), '');
    expect(await worker.say('delete', at('full'))).toMatch(/^- .* is not empty/);
    expect(await worker.say('delete', at('full/f'))).toMatch(/^\+ /);
    expect(await worker.say('delete', at('full'))).toMatch(/^\+ The empty folder/);
    expect(await worker.say('delete', project)).toMatch(/^- /);
    expect(existsSync(project)).toBe(true);
  });

  it('may do no more than its user', async (context) => {
    if (!isRoot) context.skip('only root can act as another user: sudo npx vitest run test/native');
    chmodSync(folder, 0o755);
    writeFileSync(at('roots'), 'x', { mode: 0o600 });
    chownSync(project, ORDINARY_USER, ORDINARY_USER);
    const other = new WorkerClient(['w', project], { uid: ORDINARY_USER, gid: ORDINARY_USER });
    expect(await other.say('read', at('roots'), '1', '1')).toMatch(/^- .*may not be used here/);
    expect(await other.say('write', at('own'), 'x')).toMatch(/^\+ /);
    await other.close();
  });
});

it('runs no command where the kernel does not confine it', async () => {
  expect(await worker.say('bash', `touch ${at('made')}`, project, '1000')).toBe(
    '- commands are run in a sandbox only',
  );
  expect(await worker.say('run', project, '1000', '', 'touch', at('made'))).toBe(
    '- commands are run in a sandbox only',
  );
  expect(readdirSync(project)).toEqual([]);
});

describe('frames', () => {
  it.each([
    ['a size beyond every limit', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['a field beyond its frame', Buffer.from([0, 0, 0, 5, 0, 0, 0, 9, 1])],
    ['a field without its size', Buffer.from([0, 0, 0, 2, 0, 0])],
    ['a frame of nothing', Buffer.from([0, 0, 0, 0])],
  ])('ends at %s', async (_what, bytes) => {
    worker.raw(bytes);
    expect(await worker.ended).toEqual({ code: 2, signal: null });
  });

  it('survives whatever words it is sent', async () => {
    const verbs = ['read', 'write', 'edit', 'delete', 'list', 'glob', 'grep', 'nothing', ''];
    let seed = 20_261_127;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const alphabet = Buffer.from('aé*?[]{}()|\\/.+^$-,:!0123 \n\0\xff', 'latin1');
    const word = () =>
      Buffer.from(Array.from({ length: random(24) }, () => alphabet[random(alphabet.length)] ?? 0));
    mkdirSync(at('a'));
    writeFileSync(at('a/f'), 'some text 0123\n');
    for (let round = 0; round < 3000; round++) {
      const verb = verbs[random(verbs.length)] ?? '';
      const path = random(4) === 0 ? word() : Buffer.concat([Buffer.from(`${project}/`), word()]);
      const more = Array.from({ length: random(6) }, () => (random(3) === 0 ? '5' : word()));
      const answer = await worker.ask(verb, path, ...more);
      if (answer === null) expect([round, verb, path.toString('hex'), more, await worker.ended]).toBeNull();
    }
    expect(readFileSync(join(folder, 'outside', 'file'), 'utf8')).toBe(SECRET);
    expect(readdirSync(folder).toSorted()).toEqual(['outside', 'proj']);
    worker.raw(encodeFields([]));
    expect((await worker.ended).code).toBe(2);
  });
});
