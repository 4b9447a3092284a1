import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDotenv } from '../../main/vault/dotenv.ts';
import { exportVault, openExport, readExportHeader, takeIn } from '../../main/vault/transfer.ts';
import {
  cheapKdf,
  codeOf,
  draft,
  PASSPHRASE,
  textOf,
  type VaultHouse,
  values,
  vaultHouse,
} from '../support/vault-house.ts';

let house: VaultHouse;
let other: VaultHouse;
beforeEach(async () => {
  house = await vaultHouse();
  other = await vaultHouse();
});
afterEach(() => {
  house.end();
  other.end();
});

const EXPORT = 'a passphrase for the way';

describe('an export', () => {
  it('is taken in by another vault, under the name of its person', async () => {
    house.vault.credentials.add(draft('openai', { label: 'OpenAI' }), values('sk-the-value'));
    house.vault.credentials.add(draft('empty'), new Map());
    const file = await exportVault(house.vault, EXPORT, house.clock, cheapKdf());
    expect(file.includes('sk-the-value')).toBe(false);
    expect(readExportHeader(file)).toEqual({ count: 2, created: house.clock.wall });
    const report = await takeIn(other.vault, await openExport(file, EXPORT, 'ann'), false);
    expect(report).toEqual({ added: ['empty', 'openai'], replaced: [], kept: [] });
    const found = other.vault.credentials.find('openai', { scope: 'per_user', app: '', user: 'ann' });
    expect(found).toMatchObject({ label: 'OpenAI', state: 'filled' });
    expect(textOf(other.vault, found?.id ?? '')).toBe('sk-the-value');
    expect(other.vault.credentials.list().find(({ name }) => name === 'empty')).toMatchObject({
      state: 'pending',
      current: null,
    });
  });

  it('keeps what is there, unless it is to be replaced', async () => {
    house.vault.credentials.add(draft('openai'), values('theirs-value'));
    const file = await exportVault(house.vault, EXPORT, house.clock, cheapKdf());
    const { id } = other.vault.credentials.add(draft('openai'), values('ours-value'));
    const take = async (replace: boolean) =>
      takeIn(other.vault, await openExport(file, EXPORT, 'dev'), replace);
    expect(await take(false)).toMatchObject({ kept: ['openai'] });
    expect(textOf(other.vault, id)).toBe('ours-value');
    expect(await take(true)).toMatchObject({ replaced: ['openai'] });
    expect(textOf(other.vault, id)).toBe('theirs-value');
  });

  it('with a wrong passphrase, a changed byte, another cost or an unknown derivation gives nothing', async () => {
    house.vault.credentials.add(draft('openai'), values('sk-the-value'));
    const file = (await exportVault(house.vault, EXPORT, house.clock, cheapKdf())).toString();
    const take = (text: string, passphrase = EXPORT) =>
      codeOf(async () => takeIn(other.vault, await openExport(Buffer.from(text), passphrase, 'dev'), true));
    expect(await take(file, 'another passphrase')).toBe('wrong_passphrase');
    expect(await take(file.replace('"count":1', '"count":2'))).toBe('wrong_passphrase');
    expect(await take(file.replace('"N":1024', '"N":2048'))).toBe('wrong_passphrase');
    expect(await take(file.replace('"scrypt"', '"argon2id"'))).toBe('unknown_kdf');
    expect(await take(file.replace('"N":1024', '"N":1073741824'))).toBe('unknown_kdf');
    expect(await take(file.replace('export/1', 'export/9'))).toBe('not_an_export');
    expect(await take(file.slice(0, -9))).toBe('wrong_passphrase');
    expect(await take('')).toBe('not_an_export');
    const at = file.length - 20;
    expect(await take(file.slice(0, at) + (file[at] === 'A' ? 'B' : 'A') + file.slice(at + 1))).toBe(
      'wrong_passphrase',
    );
    expect(other.vault.credentials.list()).toEqual([]);
  });

  it('needs an open vault and a passphrase that is one', async () => {
    house.vault.credentials.add(draft('openai'), values('sk-the-value'));
    expect(await codeOf(() => exportVault(house.vault, 'short', house.clock))).toBe('weak_passphrase');
    house.vault.lock();
    expect(await codeOf(() => exportVault(house.vault, PASSPHRASE, house.clock, cheapKdf()))).toBe(
      'vault_locked',
    );
  });
});

describe('a .env file', () => {
  it('43 is read as people have them', () => {
    const text = [
      '\ufeff# a comment',
      'PLAIN=value # not this',
      '  export SPACED = with spaces inside  ',
      "SINGLE='no $escape \\n here'",
      'DOUBLE="a\\nb\\"c\\$d"',
      'MULTI="-----BEGIN KEY-----',
      'abc',
      '-----END KEY-----"',
      'EMPTY=',
      'HASH=a#b',
      'PLAIN=the last counts',
      '',
    ].join('\r\n');
    expect([...readDotenv(text)]).toEqual([
      ['PLAIN', 'the last counts'],
      ['SPACED', 'with spaces inside'],
      ['SINGLE', 'no $escape \\n here'],
      ['DOUBLE', 'a\nb"c$d'],
      ['MULTI', '-----BEGIN KEY-----\nabc\n-----END KEY-----'],
      ['EMPTY', ''],
      ['HASH', 'a#b'],
    ]);
  });

  it('43 may hold ten thousand names', () => {
    const found = readDotenv(Array.from({ length: 10_000 }, (_, at) => `KEY_${at}=value-${at}`).join('\n'));
    expect(found.size).toBe(10_000);
    expect(found.get('KEY_9999')).toBe('value-9999');
  });

  it.each([
    ['A=1\nnot a line', 2],
    ['A=1\n\nB="open\nand on', 3],
    ['A="x" y', 1],
  ])('that is none is told by its line, never by its content: %j', (text, line) => {
    expect(() => readDotenv(text)).toThrow(new RegExp(`line ${line}: `));
    expect(() => readDotenv(text)).not.toThrow(/open|not a line|"x"/);
  });
});
