/**
 * The catalog of services: one YAML file each, ours in `resources/providers`, the person's own in their
 * configuration folder. A file that cannot be read is told of and left out; it never breaks the others.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RE2JS } from 're2js';
import { parse } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../platform/errors.ts';
import type { FieldSpec } from './types/type-spec.ts';
import { allTypes, typeOf } from './types/types.ts';

const Regex = z.string().max(500).refine(isRegex, 'is no regular expression in RE2 syntax');
/** Secrets go over TLS, or to this machine. */
const SafeUrl = z
  .string()
  .max(2000)
  .refine((text) => /^https:\/\/|^http:\/\/(?:127\.0\.0\.1|localhost)(?=[:/])/.test(text), 'must be https')
  .refine((text) => URL.canParse(text.replaceAll(/\{[a-z_]+\}/g, 'x')), 'is no address');

const ProviderField = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/),
  label: z.string().min(1).max(80),
  type: z
    .enum(['secret', 'string', 'url', 'select', 'number', 'boolean', 'connection_string'])
    .default('secret'),
  required: z.boolean().default(true),
  multiline: z.boolean().optional(),
  placeholder: z.string().max(200).optional(),
  description: z.string().max(500).optional(),
  options: z.array(z.string()).max(50).optional(),
  pattern: Regex.optional(),
  prefixes: z.array(z.string().min(1).max(40)).max(8).optional(),
});

const ProviderFile = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  label: z.string().min(1).max(60),
  type: z.enum(allTypes().map(({ id }) => id) as [string, ...string[]]),
  /** In place of the type's own. */
  fields: z.array(ProviderField).max(24).optional(),
  /** Where one is made and taken back. */
  page: SafeUrl.optional(),
  env: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]{0,127}$/), z.string().max(500)).optional(),
  header: z
    .strictObject({ name: z.string().regex(/^[A-Za-z0-9-]{1,64}$/), value: z.string().max(500) })
    .optional(),
  /** A request that answers differently for a good and a bad credential, and changes nothing. */
  verify: z
    .strictObject({
      method: z.enum(['GET', 'HEAD', 'POST']).default('GET'),
      url: SafeUrl,
      headers: z.record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), z.string().max(500)).default({}),
      body: z.string().max(2000).optional(),
      /** Statuses that say that it is good, and that it is not. */
      good: z.array(z.number().int()).default([200]),
      bad: z.array(z.number().int()).default([401, 403]),
    })
    .optional(),
  oauth: z
    .strictObject({
      /** Who it is. Without `authorize` and `token` it is asked for them (RFC 8414, OpenID discovery). */
      issuer: SafeUrl.optional(),
      authorize: SafeUrl.optional(),
      token: SafeUrl.optional(),
      revoke: SafeUrl.optional(),
      /** The client is the person's own, or one that the service makes for us (RFC 7591). */
      client: z.enum(['own', 'registered']).default('own'),
      /** How it shows its secret; `none`: it has none. */
      auth: z.enum(['none', 'basic', 'post']).default('none'),
      /** Where browsers are sent back to. A port other than 0 for services that know one address only. */
      redirect: z
        .strictObject({
          host: z.enum(['127.0.0.1', 'localhost']).default('127.0.0.1'),
          port: z.number().int().min(0).max(65_535).default(0),
        })
        .default({ host: '127.0.0.1', port: 0 }),
      scopes: z
        .array(z.string().regex(/^[\x21-\x7e]{1,200}$/))
        .max(50)
        .default([]),
      /** Sent with the authorization request. */
      parameters: z.record(z.string().max(64), z.string().max(500)).default({}),
    })
    .refine(
      ({ issuer, authorize, token }) =>
        authorize === undefined && token === undefined
          ? issuer !== undefined
          : authorize !== undefined && token !== undefined,
      'needs authorize and token, or an issuer that tells them',
    )
    .optional(),
});
export type Provider = Omit<z.infer<typeof ProviderFile>, 'fields'> & {
  readonly fields: readonly FieldSpec[];
  readonly own: boolean;
};

export interface Catalog {
  readonly providers: readonly Provider[];
  /** Files that could not be read, and why. */
  readonly problems: readonly string[];
}

const MAX_FILE_BYTES = 64 * 1024;

/** Reads both folders. A file of the person's with the id of one of ours stands in its place. */
export function readCatalog(shipped: string, own: string): Catalog {
  const problems: string[] = [];
  const found = new Map<string, Provider>();
  for (const [folder, isOwn] of [
    [shipped, false],
    [own, true],
  ] as const)
    for (const name of filesIn(folder)) {
      try {
        const provider = readProvider(join(folder, name), isOwn);
        found.set(provider.id, provider);
      } catch (error) {
        problems.push(`${join(folder, name)}: ${messageOf(error).split('\n', 1)[0] ?? ''}`);
      }
    }
  return {
    providers: [...found.values()].toSorted((a, b) => a.label.localeCompare(b.label, 'en')),
    problems,
  };
}

/** Changes whenever a file of either folder does, comes or goes; costs a look at each and no reading. */
export function catalogStamp(shipped: string, own: string): string {
  return [shipped, own]
    .flatMap((folder) => filesIn(folder).map((name) => join(folder, name)))
    .map((file) => {
      const facts = statSync(file, { bigint: true, throwIfNoEntry: false });
      return `${file} ${facts?.ino} ${facts?.size} ${facts?.mtimeNs} ${facts?.ctimeNs}`;
    })
    .join('\n');
}

function readProvider(file: string, own: boolean): Provider {
  if (statSync(file).size > MAX_FILE_BYTES) throw new Error('it is too large');
  const value: unknown = parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 });
  const parsed = ProviderFile.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not understood'}`.trim());
  }
  const { fields, ...rest } = parsed.data;
  const type = typeOf(rest.type);
  if ((type.bySignIn === true) !== (rest.oauth !== undefined))
    throw new Error('oauth belongs to type oauth2, and to no other');
  const form =
    (fields as readonly FieldSpec[] | undefined) ??
    (rest.oauth === undefined ? type.fields : signInForm(rest.oauth, type.fields));
  const names = new Set([...form, ...type.fields].map(({ name }) => name));
  const templates = [
    ...Object.values(rest.env ?? {}),
    rest.header?.value ?? '',
    ...Object.values(rest.verify?.headers ?? {}),
    rest.verify?.url ?? '',
  ];
  for (const [, name = ''] of templates.join('\n').matchAll(/\{([A-Za-z][A-Za-z0-9_]*)\}/g))
    if (!names.has(name)) throw new Error(`{${name}} is none of its fields`);
  return { ...rest, fields: form, own };
}

/** What must be known before a browser can be sent there. */
function signInForm(
  { client, auth, scopes, redirect }: NonNullable<Provider['oauth']>,
  fields: readonly FieldSpec[],
): readonly FieldSpec[] {
  const callback = `http://${redirect.host}${redirect.port === 0 ? '' : `:${redirect.port}`}/callback`;
  const description = `Of an app that you make there, with the callback ${callback}${redirect.port === 0 ? ', any port of it' : ''}`;
  return fields.flatMap((field) => {
    if (field.byService === true) return [field];
    if (field.name === 'scope') return [{ ...field, placeholder: scopes.join(' ') }];
    if (client === 'registered') return [];
    if (field.name === 'client_id') return [{ ...field, required: true, description }];
    return field.name === 'client_secret' && auth !== 'none' ? [{ ...field, required: true }] : [];
  });
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[^.].*\.ya?ml$/.test(name))
      .toSorted();
  } catch {
    return [];
  }
}

function isRegex(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}
