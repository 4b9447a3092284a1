/** Calls of sessions: what is taken once, and what is written of a result. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AuthorizeInput } from '../../../main/engine/requests.ts';
import { callOf } from '../calls.ts';

import { setUp } from './keeper-scene.ts';

describe('a call that comes in twice', () => {
  const params = { a: 1 };
  async function released(more: { point?: 'hook' | 'mcp'; module?: string; concern?: string } = {}) {
    const all = setUp();
    const session = await all.keeper.resolve(all.claim());
    const call = callOf(`${more.module ?? 'mcp_x'}.t`, params, { point: more.point ?? 'hook', id: 'call_9' });
    all.keeper.record(session, 'hook-id', call, 'released', more.concern ?? null);
    const take = (over: Partial<AuthorizeInput> = {}, concern: string | null = null) =>
      all.keeper.take(
        session,
        {
          module: more.module ?? 'mcp_x',
          action: 't',
          params,
          claimedCallId: 'way-2',
          ...over,
        } as AuthorizeInput,
        concern,
      );
    return { ...all, session, call, take };
  }

  it('is taken once, under its second name', async () => {
    const { take, session } = await released();
    expect(take()).toBe('call_9');
    expect(take({ claimedCallId: 'way-3' })).toBeNull();
    expect(session.calls.get('hook-id')).toMatchObject({ taken: true, callId: 'call_9', state: 'released' });
    expect(session.calls.get('way-2')).toMatchObject({ taken: false, content: null, callId: 'call_9' });
    expect(session.calls.has('way-3')).toBe(false);
  });

  it.each<[string, Parameters<typeof released>[0], Partial<AuthorizeInput>]>([
    ['other parameters', {}, { params: { a: 2 } }],
    ['another tool', {}, { action: 'u' }],
    ['another server', {}, { module: 'mcp_y' }],
    ['no server', { module: 'xmcp_' }, {}],
    ['no hook before', { point: 'mcp' }, {}],
  ])('is not one with %s', async (_, more, over) => {
    expect((await released(more)).take(over)).toBeNull();
  });

  it('is not one when it was stopped, or has ended', async () => {
    const { take, keeper, session, call, claim } = await released();
    keeper.record(session, 'hook-id', call, 'stopped');
    expect(take()).toBeNull();
    keeper.record(session, 'hook-id', call, 'deciding');
    expect(take()).toBeNull();
    keeper.record(session, 'hook-id', call, 'released');
    await keeper.complete({
      ...claim(),
      claimedCallId: 'hook-id',
      ...{ success: true, result: '', durationMs: 1, source: 'claimed' },
    });
    expect(take()).toBeNull();
  });

  it('is one for a minute', async () => {
    const { take, clock } = await released();
    clock.advance(60_001);
    expect(take()).toBeNull();
    const again = await released();
    again.clock.advance(60_000);
    expect(again.take()).toBe('call_9');
  });

  it('is decided anew when something new speaks against it', async () => {
    expect((await released()).take({}, 'the tool has changed')).toBeNull();
    expect((await released({ concern: 'old' })).take({}, 'new')).toBeNull();
    expect((await released({ concern: 'old' })).take({}, 'old')).toBe('call_9');
    expect((await released({ concern: 'old' })).take({}, null)).toBe('call_9');
  });
});

describe('a result', () => {
  async function made(state: 'released' | 'deciding' | 'stopped' = 'released') {
    const all = setUp();
    const session = await all.keeper.resolve(all.claim());
    const call = callOf('mcp_x.t', {}, { id: 'call_9' });
    all.keeper.record(session, 'id', call, state);
    const complete = (over: object = {}) =>
      all.keeper.complete({
        ...all.claim(),
        claimedCallId: 'id',
        ...{ success: true, result: 'päss', durationMs: 7, source: 'claimed' as const },
        ...over,
      });
    return { ...all, session, call, complete };
  }

  it('is written by its digest, and an error by its beginning', async () => {
    const { complete, log, keeper, session, call, clock, told } = await made();
    clock.advance(40);
    await expect(complete()).resolves.toBe('recorded');
    expect(session.lastSeenMonotonicMs - session.startedMonotonicMs).toBe(40);
    keeper.record(session, 'e', call, 'released');
    await complete({ claimedCallId: 'e', success: false, result: `${'x'.repeat(299)}😀 secret` });
    expect(log.ofType('call.completed')).toMatchObject([
      {
        callId: 'call_9',
        success: true,
        preview: '',
        resultBytes: 5,
        durationMs: 7,
        resultDigest: createHash('sha256').update('päss').digest('hex'),
      },
      { success: false, preview: `${'x'.repeat(299)}\ufffd` },
    ]);
    expect(told.at(-2)).toEqual(['complete', session.id, 'call_9', true, 'päss']);
  });

  it('holds nobody up when whoever tells it saw it', async () => {
    const { keeper, session, call, complete, log } = await made();
    const when: unknown[] = [];
    const append = log.append.bind(log);
    log.append = (event, ...more: readonly unknown[]) => {
      when.push(more[0]);
      return append(event);
    };
    await complete({ source: 'observed' });
    keeper.record(session, 'id2', call, 'released');
    await complete({ claimedCallId: 'id2' });
    expect(when).toEqual(['soon', 'now']);
  });

  it('of a call that was taken on a second way is told by that way alone', async () => {
    const { keeper, session, complete, log } = await made();
    const input = { module: 'mcp_x', action: 't', params: {}, claimedCallId: 'way-2' } as AuthorizeInput;
    expect(keeper.take(session, input, null)).toBe('call_9');
    await expect(complete()).resolves.toBe('recorded');
    expect(log.ofType('call.completed')).toEqual([]);
    await expect(complete({ claimedCallId: 'way-2' })).resolves.toBe('recorded');
    expect(log.ofType('call.completed')).toHaveLength(1);
  });

  it.each(['deciding', 'stopped'] as const)('of a call that is %s is suspicious', async (state) => {
    const { complete, log, session } = await made(state);
    await expect(complete()).resolves.toBe('unmatched');
    expect(log.ofType('security')).toMatchObject([{ what: 'result_unmatched', session: session.id }]);
  });

  it('of a session that is not known is suspicious, and its name is cut', async () => {
    const { complete, log } = await made();
    const claimedCallId = 'n'.repeat(200);
    await expect(complete({ client: 'codex', claimedCallId })).resolves.toBe('unmatched');
    await complete();
    await expect(complete()).resolves.toBe('repeated');
    expect(log.ofType('security').map(({ detail, session }) => [detail, session === null])).toEqual([
      [`a result of a call that was not let through (${'n'.repeat(80)})`, true],
      ['a second result of the same call (id)', false],
    ]);
  });
});
