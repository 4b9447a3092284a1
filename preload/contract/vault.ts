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
  /** Who says so: the person, or a policy. */
  by: z.enum(['grant', 'policy']),
  /** How long one use lasts; null: a day of work. */
  leaseMinutes: z.number().nullable(),
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
  /** When it ends by itself. */
  until: z.number(),
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
  fields: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      secret: z.boolean(),
      /** A file, which is no text to be shown. */
      file: z.boolean(),
    }),
  ),
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

/** Why the keychain cannot be used. `no_secret`: it answers, and does not hold what opens this vault. */
export const KeychainTroubleView = z.enum([
  'locked',
  'denied',
  'no_service',
  'timed_out',
  'failed',
  'no_secret',
]);
export type KeychainTroubleView = z.infer<typeof KeychainTroubleView>;

/** Credentials in one answer, at most. */
export const CREDENTIALS_AT_ONCE = 100;

export const CredentialsWish = z.object({
  /** Words that must be in name, label, service or project. Empty: all. */
  text: z.string().max(200),
  from: z.number().int().nonnegative(),
  /** A credential that the answer should begin near; it takes the place of `from` when it matches. */
  at: z.string().max(64).nullable(),
});
export type CredentialsWish = z.infer<typeof CredentialsWish>;

/** A stretch of the credentials that match, in the order of the list: by whose they are, then by name. */
export const CredentialsPage = z.object({
  from: z.number(),
  matching: z.number(),
  credentials: z.array(CredentialView),
});
export type CredentialsPage = z.infer<typeof CredentialsPage>;

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
  /** What keeps the keychain from being used, as far as it was asked; null: nothing, or it is not needed. */
  trouble: KeychainTroubleView.nullable(),
  /** How many there are, and how many uses of them last now. */
  total: z.number(),
  leases: z.number(),
  /** The first of them, as many as one message bears; `credentials` answers the others. */
  credentials: z.array(CredentialView),
  /** Declared by the policy and not there. */
  missing: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      scope: CredentialScope,
      type: z.string(),
      /** The service or type of the catalog that it is filled in with. */
      kind: z.string(),
      /** The form that the policy declares for it, in place of the catalog's; empty: none. */
      fields: z.array(CredentialField),
    }),
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
export const UploadedFiles = z.record(z.string().max(64), z.string().max(64)).default({});

/** Bytes of a file in one message; in base64 they fit into a frame. */
export const FILE_PART_BYTES = 512 * 1024;
/** The largest file that a page may send or be sent. */
export const FILE_MAX_BYTES = 64 * 1024 * 1024;
/** The largest file that is a credential's value. */
export const VALUE_FILE_BYTES = 10 * 1024 * 1024;

export const FilePart = z.object({
  id: z.string().max(64),
  /** Where it begins, in bytes: parts come in their order. */
  at: z.number().int().nonnegative(),
  base64: z.string().max(4 * Math.ceil(FILE_PART_BYTES / 3)),
});

export const ImportWish = z.object({
  upload: z.string().max(64),
  /** What the person calls the file. */
  name: z.string().max(200),
  /** Of the exported file; null for a `.env` file. */
  passphrase: z.string().max(1024).nullable(),
  /** Whether what is there already is replaced. */
  replace: z.boolean(),
  /** Null: only to see what would come of it. Otherwise the plan that was seen; it is carried out as it was. */
  plan: z.string().max(64).nullable(),
});
export type ImportWish = z.infer<typeof ImportWish>;

const ImportedNames = z.object({
  count: z.number(),
  /** The first hundred, in the order of the file. */
  names: z.array(z.string()),
});

export const ImportReport = z.object({
  /** It was carried out; otherwise this is what would come of it. */
  done: z.boolean(),
  plan: z.string(),
  added: ImportedNames,
  replaced: ImportedNames,
  /** There already, and left as they are. */
  kept: ImportedNames,
});
export type ImportReport = z.infer<typeof ImportReport>;

export const ExportWish = z.object({
  pin: z.string().min(1).max(128),
  /** The file is sealed with it. */
  passphrase: z.string().max(1024),
});

export const ExportReport = z.object({
  count: z.number(),
  /** What it is to be called. */
  name: z.string(),
  /** Where it was put, with ~, in a window; null: the page fetches it in parts. */
  saved: z.string().nullable(),
  download: z.object({ id: z.string(), bytes: z.number() }).nullable(),
});
export type ExportReport = z.infer<typeof ExportReport>;

export const CredentialDraft = z.object({
  name: Name,
  label: z.string().max(80),
  kind: z.string().min(1).max(60),
  scope: CredentialScope,
  /** Project, with ~; for scopes that have one. */
  app: z.string().max(4096).nullable(),
  values: CredentialValues,
  /** Files among the values: uploads, by field. */
  files: UploadedFiles,
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
  /** How long one use lasts; left out: a day of work. */
  leaseMinutes: z.number().int().min(1).max(10_080).optional(),
});

export const TestReport = z.object({ outcome: z.enum(['good', 'bad', 'unknown']), text: z.string() });
export type TestReport = z.infer<typeof TestReport>;
