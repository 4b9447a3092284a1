import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callDoor } from '../../main/platform/door-client.ts';
import { ApiHouse, PIN } from '../support/api-house.ts';

let house: ApiHouse;
beforeAll(async () => {
  house = await ApiHouse.open();
});
afterAll(() => house.remove());

/** A command as the terminal sends it; `pin` is what the person types, null where there is no terminal. */
const gatehouse = async (argv: readonly string[], pin: string | null = null, cwd = house.web) => {
  const asked: string[] = [];
  const answer = await callDoor({
    path: house.real.paths.supervisorDoor,
    argv,
    cwd,
    onQuestion: async (prompt) => {
      asked.push(prompt);
      return pin;
    },
  });
  return { ...answer, asked };
};

describe('gatehouse token', () => {
  it('says that there is none, and that the API is off', async () => {
    const { exit, stdout } = await gatehouse(['token', 'list']);
    expect(exit).toBe(0);
    expect(stdout).toContain('off: switch it on in the page');
    expect(stdout).toContain('There are no tokens.');
  });

  it('makes one for the project one is in, after the PIN, shown once, and opens the API', async () => {
    const { exit, stdout, asked } = await gatehouse(['token', 'add', 'sdk'], PIN, join(house.web, '.git'));
    expect(asked).toEqual(['PIN for making the token sdk: ']);
    expect(exit).toBe(0);
    const token = /^Token {2}(gth_[\w-]{43}) /m.exec(stdout)?.[1] ?? '';
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0];
    expect(stdout).toContain(`as app ${house.id(house.web)}`);
    expect((await house.look()).address).toBe(address);
    expect((await house.ask(house.path('approvals'), { token })).status).toBe(200);
    const decide = { token, body: { request_id: 'req_x', approved: true } };
    expect((await house.ask(house.path('approve'), decide)).status).toBe(403);
    expect((await gatehouse(['token', 'list'])).stdout).not.toContain(token);
    const { tokens } = JSON.parse((await gatehouse(['token', 'list', '--json'])).stdout);
    expect(tokens).toMatchObject([
      { name: 'sdk', scopes: ['submit', 'watch'], apps: [{ app_id: house.id(house.web), root: house.web }] },
    ]);
  });

  it('makes none without the PIN', async () => {
    for (const pin of [null, 'wrong-pin-12']) {
      const { exit, stderr } = await gatehouse(['token', 'add', 'sneaky'], pin);
      expect([exit, /PIN/.test(stderr)]).toEqual([1, true]);
    }
    expect((await house.look()).tokens.map(({ name }) => name)).toEqual(['sdk']);
  });

  it('never makes one that decides', async () => {
    for (const more of [['--scope', 'decide'], ['--decide'], ['decide']]) {
      const { exit, asked } = await gatehouse(['token', 'add', 'boss', ...more], PIN);
      expect([exit, asked]).toEqual([2, []]);
    }
  });

  it('takes another project, watching only, and says what is wrong', async () => {
    const { exit } = await gatehouse(['token', 'add', 'eye', '--app', house.shop, '--watch-only'], PIN);
    expect(exit).toBe(0);
    const { tokens } = await house.look();
    expect(tokens.find(({ name }) => name === 'eye')).toMatchObject({
      scopes: ['watch'],
      apps: ['~/src/shop'],
    });
    const twice = await gatehouse(['token', 'add', 'eye'], PIN);
    expect([twice.exit, twice.stderr]).toEqual([1, expect.stringContaining('there is one of the name eye')]);
    const nowhere = await gatehouse(['token', 'add', 'x', '--app', join(house.real.folder, 'nothing')], PIN);
    expect(nowhere.stderr).toContain('is no folder');
  });

  it('takes one out of use', async () => {
    expect((await gatehouse(['token', 'revoke', 'eye'])).stdout).toBe('The token eye is good no longer.\n');
    const again = await gatehouse(['token', 'revoke', 'eye']);
    expect([again.exit, again.stderr]).toEqual([1, expect.stringContaining('there is no token "eye"')]);
    expect((await house.events('api.changed')).map(({ summary }) => summary)).toEqual([
      'A token for the HTTP API was revoked: eye',
      'A token for the HTTP API was made: eye',
      'The HTTP API was switched on',
      'A token for the HTTP API was made: sdk',
    ]);
  });
});
