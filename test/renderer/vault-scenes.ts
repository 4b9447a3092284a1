/** The vault in each of its states. */
import { DOTENV } from '../support/vault-transfers.ts';
import { fullVault, manyCredentials, vaultView } from '../support/vault-views.ts';
import type { PageScene } from './page-scene.ts';

export const VAULT_SCENES: readonly PageScene[] = [
  {
    name: 'the vault with credentials of each state',
    options: { at: 'vault', vault: fullVault() },
    enter: (stage) => stage.page.getByText('Asked for, not here yet').waitFor(),
  },
  {
    name: 'the vault while one is added',
    options: { at: 'vault', vault: fullVault() },
    enter: async (stage) => {
      await stage.button('Add credential').click();
      await stage.page.getByLabel('Service or kind').selectOption('type:basic_auth');
      await stage.page.getByLabel('Password', { exact: true }).waitFor();
    },
  },
  {
    name: 'the vault while it is locked',
    options: { at: 'vault', vault: { ...fullVault(), state: 'locked', locksAt: null } },
    enter: (stage) => stage.button('Unlock the vault').waitFor(),
  },
  {
    name: 'a vault that the keychain does not open',
    options: { at: 'vault', vault: { ...fullVault(), state: 'locked', locksAt: null, trouble: 'timed_out' } },
    enter: async (stage) => {
      await stage.page.getByText('The keychain did not answer').waitFor();
    },
  },
  {
    name: 'a vault of many, and what an import would bring',
    options: { at: 'vault', vault: manyCredentials(230) },
    enter: async (stage) => {
      await stage.page.getByText('1 to 100 of 230').waitFor();
      await stage.button('Import…').click();
      await stage.page.getByLabel('File').setInputFiles(DOTENV);
      await stage.button('See what would come in').click();
      await stage.page.getByText('Would be added: 2').waitFor();
    },
  },
  {
    name: 'the vault while it is exported',
    options: { at: 'vault', vault: fullVault() },
    enter: async (stage) => {
      await stage.button('Export…').click();
      await stage.page.getByLabel('Passphrase for the file').fill('short');
    },
  },
  {
    name: 'no vault yet',
    options: { at: 'vault', vault: vaultView({ state: 'none', passphraseOptional: true }) },
    enter: (stage) => stage.button('Make the vault').waitFor(),
  },
];
