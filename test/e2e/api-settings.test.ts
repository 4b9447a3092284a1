/** The API as a person sets it up: on the real page in a real Chromium, against the real supervisor. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appNameOf } from '../../main/points/api/apps.ts';
import { buildOnce } from '../support/built.ts';
import { noBrowser } from '../support/chromium.ts';
import { freePort } from '../support/headless-rig.ts';
import { httpAsk } from '../support/http-ask.ts';
import { Person } from '../support/person.ts';
import { Home, linkIn } from '../support/supervisor-process.ts';

const PIN = '4711-violet';

describe('the API in the page', { timeout: 180_000 }, () => {
  let home: Home;
  let person: Person;
  let root: string;
  let port = 0;
  let token = '';

  beforeAll(async () => {
    if (noBrowser !== null) return;
    await buildOnce();
    home = new Home();
    root = join(home.folder, 'home', 'web');
    mkdirSync(join(root, '.git'), { recursive: true });
    const run = await home.start('--headless', '--port', String(await freePort()));
    person = await Person.open(linkIn(run.stdout).url, 'api');
  }, 240_000);

  afterAll(async () => {
    if (noBrowser !== null) return;
    await person?.leaves();
    await home.remove();
  });

  beforeEach((context) => {
    if (noBrowser !== null) context.skip(noBrowser);
  });

  const form = () => person.page.getByRole('form', { name: 'New token' });
  const make = () => form().getByRole('button', { name: 'Make the token' });
  const ask = (rest: string, shown = token) =>
    httpAsk(port, `/api/apps/${appNameOf(root).app_id}/${rest}`, { token: shown });

  it('is off', async () => {
    await person.page.goto(`${new URL(person.page.url()).origin}/#settings`);
    await person.sees('HTTP API');
    await person.sees(/Off\. Programs ask/);
    expect((await home.done(['token', 'list'])).stdout).toContain('off: switch it on in the page');
  });

  it('opens with the first token, which is shown once', async () => {
    await expect.poll(() => make().isDisabled()).toBe(true);
    await form().getByLabel('Name of the program').fill('sdk');
    await form().getByLabel('Folder of its project').fill('~/web');
    await make().click();
    const shown = person.page.getByLabel('The token, shown this once');
    token = await shown.inputValue();
    expect(token).toMatch(/^gth_[\w-]{43}$/);
    await person.picture('token');
    const said = await (await person.sees(/Open at/)).textContent();
    port = Number(/127\.0\.0\.1:(\d+)/.exec(said ?? '')?.[1]);
    expect((await ask('approvals')).status).toBe(200);
    expect(
      await person.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })),
    ).not.toContain(token);
    await person.presses('I have copied it');
    await person.page.reload();
    await person.sees('asks for calls, watches · ~/web');
    expect(await person.page.content()).not.toContain(token);
    await person.sees('used just now');
  });

  it('makes one that answers only with the PIN', async () => {
    await form().getByLabel('Name of the program').fill('dashboard');
    await form().getByLabel('It may').selectOption('decider');
    await person.sees('Set a PIN first');
    await person.page.getByLabel('New PIN').fill(PIN);
    await person.page.getByLabel('Again', { exact: true }).fill(PIN);
    await person.presses('Set the PIN');
    await person.sees('The PIN is set');
    await form().getByLabel('Your PIN').fill('wrong-pin-1');
    await make().click();
    await person.sees('the PIN is not right');
    await form().getByLabel('Your PIN').fill(PIN);
    await make().click();
    const decider = await person.page.getByLabel('The token, shown this once').inputValue();
    await person.presses('I have copied it');
    await person.sees('watches, answers requests · every project');
    await person.picture('decider');
    expect((await ask('approvals', decider)).status).toBe(200);
  });

  it('takes a token out of use', async () => {
    await person.presses('Revoke sdk');
    await expect.poll(async () => (await ask('approvals')).status).toBe(401);
    await expect.poll(() => person.page.getByRole('button', { name: 'Revoke sdk' }).count()).toBe(0);
  });

  it('is switched off again', async () => {
    await person.presses('Switch the API off');
    await person.sees(/Off\. Programs ask/);
    await expect(ask('approvals')).rejects.toThrow('ECONNREFUSED');
    expect(person.complaints).toEqual([]);
  });
});
