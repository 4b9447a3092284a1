import { describe, expect, it } from 'vitest';
import { NO_RATE, RATE_WINDOW_MS, RateWindow } from '../../main/engine/rate-window.ts';
import { callOf, policyOf } from './calls.ts';

const limited = (rates: object) =>
  policyOf({ tools: { capabilities: { default_policy: 'auto', rate_limits: rates } } });
const read = callOf('filesystem.read');

function tryCall(window: RateWindow, policy: ReturnType<typeof limited>, now: number, call = read): boolean {
  const free = window.snapshot(call, policy, now).uses.every(({ used, limit }) => used < limit);
  if (free) window.consume(call, policy, now);
  return free;
}

describe('the sliding window', () => {
  it('counts a call for exactly 60 s', () => {
    const policy = limited({ 'filesystem.read': 1 });
    const window = new RateWindow();
    expect([0, 1, 59_999, 60_000, 60_001].map((now) => tryCall(window, policy, now))).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
  });

  it('tells when to come back, and that is right', () => {
    const policy = limited({ 'filesystem.read': 3 });
    const window = new RateWindow();
    for (const now of [0, 1000, 2000]) tryCall(window, policy, now);
    const wait = window.snapshot(read, policy, 5000).uses[0]?.retryAfterMs ?? 0;
    expect(wait).toBe(55_001);
    expect(tryCall(window, policy, 5000 + wait - 1)).toBe(false);
    expect(tryCall(window, policy, 5000 + wait)).toBe(true);
  });

  it('does not run back with the clock, nor promise more than a window', () => {
    const policy = limited({ 'filesystem.read': 1 });
    const window = new RateWindow();
    expect(tryCall(window, policy, 1e9)).toBe(true);
    expect(tryCall(window, policy, 5)).toBe(false);
    expect(window.snapshot(read, policy, -1e9).uses[0]?.retryAfterMs).toBeLessThanOrEqual(RATE_WINDOW_MS);
    expect(tryCall(window, policy, Number.NaN)).toBe(false);
    expect(tryCall(window, policy, 1e9 + 60_001)).toBe(true);
  });

  it('consumes nothing by looking, and nothing for refused calls', () => {
    const policy = limited({ filesystem: 2, 'filesystem.read': 1 });
    const window = new RateWindow();
    for (let times = 0; times < 50; times += 1) window.snapshot(read, policy, 0);
    expect([tryCall(window, policy, 0), tryCall(window, policy, 0)]).toEqual([true, false]);
    expect(tryCall(window, policy, 0, callOf('filesystem.write'))).toBe(true);
    expect(tryCall(window, policy, 0, callOf('filesystem.edit'))).toBe(false);
  });

  it('keeps keys apart that look alike when they are joined', () => {
    const policy = limited({ '*': 1 });
    const window = new RateWindow();
    expect(tryCall(window, policy, 0, callOf('mcp_a.b.c'))).toBe(true);
    expect(tryCall(window, policy, 0, callOf('', {}, { module: 'mcp_a', action: 'b' }))).toBe(true);
    expect(tryCall(window, policy, 0, callOf('MCP_A.B.C'))).toBe(false);
  });

  it('counts per app, session and client', () => {
    const policy = limited({ '*': 1 });
    const window = new RateWindow();
    expect(tryCall(window, policy, 0)).toBe(true);
    for (const more of [{ app: '/x' }, { session: 's2' }, { client: 'codex' }]) {
      expect(tryCall(window, policy, 0, callOf('filesystem.read', {}, more))).toBe(true);
      expect(tryCall(window, policy, 0, callOf('filesystem.read', {}, more))).toBe(false);
    }
    expect(tryCall(window, policy, 0, callOf('filesystem.read', {}, { agent: 'sub' }))).toBe(false);
  });

  it('lets 0 lift a limit, and one family share one', () => {
    const window = new RateWindow();
    const policy = limited({ '*': 1, 'filesystem.read': 0, mcp: 2 });
    expect([1, 2, 3].map(() => tryCall(window, policy, 0))).toEqual([true, true, true]);
    expect(['a', 'b', 'c'].map((name) => tryCall(window, policy, 0, callOf(`mcp_${name}.x`)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('follows a policy that changes', () => {
    const window = new RateWindow();
    for (let now = 0; now < 5; now += 1) expect(tryCall(window, limited({ '*': 10 }), now)).toBe(true);
    expect(tryCall(window, limited({ '*': 3 }), 10)).toBe(false);
    expect(tryCall(window, limited({ '*': 6 }), 10)).toBe(true);
    expect(window.snapshot(read, null, 10)).toBe(NO_RATE);
    expect(window.snapshot(read, limited({}), 10)).toBe(NO_RATE);
  });
});

describe('bounds', () => {
  it('refuses where there is no room to count, and finds room again', () => {
    const policy = limited({ '*': 5 });
    const window = new RateWindow({ scopes: 3, windowsPerScope: 2 });
    const inSession = (session: string, action = 'read') => callOf(`filesystem.${action}`, {}, { session });
    for (const session of ['a', 'b', 'c']) expect(tryCall(window, policy, 0, inSession(session))).toBe(true);
    expect(tryCall(window, policy, 0, inSession('d'))).toBe(false);
    expect(window.snapshot(inSession('d'), policy, 0).uses[0]?.retryAfterMs).toBe(RATE_WINDOW_MS);
    expect(tryCall(window, policy, 1, inSession('a', 'write'))).toBe(true);
    expect(tryCall(window, policy, 1, inSession('a', 'edit'))).toBe(false);
    expect(tryCall(window, policy, 70_000, inSession('d'))).toBe(true);
    expect(tryCall(window, policy, 70_000, inSession('a', 'edit'))).toBe(true);
  });

  it('agrees with a plain list on random times', () => {
    const policy = limited({ 'filesystem.read': 7 });
    const window = new RateWindow();
    let now = 0;
    let list: number[] = [];
    for (let round = 0; round < 3000; round += 1) {
      now += (round * 7919) % 17_001;
      list = list.filter((time) => time >= now - 60_000);
      const free = list.length < 7;
      expect(tryCall(window, policy, now)).toBe(free);
      if (free) list.push(now);
    }
  });

  it('agrees with it where hundreds fit, for long', () => {
    const policy = limited({ 'filesystem.read': 150 });
    const window = new RateWindow();
    let now = 0;
    let list: number[] = [];
    for (let round = 0; round < 4000; round += 1) {
      now += (round * 7919) % 701;
      list = list.filter((time) => time >= now - 60_000);
      const [use] = window.snapshot(read, policy, now).uses;
      const free = list.length < 150;
      expect([use?.used, use?.retryAfterMs]).toEqual([
        list.length,
        free ? 0 : Math.floor((list[list.length - 150] ?? 0) + 60_000 - now) + 1,
      ]);
      if (!free) continue;
      window.consume(read, policy, now);
      list.push(now);
    }
  });

  it('keeps the newest where more were counted than a lowered limit takes', () => {
    const window = new RateWindow();
    for (const now of [0, 10, 20]) window.consume(read, limited({ '*': 3 }), now);
    window.consume(read, limited({ '*': 2 }), 30);
    const [use] = window.snapshot(read, limited({ '*': 2 }), 30).uses;
    expect(use).toMatchObject({ used: 3, retryAfterMs: 20 + RATE_WINDOW_MS - 30 + 1 });
    const [wide] = window.snapshot(read, limited({ '*': 9 }), 30).uses;
    expect(wide).toMatchObject({ used: 3, retryAfterMs: 0 });
  });

  it('finds room within a session when its old windows have run out', () => {
    const policy = limited({ '*': 5 });
    const window = new RateWindow({ scopes: 3, windowsPerScope: 2 });
    expect(tryCall(window, policy, 0)).toBe(true);
    expect(tryCall(window, policy, 0, callOf('filesystem.write'))).toBe(true);
    expect(tryCall(window, policy, 60_000, callOf('filesystem.edit'))).toBe(false);
    expect(tryCall(window, policy, 60_000, read)).toBe(true);
    expect(tryCall(window, policy, 60_001, callOf('filesystem.edit'))).toBe(true);
  });

  it('looks for room among sessions once a second', () => {
    const policy = limited({ '*': 5 });
    const window = new RateWindow({ scopes: 1, windowsPerScope: 2 });
    const other = callOf('filesystem.read', {}, { session: 'other' });
    expect(tryCall(window, policy, 0)).toBe(true);
    expect(tryCall(window, policy, 59_500, other)).toBe(false);
    expect(tryCall(window, policy, 60_499, other)).toBe(false);
    expect(tryCall(window, policy, 60_500, other)).toBe(true);
  });

  it('has room for some thousand sessions, and an end', () => {
    const policy = limited({ '*': 5 });
    const window = new RateWindow();
    const of = (session: number) => callOf('filesystem.read', {}, { session: `s${session}` });
    for (let session = 0; session < 4096; session += 1) window.consume(of(session), policy, 0);
    expect(tryCall(window, policy, 1, of(4096))).toBe(false);
    expect(tryCall(window, policy, 1, of(4095))).toBe(true);
  });
});
