/** Against a real gnome-keyring on a session bus of its own. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { nodeChildHost } from '../../../main/platform/child-host.ts';
import { troubleOf } from '../../../main/platform/keychain/answers.ts';
import { Keychain } from '../../../main/platform/keychain/keychain.ts';
import { keychainSource } from '../../../main/vault/keychain-source.ts';
import { type KeyringSession, keyringSession, needsKeyring } from '../../support/keyring-session.ts';
import { cheapKdf, codeOf, draft, textOf, values, vaultHouse } from '../../support/vault-house.ts';

const SECRET = Buffer.from('0123456789abcdef0123456789abcdef');
const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function session(
  context: TestContext,
  options: Parameters<typeof keyringSession>[0] = {},
): Promise<KeyringSession> {
  needsKeyring(context);
  const made = await keyringSession(options);
  closers.push(() => made.end());
  return made;
}

function keychain(env: NodeJS.ProcessEnv, over: { canPrompt?: boolean; deadlineMs?: number } = {}): Keychain {
  const made = new Keychain({ host: nodeChildHost(env), canPrompt: false, ...over });
  closers.push(() => made.close());
  return made;
}

describe('a keyring', () => {
  it('keeps, gives back, removes, and says when there is nothing', async (context) => {
    const bus = await session(context);
    bus.unlock('password');
    const chain = keychain(bus.env);
    expect(await chain.get('a')).toEqual({ kind: 'missing' });
    expect(await chain.set('a', SECRET)).toEqual({ kind: 'done' });
    expect(await chain.get('a')).toEqual({ kind: 'found', secret: SECRET });
    expect(await keychain(bus.env).get('a')).toEqual({ kind: 'found', secret: SECRET });
    expect(await chain.remove('a')).toEqual({ kind: 'done' });
    expect(await chain.remove('a')).toEqual({ kind: 'done' });
    expect(await chain.get('a')).toEqual({ kind: 'missing' });
    expect(await chain.probe()).toEqual({ kind: 'done' });
  });

  it('11 that is locked is told from one that has nothing', async (context) => {
    const bus = await session(context);
    bus.unlock('password');
    const chain = keychain(bus.env);
    await chain.set('a', SECRET);
    bus.lock();
    expect(await chain.get('a')).toMatchObject({ kind: 'locked' });
    expect(await chain.set('b', SECRET)).toMatchObject({ kind: 'locked' });
    bus.unlock('password');
    expect(await chain.get('a')).toEqual({ kind: 'found', secret: SECRET });
  });

  it('that was never made is locked, not empty', async (context) => {
    const bus = await session(context);
    expect(await keychain(bus.env).get('a')).toMatchObject({ kind: 'locked' });
  });

  it('10 that is not there is told: no service on the bus, no bus, a dead bus', async (context) => {
    const bus = await session(context, { services: false });
    expect(await keychain(bus.env).get('a')).toMatchObject({ kind: 'no_service' });
    const { DBUS_SESSION_BUS_ADDRESS: _gone, ...without } = bus.env;
    expect(await keychain({ ...without, XDG_RUNTIME_DIR: '/nonexistent' }).get('a')).toMatchObject({
      kind: 'no_service',
    });
    const dead = { ...without, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' };
    expect(await keychain(dead).get('a')).toMatchObject({ kind: 'no_service' });
  });

  it('15 without one nothing goes to the keyring of the kernel, which is lost at a restart', async () => {
    const kernel = () =>
      readFileSync('/proc/keys', 'utf8')
        .split('\n')
        .filter((line) => /gatehouse|keytar|secret/i.test(line));
    const before = kernel();
    const chain = keychain({ PATH: process.env['PATH'], XDG_RUNTIME_DIR: '/nonexistent' });
    expect(await chain.set('a', SECRET)).toMatchObject({ kind: 'no_service' });
    expect(await chain.probe()).toMatchObject({ kind: 'no_service' });
    const source = keychainSource(chain);
    const house = await vaultHouse(false, source);
    closers.push(() => house.end());
    expect(
      await codeOf(() => house.vault.create({ source, passphrase: null, kdf: cheapKdf(), recovery: false })),
    ).toMatch(/^keychain_/);
    expect(house.vault.exists).toBe(false);
    expect(kernel()).toEqual(before);
  });

  it('16 no secret is given to Electron’s safeStorage, whose basic_text has a password that everybody knows', () => {
    const sources = ['main', 'preload'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true }).filter(({ name }) =>
        /\.tsx?$/.test(name),
      ),
    );
    expect(sources.length).toBeGreaterThan(300);
    for (const { parentPath, name } of sources)
      expect([name, /safeStorage|basic_text/.test(readFileSync(join(parentPath, name), 'utf8'))]).toEqual([
        name,
        false,
      ]);
  });

  it('12 whose question is answered with no is denied; 13 one that nobody answers times out, four times, and stops nothing', async (context) => {
    needsKeyring(context, ['Xvfb', 'xdotool']);
    const xvfb = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '800x600x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    closers.push(() => void xvfb.kill());
    const number = await new Promise<string>((resolve) =>
      xvfb.stdio[3]?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
    );
    const bus = await session(context, { display: `:${number}` });
    const chain = keychain(bus.env, { canPrompt: true, deadlineMs: 1500 });
    for (let at = 0; at < 4; at += 1) {
      const waits = chain.set(`a${at}`, SECRET);
      expect((await readFile(import.meta.filename)).length).toBeGreaterThan(0);
      expect(await waits).toMatchObject({ kind: 'timed_out' });
    }
    const patient = keychain(bus.env, { canPrompt: true, deadlineMs: 60_000 });
    const answer = patient.set('b', SECRET);
    let done = false;
    void answer.then(() => {
      done = true;
    });
    while (!done) {
      try {
        execFileSync('xdotool', ['key', 'Escape'], { env: bus.env, stdio: 'ignore' });
      } catch {
        // The window is not there yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(await answer).toMatchObject({ kind: 'denied' });
  }, 300_000);

  it('is asked by a process that cannot be read and that is ended with us', async (context) => {
    const bus = await session(context);
    bus.unlock('password');
    const chain = keychain(bus.env);
    await chain.set('a', SECRET);
    const pid = chain.pid ?? 0;
    expect(pid).toBeGreaterThan(0);
    // Files of a process that is not dumpable belong to root.
    const hardened = execFileSync('stat', ['-c', '%u', `/proc/${pid}/environ`], { encoding: 'utf8' }).trim();
    expect(hardened).toBe('0');
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(SECRET.toString('base64'));
    process.kill(pid, 'SIGKILL');
    expect(await chain.get('a')).toEqual({ kind: 'found', secret: SECRET });
  });
});

describe('its process', () => {
  /** The first processes end by themselves when they are asked; those after them have nothing. */
  const falling = (times: number) => {
    let started = 0;
    const chain = new Keychain({
      canPrompt: false,
      host: {
        start: () => {
          started += 1;
          const falls = started <= times;
          const { promise: asked, resolve: ask } = Promise.withResolvers<number>();
          return {
            pid: started,
            send: (message) => ask((message as { id: number }).id),
            onMessage: (listener) =>
              void asked.then(
                (id) => falls || listener({ id, secret: SECRET.toString('base64'), failed: null }),
              ),
            onExit: (listener) => void asked.then(() => falls && listener()),
            kill: () => undefined,
          };
        },
      },
    });
    closers.push(() => chain.close());
    return { chain, started: () => started };
  };

  it('that ends before it answers is followed by one more, and the question is asked again', async () => {
    const { chain, started } = falling(1);
    expect(await chain.get('a')).toEqual({ kind: 'found', secret: SECRET });
    expect(started()).toBe(2);
  });

  it('that ends twice is told', async () => {
    const { chain, started } = falling(2);
    expect(await chain.get('a')).toEqual({ kind: 'failed', why: 'its process ended' });
    expect(started()).toBe(2);
  });
});

describe('a vault in the keyring', () => {
  it('is made, opened after a restart, rotated; a locked keyring and a forgotten secret are each told', async (context) => {
    const bus = await session(context);
    bus.unlock('password');
    const chain = keychain(bus.env);
    const source = keychainSource(chain);
    const house = await vaultHouse(false, source);
    closers.push(() => house.end());
    await house.vault.create({ source, passphrase: null, recovery: true });
    const { id } = house.vault.credentials.add(draft('npm'), values('npm_the_value'));
    const unlock = () => house.vault.unlock({ by: 'source', source, passphrase: null });
    await house.restart();
    await unlock();
    expect(textOf(house.vault, id)).toBe('npm_the_value');
    await house.vault.rotate(source, null);
    await house.restart();
    bus.lock();
    expect(await codeOf(unlock)).toBe('keychain_locked');
    bus.unlock('password');
    await unlock();
    expect(textOf(house.vault, id)).toBe('npm_the_value');
    await house.restart();
    const { vault } = JSON.parse(house.store.header()?.text ?? '{}') as { vault: string };
    expect(await chain.get(`${vault}/1`)).toEqual({ kind: 'missing' });
    await chain.remove(`${vault}/2`);
    expect(await codeOf(unlock)).toBe('no_secret');
  });

  it('stays open when the keyring ends under it, is told why it opens no more, and opens when it is back', async (context) => {
    // Nothing starts the keyring again on demand.
    const bus = await session(context, { services: false });
    bus.unlock('password');
    const source = keychainSource(keychain(bus.env));
    const house = await vaultHouse(false, source);
    closers.push(() => house.end());
    await house.vault.create({ source, passphrase: null, recovery: true });
    const { id } = house.vault.credentials.add(draft('npm'), values('npm_the_value'));
    const unlock = () => house.vault.unlock({ by: 'source', source, passphrase: null });
    bus.stop();
    expect(await codeOf(() => source.read('anything', null))).toBe('keychain_no_service');
    expect(textOf(house.vault, id)).toBe('npm_the_value');
    expect(await codeOf(() => house.vault.rotate(source, null))).toBe('keychain_no_service');
    expect(textOf(house.vault, id)).toBe('npm_the_value');
    house.vault.lock();
    expect(await codeOf(unlock)).toBe('keychain_no_service');
    bus.unlock('password');
    await unlock();
    expect(textOf(house.vault, id)).toBe('npm_the_value');
  });
});

describe('the words of keychains', () => {
  it.each([
    ['The name org.freedesktop.secrets was not provided by any .service files', false, 'no_service'],
    ['The name is not activatable', false, 'no_service'],
    ['Cannot autolaunch D-Bus without X11 $DISPLAY', false, 'no_service'],
    ['Could not connect: No such file or directory', true, 'no_service'],
    ['Cannot create an item in a locked collection', false, 'locked'],
    ['Cannot create an item in a locked collection', true, 'denied'],
    ['Object does not exist at path “/org/freedesktop/secrets/collection/login”', false, 'locked'],
    ['User canceled the operation.', false, 'denied'],
    ['User interaction is not allowed.', false, 'locked'],
    ['The disk is full', true, 'failed'],
  ] as const)('%s', (text, canPrompt, kind) => {
    expect(troubleOf(text, canPrompt)).toBe(kind);
  });
});
