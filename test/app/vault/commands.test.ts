/** `gatehouse vault` at the real door, with what a person types. */
import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PASSPHRASE, PIN, VaultHouse } from './house.ts';

let house: VaultHouse;
beforeEach(async () => {
  house = await VaultHouse.start();
});
afterEach(() => house.end());

describe('gatehouse vault', () => {
  it('makes, adds from a prompt and from standard input, lists, reveals, rotates, exports, imports', async () => {
    const run = (argv: readonly string[], typed: readonly string[] = [], input?: Buffer) =>
      house.real.command(['vault', ...argv], typed, input);
    const made = await run(['unlock'], [PIN, PASSPHRASE, PASSPHRASE]);
    expect(made.stdout).toMatch(/Recovery key {3}(?:[A-Z2-7]{4}-){13}/);
    expect((await run(['add', 'gh', '--service', 'github'], [PIN, 'ghp_0123456789'])).stdout).toContain(
      'gh is in the vault',
    );
    const pem = Buffer.from(`${'x'.repeat(9000)}\n`);
    expect(
      (await run(['add', 'blob', '--type', 'custom', '--field', 'text', '--stdin'], [PIN], pem)).stdout,
    ).toContain('blob is in the vault');
    const listed = await run(['list']);
    expect(listed.stdout).toContain('gh');
    expect(listed.stdout).not.toContain('ghp_');
    expect((await run(['reveal', 'gh'], [PIN])).stdout).toBe('ghp_0123456789\n');
    expect(await run(['reveal', 'gh'], ['wrong-pin'])).toMatchObject({ exit: 1, stdout: '' });
    expect(await run(['reveal', 'gh'])).toMatchObject({ exit: 1, stdout: '' });
    await run(['rotate', 'gh'], [PIN, 'ghp_1111111111']);
    expect((await run(['rotate', 'gh', '--now'], [PIN, 'ghp_9876543210'])).stdout).toMatch(
      /^The new value that waited is gone\.\n.*Take the old one back: https:\/\/github\.com/,
    );
    expect(await run(['rotate', 'gh', '--finish'], [PIN])).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('no new value of gh waits'),
    });
    expect((await run(['reveal', 'gh'], [PIN])).stdout).toBe('ghp_9876543210\n');
    const file = join(house.real.folder, 'out.vault');
    expect((await run(['export', file], [PIN, 'for the way there', 'for the way there'])).stdout).toContain(
      '2 credentials',
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await run(['remove', 'gh'], [PIN]);
    expect((await run(['import', file], [PIN, 'for the way there'])).stdout).toContain(
      '1 added, 0 replaced, 1 there already',
    );
    writeFileSync(join(house.real.folder, 'a.env'), 'FROM_ENV="dotenv-value-1"\n');
    expect((await run(['import', 'a.env'], [PIN])).stdout).toContain('1 added');
    expect((await run(['reveal', 'FROM_ENV'], [PIN])).stdout).toBe('dotenv-value-1\n');
    await run(['lock']);
    expect(await run(['reveal', 'gh'], [PIN])).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('locked'),
    });
    expect((await run(['unlock'], [PASSPHRASE])).stdout).toContain('open');
    const another = await run(['rotate', '--key'], [PIN, 'another passphrase 1', 'another passphrase 1']);
    expect(another.questions[0]).toMatch(/^Each credential is put under the new key.*\nPIN for /);
    expect(another.stdout).toContain('another key');
  });

  it('says before it is made what would keep its key, how it is made, and what it knows', async () => {
    const { stdout } = await house.real.command(['vault', 'list']);
    expect(stdout).toContain('No keychain is here: the key will lie in a file that your passphrase opens.');
    const [, program] = /not made yet: (.+) vault unlock makes it/.exec(stdout) ?? [];
    expect((await house.real.command(['vault', 'reveal', 'gh'])).stderr).toContain(`${program} vault unlock`);
    const known = await house.real.command(['vault', 'add', 'x', '--type', 'help']);
    expect(known).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(/--service .*github[\s\S]*--type .*api_key/),
    });
  });

  it('takes no value in its words, and nothing without the PIN', async () => {
    await house.make();
    expect(
      await house.real.command(['vault', 'add', 'gh', 'ghp_in_the_words', '--service', 'github'], [PIN]),
    ).toMatchObject({ exit: 2 });
    for (const argv of [
      ['add', 'x', '--type', 'api_key'],
      ['export', 'f'],
      ['import', 'f'],
    ])
      expect((await house.real.command(['vault', ...argv])).exit).toBe(1);
    expect((await house.page.value('vault')).credentials).toEqual([]);
    expect(execFileSync('ls', [house.real.folder], { encoding: 'utf8' })).not.toContain('f\n');
  });

  it('waits for no pipe and reads no device that it is told to import', async () => {
    await house.make();
    const pipe = join(house.real.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const file of [pipe, '/dev/zero', house.real.folder])
      expect(await house.real.command(['vault', 'import', file], [PIN])).toMatchObject({
        exit: 1,
        stderr: expect.stringContaining('cannot be read: it is not a plain file'),
      });
  });
});
