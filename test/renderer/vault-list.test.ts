/** A vault of many credentials, files that come and go, and what the page says of the keychain. */
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { KeychainTroubleView } from '../../preload/contract.ts';
import { DOTENV, EXPORTED, FILE_PASSPHRASE, SEALED } from '../support/vault-transfers.ts';
import { credential, fullVault, manyCredentials, vaultView } from '../support/vault-views.ts';
import { eventually, it, type Stage } from './harness.ts';

const PIN = 'granite-7';
const rows = (stage: Stage) => stage.page.locator('button.vault-row');

async function unlockPage(stage: Stage): Promise<void> {
  await stage.page.getByLabel('PIN').fill(PIN);
  await stage.button('Unlock this page').click();
  await stage.page.getByLabel('PIN').waitFor({ state: 'detached' });
}

describe('many credentials', () => {
  it('come in stretches, are found by their words, and stay where they are when something changes', async ({
    open,
  }) => {
    const stage = await open({ at: 'vault', vault: manyCredentials(10_000) });
    await stage.page.getByText('10 000 credentials').waitFor();
    await eventually(() => rows(stage).count()).toBe(100);
    await stage.button('Later').click();
    await stage.page.getByText('101 to 200 of 10 000').waitFor();
    await stage.page.getByRole('button', { name: /^key-00150/ }).click();
    await stage.page.getByRole('region', { name: 'key-00150' }).waitFor();
    stage.double.pushVault();
    await stage.page.getByText('101 to 200 of 10 000').waitFor();
    await stage.page.getByRole('region', { name: 'key-00150' }).waitFor();
    await stage.button('Earlier').click();
    await stage.page.getByText('1 to 100 of 10 000').waitFor();
    await stage.page.getByRole('heading', { level: 1 }).click();
    await stage.page.keyboard.press('/');
    await stage.page.keyboard.type('key-0987');
    await stage.page.getByRole('button', { name: /^key-09879/ }).waitFor();
    // It stands in what the name without its last letter finds, too.
    await eventually(() => rows(stage).count()).toBe(10);
    await stage.page.getByLabel('Find a credential').fill('nothing like it');
    await stage.page.getByText('None of 10 000 matches.').waitFor();
  });

  it('show one that was just added, wherever it stands', async ({ open }) => {
    const stage = await open({ at: 'vault', vault: manyCredentials(250) });
    await stage.button('Add credential').click();
    await stage.page.getByLabel('Service or kind').selectOption('github');
    await stage.page.getByLabel('Name, as servers').fill('zebra');
    await stage.page.getByLabel('Token').fill('ghp_0123456789');
    await stage.button('Add zebra to the vault').click();
    await stage.page.getByRole('region', { name: 'zebra' }).waitFor();
    await stage.page.getByText('201 to 251 of 251').waitFor();
  });
});

describe('files', () => {
  it('a file is a value: of at most 10 MiB, sent in parts, and not shown', async ({ open }) => {
    const stage = await open({ at: 'vault', vault: fullVault() });
    await stage.button('Add credential').click();
    await stage.page.getByLabel('Service or kind').selectOption('type:file_upload');
    await stage.page.getByLabel('Name, as servers').fill('kubeconfig');
    const file = stage.page.getByLabel('File', { exact: true });
    const choose = (bytes: number) =>
      file.setInputFiles({
        name: 'k.bin',
        mimeType: 'application/octet-stream',
        buffer: Buffer.alloc(bytes, 7),
      });
    await choose(10 * 1024 * 1024 + 1);
    await stage.page.getByText('is longer than 10 MiB').waitFor();
    const add = stage.button('Add kubeconfig to the vault');
    expect(await add.isDisabled()).toBe(true);
    await choose(1_300_000);
    await add.click();
    await stage.page.getByRole('region', { name: 'kubeconfig' }).waitFor();
    const parts = stage.double.called('uploadPart').map(([part]) => part as { at: number; base64: string });
    expect(parts.map(({ at }) => at)).toEqual([0, 524_288, 1_048_576]);
    expect(Buffer.concat(parts.map(({ base64 }) => Buffer.from(base64, 'base64')))).toEqual(
      Buffer.alloc(1_300_000, 7),
    );
    expect(stage.double.called('addCredential')[0]?.[0]).toMatchObject({
      values: {},
      files: { file: 'file_1' },
    });
  });

  it('a credential that is a file offers no showing of it', async ({ open }) => {
    const fields = [{ name: 'file', label: 'File', secret: true, file: true }];
    const stage = await open({
      at: 'vault',
      vault: vaultView({ credentials: [credential('kubeconfig', { fields })] }),
    });
    await stage.page.getByText('A file is given to servers and not shown.').waitFor();
    expect(await stage.page.getByRole('button', { name: 'Reveal' }).count()).toBe(0);
  });

  it('what an import would do is seen first, and seen anew when it is asked otherwise', async ({ open }) => {
    const stage = await open({ at: 'vault', vault: fullVault() });
    await stage.button('Import…').click();
    await stage.page.getByLabel('File').setInputFiles(SEALED);
    const see = stage.button('See what would come in');
    await stage.page.getByLabel('Passphrase of the file').fill('another passphrase');
    await see.click();
    await stage.page.getByText('the passphrase is not right').waitFor();
    await stage.page.getByLabel('Passphrase of the file').fill(FILE_PASSPHRASE);
    await see.click();
    await stage.page.getByText('Here already, left as it is: 1').waitFor();
    await stage.page.getByLabel('Replace what is here').click();
    await stage.page.getByText('Would be added: 2').waitFor({ state: 'detached' });
    await see.click();
    await stage.page.getByText('Would be replaced: 1').waitFor();
    await stage.button('Take 3 credentials in').click();
    await stage.page.getByRole('heading', { name: 'Imported' }).waitFor();
    expect(
      stage.double.called('importVault').map(([wish]) => (wish as { plan: string | null }).plan),
    ).toEqual([null, null, null, 'plan true']);
    // The file was sent once: what was refused or only seen left it there.
    expect(stage.double.called('beginUpload')).toHaveLength(1);
    await stage.button('Done').click();
    await stage.page.getByRole('button', { name: /^mailgun/ }).waitFor();
  });

  it('a .env file needs no passphrase', async ({ open }) => {
    const stage = await open({ at: 'vault', vault: vaultView() });
    await stage.button('Import…').click();
    await stage.page.getByLabel('File').setInputFiles(DOTENV);
    await stage.button('See what would come in').click();
    await stage.page.getByText('Would be added: 2').waitFor();
    expect(await stage.page.getByLabel('Passphrase of the file').count()).toBe(0);
  });

  it('an export needs the PIN and a passphrase typed twice, and arrives whole', async ({ open }) => {
    const stage = await open({ at: 'vault', vault: fullVault(), pin: PIN });
    await unlockPage(stage);
    await stage.button('Export…').click();
    const submit = stage.button('Export 3 credentials');
    await stage.page.getByLabel('Passphrase for the file').fill(FILE_PASSPHRASE);
    await stage.page.getByText('the two are not the same').waitFor();
    await stage.page.getByLabel('Again').fill(FILE_PASSPHRASE);
    await stage.page.getByText('the PIN is needed too').waitFor();
    expect(await submit.isDisabled()).toBe(true);
    await stage.page.getByLabel('PIN', { exact: true }).fill('wrong-pin');
    await submit.click();
    await stage.page.getByText('the PIN is not right').waitFor();
    await stage.page.getByLabel('PIN', { exact: true }).fill(PIN);
    const arriving = stage.page.waitForEvent('download');
    await submit.click();
    const download = await arriving;
    await stage.page.getByText('went to your downloads').waitFor();
    expect(download.suggestedFilename()).toBe('gatehouse-2026-11-26.vault');
    expect(readFileSync(await download.path())).toEqual(EXPORTED);
  });
});

describe('the keychain', () => {
  it.for(KeychainTroubleView.options)('%s: the page says so, and what to do', async (trouble, { open }) => {
    const stage = await open({
      at: 'vault',
      vault: { ...fullVault(), state: 'locked', locksAt: null, needsPassphrase: false, trouble },
    });
    const words = {
      locked: ['is locked', 'Unlock the keyring'],
      denied: ['answered with no', 'allow it'],
      no_service: ['has no keychain', 'desktop session'],
      timed_out: ['did not answer', 'window behind this one'],
      failed: ['failed', 'Try again'],
      no_secret: ['does not hold', 'only the recovery key'],
    }[trouble];
    for (const word of words) await stage.page.getByRole('status').getByText(word).first().waitFor();
    await stage.button('With the recovery key').click();
    await stage.page.getByLabel('Recovery key').waitFor();
    expect(await stage.page.locator('.vault-trouble').count()).toBe(0);
    await stage.button('With the passphrase').click();
    await stage.button('Try again').click();
    await stage.button('Lock now').waitFor();
  });

  it('that goes while the vault is open is told without closing anything', async ({ open }) => {
    const stage = await open({ at: 'vault', vault: { ...fullVault(), trouble: 'no_service' } });
    await stage.page.getByText('The vault is open and stays so until it locks').waitFor();
    // All else is where it was, and can be pressed.
    await stage.button('Reveal').click({ trial: true });
    const rest = await stage.page.locator('.vault-cols').boundingBox();
    expect(rest?.height).toBeGreaterThan(600);
  });
});

describe('what a policy asks for', () => {
  it('is filled in with the service and the form that the policy names', async ({ open }) => {
    const field = {
      ...{ name: 'key', label: 'Billing key', type: 'secret' as const, required: true, multiline: false },
      ...{ placeholder: 'bk_live_…', description: '', options: [], prefixes: [] },
    };
    const ask = { scope: 'per_user' as const, fields: [] };
    const stage = await open({
      at: 'vault',
      vault: vaultView({
        missing: [
          { ...ask, name: 'wiki', label: 'Wiki', type: 'oauth2', kind: 'notes-sign-in' },
          {
            ...ask,
            name: 'billing',
            label: 'Billing',
            type: 'bearer_token',
            kind: 'github',
            fields: [field],
          },
        ],
      }),
    });
    await stage.button('Sign in…').click();
    await stage.page.getByLabel('Client ID').fill('x');
    await stage.button('Connect Notes, signed in').click();
    await eventually(() => stage.double.called('connectCredential')[0]?.[0]).toMatchObject({
      name: 'wiki',
      kind: 'notes-sign-in',
    });
    await stage.button('Cancel the sign-in').first().click();
    await stage.button('Add…').click();
    await stage.page.getByLabel('Billing key').fill('bk_live_1');
    expect(await stage.page.getByLabel('Token').count()).toBe(0);
  });
});
