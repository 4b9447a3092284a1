/** One route of the API: what it takes, who may ask, what it answers. The OpenAPI document is made from these. */
import type { z } from 'zod';
import type { Peer } from '../../platform/peer.ts';
import type { AppName } from './apps.ts';
import type { Scope, Token } from './token-book.ts';

/** A request that has passed every check. */
export interface Asked<Q = unknown, B = unknown> {
  readonly token: Token;
  /** The project in the path; for routes without one, all that the token may speak of are meant. */
  readonly app: AppName;
  /** The other parts of the path by name. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  readonly peer: Peer;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Response {
  readonly description: string;
  /** Null: no body. */
  readonly schema: z.ZodType | null;
}

export interface Route {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/api/apps/{app_id}/approvals`; a part in braces takes any one segment. */
  readonly path: string;
  /** Null: needs no token. */
  readonly scope: Scope | null;
  readonly summary: string;
  readonly query: z.ZodObject | null;
  readonly body: z.ZodType | null;
  readonly maxBodyBytes: number;
  /** What it answers when it did what was asked; refusals are the same everywhere. */
  readonly responses: Readonly<Record<number, Response>>;
  handle(asked: Asked): Promise<Reply>;
}

interface RouteSpec<Q extends z.ZodObject | null, B extends z.ZodType | null> {
  readonly id: string;
  readonly method: Route['method'];
  readonly path: string;
  readonly scope: Scope | null;
  readonly summary: string;
  readonly query?: Q;
  readonly body?: B;
  readonly maxBodyBytes?: number;
  readonly responses: Route['responses'];
  handle(
    asked: Asked<
      Q extends z.ZodType ? z.output<Q> : undefined,
      B extends z.ZodType ? z.output<B> : undefined
    >,
  ): Promise<Reply>;
}

export const SMALL_BODY = 64 * 1024;

/** Declares a route; query and body reach its handler parsed. */
export function route<Q extends z.ZodObject | null = null, B extends z.ZodType | null = null>(
  spec: RouteSpec<Q, B>,
): Route {
  return {
    ...spec,
    query: spec.query ?? null,
    body: spec.body ?? null,
    maxBodyBytes: spec.maxBodyBytes ?? SMALL_BODY,
    // The server parses by these very schemas before it calls.
    handle: (asked) => spec.handle(asked as never),
  };
}

export type Match =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'wrong_method'; readonly allowed: readonly string[] }
  | { readonly kind: 'unknown' }
  /** A part of the path is not well encoded. */
  | { readonly kind: 'malformed' };

/** The route of a request. */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    try {
      segments.push(decodeURIComponent(segment));
    } catch {
      return { kind: 'malformed' };
    }
  }
  const allowed: string[] = [];
  for (const candidate of routes) {
    const params = paramsOf(candidate.path.split('/'), segments);
    if (params === null) continue;
    if (candidate.method === method) return { kind: 'found', route: candidate, params };
    allowed.push(candidate.method);
  }
  return allowed.length > 0 ? { kind: 'wrong_method', allowed } : { kind: 'unknown' };
}

function paramsOf(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of pattern.entries()) {
    const segment = segments[at] ?? '';
    if (part.startsWith('{')) {
      if (segment === '') return null;
      params[part.slice(1, -1)] = segment;
    } else if (part !== segment) return null;
  }
  return params;
}
