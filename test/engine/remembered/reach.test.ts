/** What effects come to as words that are compared, and what no rule can be bound to. */
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../main/analysis/result.ts';
import {
  codesOf,
  reachOf,
  runsProjectCode,
  shapeable,
  withinReach,
} from '../../../main/engine/remembered/reach.ts';

const path = (kind: 'read' | 'write' | 'delete', where: string, at = 'workspace') =>
  ({ kind, path: where, at }) as Effect;
const net = (how: string, host: string | null, kind: string) =>
  ({ kind: 'network', how, host, class: kind }) as Effect;
const run = (what: string, file: string | null = null) => ({ kind: 'run', what, file }) as Effect;
const process = (target: string): Effect => ({ kind: 'process', target });

describe('one effect', () => {
  it.each<[Effect, readonly string[] | null]>([
    [path('read', '/p/a'), []],
    [path('read', '/p/…'), []],
    [path('write', '/p/a'), ['write:project']],
    [path('write', '/p/*.ts'), ['write:project']],
    [path('delete', '/p/a'), ['delete:/p/a']],
    [path('delete', '/p/…'), null],
    [path('delete', '/p/*'), null],
    [path('delete', '/p/a?'), null],
    [path('delete', '/p/[ab]'), null],
    [path('delete', '/tmp/a', 'temp'), ['delete:/tmp/a']],
    [path('read', '/tmp/a', 'temp'), []],
    [path('write', '/tmp/…', 'temp'), []],
    [path('read', '/etc/a', 'system'), ['read:/etc/a']],
    [path('write', '/etc/x/a', 'system'), ['write:/etc/x']],
    [path('read', '/etc/*', 'system'), null],
    [path('write', '/etc/…', 'system'), null],
    [path('read', '/p/a', 'unknown'), null],
    [path('write', '/p/a', 'unknown'), null],
    [net('fetch', 'a.example', 'public'), ['net:fetch:a.example']],
    [net('send', null, 'public'), ['net:send:*']],
    [net('connect', 'localhost', 'own'), ['net:own']],
    [net('fetch', 'a.example', 'unknown'), null],
    [run('package_code'), ['run:package']],
    [run('workspace_code'), ['run:*']],
    [run('workspace_code', '/p/a.sh'), ['run:/p/a.sh']],
    [run('remote_code'), null],
    [run('inline_code'), null],
    [process('nginx'), ['process:nginx']],
    [process('a…'), null],
  ])('%j in a project', (effect, words) => {
    expect(reachOf([effect], null)).toEqual(words);
  });

  it.each<[Effect, readonly string[] | null]>([
    [path('read', '/p/x/a'), []],
    [path('write', '/p/x/a'), ['write:folder']],
    [path('write', '/p/x/*'), ['write:folder']],
    [path('write', '/p/x'), ['write:folder']],
    [path('write', '/p/x/…'), null],
    [path('read', '/p/y'), ['read:/p/y']],
    [path('write', '/p/y/a'), ['write:/p/y']],
    [path('write', '/p/xy/a'), ['write:/p/xy']],
    [path('write', '/p/y/*'), null],
    [path('delete', '/p/x/a'), ['delete:/p/x/a']],
    [path('write', '/tmp/a', 'temp'), []],
  ])('%j in a folder', (effect, words) => {
    expect(reachOf([effect], '/p/x')).toEqual(words);
  });
});

it('several effects come to each word once, sorted, or to nothing at all', () => {
  const effects = [process('b'), process('a'), process('b'), path('read', '/p/a')];
  expect(reachOf(effects, null)).toEqual(['process:a', 'process:b']);
  expect(reachOf([...effects, run('remote_code')], null)).toBeNull();
  expect(reachOf([], null)).toEqual([]);
});

it('what lies within is what is named', () => {
  expect(withinReach([], [])).toBe(true);
  expect(withinReach(['a'], ['b', 'a'])).toBe(true);
  expect(withinReach(['a', 'c'], ['b', 'a'])).toBe(false);
});

it('concerns that a rule may cover are few', () => {
  const codes = (...all: readonly string[]) => all.map((code) => ({ code })) as Parameters<typeof codesOf>[0];
  expect(shapeable(codes('service', 'private_host', 'outside_write'))).toBe(true);
  expect(shapeable(codes('service', 'destroys'))).toBe(false);
  expect(codesOf(codes('service', 'outside_write', 'service'))).toEqual(['outside_write', 'service']);
});

it('code of the project is what an agent may have written', () => {
  expect(
    ['inline_code', 'workspace_code', 'package_code', 'remote_code'].map((what) =>
      runsProjectCode([run(what)]),
    ),
  ).toEqual([false, true, true, true]);
  expect(runsProjectCode([process('a')])).toBe(false);
});
