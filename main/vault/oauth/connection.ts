/**
 * A sign-in as the vault keeps it: tokens, the client they were given to, and the addresses they may be sent to.
 *
 * The addresses are sealed with the tokens: whoever changes a service's file later cannot have a refresh token
 * sent anywhere else. What is no secret is one field of JSON, so that addresses and scopes are not taken out of
 * what agents are shown.
 */
import { z } from 'zod';
import { GatehouseError } from '../../platform/errors.ts';
import type { Values } from '../core.ts';

const Server = z.strictObject({
  /** Null: nobody told us. */
  issuer: z.string().nullable(),
  authorize: z.string(),
  token: z.string(),
  /** Null: tokens cannot be taken back there. */
  revoke: z.string().nullable(),
  /** It says who it is in each answer, and must. */
  namesIssuer: z.boolean(),
});
export type OAuthServer = Readonly<z.infer<typeof Server>>;

export interface OAuthClient {
  readonly id: string;
  readonly secret: string | null;
  /** How it says who it is. */
  readonly auth: 'none' | 'basic' | 'post';
}

export interface Tokens {
  readonly access: string;
  readonly refresh: string | null;
  /** Wall milliseconds; null: it does not end by itself. */
  readonly expiresAt: number | null;
  readonly scope: string | null;
}

export interface Connection {
  readonly server: OAuthServer;
  readonly client: OAuthClient;
  readonly tokens: Tokens;
}

const Facts = z.strictObject({
  server: Server,
  client: z.strictObject({ id: z.string(), auth: z.enum(['none', 'basic', 'post']) }),
  scope: z.string().nullable(),
});

/** The fields of a credential of type oauth2. */
export function connectionValues({ server, client, tokens }: Connection): Values {
  const { id, auth, secret } = client;
  const facts: z.infer<typeof Facts> = { server, client: { id, auth }, scope: tokens.scope };
  const fields: Readonly<Record<string, string | null>> = {
    access_token: tokens.access,
    refresh_token: tokens.refresh,
    client_secret: secret,
    connection: JSON.stringify(facts),
  };
  return new Map(
    Object.entries(fields).flatMap(([name, value]) =>
      value === null || value === '' ? [] : [[name, Buffer.from(value)] as const],
    ),
  );
}

/** @throws GatehouseError `not_signed_in` when no sign-in is kept in these fields */
export function readConnection(values: Values): Connection {
  const text = (name: string) => values.get(name)?.toString('utf8') ?? null;
  const access = text('access_token');
  const facts = Facts.safeParse(parsed(text('connection')));
  if (access === null || !facts.success)
    throw new GatehouseError('not_signed_in', 'nobody has signed in for this credential yet');
  const { server, client, scope } = facts.data;
  return {
    server,
    client: { ...client, secret: text('client_secret') },
    tokens: { access, refresh: text('refresh_token'), expiresAt: null, scope },
  };
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
