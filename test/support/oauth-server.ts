/**
 * A real OAuth server (oidc-provider) on loopback, which signs everybody in and can be made to misbehave, and the
 * browser of a person who goes where it is sent.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export const PUBLIC_CLIENT = 'gatehouse-native';
export const SECRET_CLIENT = 'gatehouse-secret';
export const CLIENT_SECRET = 'cs-7f1e9a0b5c3d2e4f';

/** What happens to a request for tokens: it is served; served and the answer lost; not even seen; refused. */
export type TokenFault = 'none' | 'lose the answer' | 'hang up' | 'unavailable';

export class OAuthTestServer {
  readonly issuer: string;
  /** Grant types of requests for tokens, in their order. */
  readonly requests: string[] = [];
  fault: TokenFault = 'none';
  /** Resolves before an answer to a request for tokens is sent. */
  gate: Promise<void> = Promise.resolve();
  /** The person says no at the service. */
  refuses = false;
  readonly #server: Server;
  readonly #provider: Provider;

  private constructor(server: Server, issuer: string, lifeSeconds: number) {
    this.#server = server;
    this.issuer = issuer;
    this.#provider = new Provider(issuer, {
      clients: [
        {
          client_id: PUBLIC_CLIENT,
          application_type: 'native',
          token_endpoint_auth_method: 'none',
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: ['http://127.0.0.1/callback'],
        },
        {
          client_id: SECRET_CLIENT,
          client_secret: CLIENT_SECRET,
          application_type: 'native',
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: ['http://127.0.0.1/callback'],
        },
      ],
      scopes: ['openid', 'offline_access', 'notes'],
      features: {
        devInteractions: { enabled: false },
        revocation: { enabled: true, allowedPolicy: () => true },
        introspection: { enabled: true, allowedPolicy: () => true },
        registration: { enabled: true },
      },
      pkce: { required: () => true },
      cookies: { keys: ['a key for the cookies of a test'] },
      ttl: {
        AccessToken: lifeSeconds,
        IdToken: 3600,
        RefreshToken: 86_400,
        Grant: 86_400,
        Session: 86_400,
        Interaction: 600,
      },
      issueRefreshToken: () => true,
      // As strict as RFC 9700 wants it: each is used once, and a second use ends the whole grant.
      rotateRefreshToken: () => true,
      findAccount: (_ctx: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    });
  }

  static async start(lifeSeconds = 3600): Promise<OAuthTestServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const made = new OAuthTestServer(server, `http://127.0.0.1:${port}`, lifeSeconds);
    const serve = made.#provider.callback();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.url?.startsWith('/interaction/')) void made.#interact(request, response);
      else if (request.url === '/token') void made.#token(request, response, serve);
      else void serve(request, response);
    });
    return made;
  }

  /** As a service's file in the catalog. */
  providerFile(id: string, over = ''): string {
    return `id: ${id}\nlabel: Notes\ntype: oauth2\noauth:\n  issuer: ${this.issuer}\n  scopes: [openid, offline_access, notes]\n${over}`;
  }

  /** Whether it would take this token now. */
  async isActive(token: string): Promise<boolean> {
    const response = await fetch(`${this.issuer}/token/introspection`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Authorization: `Basic ${Buffer.from(`${SECRET_CLIENT}:${CLIENT_SECRET}`).toString('base64')}`,
      },
      body: new URLSearchParams({ token }),
    });
    return ((await response.json()) as { active: boolean }).active;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const provider = this.#provider;
    const { prompt, params, grantId } = await provider.interactionDetails(request, response);
    if (this.refuses) {
      await provider.interactionFinished(request, response, { error: 'access_denied' });
      return;
    }
    if (prompt.name === 'login') {
      await provider.interactionFinished(request, response, { login: { accountId: 'dev' } });
      return;
    }
    const grant =
      grantId === undefined
        ? new provider.Grant({ accountId: 'dev', clientId: String(params['client_id']) })
        : await provider.Grant.find(grantId);
    grant?.addOIDCScope(String(params['scope'] ?? ''));
    await provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant?.save() } },
      { mergeWithLastSubmission: true },
    );
  }

  async #token(
    request: IncomingMessage,
    response: ServerResponse,
    serve: (request: IncomingMessage, response: ServerResponse) => unknown,
  ): Promise<void> {
    const { fault } = this;
    if (fault === 'hang up') {
      request.socket.destroy();
      return;
    }
    if (fault === 'unavailable') {
      response.writeHead(503).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.requests.push(new URLSearchParams(Buffer.concat(chunks).toString()).get('grant_type') ?? '');
    });
    const end = response.end.bind(response);
    response.end = ((...given: Parameters<typeof end>) => {
      void this.gate.then(() => {
        if (fault === 'lose the answer') request.socket.destroy();
        else end(...given);
      });
      return response;
    }) as typeof response.end;
    await serve(request, response);
  }
}

/** Goes where it is sent, with cookies, as far as `until` lets it. Answers the addresses it was at. */
export async function browse(start: string, until: (url: URL) => boolean = () => false): Promise<URL[]> {
  const jar = new Map<string, string>();
  const seen: URL[] = [];
  let next: URL | null = new URL(start);
  while (next !== null) {
    seen.push(next);
    if (until(next)) return seen;
    const response: Response = await fetch(next, {
      redirect: 'manual',
      headers: { Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';', 1)[0] ?? '').split(/=(.*)/s);
      jar.set(name, value);
    }
    await response.text();
    const location: string | null = response.headers.get('location');
    next = location === null ? null : new URL(location, next);
    if (seen.length > 20) throw new Error('it is sent round in circles');
  }
  return seen;
}
