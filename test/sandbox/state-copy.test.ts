/** What of an agent's own folder goes in, and what of its copy comes back: what is on the list, and nothing else. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { presetOf } from '../../main/sandbox/agent-presets.ts';
import { copyState, dropState, mergeState } from '../../main/sandbox/state-copy.ts';

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
const back = () => mergeState(preset, home, copy);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gh-state-'));
  home = join(folder, 'home');
  copy = join(folder, 'copy');
  put(home, '.claude/.credentials.json', '{"claudeAiOauth":{"t":1},"mcpOAuth":{"keep":1}}');
  put(home, '.claude/settings.json', '{"hooks":{}}');
  put(home, '.claude/history.jsonl', 'mine');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('carries what is listed, makes the settings that are missing, and goes again', () => {
  const { folders, settings } = copyState(preset, home, copy);
  expect(folders).toEqual([{ source: join(copy, '.claude'), target: join(home, '.claude') }]);
  expect(settings.map((path) => path.slice(home.length))).toEqual([
    '/.claude/settings.json',
    '/.claude/settings.local.json',
  ]);
  expect(read(copy, '.claude/settings.json')).toBe('{"hooks":{}}');
  expect(read(copy, '.claude/settings.local.json')).toBe('{}\n');
  expect(existsSync(join(copy, '.claude/history.jsonl'))).toBe(false);
  dropState(copy);
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

it('brings new transcripts back, and touches none that is there', () => {
  put(home, '.claude/projects/p/old.jsonl', 'old');
  copyState(preset, home, copy);
  put(copy, '.claude/projects/p/old.jsonl', 'changed');
  put(copy, '.claude/projects/p/new.jsonl', 'new');
  put(copy, '.claude/projects/p/run.sh', '#!/bin/sh');
  put(copy, '.claude/projects/a/b/c/d/deep.jsonl', 'deep');
  expect(back()).toEqual(['.claude/projects (1 new)']);
  expect(read(home, '.claude/projects/p/old.jsonl')).toBe('old');
  expect(read(home, '.claude/projects/p/new.jsonl')).toBe('new');
  for (const name of ['p/run.sh', 'a/b/c/d/deep.jsonl'])
    expect(existsSync(join(home, '.claude/projects', name))).toBe(false);
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
