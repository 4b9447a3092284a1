/** `security.credentials_schema`, compiled: which credentials a project needs, and the form each is filled in. */
export const CREDENTIAL_SCOPES = ['system_wide', 'per_app_shared', 'per_user', 'per_app_per_user'] as const;
export type CredentialScope = (typeof CREDENTIAL_SCOPES)[number];

export const CREDENTIAL_TYPES = [
  'api_key',
  'bearer_token',
  'basic_auth',
  'oauth2',
  'connection_string',
  'database_fields',
  'aws_access_key',
  'gcp_service_account',
  'azure_ad',
  'ssh_key',
  'client_certificate',
  'hmac_signing_secret',
  'mcp_http',
  'multi_field',
  'file_upload',
  'custom',
] as const;
export type CredentialType = (typeof CREDENTIAL_TYPES)[number];

export const CREDENTIAL_FIELD_TYPES = [
  'secret',
  'string',
  'url',
  'select',
  'number',
  'boolean',
  'connection_string',
] as const;
export type CredentialFieldType = (typeof CREDENTIAL_FIELD_TYPES)[number];

export interface CredentialField {
  readonly name: string;
  readonly label: string | null;
  readonly type: CredentialFieldType;
  readonly required: boolean;
  readonly description: string | null;
  readonly placeholder: string | null;
  /** For `select`. */
  readonly options: readonly string[];
  readonly fallback: string | null;
  /** In RE2's syntax, checked; matched against the whole value where it is anchored so. */
  readonly validationRegex: string | null;
}

export interface CredentialProvider {
  readonly name: string;
  readonly label: string;
  readonly type: CredentialType;
  readonly scope: CredentialScope;
  readonly required: boolean;
  readonly description: string | null;
  readonly oauthProvider: string | null;
  readonly fields: readonly CredentialField[];
}

export interface CredentialsSchema {
  /** A session does not start while one of them is missing. */
  readonly required: boolean;
  readonly providers: readonly CredentialProvider[];
}
