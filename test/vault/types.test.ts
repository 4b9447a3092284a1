import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CREDENTIAL_TYPES } from '../../main/policy/credentials-schema.ts';
import { readCatalog } from '../../main/vault/providers.ts';
import {
  allTypes,
  checkValues,
  envOf,
  fill,
  headerOf,
  mask,
  secretFields,
  typeOf,
} from '../../main/vault/types/types.ts';

const root = join(import.meta.dirname, '..', '..');
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const account = JSON.stringify({ type: 'service_account', private_key: pem, client_email: 'a@b.iam' });
const uuid = '0f8fad5b-d9cb-469f-a165-70867728950e';

/** A good and a bad value of each type. */
const SAMPLES: Readonly<Record<string, readonly [Record<string, string>, Record<string, string>]>> = {
  api_key: [{ api_key: 'sk-0123456789' }, { api_key: '' }],
  bearer_token: [{ token: 'a-token-value' }, { token: 'two\nlines' }],
  basic_auth: [
    { username: 'ann', password: 'pa:ss word' },
    { username: 'a:b', password: 'password' },
  ],
  oauth2: [{ access_token: 'ya29.token' }, { issuer: 'not an address' }],
  connection_string: [{ url: 'postgres://u:p@h/db' }, { url: 'not one' }],
  database_fields: [
    { host: 'h', port: '5432', username: 'u', password: 'password' },
    { host: 'h', port: '99999', username: 'u', password: 'password' },
  ],
  aws_access_key: [
    { access_key_id: `AKIA${'B'.repeat(16)}`, secret_access_key: 'x'.repeat(40) },
    { access_key_id: 'AKIA1', secret_access_key: 'x'.repeat(40) },
  ],
  gcp_service_account: [{ json: account }, { json: '{"type":"user"}' }],
  azure_ad: [
    { tenant_id: uuid, client_id: uuid, client_secret: 'a-secret-value' },
    { tenant_id: 'x', client_id: uuid, client_secret: 'a-secret-value' },
  ],
  ssh_key: [{ private_key: pem }, { private_key: 'ssh-ed25519 AAAA' }],
  client_certificate: [
    { certificate: '', private_key: pem },
    { certificate: 'no', private_key: pem },
  ],
  hmac_signing_secret: [
    { secret: 'whsec_0123', algorithm: 'sha256' },
    { secret: 'whsec_0123', algorithm: 'md5' },
  ],
  mcp_http: [
    { url: 'https://mcp.example/x', token: 'a-token-value' },
    { url: 'ftp://x', token: 'a-token-value' },
  ],
  multi_field: [{ one: 'first-value', two: 'second-value' }, {}],
  file_upload: [{ file: 'any bytes' }, {}],
  custom: [{ anything: 'a-value-of-it' }, { 'not a name': 'x' }],
};

describe('the types', () => {
  it('are the sixteen of the policy language, and no others', () => {
    expect(allTypes().map(({ id }) => id)).toEqual([...CREDENTIAL_TYPES]);
  });

  it.each(Object.entries(SAMPLES).filter(([id]) => id !== 'client_certificate'))(
    '%s takes what is right and names what is not',
    (id, [good, bad]) => {
      const type = typeOf(id);
      const checked = checkValues(type, type.fields, new Map(Object.entries(good)));
      expect(checked.problems).toEqual([]);
      expect([...checked.values.keys()]).toEqual(Object.keys(good));
      const wrong = checkValues(type, type.fields, new Map(Object.entries(bad)));
      expect(wrong.problems).toHaveLength(1);
      for (const value of Object.values(bad).filter((text) => text.length > 2))
        expect(JSON.stringify(wrong.problems)).not.toContain(value);
    },
  );

  it('client_certificate takes a certificate and its key, and nothing else', () => {
    const type = typeOf('client_certificate');
    const [, bad] = SAMPLES['client_certificate'] ?? [{}, {}];
    expect(checkValues(type, type.fields, new Map(Object.entries(bad))).problems).toEqual([
      { field: 'certificate', text: 'is no certificate in PEM form' },
    ]);
  });

  it('trim texts, keep files to the byte, and refuse what is too large', () => {
    const key = checkValues(
      typeOf('api_key'),
      typeOf('api_key').fields,
      new Map([['api_key', ' sk-value-1 \n']]),
    );
    expect(key.values.get('api_key')?.toString()).toBe('sk-value-1');
    const bytes = Buffer.from([0, 255, 10, 32]);
    const file = typeOf('file_upload');
    expect(checkValues(file, file.fields, new Map([['file', bytes]])).values.get('file')).toEqual(bytes);
    const large = new Map([['file', Buffer.alloc(10 * 1024 * 1024 + 1)]]);
    expect(checkValues(file, file.fields, large).problems).toEqual([
      { field: 'file', text: 'is longer than 10485760 bytes' },
    ]);
  });

  it.each(['__proto__', 'constructor ', 'a-b', ''])('45 take no field named %j', (name) => {
    expect(checkValues(typeOf('custom'), [], new Map([[name, 'a-value-of-it']])).problems).not.toEqual([]);
    expect(({} as Record<string, unknown>)['a-value-of-it']).toBeUndefined();
  });

  it('make headers and variables, and never look into a value', () => {
    const values = new Map([
      ['username', Buffer.from('{password}')],
      ['password', Buffer.from('p{username}')],
    ]);
    expect(
      headerOf({ name: 'Authorization', value: 'Basic base64({username}:{password})' }, values).value,
    ).toBe(`Basic ${Buffer.from('{password}:p{username}').toString('base64')}`);
    expect(envOf({ A: '{password}', B: '{missing}' }, values)).toEqual({ A: 'p{username}' });
    expect(fill('{missing}', values)).toBeNull();
    expect(() =>
      headerOf({ name: 'X', value: '{v}' }, new Map([['v', Buffer.from('a\r\nEvil: 1')]])),
    ).toThrow(/cannot be given/);
  });

  it('mask, and tell what is secret', () => {
    expect(['', '12345678', 'sk-abcdefghijklmnop'].map(mask)).toEqual(['', '••••••••', 'sk-…mnop']);
    expect(secretFields(typeOf('basic_auth').fields, ['username', 'password', 'other'])).toEqual([
      'password',
      'other',
    ]);
    expect(
      secretFields([{ name: 'u', label: 'U', type: 'connection_string', required: true }], ['u']),
    ).toEqual(['u']);
  });
});

describe('the catalog', () => {
  const shipped = join(root, 'resources', 'providers');
  const own = mkdtempSync(join(tmpdir(), 'gatehouse-providers-'));
  afterAll(() => rmSync(own, { recursive: true, force: true }));

  it('holds more than 25 services, each readable, each with what a person needs', () => {
    const { providers, problems } = readCatalog(shipped, own);
    expect(problems).toEqual([]);
    expect(providers.length).toBeGreaterThanOrEqual(40);
    for (const provider of providers) {
      expect(provider.fields.length).toBeGreaterThan(0);
      expect(new Set(provider.fields.map(({ name }) => name)).size).toBe(provider.fields.length);
    }
  });

  it('takes a file that a person drops in, in place of ours too, and leaves out what it cannot read', () => {
    mkdirSync(own, { recursive: true });
    const file = (name: string, text: string) => writeFileSync(join(own, name), text);
    file('acme.yaml', 'id: acme\nlabel: Acme\ntype: api_key\nheader: { name: X-Key, value: "{api_key}" }\n');
    file('github.yaml', 'id: github\nlabel: GitHub Enterprise\ntype: bearer_token\n');
    file(
      'plain-http.yaml',
      'id: a\nlabel: A\ntype: api_key\nverify: { url: "http://evil.example/{api_key}" }\n',
    );
    file('unknown.yaml', 'id: b\nlabel: B\ntype: api_key\nrun: "rm -rf"\n');
    file(
      'regex.yaml',
      'id: c\nlabel: C\ntype: api_key\nfields: [{ name: api_key, label: K, pattern: "(?=x)" }]\n',
    );
    file('template.yaml', 'id: d\nlabel: D\ntype: api_key\nenv: { K: "{other}" }\n');
    file('oauth.yaml', 'id: e\nlabel: E\ntype: oauth2\n');
    file('.hidden.yaml', 'nonsense');
    const { providers, problems } = readCatalog(shipped, own);
    expect(providers.find(({ id }) => id === 'acme')).toMatchObject({
      own: true,
      fields: [{ name: 'api_key' }],
    });
    expect(providers.find(({ id }) => id === 'github')?.label).toBe('GitHub Enterprise');
    expect(problems.map((text) => text.slice(own.length + 1).split(':', 1)[0])).toEqual([
      'oauth.yaml',
      'plain-http.yaml',
      'regex.yaml',
      'template.yaml',
      'unknown.yaml',
    ]);
  });
});
