/** What a form is drawn from: the services of the catalog and the bare types, by one id. */
import type { CredentialCatalog, CredentialKind } from '../../../preload/contract.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { type Catalog, catalogStamp, type Provider, readCatalog } from '../../vault/providers.ts';
import type { FieldSpec, HeaderTemplate, TypeSpec } from '../../vault/types/type-spec.ts';
import { allTypes, typeOf } from '../../vault/types/types.ts';

/** How a credential is filled in and given on. */
export interface Kind {
  readonly id: string;
  readonly type: TypeSpec;
  readonly provider: Provider | null;
  readonly label: string;
  readonly fields: readonly FieldSpec[];
  readonly header: HeaderTemplate | null;
  readonly env: Readonly<Record<string, string>>;
}

/** Files are looked at anew each time, and read when they changed: a person drops one in and sees it. */
export class CredentialKinds {
  readonly #folders: { readonly shipped: string; readonly own: string };
  #known: { readonly stamp: string; readonly catalog: Catalog } | null = null;

  constructor(folders: { readonly shipped: string; readonly own: string }) {
    this.#folders = folders;
  }

  view(): CredentialCatalog {
    const catalog = this.#read();
    return {
      kinds: [
        ...catalog.providers.map((provider) => viewOf(kindOf(provider), provider.own)),
        ...allTypes().map((type) => viewOf(bareKind(type), false)),
      ],
      problems: [...catalog.problems],
    };
  }

  /** By a service's id, or `type:` and a type's. @throws GatehouseError `unknown_kind`, `unknown_type` */
  find(id: string): Kind {
    if (id.startsWith('type:')) return bareKind(typeOf(id.slice('type:'.length)));
    const provider = this.#read().providers.find((one) => one.id === id);
    if (provider === undefined)
      throw new GatehouseError(
        'unknown_kind',
        `there is no service ${JSON.stringify(id.slice(0, 40))} in the catalog`,
        {
          hint: 'gatehouse vault add x --type help lists them',
        },
      );
    return kindOf(provider);
  }

  /** Of a credential that is kept. A service whose file is gone is its bare type. */
  of(credential: { readonly type: string; readonly provider: string | null }): Kind {
    const provider = this.#read().providers.find((one) => one.id === credential.provider);
    return provider?.type === credential.type ? kindOf(provider) : bareKind(typeOf(credential.type));
  }

  /** The fields of kept credentials, as the catalog is now; a service that comes later is its bare type. */
  forms(): (credential: { readonly type: string; readonly provider: string | null }) => readonly FieldSpec[] {
    const { providers } = this.#read();
    return ({ type, provider }) =>
      providers.find((one) => one.id === provider && one.type === type)?.fields ?? typeOf(type).fields;
  }

  /** The services, each with its type. */
  services(): readonly { readonly id: string; readonly type: string }[] {
    return this.#read().providers;
  }

  #read(): Catalog {
    const { shipped, own } = this.#folders;
    const stamp = catalogStamp(shipped, own);
    if (this.#known?.stamp !== stamp) this.#known = { stamp, catalog: readCatalog(shipped, own) };
    return this.#known.catalog;
  }
}

function kindOf(provider: Provider): Kind {
  const type = typeOf(provider.type);
  return {
    id: provider.id,
    type,
    provider,
    label: provider.label,
    fields: provider.fields,
    header: provider.header ?? type.header ?? null,
    env: provider.env ?? type.env ?? {},
  };
}

function bareKind(type: TypeSpec): Kind {
  const { id, label, fields, header = null, env = {} } = type;
  return { id: `type:${id}`, type, provider: null, label, fields, header, env };
}

function viewOf(kind: Kind, own: boolean): CredentialKind {
  return {
    id: kind.id,
    label: kind.label,
    type: kind.type.id,
    typeLabel: kind.type.label,
    fields: formOf(kind),
    more: kind.type.more !== undefined,
    bySignIn: kind.type.bySignIn ?? false,
    page: kind.provider?.page ?? null,
    own,
  };
}

/** The fields that a person fills in, as a form is drawn from them. */
export function formOf({ fields }: Pick<Kind, 'fields'>): CredentialKind['fields'] {
  return fields
    .filter(({ byService }) => byService !== true)
    .map((field) => ({
      name: field.name,
      label: field.label,
      type: field.type,
      required: field.required,
      multiline: field.multiline ?? false,
      placeholder: field.placeholder ?? '',
      description: field.description ?? '',
      options: [...(field.options ?? [])],
      prefixes: [...(field.prefixes ?? [])],
    }));
}
