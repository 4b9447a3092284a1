/** What a type of credential, a field of one and a provider's form are made of. */

/** Named checks of a value beside its pattern. */
export type FieldCheck =
  | 'no_colon'
  | 'connection_string'
  | 'port'
  | 'aws_key_id'
  | 'aws_secret'
  | 'service_account'
  | 'uuid'
  | 'pem_private_key'
  | 'pem_certificate';

export interface FieldSpec {
  /** An identifier; also how templates name it. */
  readonly name: string;
  readonly label: string;
  readonly type: 'secret' | 'string' | 'url' | 'select' | 'number' | 'boolean' | 'connection_string' | 'file';
  readonly required: boolean;
  readonly multiline?: boolean;
  readonly placeholder?: string;
  readonly description?: string;
  /** For `select`. */
  readonly options?: readonly string[];
  /** RE2; the whole value must match. */
  readonly pattern?: string;
  /** RE2; it must match somewhere in the value. */
  readonly contains?: string;
  /** How values of this service begin. One that begins otherwise is asked about, not refused. */
  readonly prefixes?: readonly string[];
  readonly check?: FieldCheck;
  /** Filled by the service that is signed in to, never by a form. */
  readonly byService?: boolean;
}

export interface HeaderTemplate {
  readonly name: string;
  readonly value: string;
}

export interface TypeSpec {
  readonly id: string;
  readonly label: string;
  readonly fields: readonly FieldSpec[];
  /** Fields of any name may be added, of this type. */
  readonly more?: 'secret';
  /** Filled by signing in, not by a form; always `per_user`. */
  readonly bySignIn?: boolean;
  readonly header?: HeaderTemplate;
  /** Templates by the name of an environment variable. */
  readonly env?: Readonly<Record<string, string>>;
  /** The field that is meant when none is named. */
  readonly primary: string | null;
}
