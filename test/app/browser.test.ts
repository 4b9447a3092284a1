import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Browser, type Launch, opener } from '../../main/app/browser.ts';
import { openRig, PageClient } from '../support/headless-rig.ts';

const URL_WITH_TOKEN = 'http://127.0.0.1:7843/#token-of-this-test';
let folder: string;
let started: { program: string; args: readonly string[] }[];
const launch: Launch = async (program, args) => {
  started.push({ program, args });
  return true;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-browser-'));
  started = [];
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

function browser(use: Launch = launch): Browser {
  return new Browser({ runFolder: folder, platform: 'linux', env: {}, launch: use });
}

describe('handing a link to the browser', () => {
  it('goes through a file that only its owner reads; the link is in no argument', async () => {
    expect(await browser().open(URL_WITH_TOKEN, 'token', () => undefined)).toBe(true);
    const [name] = readdirSync(folder);
    const path = join(folder, name ?? '');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toContain(`content="0;url=${URL_WITH_TOKEN}"`);
    expect(started).toEqual([{ program: 'xdg-open', args: [expect.stringMatching(/^file:\/\//)] }]);
    expect(fileURLToPath(started[0]?.args[0] ?? '')).toBe(path);
    expect(JSON.stringify(started)).not.toContain('token-of-this-test');
  });

  it('keeps every character of the address: what ends a value or begins an entity is spelt out', async () => {
    const url = 'https://sign.example/a?client=1&state=x"y\'z<w>&copy=2#part';
    await browser().open(url, 'token', () => undefined);
    const text = readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8');
    const [, content = ''] = /http-equiv="refresh" content="([^"]*)"/.exec(text) ?? [];
    expect(content).not.toMatch(/&(?!#\d+;)|[<>']/);
    expect(content.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)))).toBe(
      `0;url=${url}`,
    );
  });

  it('removes the file after the first use', async () => {
    const handed = browser();
    await handed.open(URL_WITH_TOKEN, 'token', () => undefined);
    handed.used('another');
    expect(readdirSync(folder)).toHaveLength(1);
    handed.used('token');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes the file after a minute and gives the link up', async () => {
    vi.useFakeTimers();
    const unused = vi.fn();
    await browser().open(URL_WITH_TOKEN, 'token', unused);
    vi.advanceTimersByTime(59_999);
    expect(readdirSync(folder)).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(readdirSync(folder)).toEqual([]);
    expect(unused).toHaveBeenCalledOnce();
  });

  it('leaves nothing behind when no browser starts, or the folder is gone, or at the end', async () => {
    expect(await browser(async () => false).open(URL_WITH_TOKEN, 'token', () => undefined)).toBe(false);
    expect(
      await browser(() => Promise.reject(new Error('no'))).open(URL_WITH_TOKEN, 'token', () => undefined),
    ).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    const ending = browser();
    await ending.open(URL_WITH_TOKEN, 'token', () => undefined);
    ending.close();
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
    expect(await browser().open(URL_WITH_TOKEN, 'token', () => undefined)).toBe(false);
  });

  it('removes what a killed supervisor left, and nothing else', () => {
    writeFileSync(join(folder, `open-${'a'.repeat(22)}.html`), 'old');
    writeFileSync(join(folder, 'open-notes.html'), 'mine');
    browser();
    expect(readdirSync(folder)).toEqual(['open-notes.html']);
  });

  it('uses what each system has', () => {
    expect(opener('darwin', '/run/open-x.html')).toEqual(['open', ['/run/open-x.html']]);
    expect(opener('win32', 'C:\\run\\open-x.html')).toEqual(['explorer.exe', ['C:\\run\\open-x.html']]);
    expect(opener('linux', '/run/a b#c.html')).toEqual(['xdg-open', ['file:///run/a%20b%23c.html']]);
  });

  it('really starts a program, and sees when it fails or is not there', async () => {
    const real = (path: string) => new Browser({ runFolder: folder, platform: 'linux', env: { PATH: path } });
    writeFileSync(join(folder, 'xdg-open'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    expect(await real(`${folder}:/usr/bin:/bin`).open(URL_WITH_TOKEN, 'a', () => undefined)).toBe(false);
    expect(await real(join(folder, 'empty')).open(URL_WITH_TOKEN, 'b', () => undefined)).toBe(false);
    writeFileSync(join(folder, 'xdg-open'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    expect(await real(`${folder}:/usr/bin:/bin`).open(URL_WITH_TOKEN, 'c', () => undefined)).toBe(true);
  });
});

describe('the shell', () => {
  it('gives the browser a link of its own, whose file goes when the page has come', async () => {
    const rig = await openRig({ launch });
    try {
      expect(await rig.shell.openBrowser()).toBe(true);
      const path = fileURLToPath(started[0]?.args[0] ?? '');
      const link = /#([\w-]{43})/.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
      const { client, answer } = await PageClient.hello(rig.shell.port, { link });
      expect(answer?.type).toBe('welcome');
      expect(existsSync(path)).toBe(false);
      client.end();
    } finally {
      await rig.stop();
    }
  });

  it('voids the link when no browser could be started', async () => {
    let link = '';
    const rig = await openRig({
      launch: async (_program, args) => {
        link = /#([\w-]{43})/.exec(readFileSync(fileURLToPath(args[0] ?? ''), 'utf8'))?.[1] ?? '';
        return false;
      },
    });
    try {
      expect(await rig.shell.openBrowser()).toBe(false);
      expect(link).not.toBe('');
      const { client, answer } = await PageClient.hello(rig.shell.port, { link });
      expect(answer).toMatchObject({ type: 'refused', code: 'link_expired' });
      client.end();
    } finally {
      await rig.stop();
    }
  });
});
