/** Files and long lists between the page and the vault: the whole supervisor, in messages as the page has them. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportVault } from '../../../main/vault/transfer.ts';
import { WIRE_MAX_BYTES } from '../../../preload/contract/wire.ts';
import { FILE_PART_BYTES, VALUE_FILE_BYTES } from '../../../preload/contract.ts';
import type { TestPage } from '../../support/real-app.ts';
import { cheapKdf, draft, values, vaultHouse } from '../../support/vault-house.ts';
import { CANARY, holding, PIN, POLICY, VaultHouse } from './house.ts';

const FOR_THE_WAY = 'a passphrase for the way';
let house: VaultHouse;
beforeEach(async () => {
  house = await VaultHouse.start();
  await house.make();
});
afterEach(() => house.end());

async function send(bytes: Buffer, page: TestPage = house.page): Promise<string> {
  const { id } = await page.value('beginUpload', { bytes: bytes.length });
  for (let at = 0; at < bytes.length; at += FILE_PART_BYTES) {
    const base64 = bytes.subarray(at, at + FILE_PART_BYTES).toString('base64');
    await page.value('uploadPart', { id, at, base64 });
  }
  return id;
}

const wish = (upload: string, over: object = {}) => ({
  ...{ upload, name: 'keys.env', passphrase: null, replace: false, plan: null as string | null },
  ...over,
});
const frame = (payload: object) =>
  Buffer.byteLength(JSON.stringify({ type: 'event', channel: 'vault', payload }));

describe('43 ten thousand', () => {
  it('come in from a .env file as they were seen, and are listed in messages that fit', async () => {
    const text = `\ufeff${Array.from({ length: 10_000 }, (_, at) => `KEY_${at}="value-of-${at}\nline two"`).join('\r\n')}\r\nKEY_7=the last counts\r\n`;
    const upload = await send(Buffer.from(text));
    const seen = await house.page.value('importVault', wish(upload));
    expect(seen).toMatchObject({ done: false, added: { count: 10_000 }, replaced: { count: 0 } });
    expect((await house.page.value('vault')).total).toBe(0);
    const taken = await house.page.value('importVault', wish(upload, { plan: seen.plan }));
    expect(taken).toMatchObject({ done: true, added: { count: 10_000 } });
    const view = await house.page.value('vault');
    expect([view.total, view.credentials.length]).toEqual([10_000, 100]);
    expect(frame(view)).toBeLessThan(WIRE_MAX_BYTES);
    const names: string[] = [];
    for (let from = 0; from < view.total; ) {
      const page = await house.page.value('credentials', { text: '', from, at: null });
      expect(frame(page)).toBeLessThan(WIRE_MAX_BYTES);
      names.push(...page.credentials.map(({ name }) => name));
      from += page.credentials.length;
    }
    expect(new Set(names).size).toBe(10_000);
    const found = await house.page.value('credentials', { text: 'key_99 9', from: 0, at: null });
    expect(found.matching).toBeGreaterThan(100);
    expect(found.credentials.every(({ name }) => /KEY_99/.test(name))).toBe(true);
    const last = await house.page.value('credentials', { text: 'KEY_9999', from: 0, at: null });
    const id = last.credentials[0]?.id ?? '';
    const around = await house.page.value('credentials', { text: '', from: 0, at: id });
    expect(around.credentials.map((one) => one.id)).toContain(id);
    expect(around.from).toBe(9900);
    const reveal = { field: '', how: 'revealed', pin: PIN } as const;
    const seven = await house.page.value('credentials', { text: 'KEY_7', from: 0, at: null });
    const which = seven.credentials.find(({ name }) => name === 'KEY_7')?.id ?? '';
    expect((await house.page.value('revealCredential', { ...reveal, id: which })).value).toBe(
      'the last counts',
    );
    expect((await house.page.value('revealCredential', { ...reveal, id })).value).toBe(
      'value-of-9999\nline two',
    );
    await house.page.value('removeCredential', id);
    expect((await house.page.value('credentials', { text: '', from: 99_999, at: null })).from).toBe(9900);
    // The terminal's list has every one of them.
    const { stdout } = await house.real.command(['vault', 'list']);
    expect(stdout.split('\n').filter((line) => line.startsWith('KEY_'))).toHaveLength(9999);
  }, 300_000);

  it('names and projects of any length never make a message too long', async () => {
    const long = `/${'p'.repeat(3900)}`;
    const own = await vaultHouse();
    own.vault.credentials.together(() => {
      for (let at = 0; at < 180; at += 1)
        own.vault.credentials.add(
          draft(`n${at}`, { scope: 'per_app_shared', user: '', app: `${long}/${at}`, label: 'l'.repeat(80) }),
          values('a value of it'),
        );
    });
    const upload = await send(await exportVault(own.vault, FOR_THE_WAY, own.clock, cheapKdf()));
    own.end();
    const sealed = { name: 'old.vault', passphrase: FOR_THE_WAY };
    const { plan } = await house.page.value('importVault', wish(upload, sealed));
    await house.page.value('importVault', wish(upload, { ...sealed, plan }));
    const view = await house.page.value('vault');
    expect(view.total).toBe(180);
    expect(view.credentials.length).toBeGreaterThan(10);
    expect(frame(view)).toBeLessThan(WIRE_MAX_BYTES);
  });
});

describe('a file', () => {
  it('that is a value is sealed as it is, up to 10 MiB, and is not shown as text', async () => {
    const bytes = Buffer.alloc(VALUE_FILE_BYTES, 0xfe);
    const add = async (content: Buffer, name: string) =>
      house.page.value('addCredential', {
        ...{ name, label: '', kind: 'type:file_upload', scope: 'per_user', app: null, confirmed: false },
        ...{ values: {}, files: { file: await send(content) } },
      });
    const { id } = await add(bytes, 'blob');
    expect(await add(Buffer.alloc(VALUE_FILE_BYTES + 1, 1), 'larger')).toMatchObject({
      saved: false,
      problems: [{ field: 'file' }],
    });
    const view = await house.page.value('vault');
    expect(view.credentials).toMatchObject([
      { name: 'blob', fields: [{ name: 'file', secret: true, file: true }] },
    ]);
    const how = { id: id ?? '', field: '', pin: PIN, how: 'revealed' } as const;
    expect(await house.page.code('revealCredential', how)).toBe('unavailable');
    expect(await house.rows('credential.used')).toEqual([]);
  });

  it('belongs to the page that sent it, comes in order, and is gone when the vault locks', async () => {
    const bytes = Buffer.from('A_KEY=some-value-1\n');
    const upload = await send(bytes);
    const other = house.real.page('other', { origin: 'start-link' });
    await other.value('unlock', PIN);
    expect(await other.code('importVault', wish(upload))).toBe('not_found');
    const { id } = await house.page.value('beginUpload', { bytes: 8 });
    expect(await house.page.code('uploadPart', { id, at: 4, base64: 'AAAA' })).toBe('bad_argument');
    expect(await house.page.code('importVault', wish(id))).toBe('bad_argument');
    expect(await house.page.code('uploadPart', { id, at: 0, base64: 'A'.repeat(40) })).toBe('bad_argument');
    await house.page.value('lockVault');
    await house.unlock();
    expect(await house.page.code('importVault', wish(upload))).toBe('not_found');
  });
});

describe('out and in again', () => {
  it('an export needs the PIN, is a row before it leaves, and holds nothing in the clear', async () => {
    await house.add('openai', CANARY);
    expect(await house.page.code('exportVault', { pin: 'wrong-pin', passphrase: FOR_THE_WAY })).toBe(
      'wrong_pin',
    );
    expect(await house.page.code('exportVault', { pin: PIN, passphrase: 'short' })).toBe('bad_argument');
    expect(await house.rows('credential.used')).toEqual([]);
    const { download, count, name } = await house.page.value('exportVault', {
      pin: PIN,
      passphrase: FOR_THE_WAY,
    });
    expect([count, name]).toEqual([1, expect.stringMatching(/^gatehouse-.*\.vault$/)]);
    expect(await house.rows('credential.used')).toHaveLength(1);
    const parts: Buffer[] = [];
    for (let at = 0; ; at += FILE_PART_BYTES) {
      const part = await house.page.value('downloadPart', download?.id ?? '', at);
      parts.push(Buffer.from(part.base64, 'base64'));
      if (part.last) break;
    }
    const file = Buffer.concat(parts);
    expect(file.length).toBe(download?.bytes);
    expect(file.includes(CANARY)).toBe(false);
    expect(await house.page.code('downloadPart', download?.id ?? '', 0)).toBe('not_found');

    const upload = await send(file);
    const sealed = { name, passphrase: FOR_THE_WAY };
    expect(await house.page.code('importVault', wish(upload, { name, passphrase: 'not that one' }))).toBe(
      'wrong_pin',
    );
    expect(await house.page.value('importVault', wish(upload, sealed))).toMatchObject({
      kept: { count: 1, names: ['openai'] },
    });
    const seen = await house.page.value('importVault', wish(upload, { ...sealed, replace: true }));
    expect(seen).toMatchObject({ done: false, replaced: { count: 1 } });
    // Something else than what was seen is not carried out.
    await house.page.value('removeCredential', (await house.page.value('vault')).credentials[0]?.id ?? '');
    const take = { ...sealed, replace: true, plan: seen.plan };
    expect(await house.page.code('importVault', wish(upload, take))).toBe('changed');
    expect((await house.page.value('vault')).total).toBe(0);
    const anew = await house.page.value('importVault', wish(upload, { ...sealed, replace: true }));
    await house.page.value('importVault', wish(upload, { ...take, plan: anew.plan }));
    const { id = '' } = (await house.page.value('vault')).credentials[0] ?? {};
    const how = { id, field: '', pin: PIN, how: 'revealed' } as const;
    expect((await house.page.value('revealCredential', how)).value).toBe(CANARY);
    expect(holding(house.real.paths.data, CANARY)).toEqual([]);
  });

  it('what is no export and no .env file is told by its line, never by its content', async () => {
    const upload = await send(Buffer.from('A=1\nsecret-in-no-line\n'));
    const answer = await house.page.call('importVault', wish(upload));
    expect(answer).toMatchObject({ ok: false, error: { code: 'bad_argument' } });
    expect(JSON.stringify(answer)).toContain('line 2');
    expect(JSON.stringify(answer)).not.toContain('secret-in-no-line');
  });

  it('a window of ours has it put beside the person’s other files, for them alone', async () => {
    const window = house.real.page('window', { via: 'window', origin: 'window' });
    const { saved, download } = await window.value('exportVault', { pin: PIN, passphrase: FOR_THE_WAY });
    expect(download).toBeNull();
    const file = join(house.real.home, (saved ?? '').slice(2));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain('gatehouse/vault-export/1');
  });
});

describe('what a policy declares', () => {
  const SCHEMA = `${POLICY}security:
  credentials_schema:
    required: false
    providers:
      - { name: wiki, label: Wiki, type: oauth2, scope: per_user, oauth_provider: notion }
      - { name: github, type: bearer_token }
      - { name: billing, label: Billing, type: api_key, fields: [{ name: api_key, label: Billing key, type: secret, required: true, validation_regex: "^bk_(live|test)_[A-Za-z0-9]{8,}$" }] }
`;

  it('is asked for with the right sign-in, service and form, and held to it when it is saved', async () => {
    house.real.writePolicy(SCHEMA);
    await house.page.value('reloadPolicy');
    expect((await house.page.value('vault')).missing).toMatchObject([
      { name: 'wiki', type: 'oauth2', kind: 'notion-sign-in', fields: [] },
      { name: 'github', kind: 'github', fields: [] },
      { name: 'billing', kind: 'type:api_key', fields: [{ name: 'api_key', label: 'Billing key' }] },
    ]);
    const save = (value: string) =>
      house.page.value('addCredential', {
        ...{ name: 'billing', label: '', kind: 'type:api_key', scope: 'per_user', app: null },
        ...{ values: { api_key: value }, confirmed: true },
      });
    expect(await save('sk_live_0123456789')).toMatchObject({
      saved: false,
      problems: [{ field: 'api_key', text: 'does not have the form that the policy asks for' }],
    });
    const { id } = await save('bk_live_0123456789');
    const renew = (value: string) =>
      house.page.value('renewCredential', {
        ...{ id: id ?? '', how: 'replace', values: { api_key: value }, confirmed: true },
      });
    expect(await renew('bk_live_')).toMatchObject({ saved: false });
    expect(await renew('bk_test_9876543210')).toMatchObject({ saved: true });
    expect((await house.page.value('vault')).missing.map(({ name }) => name)).toEqual(['wiki', 'github']);
  });
});
