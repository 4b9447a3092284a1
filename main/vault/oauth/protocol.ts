/**
 * OAuth 2 as a client on this computer speaks it: authorization code with PKCE (RFC 6749, 7636, 8252), the checks
 * of RFC 9207 and 9700 against mixed-up servers, refresh, revocation (RFC 7009), discovery (RFC 8414) and
 * registration (RFC 7591). oauth4webapi builds and checks the messages; here is what we ask of it.
 *
 * No token is ever in an error of this file: what the library throws holds whole answers, and is not passed on.
 */
import * as oauth from 'oauth4webapi';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import type { Connection, OAuthClient, OAuthServer, Tokens } from './connection.ts';

const LIMIT_MS = 20_000;
const MAX_ANSWER_BYTES = 256 * 1024;
/** A hundred years. Some services say "for ever" by a number that no clock can hold. */
const LONGEST_LIFE_S = 100 * 365 * 86_400;

/** What was sent along with a sign-in and must come back; used once. */
export interface Attempt {
  readonly server: OAuthServer;
  readonly client: OAuthClient;
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string | null;
  readonly verifier: string;
}

/** The address that a person signs in at, and what its answer is checked by. */
export async function beginSignIn(wish: {
  readonly server: OAuthServer;
  readonly client: OAuthClient;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}): Promise<{ readonly url: string; readonly attempt: Attempt }> {
  const { server, client, redirectUri, scopes, parameters } = wish;
  const state = oauth.generateRandomState();
  const verifier = oauth.generateRandomCodeVerifier();
  const nonce = scopes.includes('openid') ? oauth.generateRandomNonce() : null;
  const url = new URL(server.authorize);
  const query: Record<string, string> = {
    ...parameters,
    response_type: 'code',
    client_id: client.id,
    redirect_uri: redirectUri,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(nonce === null ? {} : { nonce }),
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return { url: url.href, attempt: { server, client, redirectUri, state, nonce, verifier } };
}

/**
 * Takes the answer that the browser brought to the redirect address and gets tokens for it.
 *
 * @throws GatehouseError `sign_in_cancelled` when the person said no there, `sign_in_refused`, `oauth_unreachable`
 */
export async function finishSignIn(attempt: Attempt, arrived: URL, nowMs: number): Promise<Tokens> {
  const { server, client, redirectUri, state, nonce, verifier } = attempt;
  const as = serverOf(server);
  try {
    checkIssuer(server, arrived);
    const parameters = oauth.validateAuthResponse(as, clientOf(client), arrived, state);
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      clientOf(client),
      authOf(client),
      parameters,
      redirectUri,
      verifier,
      optionsOf(server.token),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(as, clientOf(client), response, {
      expectedNonce: nonce ?? oauth.expectNoNonce,
      // An ID token that nobody asked for says nothing that is used here.
      requireIdToken: nonce !== null,
    });
    return tokensOf(tokens, nowMs);
  } catch (error) {
    throw toldOf(error, 'the sign-in', hostOf(server.token));
  }
}

/**
 * New tokens for a refresh token. The old one may be spent from the moment in which this is called.
 *
 * @throws GatehouseError `sign_in_over` when the service does not take the refresh token any more,
 *   `sign_in_refused`, `oauth_unreachable`
 */
export async function refreshTokens(connection: Connection, nowMs: number): Promise<Tokens> {
  const { server, client, tokens } = connection;
  if (tokens.refresh === null)
    throw new GatehouseError(
      'sign_in_over',
      'the sign-in has ended: the service gave nothing to renew it with',
    );
  const as = serverOf(server);
  try {
    const response = await oauth.refreshTokenGrantRequest(
      as,
      clientOf(client),
      authOf(client),
      tokens.refresh,
      optionsOf(server.token),
    );
    const answer = await oauth.processRefreshTokenResponse(as, clientOf(client), response);
    const fresh = tokensOf(answer, nowMs);
    return { ...fresh, refresh: fresh.refresh ?? tokens.refresh, scope: fresh.scope ?? tokens.scope };
  } catch (error) {
    throw toldOf(error, 'the refresh', hostOf(server.token));
  }
}

/**
 * Takes the tokens back at the service. False: the service has no address for that.
 *
 * @throws GatehouseError `sign_in_refused`, `oauth_unreachable`
 */
export async function revokeTokens({ server, client, tokens }: Connection): Promise<boolean> {
  if (server.revoke === null) return false;
  const as = serverOf(server);
  try {
    // With the refresh token goes what was made from it, at most services; the access token is named all the same.
    for (const token of [tokens.refresh, tokens.access]) {
      if (token === null) continue;
      const response = await oauth.revocationRequest(
        as,
        clientOf(client),
        authOf(client),
        token,
        optionsOf(server.revoke),
      );
      await oauth.processRevocationResponse(response);
    }
    return true;
  } catch (error) {
    throw toldOf(error, 'the revocation', hostOf(server.revoke));
  }
}

/**
 * What a server says of itself.
 *
 * @throws GatehouseError `sign_in_refused` when it cannot do what is asked of it here, `oauth_unreachable`
 */
export async function discover(issuer: string): Promise<{
  readonly server: OAuthServer;
  readonly register: string | null;
}> {
  const url = new URL(issuer);
  try {
    let found: oauth.AuthorizationServer | null = null;
    for (const algorithm of ['oauth2', 'oidc'] as const) {
      const response = await oauth.discoveryRequest(url, { ...optionsOf(issuer), algorithm });
      if (response.status === 404 && algorithm === 'oauth2') {
        await response.body?.cancel();
        continue;
      }
      found = await oauth.processDiscoveryResponse(url, response);
      break;
    }
    const { authorization_endpoint: authorize, token_endpoint: token } = found ?? {};
    if (found === null || authorize === undefined || token === undefined)
      throw new GatehouseError('sign_in_refused', `${url.host} does not say where to sign in`);
    if (found.code_challenge_methods_supported?.includes('S256') === false)
      throw new GatehouseError(
        'sign_in_refused',
        `${url.host} cannot do PKCE with S256, and nothing less is used`,
      );
    for (const endpoint of [authorize, token, found.revocation_endpoint, found.registration_endpoint])
      if (endpoint !== undefined) checkEndpoint(endpoint);
    return {
      server: {
        issuer: found.issuer,
        authorize,
        token,
        revoke: found.revocation_endpoint ?? null,
        namesIssuer: found.authorization_response_iss_parameter_supported === true,
      },
      register: found.registration_endpoint ?? null,
    };
  } catch (error) {
    throw toldOf(error, 'asking it where to sign in', url.host);
  }
}

/** A client of our own at a server that makes them. @throws GatehouseError `sign_in_refused`, `oauth_unreachable` */
export async function registerClient(
  server: OAuthServer,
  register: string,
  redirectUri: string,
  scopes: readonly string[],
): Promise<OAuthClient> {
  try {
    const response = await oauth.dynamicClientRegistrationRequest(
      { ...serverOf(server), registration_endpoint: register },
      {
        client_name: 'Gatehouse',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
      },
      optionsOf(register),
    );
    const made = await oauth.processDynamicClientRegistrationResponse(response);
    const secret = typeof made.client_secret === 'string' ? made.client_secret : null;
    const method = made.token_endpoint_auth_method;
    return {
      id: made.client_id,
      secret,
      auth:
        secret === null || method === 'none' ? 'none' : method === 'client_secret_post' ? 'post' : 'basic',
    };
  } catch (error) {
    throw toldOf(error, 'the registration', hostOf(register));
  }
}

/** @throws GatehouseError `bad_endpoint`: secrets go over TLS, or to this computer */
export function checkEndpoint(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (url === null || !isSafe || url.username !== '' || url.password !== '' || url.hash !== '')
    throw new GatehouseError('bad_endpoint', `${text.slice(0, 120)} is no https address`);
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost';
}

/** A server whose issuer nobody told us may name itself, but not another host. */
function checkIssuer({ issuer, authorize, token }: OAuthServer, arrived: URL): void {
  const named = arrived.searchParams.get('iss');
  if (issuer !== null || named === null) return;
  const origin = URL.canParse(named) ? new URL(named).origin : '';
  if (origin !== new URL(authorize).origin && origin !== new URL(token).origin)
    throw new GatehouseError('sign_in_refused', 'the answer came from another server than was asked');
  arrived.searchParams.delete('iss');
}

function serverOf({ issuer, token, revoke, namesIssuer }: OAuthServer): oauth.AuthorizationServer {
  return {
    issuer: issuer ?? new URL(token).origin,
    token_endpoint: token,
    ...(revoke === null ? {} : { revocation_endpoint: revoke }),
    authorization_response_iss_parameter_supported: namesIssuer,
  };
}

function clientOf({ id }: OAuthClient): oauth.Client {
  return { client_id: id };
}

function authOf({ secret, auth }: OAuthClient): oauth.ClientAuth {
  if (secret === null || auth === 'none') return oauth.None();
  return auth === 'post' ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret);
}

function optionsOf(endpoint: string) {
  checkEndpoint(endpoint);
  return {
    [oauth.allowInsecureRequests]: new URL(endpoint).protocol === 'http:',
    [oauth.customFetch]: bounded,
    signal: AbortSignal.timeout(LIMIT_MS),
  };
}

type Sent = oauth.CustomFetchOptions<string, URLSearchParams | string | undefined>;

/** Follows nothing, reads no more than it must, and makes an error of an error that came as a success. */
async function bounded(url: string, sent: Sent): Promise<Response> {
  const { method, headers: given, body: content, signal } = sent;
  const response = await fetch(url, {
    method,
    headers: given,
    redirect: 'manual',
    ...(content === undefined ? {} : { body: content }),
    ...(signal === undefined ? {} : { signal }),
  });
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > MAX_ANSWER_BYTES) throw new GatehouseError('oauth_unreachable', 'its answer is too long');
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  const { headers } = response;
  const status = response.status === 200 && isError(body) ? 400 : response.status;
  return new Response(status === 204 || body.length === 0 ? null : body, { status, headers });
}

/** GitHub answers 200 with an error in it. */
function isError(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && 'error' in value && !('access_token' in value);
  } catch {
    return false;
  }
}

function tokensOf(answer: oauth.TokenEndpointResponse, nowMs: number): Tokens {
  const { access_token: access, refresh_token: refresh, expires_in: expires, scope } = answer;
  return {
    access,
    refresh: refresh ?? null,
    expiresAt: expires === undefined ? null : nowMs + Math.min(LONGEST_LIFE_S, Math.max(0, expires)) * 1000,
    scope: scope ?? null,
  };
}

/** The errors that say that a refresh token is spent, taken back or too old. */
const OVER: ReadonlySet<string> = new Set(['invalid_grant', 'bad_refresh_token']);

/** What went wrong, without anything of the answer but the error that it names. */
function toldOf(error: unknown, what: string, host: string): GatehouseError {
  if (error instanceof GatehouseError) return error;
  if (error instanceof oauth.AuthorizationResponseError) {
    const denied = error.error === 'access_denied';
    return denied
      ? new GatehouseError('sign_in_cancelled', `nothing was connected: ${host} was told no there`)
      : new GatehouseError('sign_in_refused', `${host} refused ${what}: ${word(error.error)}`);
  }
  if (error instanceof oauth.ResponseBodyError) {
    const over = OVER.has(error.error);
    return new GatehouseError(
      over ? 'sign_in_over' : 'sign_in_refused',
      over
        ? `${host} does not take what ${what} gave it any more (${word(error.error)})`
        : `${host} refused ${what}: ${word(error.error)}`,
      over ? { hint: 'sign in again' } : {},
    );
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError)
    return new GatehouseError('sign_in_refused', `${host} refused ${what}: it does not know this client`, {
      hint: 'check the client ID and its secret',
    });
  if (error instanceof oauth.OperationProcessingError)
    return new GatehouseError('sign_in_refused', `${what} failed: ${host} answered what it must not`);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new GatehouseError('oauth_unreachable', `${host} cannot be reached: ${word(messageOf(cause))}`);
}

/** Text of somebody else's: short, and of one line. */
function word(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 120);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url.slice(0, 80);
}
