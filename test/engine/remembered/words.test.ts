/** What a person reads on the button and in the list: what a rule lets through, and what it never does. */
import { describe, expect, it } from 'vitest';
import type { RuleShape } from '../../../main/engine/remembered/rule.ts';
import { neverWords, patternWords, sentenceOf } from '../../../main/engine/remembered/words.ts';
import { callOf, PROJECT } from '../calls.ts';
import { commandsShape, patternFrom, toolShape } from './made.ts';

const EXACT: RuleShape = { kind: 'exact', fingerprint: 'f' };
const call = (command: string) => callOf('shell.bash', { command });
const says = (shape: RuleShape, one = callOf('web.fetch', {})) => sentenceOf(shape, one);

describe('what is let through', () => {
  it('is exactly one call', () => {
    expect(sentenceOf(EXACT, call('git   push\n\n origin'))).toBe('exactly: git push ⏎ origin');
    expect(sentenceOf(EXACT, callOf('plan.enter', {}))).toBe('exactly: plan.enter');
    expect(sentenceOf(EXACT, callOf('', {}))).toBe('exactly: .');
    expect(sentenceOf(EXACT, call('export TOKEN=ghp_0123456789abcdefghij0123456789abcdef'))).not.toContain(
      'ghp_0123',
    );
  });

  it('names the tool of a server, and one file where its folder is the project', () => {
    const created = callOf('mcp_forge.create_issue', { title: 'x' });
    expect(sentenceOf(EXACT, created)).toBe('exactly: mcp_forge.create_issue x');
    expect(sentenceOf(EXACT, callOf('mcp_forge.sync', {}))).toBe('exactly: mcp_forge.sync');
    const edited = callOf('filesystem.edit', { file_path: `${PROJECT}/.env` });
    expect(sentenceOf(toolShape(['write:folder'], { folder: `${PROJECT}/.env` }), edited)).toBe(
      'filesystem.edit of web/.env',
    );
  });

  it('is cut, and says so', () => {
    expect(sentenceOf(EXACT, call('x'.repeat(151)))).toBe(`exactly: ${'x'.repeat(151)}`);
    expect(sentenceOf(EXACT, call('x'.repeat(152)))).toBe(`exactly: ${'x'.repeat(150)}…`);
    expect(sentenceOf(EXACT, call(`${'x'.repeat(149)}😀😀`)).isWellFormed()).toBe(true);
  });

  it.each<[string, string]>([
    ['git status', 'git status …'],
    ['make', 'make …'],
  ])('is a kind of command: %s', (words, wanted) => {
    expect(patternWords(patternFrom(words))).toBe(wanted);
  });

  it('is a command with nothing behind it, or anything', () => {
    expect(patternWords(patternFrom('make', { flags: [] }))).toBe('make');
    expect(patternWords(patternFrom('make', { flags: ['-j'] }))).toBe('make -j …');
    expect(patternWords(patternFrom('make', { lead: null, flags: [] }))).toBe('make …');
    expect(patternWords(patternFrom('make all', { flags: [] }))).toBe('make all …');
    expect(patternWords(patternFrom('git push', { via: ['sudo', 'env'] }))).toBe('sudo env git push …');
  });

  it('names several kinds, each once, and their folder', () => {
    const [a, b, c] = [patternFrom('git a'), patternFrom('git b'), patternFrom('git c')];
    expect(says(commandsShape([a, b, a]))).toBe('git a … and git b …');
    expect(says(commandsShape([a, b, c]))).toBe('git a …, git b … and git c …');
    expect(says(commandsShape([a], { folder: PROJECT }))).toBe('git a … in web');
    expect(says(commandsShape([a], { folder: `${PROJECT}/src/x` }))).toBe('git a … in web/src/x');
    expect(says(commandsShape([a], { folder: `${PROJECT}2` }))).toBe(`git a … in ${PROJECT}2`);
    expect(sentenceOf(commandsShape([a], { folder: '/' }), callOf('shell.bash', {}, { app: '/' }))).toBe(
      'git a … in /',
    );
  });

  it('is a tool with what it reaches', () => {
    expect(says(toolShape([]))).toBe('web.fetch');
    expect(says(toolShape(['write:project']))).toBe('web.fetch in the project');
    expect(says(toolShape(['run:package', 'write:project']))).toBe('web.fetch in the project');
    expect(says(toolShape([':project:x']))).toBe('web.fetch');
    expect(says(toolShape(['net:get:a.example', 'write:project']))).toBe('web.fetch with a.example');
    expect(says(toolShape(['net:get:a.example', 'net:send:b.example:80']))).toBe(
      'web.fetch with a.example and b.example:80',
    );
    expect(says(toolShape(['net:get:*']))).toBe('web.fetch');
    expect(says(toolShape(['net:own', 'xnet:get:a', 'net:a-b:c']))).toBe('web.fetch');
    expect(says(toolShape(['net:get:a.example'], { folder: `${PROJECT}/docs` }))).toBe(
      'web.fetch in web/docs',
    );
  });
});

describe('what is never let through', () => {
  it('beside an exact call', () => {
    expect(neverWords(EXACT)).toBe(
      'a single byte more or less, another folder, or a file that it runs once that has changed',
    );
  });

  it('beside a kind of command', () => {
    const local = patternFrom('git status', { reach: ['write:/x', 'process:net:'] });
    const remote = patternFrom('git fetch', { reach: ['run:package', 'net:get:a'] });
    const bound = patternFrom('tool x', { flags: [] });
    expect(neverWords(commandsShape([local]))).toBe(
      'another command beside it (“; rm x”), files outside the project, the network, secrets or what cannot be known before it runs',
    );
    expect(neverWords(commandsShape([local, remote], { folder: '/p' }))).toBe(
      'another command beside it (“; rm x”), files outside that folder, another host, secrets or what cannot be known before it runs',
    );
    expect(neverWords(commandsShape([local, bound]))).toBe(
      'another command beside it (“; rm x”), files outside the project, the network, other options, secrets or what cannot be known before it runs',
    );
  });

  it('beside a tool', () => {
    expect(neverWords(toolShape(['write:project']))).toBe(
      'files outside the project, the network or secrets',
    );
    expect(neverWords(toolShape(['write:/x', 'net:get:a'], { folder: '/p' }))).toBe(
      'files elsewhere, another host or secrets',
    );
  });
});
