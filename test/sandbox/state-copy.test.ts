/** What of an agent's own folder goes in, and what of its copy comes back: what is on the list, and nothing else. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { presetOf } from '../../main/sandbox/agent-presets.ts';
import { copyState, dropEarlier, dropState, mergeState } from '../../main/sandbox/state-copy.ts';

const preset = presetOf('/usr/bin/claude');
if (preset === null) throw new Error('no preset');
let folder: string;
let home: string;
let copy: string;

function put(base: string, path: string, text: string): void {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), text);
}
const read = (base: string, path: string) => readFileSync(join(base, path), 'utf8');
const project = { cwd: '/home/me/p/sub', workspace: '/home/me/p' };
const back = () => mergeState(preset, home, copy, project);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gh-state-'));
  home = join(folder, 'home');
  copy = join(folder, 'copy');
  put(home, '.claude/.credentials.json', '{"claudeAiOauth":{"t":1},"mcpOAuth":{"keep":1}}');
  put(home, '.claude/settings.json', '{"hooks":{}}');
  put(home, '.claude/history.jsonl', 'mine');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('carries what is listed, makes the settings that are missing, and goes again', async () => {
  const { folders, settings } = copyState(preset, home, copy);
  expect(folders).toEqual([{ source: join(copy, '.claude'), target: join(home, '.claude') }]);
  expect(settings.map((path) => path.slice(home.length))).toEqual([
    '/.claude/settings.json',
    '/.claude/settings.local.json',
  ]);
  expect(read(copy, '.claude/settings.json')).toBe('{"hooks":{}}');
  expect(read(copy, '.claude/settings.local.json')).toBe('{}\n');
  expect(existsSync(join(copy, '.claude/history.jsonl'))).toBe(false);
  expect(await dropState(copy)).toBe(null);
  expect(existsSync(copy)).toBe(false);
});

it('brings a renewed sign-in back, its other keys not, and says so', () => {
  copyState(preset, home, copy);
  put(
    copy,
    '.claude/.credentials.json',
    '{"claudeAiOauth":{"t":2},"mcpOAuth":{"evil":1},"apiKeyHelper":"sh"}',
  );
  expect(back()).toEqual(['.claude/.credentials.json']);
  expect(JSON.parse(read(home, '.claude/.credentials.json'))).toEqual({
    claudeAiOauth: { t: 2 },
    mcpOAuth: { keep: 1 },
  });
});

it('brings new transcripts of the project back, and touches none that is there', () => {
  put(home, '.claude/projects/-home-me-p/old.jsonl', 'old');
  copyState(preset, home, copy);
  put(copy, '.claude/projects/-home-me-p/old.jsonl', 'changed');
  put(copy, '.claude/projects/-home-me-p/new.jsonl', 'new');
  put(copy, '.claude/projects/-home-me-p-sub/new.jsonl', 'new');
  put(copy, '.claude/projects/-home-me-p/run.sh', '#!/bin/sh');
  put(copy, '.claude/projects/-home-me-p/b/c/d/deep.jsonl', 'deep');
  expect(back()).toEqual(['.claude/projects (2 new)']);
  expect(read(home, '.claude/projects/-home-me-p/old.jsonl')).toBe('old');
  expect(read(home, '.claude/projects/-home-me-p/new.jsonl')).toBe('new');
  for (const name of ['run.sh', 'b/c/d/deep.jsonl'])
    expect(existsSync(join(home, '.claude/projects/-home-me-p', name))).toBe(false);
});

it('brings no transcript back with which an agent in another project would go on', () => {
  copyState(preset, home, copy);
  for (const name of ['-home-me-q/x.jsonl', '-home-me-p-q/x.jsonl', 'x.jsonl'])
    put(copy, `.claude/projects/${name}`, 'evil');
  expect(back()).toEqual([]);
  expect(existsSync(join(home, '.claude/projects'))).toBe(false);
});

it('knows by its first line whose session of Codex it is', () => {
  const codex = presetOf('codex');
  if (codex === null) throw new Error('no preset');
  copyState(codex, home, copy);
  const session = (cwd: unknown) => `${JSON.stringify({ type: 'session_meta', payload: { cwd } })}\n{}\n`;
  const texts = ['/home/me/p', '/home/me/p/sub', '/home/me/q', '/home/me/p/../q', 7].map(session);
  for (const [index, text] of [...texts, 'no JSON', 'null'].entries())
    put(copy, `.codex/sessions/2026/11/26/rollout-${index}.jsonl`, text);
  expect(mergeState(codex, home, copy, project)).toEqual(['.codex/sessions (2 new)']);
  for (const index of [0, 1])
    expect(read(home, `.codex/sessions/2026/11/26/rollout-${index}.jsonl`)).toBe(texts[index]);
});

it('goes at the next start where a crash left it', async () => {
  expect(await dropEarlier(join(folder, 'none'))).toEqual([]);
  copyState(preset, home, join(folder, 'sessions/run_1'));
  copyState(preset, home, join(folder, 'sessions/run_2'));
  expect(await dropEarlier(join(folder, 'sessions'))).toEqual([]);
  expect(readdirSync(join(folder, 'sessions'))).toEqual([]);
});

it('goes again whatever the agent closed', async () => {
  if (process.getuid?.() === 0) process.seteuid?.(61_500);
  try {
    const own = mkdtempSync(join(tmpdir(), 'gh-state-'));
    put(own, 'copy/.claude/a/b/file', 'x');
    for (const name of ['a/b', 'a']) chmodSync(join(own, 'copy/.claude', name), 0);
    expect(await dropState(join(own, 'copy'))).toBe(null);
    expect(existsSync(join(own, 'copy'))).toBe(false);
    rmSync(own, { recursive: true });
  } finally {
    if (process.getuid?.() === 0) process.seteuid?.(0);
  }
});

it('brings nothing else back: settings, hooks, commands, further files', () => {
  copyState(preset, home, copy);
  for (const name of [
    'settings.json',
    'settings.local.json',
    'CLAUDE.md',
    'agents/x.md',
    'commands/x.md',
    'skills/x/SKILL.md',
    '.claude.json',
  ])
    put(copy, `.claude/${name}`, '{"hooks":{"PreToolUse":[]}}');
  expect(back()).toEqual([]);
  expect(read(home, '.claude/settings.json')).toBe('{"hooks":{}}');
  for (const name of ['settings.local.json', 'CLAUDE.md', 'agents', 'commands', 'skills'])
    expect(existsSync(join(home, '.claude', name))).toBe(false);
});

it('follows no link that the agent made, on either side', () => {
  put(folder, 'secret', '{"claudeAiOauth":{"t":"stolen"}}');
  copyState(preset, home, copy);
  rmSync(join(copy, '.claude/.credentials.json'));
  symlinkSync(join(folder, 'secret'), join(copy, '.claude/.credentials.json'));
  mkdirSync(join(copy, '.claude/projects/p'), { recursive: true });
  symlinkSync(join(folder, 'secret'), join(copy, '.claude/projects/p/link.jsonl'));
  mkdirSync(join(folder, 'elsewhere'));
  mkdirSync(join(home, '.claude/projects'), { recursive: true });
  symlinkSync(join(folder, 'elsewhere'), join(home, '.claude/projects/q'));
  put(copy, '.claude/projects/q/new.jsonl', 'new');
  expect(back()).toEqual([]);
  expect(existsSync(join(folder, 'elsewhere/new.jsonl'))).toBe(false);
  expect(read(home, '.claude/.credentials.json')).toContain('"t":1');
});

it.each(['', '[1]', '"x"', 'null', '{"claudeAiOauth":', '\0'])(
  'takes nothing of a file that is no object: %j',
  (text) => {
    copyState(preset, home, copy);
    put(copy, '.claude/.credentials.json', text);
    expect(back()).toEqual([]);
    expect(read(home, '.claude/.credentials.json')).toContain('"t":1');
  },
);
