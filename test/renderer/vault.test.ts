import { describe, expect } from 'vitest';
import type { CredentialView } from '../../preload/contract.ts';
import {
  credential,
  DOUBLE_VALUE,
  fullVault,
  RECOVERY,
  SIGN_IN_URL,
  vaultView,
} from '../support/vault-views.ts';
import { eventually, it, type Stage } from './harness.ts';

const PIN = 'granite-7';
const value = (stage: Stage) => stage.page.getByRole('group', { name: 'Token' });

describe('the vault', () => {
  it('is made with a passphrase typed twice, and shows the recovery key once', async ({ open }) => {
    const stage = await open({ at: 'vault', vault: vaultView({ state: 'none' }) });
    const make = stage.button('Make the vault');
    await stage.page.getByLabel('Passphrase').fill('a long passphrase');
    await stage.page.getByText('the two are not the same').waitFor();
    expect(await make.isDisabled()).toBe(true);
    await stage.page.getByLabel('Again').fill('a long passphrase');
    await make.click();
    await stage.page.getByText(RECOVERY).waitFor();
    await stage.button('I have it on paper').click();
    await stage.page.getByText(RECOVERY).waitFor({ state: 'detached' });
    expect(stage.double.called('makeVault')).toEqual([[{ passphrase: 'a long passphrase' }]]);
  });

  it('lists what is in it by scope, with state in words, and never a value', async ({ open }) => {
    const stage = await open({ at: 'vault', vault: fullVault() });
    const list = stage.page.getByRole('navigation', { name: 'Credentials' });
    await list.waitFor();
    const text = await list.innerText();
    for (const words of [
      'Every project',
      'Only in ~/src/api',
      '1 lease',
      'Ends in 3 days',
      'Not taken by its service',
      'Asked for, not here yet',
      'Linear',
    ])
      expect(text).toContain(words);
    expect(await stage.page.locator('.vault-dots').first().innerText()).toBe('•'.repeat(24));
  });

  it('34 shows a value after the PIN, hides it again, and keeps it in no store or title', async ({
    open,
  }) => {
    const stage = await open({ at: 'vault', vault: fullVault(), pin: PIN });
    await stage.page.getByLabel('PIN').fill(PIN);
    await stage.button('Unlock this page').click();
    await stage.page.getByLabel('PIN').waitFor({ state: 'detached' });
    await value(stage).getByRole('button', { name: 'Reveal' }).click();
    await stage.page.getByLabel('PIN, to show it for 30 s').fill('wrong-pin');
    await stage.page.keyboard.press('Enter');
    await stage.page.getByText('the PIN is not right').waitFor();
    await stage.page.getByLabel('PIN, to show it for 30 s').fill(PIN);
    await stage.page.keyboard.press('Enter');
    await stage.page.getByText(DOUBLE_VALUE).waitFor();
    const stored = await stage.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    expect(stored).not.toContain(DOUBLE_VALUE);
    expect(await stage.page.title()).not.toContain(DOUBLE_VALUE);
    await stage.button('Hide').click();
    await stage.page.getByText(DOUBLE_VALUE).waitFor({ state: 'detached' });
  });
  it('34 a copy is in the clipboard for 30 s, and gone at once when the vault locks or the page is left', async ({
    open,
  }) => {
    const stage = await open({ at: 'vault', vault: fullVault(), pin: PIN, clock: true });
    const { page } = stage;
    await page
      .context()
      .grantPermissions(['clipboard-read', 'clipboard-write'], { origin: stage.server.origin });
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    const copy = async () => {
      await value(stage).getByRole('button', { name: 'Copy for 30 s' }).click();
      await page.getByLabel('PIN, to copy it for 30 s').fill(PIN);
      await page.keyboard.press('Enter');
      await value(stage).getByRole('button', { name: 'Copied, for 30 s' }).waitFor();
      expect(await clipboard()).toBe(DOUBLE_VALUE);
    };
    await page.getByLabel('PIN').fill(PIN);
    await stage.button('Unlock this page').click();
    await page.getByLabel('PIN').waitFor({ state: 'detached' });
    await stage.stopClock();
    await copy();
    await page.clock.runFor(29_000);
    expect(await clipboard()).toBe(DOUBLE_VALUE);
    await page.clock.runFor(1000);
    await eventually(clipboard).toBe('');
    await page.clock.resume();
    await value(stage).getByRole('button', { name: 'Copy for 30 s' }).waitFor();
    await copy();
    await stage.button('Lock now').click();
    await eventually(clipboard).toBe('');
    await page.getByLabel('Passphrase of the vault').fill('a long passphrase');
    await page.keyboard.press('Enter');
    await page.getByLabel('Passphrase of the vault').waitFor({ state: 'detached' });
    await copy();
    await stage.go('settings');
    await eventually(clipboard).toBe('');
  });

  it('adds from the catalog: what looks odd is asked about, what is wrong stays', async ({ open }) => {
    const stage = await open({ at: 'vault', vault: fullVault() });
    await stage.button('Add credential').click();
    await stage.page.getByLabel('Service or kind').selectOption('github');
    await stage.page.getByLabel('Token').fill('not-from-github');
    await stage.button('Add github to the vault').click();
    await stage.page.getByText('does not begin with ghp_').waitFor();
    await stage.button('It is right, save it').click();
    await stage.page.getByRole('region', { name: 'github' }).waitFor();
    expect(
      stage.double.called('addCredential').map(([draft]) => (draft as { confirmed: boolean }).confirmed),
    ).toEqual([false, true]);
  });

  it('connects by signing in: waits, is cancelled, takes a pasted address, and shows what came of it', async ({
    open,
  }) => {
    const stage = await open({ at: 'vault', vault: fullVault() });
    await stage.button('Add credential').click();
    await stage.page.getByLabel('Service or kind').selectOption('notes-sign-in');
    await stage.page.getByLabel('Name, as servers').fill('wiki');
    await stage.page.getByText('A sign-in is always yours').waitFor();
    expect(await stage.page.getByLabel('Whose it is').count()).toBe(0);
    await stage.page.getByLabel('Client ID').fill('x');
    await stage.button('Connect Notes, signed in').click();
    await stage.page.getByText('Waiting for you to sign in at').waitFor();
    await stage.page.getByRole('region', { name: 'Being signed in to' }).waitFor();
    expect(await stage.page.getByRole('link', { name: 'Open it again' }).getAttribute('href')).toBe(
      SIGN_IN_URL,
    );
    await stage.button('Cancel the sign-in').click();
    await stage.page.getByText('Not signed in: you ended it.').waitFor();
    await stage.button('Try again').click();
    await stage.page.getByLabel('Client ID').fill('x');
    await stage.button('Connect Notes, signed in').click();
    const address = stage.page.getByLabel('Paste the address');
    await address.fill('https://elsewhere.example/');
    await stage.button('Take this address').click();
    await stage.page.getByText('that is no address that begins with').waitFor();
    await address.fill('http://127.0.0.1:1/callback?code=x&state=y');
    await stage.button('Take this address').click();
    await stage.page.getByRole('region', { name: 'wiki' }).waitFor();
    await stage.page.getByText('by itself, ten minutes before each token ends').waitFor();
    await stage.button('Sign in again…').waitFor();
    expect(await stage.page.getByRole('button', { name: 'Rotate…' }).count()).toBe(0);
  });

  it('guides to a new value: beside the old one, tested, in force, the old one taken back', async ({
    open,
  }) => {
    const stage = await open({ at: 'vault', vault: fullVault() });
    await stage.button('Rotate…').click();
    // Its form is there once the catalog is; what shows the old value has the same label.
    const form = stage.page.getByRole('region', { name: 'A new value' });
    await form.getByLabel('Token').fill('ghp_new_value_1');
    await stage.button('Take the new value in').click();
    await stage.button('Test the new one at api.github.com').click();
    await stage.page.getByText('api.github.com takes it.').waitFor();
    await stage.button('Put the new one in force, destroy the old').click();
    await stage.page.getByText('Now take the old one back').waitFor();
    expect(stage.double.called('settleCredential')).toEqual([['cred_github', 'promote']]);
  });

  it('gives to a server and takes away, ends a lease, removes after a second word', async ({ open }) => {
    const stage = await open({ at: 'vault', vault: fullVault() });
    await stage.page.getByText(/notes, by you, for the session, since .*, until .* at the latest/).waitFor();
    await stage.button('End lease').click();
    await stage.page.getByRole('region', { name: 'Leases' }).waitFor({ state: 'detached' });
    await stage.button('Take it from notes').click();
    await stage.page.getByText('No server is given it.').waitFor();
    await stage.button('Give it to a server…').click();
    await stage.page.getByLabel('As the environment variable').fill('GH');
    await stage.page.getByLabel('One use ends with its session, or after').selectOption('an hour');
    await stage.button('Start notes with it').click();
    await stage.page.getByText('asked about once in each session, for 1 h at most').waitFor();
    expect(stage.double.called('grantCredential')).toMatchObject([[{ name: 'GH', leaseMinutes: 60 }]]);
    await stage.button('Remove from vault…').click();
    expect(stage.double.called('removeCredential')).toEqual([]);
    await stage.button('Remove github, its servers lose it now').click();
    await stage.page.getByRole('button', { name: /GitHub token/ }).waitFor({ state: 'detached' });
  });

  it('says which use a policy gives, and takes that away too', async ({ open }) => {
    const uses: CredentialView['uses'] = [
      { server: 'notes', into: 'env', name: 'WIKI', standing: [], by: 'policy', leaseMinutes: null },
    ];
    const stage = await open({
      at: 'vault',
      vault: vaultView({ credentials: [credential('wiki', { label: 'Wiki', uses })] }),
    });
    await stage.page.getByText('by the policy, asked about once in each session').waitFor();
    await stage.button('Take it from notes').click();
    await stage.page.getByText('No server is given it.').waitFor();
    expect(stage.double.called('revokeCredential')).toHaveLength(1);
  });

  it('locks by a key, and then shows names and states only until the passphrase is right', async ({
    open,
  }) => {
    const stage = await open({ at: 'vault', vault: fullVault() });
    await value(stage).waitFor();
    await stage.page.keyboard.press('l');
    await stage.page.getByLabel('Passphrase of the vault').waitFor();
    expect(await value(stage).getByRole('button', { name: 'Reveal' }).isDisabled()).toBe(true);
    await stage.page.getByLabel('Passphrase of the vault').fill('wrong passphrase');
    await stage.page.keyboard.press('Enter');
    await stage.page.getByText('the passphrase is not right').waitFor();
    await stage.page.getByLabel('Passphrase of the vault').fill('a long passphrase');
    await stage.page.keyboard.press('Enter');
    await stage.page.getByLabel('Passphrase of the vault').waitFor({ state: 'detached' });
  });
});
