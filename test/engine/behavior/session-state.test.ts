/** What a session has done, with and without what is under way; what of it is kept, and how much. */
import { describe, expect, it } from 'vitest';
import { type Effects, NO_EFFECTS } from '../../../main/engine/behavior/effects.ts';
import { SessionState } from '../../../main/engine/behavior/session-state.ts';

const effects = (more: Partial<Effects>): Effects => ({ ...NO_EFFECTS, ...more });
const adds = (set: string, ...keys: readonly string[]) =>
  effects({ adds: keys.map((key) => [set, key] as const) });

/** What has succeeded, and what will have. */
function both<T>(state: SessionState, look: (view: SessionState['committed']) => T): readonly [T, T] {
  return [look(state.committed), look(state.projected)];
}

function done(state: SessionState, id: string, what: Effects, success = true, tool = 'a.b'): void {
  state.release(id, tool, what);
  state.end(id, success);
}

describe('sets', () => {
  it('have what has succeeded, and beside it what is under way', () => {
    const state = new SessionState();
    done(state, '1', adds('read', '/a'));
    done(state, '2', adds('read', '/failed'), false);
    state.release('3', 'a.b', adds('read', '/a', '/b'));
    state.release('4', 'a.b', adds('other', '/c', '/d'));
    expect(both(state, (view) => view.has('read', '/a'))).toEqual([true, true]);
    expect(both(state, (view) => view.has('read', '/b'))).toEqual([false, true]);
    expect(both(state, (view) => view.has('read', '/c'))).toEqual([false, false]);
    expect(both(state, (view) => view.has('read', '/failed'))).toEqual([false, false]);
    expect(both(state, (view) => view.size('read'))).toEqual([1, 2]);
    expect(both(state, (view) => view.size('other'))).toEqual([0, 2]);
    expect(both(state, (view) => view.size('none'))).toEqual([0, 0]);
    state.withdraw('3');
    expect(both(state, (view) => view.size('read'))).toEqual([1, 1]);
  });

  it('forget the oldest beyond fifty thousand', () => {
    const state = new SessionState();
    const keys = Array.from({ length: 50_000 }, (_, at) => `k${at}`);
    done(state, '1', adds('read', ...keys));
    expect([state.committed.size('read'), state.committed.has('read', 'k0')]).toEqual([50_000, true]);
    done(state, '2', adds('read', 'one more'));
    expect([state.committed.size('read'), state.committed.has('read', 'k0')]).toEqual([50_000, false]);
    expect(state.committed.has('read', 'k1')).toBe(true);
    expect(state.committed.has('read', 'one more')).toBe(true);
  });
});

describe('counters', () => {
  it('go up and back, each by its own name', () => {
    const state = new SessionState();
    const one = effects({ counts: [['changes', 'one']] });
    done(state, '1', one);
    done(state, '2', one);
    done(state, '3', effects({ counts: [['other', 'one']] }));
    state.release('4', 'a.b', one);
    expect(both(state, (view) => view.counter('changes'))).toEqual([2, 3]);
    expect(both(state, (view) => view.counter('other'))).toEqual([1, 1]);
    expect(both(state, (view) => view.counter('none'))).toEqual([0, 0]);
    state.release('5', 'a.b', effects({ counts: [['changes', 'reset']] }));
    expect(both(state, (view) => view.counter('changes'))).toEqual([2, 0]);
    state.release('6', 'a.b', one);
    expect(both(state, (view) => view.counter('changes'))).toEqual([2, 1]);
    state.end('5', true);
    expect(both(state, (view) => view.counter('changes'))).toEqual([0, 2]);
  });
});

describe('flags', () => {
  it('are set and unset, each by its own name', () => {
    const state = new SessionState();
    const flag = (name: string, value: boolean) => effects({ flags: [[name, value]] });
    state.release('1', 'a.b', flag('searched', true));
    expect(both(state, (view) => view.flag('searched'))).toEqual([false, true]);
    expect(both(state, (view) => view.flag('other'))).toEqual([false, false]);
    state.end('1', true);
    expect(both(state, (view) => view.flag('searched'))).toEqual([true, true]);
    state.release('2', 'a.b', flag('searched', false));
    expect(both(state, (view) => view.flag('searched'))).toEqual([true, false]);
    state.end('2', false);
    expect(both(state, (view) => view.flag('searched'))).toEqual([true, true]);
    done(state, '3', flag('searched', false));
    expect(both(state, (view) => view.flag('searched'))).toEqual([false, false]);
  });
});

describe('calls', () => {
  it('count in their turn, and in a row by their tool', () => {
    const state = new SessionState();
    state.startTurn(1, false);
    for (const id of ['1', '2']) done(state, id, NO_EFFECTS, true, 'shell.bash');
    state.release('3', 'shell.bash', NO_EFFECTS);
    expect(both(state, (view) => [view.turn, view.callsThisTurn, view.consecutive])).toEqual([
      [1, 2, 2],
      [1, 3, 3],
    ]);
    state.release('4', 'web.fetch', NO_EFFECTS);
    expect(both(state, (view) => [view.lastTool, view.consecutive])).toEqual([
      ['shell.bash', 2],
      ['web.fetch', 1],
    ]);
    state.startTurn(2, false);
    // What comes back late belongs to the turn in which it was let through, and is waited for no more.
    state.end('3', true);
    expect(both(state, (view) => [view.turn, view.callsThisTurn])).toEqual([
      [2, 0],
      [2, 0],
    ]);
    done(state, '5', NO_EFFECTS);
    expect(both(state, (view) => view.callsThisTurn)).toEqual([1, 1]);
  });

  it('of an earlier turn are not waited for', () => {
    const state = new SessionState();
    state.startTurn(1, false);
    state.release('1', 'a.b', adds('read', '/a'));
    state.startTurn(2, false);
    expect(both(state, (view) => view.has('read', '/a'))).toEqual([false, false]);
    state.end('1', true);
    expect(both(state, (view) => view.has('read', '/a'))).toEqual([true, true]);
  });

  it('that are not let through after all, or not known, do not count', () => {
    const state = new SessionState();
    state.release('1', 'a.b', adds('read', '/a'));
    state.withdraw('1');
    state.withdraw('1');
    state.withdraw('never');
    state.end('1', true);
    state.end('never', true);
    expect(both(state, (view) => [view.callsThisTurn, view.has('read', '/a')])).toEqual([
      [0, false],
      [0, false],
    ]);
    expect(state.projected.consecutive).toBe(1);
  });

  it('are waited for up to some hundreds', () => {
    const state = new SessionState();
    for (let at = 0; at < 512; at += 1) state.release(`c${at}`, 'a.b', adds('read', `/${at}`));
    expect(state.projected.has('read', '/0')).toBe(true);
    state.release('more', 'a.b', adds('read', '/more'));
    expect(state.projected.has('read', '/0')).toBe(false);
    expect(state.projected.has('read', '/1')).toBe(true);
    expect(state.projected.size('read')).toBe(512);
  });
});

describe('what the agent says', () => {
  it('is null while nobody tells it, and empty from the prompt on otherwise', () => {
    const state = new SessionState();
    expect(state.text).toBeNull();
    state.listen();
    expect(state.text).toBe('');
    state.say('one ');
    state.say('two');
    state.listen();
    expect(state.text).toBe('one two');
    state.startTurn(2, true);
    expect(state.text).toBe('');
    state.startTurn(3, false);
    expect(state.text).toBeNull();
    state.say('x');
    expect(state.text).toBe('x');
  });

  it('is kept to its last quarter of a million characters', () => {
    const state = new SessionState();
    state.say(`first${'x'.repeat(256 * 1024)}`);
    expect(state.text?.length).toBe(256 * 1024);
    expect(state.text?.startsWith('x')).toBe(true);
  });
});

describe('what outlives the process', () => {
  it('is what has succeeded, and the number of the turn', () => {
    const state = new SessionState();
    state.startTurn(7, true);
    done(state, '1', {
      adds: [
        ['read', '/a'],
        ['read', '/b'],
      ],
      counts: [['changes', 'one']],
      flags: [['searched', true]],
    });
    state.release('2', 'a.b', adds('read', '/c'));
    const saved = state.save();
    expect(saved).toEqual({
      sets: { read: ['/a', '/b'] },
      counters: { changes: 1 },
      flags: ['searched'],
      turn: 7,
    });
    const again = new SessionState(saved);
    expect(again.save()).toEqual(saved);
    const { committed } = again;
    expect([
      committed.has('read', '/b'),
      committed.size('read'),
      committed.counter('changes'),
      committed.flag('searched'),
      committed.turn,
      committed.callsThisTurn,
      committed.lastTool,
    ]).toEqual([true, 2, 1, true, 7, 0, null]);
  });
});

it('knows again what a source returned, by its name', () => {
  const state = new SessionState();
  const text = 'the quick brown fox jumps over the lazy dog';
  state.remember('web', text);
  state.remember('web', 'and something else that is rather long too');
  expect(state.committed.flows('web', `so: ${text}.`)).toBe(true);
  expect(state.committed.flows('web', 'something else that is rather long')).toBe(true);
  expect(state.committed.flows('files', text)).toBe(false);
});
