/** Credentials that policies declare: what each is filled in with, and the form that a policy gives it. */

import type {
  CredentialProvider,
  CredentialField as DeclaredField,
} from '../../policy/credentials-schema.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import type { Scope } from '../../vault/scope.ts';
import type { FieldSpec } from '../../vault/types/type-spec.ts';
import type { Kind } from './catalog.ts';

export interface DeclaredParts {
  readonly policy: (app: string | null) => CompiledPolicy | null;
  readonly projects: () => readonly string[];
}

/** Each one once, of the projects that are at work and of the policy that stands for every project. */
export function allDeclared({ policy, projects }: DeclaredParts): readonly CredentialProvider[] {
  const found = new Map<string, CredentialProvider>();
  for (const app of [null, ...projects()])
    for (const one of policy(app)?.credentials?.providers ?? []) found.set(`${one.scope} ${one.name}`, one);
  return [...found.values()];
}

/**
 * How a credential of this name and scope was declared; null when no policy does.
 *
 * @param app project root, for scopes that have one; null: every project is looked at
 */
export function declaredAs(
  name: string,
  scope: Scope,
  app: string | null,
  { policy, projects }: DeclaredParts,
): CredentialProvider | null {
  for (const where of app === null || app === '' ? [null, ...projects()] : [app]) {
    const found = policy(where)?.credentials?.providers.find(
      (one) => one.name === name && one.scope === scope,
    );
    if (found !== undefined) return found;
  }
  return null;
}

/**
 * The entry of the catalog that a declared credential is filled in with: the service that it is signed in to, the
 * service of its name, or its bare type. `oauth_provider: notion` means the catalog's `notion`, or `notion-sign-in`.
 */
export function kindIdFor(
  { name, type, oauthProvider }: CredentialProvider,
  services: readonly { readonly id: string; readonly type: string }[],
): string {
  const wanted = oauthProvider ?? name;
  const fitting = services.filter((one) => one.type === type);
  const found =
    fitting.find(({ id }) => id === wanted) ??
    (type === 'oauth2'
      ? (fitting.find(({ id }) => id === `${wanted}-sign-in`) ??
        fitting.find(({ id }) => id === `${wanted}-mcp`))
      : undefined);
  return found?.id ?? `type:${type}`;
}

/** The kind with the form that a policy declares in place of its own, where it declares one for this type. */
export function withDeclaredForm(kind: Kind, declared: CredentialProvider | null): Kind {
  if (declared === null || declared.type !== kind.type.id || declared.fields.length === 0) return kind;
  return { ...kind, fields: declared.fields.map((field) => specOf(field, kind)) };
}

/** What the catalog knows of a field of the same name holds too. */
function specOf(field: DeclaredField, kind: Kind): FieldSpec {
  const known = kind.fields.find(({ name }) => name === field.name);
  const { name, label, type, required, description, placeholder, options, validationRegex } = field;
  return {
    ...known,
    ...{ name, label: label ?? known?.label ?? name, type: known?.type === 'file' ? 'file' : type, required },
    ...(description === null ? {} : { description }),
    ...(placeholder === null ? {} : { placeholder }),
    ...(options.length === 0 ? {} : { options }),
    ...(validationRegex === null ? {} : { contains: validationRegex }),
  };
}
