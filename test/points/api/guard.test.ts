import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Guard } from '../../../main/points/api/guard.ts';
import { type Scope, TokenBook, type TokenStore } from '../../../main/points/api/token-book.ts';
import { peerOf } from '../../support/peers.ts';

function bench(user: number | null = process.getuid?.() ?? null) {
  const clock = { now: 0, monotonicMs: () => clock.now, wallMicros: () => 1_000_000 + clock.now * 1000 };
  const events: { what: string; detail: string; pid: number | null }[] = [];
  const store: TokenStore = {
    list: () => [],
    insert: () => undefined,
    used: () => undefined,
    remove: () => undefined,
  };
  const tokens = new TokenBook(store, clock);
  const guard = new Guard(
    {
      tokens,
      clock,
      onSecurityEvent: (what, detail, peer) => events.push({ what, detail, pid: peer?.pid ?? null }),
    },
    { user: () => user, identify: async () => peerOf() },
  );
  const request = (token: string | null): IncomingMessage =>
    ({
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      rawHeaders: token === null ? [] : ['Authorization', `Bearer ${token}`],
      socket: new Socket(),
    }) as unknown as IncomingMessage;
  const admit = (token: string | null, scope: Scope = 'watch') =>
    guard.admit(request(token), scope).then(
      (found) => found.name,
      (error: { code: string }) => error.code,
    );
  return { clock, events, tokens, admit };
}

describe('the guard', () => {
  it('lets a token ask 200 times at once and 100 times a second from then on', async () => {
    const { clock, tokens, admit } = bench();
    const { secret } = tokens.make('eager', ['watch'], null);
    const { secret: calm } = tokens.make('calm', ['watch'], null);
    for (let i = 0; i < 200; i++) expect(await admit(secret)).toBe('eager');
    expect(await admit(secret)).toBe('too_many_requests');
    expect(await admit(calm)).toBe('calm');
    clock.now += 10;
    expect(await admit(secret)).toBe('eager');
    expect(await admit(secret)).toBe('too_many_requests');
  });

  it('hears 20 wrong tokens, then is deaf to wrong ones only, and says so once', async () => {
    const { clock, events, tokens, admit } = bench();
    const { secret } = tokens.make('good', ['watch'], null);
    for (let i = 0; i < 20; i++) expect(await admit('wrong')).toBe('unauthorized');
    for (let i = 0; i < 50; i++) expect(await admit('wrong')).toBe('too_many_requests');
    expect(await admit(secret)).toBe('good');
    expect(events.filter(({ what }) => what === 'api_bad_token')).toHaveLength(20);
    expect(events.filter(({ what }) => what === 'api_attempts_flood')).toHaveLength(1);
    clock.now += 6000;
    expect(await admit('wrong')).toBe('unauthorized');
  });

  it('records attempts to decide whatever noise was made before', async () => {
    const { events, tokens, admit } = bench();
    const { secret } = tokens.make('agent', ['submit', 'watch'], ['/src/web']);
    for (let i = 0; i < 100; i++) await admit('wrong');
    expect(await admit(secret, 'decide')).toBe('forbidden');
    expect(await admit(null, 'decide')).toBe('unauthorized');
    expect(events.filter(({ what }) => what === 'api_decision_refused')).toMatchObject([
      { pid: 4300 },
      { pid: 4300 },
    ]);
  });

  it('is for the person’s own account, and believes a token where the system tells no account', async () => {
    const foreign = bench((process.getuid?.() ?? 0) + 1);
    const { secret } = foreign.tokens.make('leaked', ['watch'], null);
    expect(await foreign.admit(secret)).toBe(process.getuid === undefined ? 'leaked' : 'forbidden');
    const unknown = bench(null);
    const { secret: mine } = unknown.tokens.make('mine', ['watch'], null);
    expect(await unknown.admit(mine)).toBe('mine');
  });

  it('lets nobody in with a token that was revoked', async () => {
    const { tokens, admit } = bench();
    const { secret, token } = tokens.make('gone', ['watch'], null);
    tokens.revoke(token.id);
    expect(await admit(secret)).toBe('unauthorized');
  });
});
