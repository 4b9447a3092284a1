/** OAuth against a real server on loopback: what is checked when a browser comes back, and what a token is worth. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OAuthClient, OAuthServer } from '../../main/vault/oauth/connection.ts';
import {
  type Attempt,
  beginSignIn,
  discover,
  finishSignIn,
  refreshTokens,
  registerClient,
  revokeTokens,
} from '../../main/vault/oauth/protocol.ts';
import { openRedirect, type Redirect } from '../../main/vault/oauth/redirect.ts';
import {
  browse,
  CLIENT_SECRET,
  OAuthTestServer,
  PUBLIC_CLIENT,
  SECRET_CLIENT,
} from '../support/oauth-server.ts';
import { codeOf } from '../support/vault-house.ts';

let service: OAuthTestServer;
let server: OAuthServer;
let redirect: Redirect;
const own: OAuthClient = { id: PUBLIC_CLIENT, secret: null, auth: 'none' };
beforeEach(async () => {
  service = await OAuthTestServer.start();
  ({ server } = await discover(service.issuer));
  redirect = await openRedirect('127.0.0.1', 0);
});
afterEach(async () => {
  redirect.close();
  await service.stop();
});

async function begin(client: OAuthClient = own, uri = redirect.uri) {
  const begun = await beginSignIn({
    ...{ server, client, redirectUri: uri, scopes: ['openid', 'offline_access', 'notes'] },
    parameters: {},
  });
  redirect.expect(begun.attempt.state);
  return begun;
}

/** The whole way, by the browser of a person who says yes. */
async function signedIn(client: OAuthClient = own) {
  const { url, attempt } = await begin(client);
  await browse(url);
  const tokens = await finishSignIn(attempt, await redirect.arrived, Date.now());
  return { attempt, tokens, connection: { server, client, tokens } };
}

/** The answer that a browser would bring, without bringing it. */
async function answerTo(url: string, to = redirect.uri): Promise<URL> {
  const seen = await browse(url, (at) => at.href.startsWith(to));
  return new URL(seen.at(-1)?.href ?? '');
}

describe('a sign-in', () => {
  it.each([
    ['without a secret', own],
    ['with a secret', { id: SECRET_CLIENT, secret: CLIENT_SECRET, auth: 'basic' } as const],
  ])('gets tokens for a client %s, which are renewed and taken back', async (_what, client) => {
    const { tokens, connection } = await signedIn(client);
    expect(tokens.refresh).not.toBeNull();
    expect(tokens.expiresAt).toBeGreaterThan(Date.now() + 3_500_000);
    expect(await service.isActive(tokens.access)).toBe(true);
    const fresh = await refreshTokens(connection, Date.now());
    expect(fresh.refresh).not.toBe(tokens.refresh);
    expect(await service.isActive(fresh.access)).toBe(true);
    expect(await revokeTokens({ ...connection, tokens: fresh })).toBe(true);
    expect(await service.isActive(fresh.access)).toBe(false);
    expect(await codeOf(() => refreshTokens({ ...connection, tokens: fresh }, Date.now()))).toBe(
      'sign_in_over',
    );
  });

  it('registers a client of its own where the server makes them', async () => {
    const { register } = await discover(service.issuer);
    const client = await registerClient(server, register ?? '', redirect.uri, [
      'openid',
      'offline_access',
      'notes',
    ]);
    expect(client).toMatchObject({ auth: 'none' });
    expect((await signedIn(client)).tokens.access).not.toBe('');
  });

  it('that the person refuses at the service is cancelled', async () => {
    service.refuses = true;
    const { url, attempt } = await begin();
    await browse(url);
    expect(await codeOf(async () => finishSignIn(attempt, await redirect.arrived, Date.now()))).toBe(
      'sign_in_cancelled',
    );
  });

  it('has nothing of what the service gave in its errors', async () => {
    const { connection } = await signedIn();
    await revokeTokens(connection);
    const error = await refreshTokens(connection, Date.now()).catch((thrown: unknown) => thrown);
    const { inspect } = await import('node:util');
    const text = inspect(error, { depth: 10, showHidden: true });
    for (const token of [connection.tokens.access, connection.tokens.refresh])
      expect(text).not.toContain(token);
  });
});

describe('39', () => {
  it('a state that is not of this attempt, or comes twice, is no answer', async () => {
    const { url, attempt } = await begin();
    const right = await answerTo(url);
    const wrong = new URL(right);
    wrong.searchParams.set('state', 'x'.repeat(43));
    expect((await fetch(wrong)).status).toBe(400);
    const without = new URL(right);
    without.searchParams.delete('state');
    expect((await fetch(without)).status).toBe(400);
    const twice = new URL(right);
    twice.searchParams.append('state', attempt.state);
    expect((await fetch(twice)).status).toBe(400);
    expect((await fetch(right)).status).toBe(200);
    expect((await fetch(right)).status).toBe(400);
    expect((await redirect.arrived).href).toBe(right.href);
    expect(await codeOf(() => finishSignIn(attempt, wrong, Date.now()))).toBe('sign_in_refused');
  });

  it('a code is taken once: a second exchange gets nothing', async () => {
    const { url, attempt } = await begin();
    const arrived = await answerTo(url);
    await finishSignIn(attempt, new URL(arrived), Date.now());
    expect(await codeOf(() => finishSignIn(attempt, new URL(arrived), Date.now()))).toBe('sign_in_over');
  });

  it('a code from another port is refused by the server, and another path or host by us', async () => {
    const other = await openRedirect('127.0.0.1', 0);
    const { url, attempt } = await begin();
    const arrived = await answerTo(url);
    const moved: Attempt = { ...attempt, redirectUri: other.uri };
    expect(await codeOf(() => finishSignIn(moved, arrived, Date.now()))).toBe('sign_in_over');
    other.close();
    const port = Number(new URL(redirect.uri).port);
    expect((await fetch(`http://127.0.0.1:${port}/other${arrived.search}`)).status).toBe(404);
    const rebound = await new Promise<number>((resolve) => {
      const asked = request(
        { host: '127.0.0.1', port, path: `/callback${arrived.search}`, headers: { Host: 'evil.example' } },
        (response) => resolve(response.statusCode ?? 0),
      );
      asked.end();
    });
    expect(rebound).toBe(400);
  });

  it('PKCE is not taken out on the way: a code without our challenge, or with another verifier, is worth nothing', async () => {
    const { url, attempt } = await begin();
    const stripped = new URL(url);
    stripped.searchParams.delete('code_challenge');
    stripped.searchParams.delete('code_challenge_method');
    const refused = await answerTo(stripped.href);
    expect(refused.searchParams.get('error')).toBe('invalid_request');
    expect(await codeOf(() => finishSignIn(attempt, refused, Date.now()))).toBe('sign_in_refused');
    const plain = new URL(url);
    plain.searchParams.set('code_challenge_method', 'plain');
    expect((await answerTo(plain.href)).searchParams.get('code')).toBeNull();
    const caught = await answerTo(url);
    const thief: Attempt = { ...attempt, verifier: 'a'.repeat(43) };
    expect(await codeOf(() => finishSignIn(thief, caught, Date.now()))).toBe('sign_in_over');
  });

  it('an answer of another server is not taken for one of this server', async () => {
    const evil = await OAuthTestServer.start();
    try {
      const { url, attempt } = await begin();
      const arrived = await answerTo(url);
      const mixed = new URL(arrived);
      mixed.searchParams.set('iss', evil.issuer);
      expect(await codeOf(() => finishSignIn(attempt, mixed, Date.now()))).toBe('sign_in_refused');
      const silent = new URL(arrived);
      silent.searchParams.delete('iss');
      expect(server.namesIssuer).toBe(true);
      expect(await codeOf(() => finishSignIn(attempt, silent, Date.now()))).toBe('sign_in_refused');
      // Nobody told us who this server is: it may name itself, and no other.
      const unnamed = { ...attempt, server: { ...server, issuer: null, namesIssuer: false } };
      expect(await codeOf(() => finishSignIn(unnamed, mixed, Date.now()))).toBe('sign_in_refused');
      expect(service.requests).toEqual([]);
    } finally {
      await evil.stop();
    }
  });

  it('a nonce that is not ours ends it', async () => {
    const { url, attempt } = await begin();
    const arrived = await answerTo(url);
    const other: Attempt = { ...attempt, nonce: 'another-nonce' };
    expect(await codeOf(() => finishSignIn(other, arrived, Date.now()))).toBe('sign_in_refused');
  });

  it('a refresh token that was used before is not taken again, and ends what came of it', async () => {
    const { connection } = await signedIn();
    const fresh = await refreshTokens(connection, Date.now());
    expect(await codeOf(() => refreshTokens(connection, Date.now()))).toBe('sign_in_over');
    expect(await service.isActive(fresh.access)).toBe(false);
  });

  it('a life that no clock can hold is a long one', async () => {
    const { connection } = await signedIn();
    const answer = { access_token: 'at-1', token_type: 'bearer', expires_in: 1e15 };
    const forever = createServer((_request, response) =>
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer)),
    );
    forever.listen(0, '127.0.0.1');
    await once(forever, 'listening');
    try {
      const { port } = forever.address() as AddressInfo;
      const there = { ...connection, server: { ...server, token: `http://127.0.0.1:${port}/token` } };
      const { expiresAt } = await refreshTokens(there, Date.now());
      expect(expiresAt).toBeGreaterThan(Date.now() + 86_400_000);
      // As it is stored: in microseconds.
      expect(Number.isSafeInteger(Math.round((expiresAt ?? 0) * 1000))).toBe(true);
    } finally {
      forever.close();
    }
  });

  it('no token goes over plain http, but to this computer', async () => {
    const { connection } = await signedIn();
    const plain = { ...connection, server: { ...server, token: 'http://notes.example/token' } };
    expect(await codeOf(() => refreshTokens(plain, Date.now()))).toBe('bad_endpoint');
  });
});
