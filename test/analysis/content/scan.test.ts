import { describe, expect, it } from 'vitest';
import { isCardNumber, isIban } from '../../../main/analysis/content/checks.ts';
import { CONTENT_RULES } from '../../../main/analysis/content/content-rules.ts';
import { scanText } from '../../../main/analysis/content/scan.ts';

/** Characters that look random and are the same in every run; samples are put together, so that none stands in this file. */
function noise(length: number, alphabet: string, seed = 7): string {
  let state = seed;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    text += alphabet[(state >>> 16) % alphabet.length];
  }
  return text;
}
const ALNUM = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
const HEX = '0123456789abcdef';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const secrets: readonly (readonly [string, string])[] = [
  ['aws_access_key_id', `AKIA${noise(16, BASE32)}`],
  ['google_api_key', `AIza${noise(35, ALNUM)}`],
  ['github_token', `ghp_${noise(36, ALNUM)}`],
  ['github_fine_grained', `github_pat_${noise(82, ALNUM)}`],
  ['gitlab_token', `glpat-${noise(20, ALNUM)}`],
  ['slack_token', `xoxb-${noise(12, '123456789')}-${noise(24, ALNUM)}`],
  ['stripe_key', `sk_live_${noise(24, ALNUM)}`],
  ['anthropic_key', `sk-ant-api03-${noise(80, ALNUM)}`],
  ['openai_key', `sk-proj-${noise(48, ALNUM)}`],
  ['huggingface_token', `hf_${noise(34, ALNUM)}`],
  ['npm_token', `npm_${noise(36, ALNUM)}`],
  ['sendgrid_key', `SG.${noise(22, ALNUM)}.${noise(43, ALNUM)}`],
  ['digitalocean_token', `dop_v1_${noise(64, HEX)}`],
  ['vault_token', `hvs.${noise(32, ALNUM)}`],
  ['json_web_token', `eyJ${noise(30, ALNUM)}.eyJ${noise(60, ALNUM)}.${noise(43, ALNUM)}`],
  ['telegram_bot', `${noise(10, '123456789')}:AA${noise(33, ALNUM)}`],
  ['azure_storage_key', `${noise(86, ALNUM)}==`],
];

describe('the content scan', () => {
  it.each(secrets)('finds a %s in running text, with its exact span', (rule, value) => {
    const head = rule === 'azure_storage_key' ? 'DefaultEndpointsProtocol=https;AccountKey=' : 'curl -H "x: ';
    const text = `${head}${value}" https://api.test/v1`;
    const found = scanText(text).find((finding) => finding.rule === rule);
    expect(found).toBeDefined();
    expect(text.slice(found?.start, found?.end)).toBe(value);
    expect(found?.confidence).toBe('high');
  });

  it('finds private keys whole, written over lines or with \\n', () => {
    const body = noise(64, ALNUM);
    for (const [kind, line] of [
      ['RSA ', '\n'],
      ['OPENSSH ', '\n'],
      ['', '\\n'],
      ['EC ', '\r\n'],
    ] as const) {
      const key = `-----BEGIN ${kind}PRIVATE KEY-----${line}${body}${line}-----END ${kind}PRIVATE KEY-----`;
      const [found, ...more] = scanText(`key: ${key} and more`);
      expect(more).toEqual([]);
      expect(found).toMatchObject({ class: 'private_key', start: 5, end: 5 + key.length });
    }
    expect(scanText('A file begins with -----BEGIN PRIVATE KEY----- and then the key follows.')).toEqual([]);
    expect(scanText(`-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`)).toEqual([]);
  });

  it('finds secrets by the name before them', () => {
    const value = noise(24, ALNUM);
    for (const text of [
      `DB_PASSWORD=${value}`,
      `dbPassword: '${value}'`,
      `"client_secret": "${value}"`,
      `api-key: '${value}'`,
      `my.service.token := ${value}`,
      `password => "${value}!"`,
    ])
      expect([text, scanText(text)[0]?.class]).toEqual([text, 'password']);
    expect(scanText(`aws_secret_access_key = ${noise(40, ALNUM)}`)[0]).toMatchObject({ class: 'cloud_key' });
    expect(scanText(`Authorization: Bearer ${value}`)[0]).toMatchObject({ class: 'api_token' });
    expect(scanText(`postgres://app:${value}@db.internal:5432/main`)[0]).toMatchObject({
      class: 'url_credentials',
      start: 15,
      end: 39,
    });
  });

  it('finds personal data by form and checksum', () => {
    const card = '4539 1488 0343 6467';
    expect(scanText(`card ${card}, thanks`)).toMatchObject([{ class: 'payment_card', start: 5, end: 24 }]);
    expect(scanText(`card ${card.replace('7', '8')}, thanks`)).toEqual([]);
    expect(scanText('to DE89 3704 0044 0532 0130 00 now')[0]).toMatchObject({ class: 'iban' });
    expect(scanText('to DE89 3704 0044 0532 0130 01 now')).toEqual([]);
    expect(scanText('SSN: 219-09-9999')[0]).toMatchObject({ class: 'national_id', confidence: 'medium' });
    expect(scanText('write to jane.doe@acme-corp.io today')[0]).toMatchObject({ class: 'email' });
  });

  it.each([
    `integrity sha512-${noise(86, ALNUM)}==`,
    `commit ${noise(40, HEX)}`,
    '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    'password: process.env.DB_PASSWORD',
    'const password = config.database.password;',
    'PASSWORD=$' + '{DB_PASSWORD}',
    'token: {{ secrets.NPM_TOKEN }}',
    'export API_KEY=$KEY_FROM_ENV',
    'token_count: 123456789012',
    '"author": "Somebody Important"',
    'AKIAIOSFODNN7EXAMPLE',
    'sk_test_your_key_here_please_xxxx',
    'git@github.com:acme/web.git',
    'user@2.example.com',
    'hero@2x.png',
    'react@19.3.1',
    'postgres://postgres:postgres@localhost:5432/app',
    'https://user:password@host/',
    'time 1732621234567 order 1234567890123456',
    '4242 4242 4242 4242',
    'version 10.20.30.40, 1.2.3-alpha.4',
    `data:image/png;base64,${noise(200, ALNUM)}`,
    'secret: vault://team/db#password',
    'sk-learn-contrib-is-a-package',
    'The secret: keep it simple.',
    'const key = keyboard.toString()',
  ])('takes %s for nothing', (text) => {
    expect(scanText(text)).toEqual([]);
  });

  it('tells nothing twice, and the surer finding stays', () => {
    const value = `ghp_${noise(36, ALNUM)}`;
    expect(scanText(`GITHUB_TOKEN=${value}`)).toEqual([
      { class: 'api_token', confidence: 'high', rule: 'github_token', start: 13, end: 13 + value.length },
    ]);
  });

  it('looks at every rule through its own keyword', () => {
    // A rule whose keyword is not part of what it matches could never fire.
    for (const [rule, value] of secrets) {
      const row = CONTENT_RULES.find(({ name }) => name === rule);
      const text = (rule === 'azure_storage_key' ? `AccountKey=${value}` : value).toLowerCase();
      expect([rule, row?.keywords.some((keyword) => text.includes(keyword))]).toEqual([rule, true]);
    }
  });
});

describe('checksums', () => {
  it('knows card numbers and account numbers', () => {
    expect(isCardNumber('378282246310005')).toBe(false);
    expect(isCardNumber('4539148803436467')).toBe(true);
    expect(isCardNumber('4539148803436468')).toBe(false);
    expect(isIban('GB82WEST12345698765432')).toBe(true);
    expect(isIban('GB82WEST12345698765433')).toBe(false);
  });
});
