import { z } from 'zod';

export const CredentialScope = z.enum(['system_wide', 'per_app_shared', 'per_user', 'per_app_per_user']);
export type CredentialScope = z.infer<typeof CredentialScope>;

export const CredentialField = z.object({
  name: z.string(),
  label: z.string(),
  type: z.enum(['secret', 'string', 'url', 'select', 'number', 'boolean', 'connection_string', 'file']),
  required: z.boolean(),
  multiline: z.boolean(),
  placeholder: z.string(),
  description: z.string(),
  options: z.array(z.string()),
  /** How values of this service begin; a value that does not is asked about. */
  prefixes: z.array(z.string()),
});
export type CredentialField = z.infer<typeof CredentialField>;

/** A service of the catalog, or a bare type: what a form is drawn from. */
export const CredentialKind = z.object({
  /** The service's id; for a bare type `type:` and its id. */
  id: z.string(),
  label: z.string(),
  type: z.string(),
  typeLabel: z.string(),
  fields: z.array(CredentialField),
  /** Fields of any name may be added. */
  more: z.boolean(),
  /** Filled by signing in. */
  bySignIn: z.boolean(),
  page: z.string().nullable(),
  /** From a file of the person's own. */
  own: z.boolean(),
});
export type CredentialKind = z.infer<typeof CredentialKind>;

export const CredentialCatalog = z.object({
  kinds: z.array(CredentialKind),
  /** Files that could not be read. */
  problems: z.array(z.string()),
});
export type CredentialCatalog = z.infer<typeof CredentialCatalog>;

/** A server that may be given a credential. */
export const CredentialUse = z.object({
  server: z.string(),
  into: z.enum(['env', 'header']),
  name: z.string(),
  /** Clients that need not be asked about; `*`: every one. */
  standing: z.array(z.string()),
});
export type CredentialUse = z.infer<typeof CredentialUse>;

/** A use that lasts: a server runs with the credential for a session. Times are wall milliseconds. */
export const CredentialLease = z.object({
  id: z.string(),
  session: z.string(),
  client: z.string(),
  app: z.string(),
  server: z.string(),
  by: z.string(),
  since: z.number(),
});
export type CredentialLease = z.infer<typeof CredentialLease>;

export const CredentialView = z.object({
  id: z.string(),
  name: z.string(),
  label: z.string(),
  type: z.string(),
  typeLabel: z.string(),
  provider: z.string().nullable(),
  scope: CredentialScope,
  /** Project, with ~; null where the scope has none. */
  app: z.string().nullable(),
  state: z.enum(['filled', 'valid', 'expiring', 'expired', 'invalid', 'pending', 'revoked']),
  version: z.number().nullable(),
  /** A new value waits to be put in force. */
  staged: z.boolean(),
  fields: z.array(z.object({ name: z.string(), label: z.string(), secret: z.boolean() })),
  createdAt: z.number(),
  updatedAt: z.number(),
  lastUsedAt: z.number().nullable(),
  expiresAt: z.number().nullable(),
  uses: z.array(CredentialUse),
  leases: z.array(CredentialLease),
  page: z.string().nullable(),
  /** Host that a test of it asks; null when it cannot be tested. */
  testHost: z.string().nullable(),
  bySignIn: z.boolean(),
  /** Its service gave something to renew it with, which is done before it ends. */
  renews: z.boolean(),
});
export type CredentialView = z.infer<typeof CredentialView>;

/** Signing in at a service for a credential. Its address is told to the page that asked for it alone. */
export const SignInView = z.object({
  id: z.string(),
  name: z.string(),
  /** The credential that it fills or has filled; null while there is none. */
  credential: z.string().nullable(),
  /** Where the person signs in. */
  host: z.string(),
  state: z.enum(['waiting', 'done', 'cancelled', 'failed']),
  /** Why it failed or was cancelled. */
  text: z.string(),
  endsAt: z.number(),
});
export type SignInView = z.infer<typeof SignInView>;

export const VaultView = z.object({
  state: z.enum(['none', 'locked', 'open']),
  /** Why it cannot be opened, or what is wrong with it. */
  problem: z.string().nullable(),
  /** How its key is kept, in a sentence; what it would be while there is none. */
  keptBy: z.string(),
  needsPassphrase: z.boolean(),
  /** The person may choose to do without a passphrase. */
  passphraseOptional: z.boolean(),
  hasRecovery: z.boolean(),
  locksAt: z.number().nullable(),
  credentials: z.array(CredentialView),
  /** Declared by the policy and not there. */
  missing: z.array(
    z.object({ name: z.string(), label: z.string(), scope: CredentialScope, type: z.string() }),
  ),
  /** Servers that could be given a credential. */
  servers: z.array(z.object({ name: z.string(), kind: z.enum(['stdio', 'http']) })),
  /** Those that wait, and the last that ended. */
  signIns: z.array(SignInView),
  projects: z.array(z.string()),
});
export type VaultView = z.infer<typeof VaultView>;

const Text = z.string().max(64 * 1024);
const Name = z.string().min(1).max(128);
export const CredentialValues = z.record(z.string().max(64), Text);

export const CredentialDraft = z.object({
  name: Name,
  label: z.string().max(80),
  kind: z.string().min(1).max(60),
  scope: CredentialScope,
  /** Project, with ~; for scopes that have one. */
  app: z.string().max(4096).nullable(),
  values: CredentialValues,
  /** Odd-looking values were asked about. */
  confirmed: z.boolean(),
});
export type CredentialDraft = z.infer<typeof CredentialDraft>;

/** What was wrong with a form, by field; nothing was saved when there is anything in it. */
export const SavedCredential = z.object({
  saved: z.boolean(),
  id: z.string().nullable(),
  problems: z.array(z.object({ field: z.string(), text: z.string() })),
  warnings: z.array(z.object({ field: z.string(), text: z.string() })),
});
export type SavedCredential = z.infer<typeof SavedCredential>;

export const ConnectWish = z.object({
  /** A credential that is signed in for again; null: a new one, of this name. */
  credential: z.string().max(64).nullable(),
  name: z.string().max(128),
  label: z.string().max(80),
  kind: z.string().max(60),
  values: CredentialValues,
});
export type ConnectWish = z.infer<typeof ConnectWish>;

export const ConnectReport = z.object({
  /** Null: nothing was begun. */
  signIn: z
    .object({
      id: z.string(),
      url: z.string(),
      /** The browser was sent there. Otherwise the page does it. */
      opened: z.boolean(),
    })
    .nullable(),
  problems: z.array(z.object({ field: z.string(), text: z.string() })),
});
export type ConnectReport = z.infer<typeof ConnectReport>;

export const RevealWish = z.object({
  id: z.string().max(64),
  field: z.string().max(64),
  pin: z.string().min(1).max(128),
  how: z.enum(['revealed', 'copied']),
});

export const UnlockWish = z.object({
  passphrase: z.string().max(1024).nullable(),
  recovery: z.string().max(200).nullable(),
});

export const GrantWish = z.object({
  id: z.string().max(64),
  server: z.string().max(64),
  into: z.enum(['env', 'header']),
  name: z.string().min(1).max(128),
  /** Every agent may use it through this server without being asked first. */
  standing: z.boolean(),
});

export const TestReport = z.object({ outcome: z.enum(['good', 'bad', 'unknown']), text: z.string() });
export type TestReport = z.infer<typeof TestReport>;
