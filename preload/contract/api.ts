import { z } from 'zod';

/** What a token of the HTTP API may do. `decide` goes with no other that submits. */
export const ApiScope = z.enum(['submit', 'watch', 'decide']);
export type ApiScope = z.infer<typeof ApiScope>;

export const ApiToken = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(ApiScope),
  /** Project roots, with ~; null: every project. */
  apps: z.array(z.string()).nullable(),
  /** Wall time, milliseconds since 1970. */
  createdAt: z.number(),
  lastUsedAt: z.number().nullable(),
});
export type ApiToken = z.infer<typeof ApiToken>;

/** The HTTP API as it stands. */
export const ApiView = z.object({
  enabled: z.boolean(),
  /** `http://127.0.0.1:7833`; null while it is not open. */
  address: z.string().nullable(),
  /** Why it is not open although it is switched on. */
  problem: z.string().nullable(),
  tokens: z.array(ApiToken),
  /** Roots of projects that are known, with ~, for choosing. */
  projects: z.array(z.string()),
});
export type ApiView = z.infer<typeof ApiView>;

export const TokenWish = z.object({
  name: z.string().min(1).max(40),
  scopes: z.array(ApiScope).min(1).max(3),
  /** A folder of the project; null: every project, for tokens that do not submit. */
  app: z.string().min(1).max(4096).nullable(),
  /** Needed for `decide`. */
  pin: z.string().min(1).max(128).nullable(),
});
export type TokenWish = z.infer<typeof TokenWish>;

/** A token that was just made: `secret` is shown once and kept nowhere. */
export const MadeToken = z.object({ secret: z.string(), api: ApiView });
export type MadeToken = z.infer<typeof MadeToken>;
