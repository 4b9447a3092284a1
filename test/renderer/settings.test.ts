import { describe, expect } from 'vitest';
import { overview } from '../support/contract-scene.ts';
import { it, type Stage } from './harness.ts';

const ground = (stage: Stage) => stage.page.evaluate(() => getComputedStyle(document.body).backgroundColor);

describe('how the page looks', () => {
  it('follows the system until a theme is chosen, and the choice survives a reload', async ({ open }) => {
    const stage = await open({ at: 'settings' });
    await stage.page.emulateMedia({ colorScheme: 'dark' });
    const dark = await ground(stage);
    await stage.page.emulateMedia({ colorScheme: 'light' });
    const light = await ground(stage);
    expect(light).not.toBe(dark);
    const theme = stage.page.getByLabel('Theme');
    await theme.selectOption('dark');
    expect(await ground(stage)).toBe(dark);
    await theme.selectOption('light');
    await stage.page.emulateMedia({ colorScheme: 'dark' });
    expect(await ground(stage)).toBe(light);
    await stage.page.reload();
    await theme.waitFor();
    expect([await theme.inputValue(), await ground(stage)]).toEqual(['light', light]);
    await theme.selectOption('as the system');
    expect(await ground(stage)).toBe(dark);
    await stage.page.getByLabel('Contrast').selectOption('more');
    expect(await ground(stage)).toBe('rgb(0, 0, 0)');
  });

  it('shows all keys also to those who switched letters off', async ({ open }) => {
    const stage = await open({ at: 'settings' });
    await stage.page.getByLabel('Single letters').selectOption('are off');
    await stage.page.keyboard.press('?');
    expect(await stage.page.getByRole('dialog').count()).toBe(0);
    await stage.button('Show all keys').click();
    await stage.page.getByRole('dialog', { name: 'Keys' }).waitFor();
  });
});

describe('the PIN', () => {
  it('is set once both fields agree and it is good enough', async ({ open }) => {
    const stage = await open({ at: 'settings' });
    const set = stage.button('Set the PIN');
    await stage.page.getByLabel('New PIN').fill('12');
    await stage.page.getByText('At least 6 characters; this has 2.').waitFor();
    await stage.page.getByLabel('New PIN').fill('112112');
    await stage.page.getByText('It repeats one or two characters.').waitFor();
    await stage.page.getByLabel('New PIN').fill('271828');
    await stage.page.getByText('The two are not the same.').waitFor();
    expect(await set.isDisabled()).toBe(true);
    await stage.page.getByLabel('Again').fill('271828');
    await set.click();
    await stage.page.getByText('The PIN is set.').waitFor();
    expect(stage.double.called('setPin')).toEqual([[{ pin: '271828', current: null }]]);
    await stage.page.getByLabel('Current PIN').fill('000000');
    await stage.page.getByLabel('New PIN').fill('161803');
    expect(await stage.page.getByText('The PIN is set.').count()).toBe(0);
    await stage.page.getByLabel('Again').fill('161803');
    await stage.button('Change the PIN').click();
    await stage.page.getByText('the PIN is not right').waitFor();
    for (const field of await stage.page.locator('input[type="password"]').all())
      expect(await field.inputValue()).toBe('');
  });
});

describe('the API', () => {
  const form = (stage: Stage) => stage.page.getByRole('form', { name: 'New token' });

  it('is switched on and off, and says where it is', async ({ open }) => {
    const stage = await open({ at: 'settings' });
    await stage.button('Switch the API on').click();
    await stage.page.getByText('http://127.0.0.1:7833').waitFor();
    await stage.button('Switch the API off').click();
    await stage.page.getByText('Off. Programs ask').waitFor();
    expect(stage.double.called('switchApi')).toEqual([[true], [false]]);
    stage.double.fail('switchApi', 'locked', 'This page may not decide.');
    await stage.button('Switch the API on').click();
    await stage.page.getByRole('alert').getByText('This page may not decide.').waitFor();
  });

  it('makes a token for one project, shows it once, and keeps it nowhere', async ({ open }) => {
    const stage = await open({ at: 'settings' });
    const make = stage.button('Make the token');
    await form(stage).getByLabel('Name of the program').fill('Two Words');
    await stage.page.getByText('The name takes').waitFor();
    await form(stage).getByLabel('Name of the program').fill('sdk');
    await stage.page.getByText('Name the project it is for.').waitFor();
    expect(await make.isDisabled()).toBe(true);
    await form(stage).getByLabel('Folder of its project').fill('~/src/web');
    await make.click();
    const shown = stage.page.getByLabel('The token, shown this once');
    const secret = await shown.inputValue();
    expect(secret).toMatch(/^gth_/);
    expect(stage.double.called('makeToken')).toEqual([
      [{ name: 'sdk', scopes: ['submit', 'watch'], app: '~/src/web', pin: null }],
    ]);
    await stage.button('I have copied it').click();
    await form(stage).waitFor();
    const left = await stage.page.evaluate(
      () => document.documentElement.outerHTML + JSON.stringify({ ...localStorage, ...sessionStorage }),
    );
    expect(left).not.toContain(secret);
    const tokens = stage.page.getByRole('list', { name: 'Tokens' });
    expect(await tokens.innerText()).toContain('asks for calls, watches · ~/src/web');
    await stage.button('Revoke sdk').click();
    await tokens.waitFor({ state: 'detached' });
    expect(stage.double.called('revokeToken')).toEqual([['tok_sdk']]);
  });

  it('makes one that answers only with the PIN, and forgets a PIN that was typed', async ({ open }) => {
    const stage = await open({ at: 'settings' });
    await form(stage).getByLabel('Name of the program').fill('dashboard');
    await form(stage).getByLabel('It may').selectOption('decider');
    await stage.page.getByText('Set a PIN first: this needs it.').waitFor();
    await stage.page.getByLabel('New PIN').fill('271828');
    await stage.page.getByLabel('Again').fill('271828');
    await stage.button('Set the PIN').click();
    await stage.page.getByText('Enter your PIN: this token answers in your place.').waitFor();
    const pin = form(stage).getByLabel('Your PIN');
    await pin.fill('000000');
    await stage.button('Make the token').click();
    await stage.page.getByText('the PIN is not right').waitFor();
    expect(await pin.inputValue()).toBe('');
    await pin.fill('271828');
    await stage.button('Make the token').click();
    await stage.page.getByLabel('The token, shown this once').waitFor();
    await stage.button('I have copied it').click();
    expect(await pin.count()).toBe(0);
    await stage.page.getByText('watches, answers requests · every project').waitFor();
  });
});

describe('the policy', () => {
  it('shows where it is wrong, and what reading it again came to', async ({ open }) => {
    const error = {
      file: 'policy.yaml',
      line: 14,
      column: 5,
      path: 'tools.capabilities.approve',
      message: 'unknown module "shel"; did you mean shell',
    };
    const stage = await open({
      at: 'settings',
      overview: overview({
        policy: {
          state: 'last_good',
          file: '~/.config/gatehouse/policy.yaml',
          sentence: 'The file has errors: the last good version is in force.',
          errors: [error],
        },
      }),
    });
    const list = stage.page.getByRole('list', { name: /Errors/ });
    expect(await list.innerText()).toContain('policy.yaml:14:5');
    expect(await list.innerText()).toContain('did you mean shell');
    await stage.button('Read the file again').click();
    await stage.page.getByText('Read. The file has errors').waitFor();
    stage.double.fail('reloadPolicy', 'unavailable', 'Cannot read the policy: no such file.');
    await stage.button('Read the file again').click();
    await stage.page.getByText('Cannot read the policy: no such file.').waitFor();
  });
});

describe('starting at login', () => {
  it('is switched on and off, and says what that means', async ({ open }) => {
    const stage = await open({ at: 'settings' });
    await stage.button('Start Gatehouse when I log in').click();
    await stage.page.getByText('Starts when you log in.').waitFor();
    await stage.button('Do not start it when I log in').click();
    await stage.button('Start Gatehouse when I log in').waitFor();
    expect(await stage.sent('setStartup')).toEqual([[true], [false]]);
  });

  it('says why it cannot be had, with no button', async ({ open }) => {
    const stage = await open({
      at: 'settings',
      startup: { state: 'unavailable', sentence: 'Only the desktop app can start when you log in.' },
    });
    await stage.page.getByText('Only the desktop app can start when you log in.').waitFor();
    expect(await stage.button(/log in/).count()).toBe(0);
  });
});
