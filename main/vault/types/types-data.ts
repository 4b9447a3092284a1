/**
 * The sixteen types of credentials, as data: which fields each has, how a field is checked, and how it is given
 * to a program. `{field}` in a template stands for a field's value; `base64(…)` encodes what it holds.
 */
import type { TypeSpec } from './type-spec.ts';

const PEM = { check: 'pem_private_key', multiline: true } as const;

export const TYPES: readonly TypeSpec[] = [
  {
    id: 'api_key',
    label: 'API key',
    fields: [{ name: 'api_key', label: 'API key', type: 'secret', required: true }],
    header: { name: 'Authorization', value: 'Bearer {api_key}' },
    primary: 'api_key',
  },
  {
    id: 'bearer_token',
    label: 'Bearer token',
    fields: [{ name: 'token', label: 'Token', type: 'secret', required: true }],
    header: { name: 'Authorization', value: 'Bearer {token}' },
    primary: 'token',
  },
  {
    id: 'basic_auth',
    label: 'User name and password',
    fields: [
      { name: 'username', label: 'User name', type: 'string', required: true, check: 'no_colon' },
      { name: 'password', label: 'Password', type: 'secret', required: true },
    ],
    header: { name: 'Authorization', value: 'Basic base64({username}:{password})' },
    primary: 'password',
  },
  {
    id: 'oauth2',
    label: 'Sign-in (OAuth 2)',
    fields: [
      {
        name: 'issuer',
        label: 'Issuer',
        type: 'url',
        required: false,
        description: 'It then says itself where to sign in. Without one, fill in the next two.',
      },
      { name: 'authorization_endpoint', label: 'Address to sign in at', type: 'url', required: false },
      { name: 'token_endpoint', label: 'Address for tokens', type: 'url', required: false },
      { name: 'revocation_endpoint', label: 'Address to take tokens back at', type: 'url', required: false },
      {
        name: 'client_id',
        label: 'Client ID',
        type: 'string',
        required: false,
        description: 'Left empty where the issuer makes one for us.',
      },
      { name: 'client_secret', label: 'Client secret', type: 'secret', required: false },
      { name: 'scope', label: 'Scopes', type: 'string', required: false, description: 'With spaces between' },
      { name: 'access_token', label: 'Access token', type: 'secret', required: false, byService: true },
      { name: 'refresh_token', label: 'Refresh token', type: 'secret', required: false, byService: true },
      { name: 'connection', label: 'where it is from', type: 'string', required: false, byService: true },
    ],
    header: { name: 'Authorization', value: 'Bearer {access_token}' },
    primary: 'access_token',
    bySignIn: true,
  },
  {
    id: 'connection_string',
    label: 'Connection string',
    fields: [
      { name: 'url', label: 'Connection string', type: 'secret', required: true, check: 'connection_string' },
    ],
    primary: 'url',
  },
  {
    id: 'database_fields',
    label: 'Database',
    fields: [
      { name: 'host', label: 'Host', type: 'string', required: true },
      { name: 'port', label: 'Port', type: 'number', required: false, check: 'port' },
      { name: 'database', label: 'Database', type: 'string', required: false },
      { name: 'username', label: 'User name', type: 'string', required: true },
      { name: 'password', label: 'Password', type: 'secret', required: true },
    ],
    primary: 'password',
  },
  {
    id: 'aws_access_key',
    label: 'AWS access key',
    fields: [
      { name: 'access_key_id', label: 'Access key ID', type: 'string', required: true, check: 'aws_key_id' },
      {
        name: 'secret_access_key',
        label: 'Secret access key',
        type: 'secret',
        required: true,
        check: 'aws_secret',
      },
      { name: 'session_token', label: 'Session token', type: 'secret', required: false },
      { name: 'region', label: 'Region', type: 'string', required: false },
    ],
    env: {
      AWS_ACCESS_KEY_ID: '{access_key_id}',
      AWS_SECRET_ACCESS_KEY: '{secret_access_key}',
      AWS_SESSION_TOKEN: '{session_token}',
      AWS_REGION: '{region}',
    },
    primary: 'secret_access_key',
  },
  {
    id: 'gcp_service_account',
    label: 'Google Cloud service account',
    fields: [
      {
        name: 'json',
        label: 'Key file (JSON)',
        type: 'secret',
        required: true,
        multiline: true,
        check: 'service_account',
      },
    ],
    env: { GOOGLE_CREDENTIALS: '{json}' },
    primary: 'json',
  },
  {
    id: 'azure_ad',
    label: 'Azure AD application',
    fields: [
      { name: 'tenant_id', label: 'Tenant ID', type: 'string', required: true, check: 'uuid' },
      { name: 'client_id', label: 'Client ID', type: 'string', required: true, check: 'uuid' },
      { name: 'client_secret', label: 'Client secret', type: 'secret', required: true },
    ],
    env: {
      AZURE_TENANT_ID: '{tenant_id}',
      AZURE_CLIENT_ID: '{client_id}',
      AZURE_CLIENT_SECRET: '{client_secret}',
    },
    primary: 'client_secret',
  },
  {
    id: 'ssh_key',
    label: 'SSH key',
    fields: [
      { name: 'private_key', label: 'Private key', type: 'secret', required: true, ...PEM },
      { name: 'passphrase', label: 'Passphrase', type: 'secret', required: false },
    ],
    primary: 'private_key',
  },
  {
    id: 'client_certificate',
    label: 'Client certificate',
    fields: [
      {
        name: 'certificate',
        label: 'Certificate',
        type: 'string',
        required: true,
        multiline: true,
        check: 'pem_certificate',
      },
      { name: 'private_key', label: 'Private key', type: 'secret', required: true, ...PEM },
      { name: 'passphrase', label: 'Passphrase', type: 'secret', required: false },
    ],
    primary: 'private_key',
  },
  {
    id: 'hmac_signing_secret',
    label: 'Signing secret',
    fields: [
      { name: 'secret', label: 'Secret', type: 'secret', required: true },
      {
        name: 'algorithm',
        label: 'Algorithm',
        type: 'select',
        required: false,
        options: ['sha256', 'sha384', 'sha512', 'sha1'],
      },
    ],
    primary: 'secret',
  },
  {
    id: 'mcp_http',
    label: 'MCP server over HTTP',
    fields: [
      { name: 'url', label: 'URL', type: 'url', required: false },
      { name: 'token', label: 'Token', type: 'secret', required: true },
    ],
    header: { name: 'Authorization', value: 'Bearer {token}' },
    primary: 'token',
  },
  { id: 'multi_field', label: 'Several fields', fields: [], more: 'secret', primary: null },
  {
    id: 'file_upload',
    label: 'File',
    fields: [{ name: 'file', label: 'File', type: 'file', required: true }],
    primary: 'file',
  },
  { id: 'custom', label: 'Something else', fields: [], more: 'secret', primary: null },
];
