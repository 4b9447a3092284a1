/** Told to lock while it is being opened: a screen that is locked by then must not stand before an open vault. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IDLE_MS, VaultKeeper } from '../../../main/app/vault/vault-keeper.ts';
import type { Keychain } from '../../../main/platform/keychain/keychain.ts';
import { Redactor } from '../../../main/vault/redaction/redactor.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { KeychainDouble } from '../../support/keychain-double.ts';
import { codeOf } from '../../support/vault-house.ts';

class Chain extends KeychainDouble {
  async remove() {
    return { kind: 'done' } as const;
  }
  async probe() {
    return { kind: 'done' } as const;
  }
  close() {
    return undefined;
  }
}

let folder: string;
let chain: Chain;
let clock: FakeClock;
let keeper: VaultKeeper;
let leave: (why: 'sleep' | 'screen') => void;
let rows: string[];
const redactor = new Redactor();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-meanwhile-'));
  chain = new Chain();
  clock = new FakeClock();
  rows = [];
  keeper = new VaultKeeper({
    ...{ file: join(folder, 'vault.db'), keyFile: join(folder, 'vault.key'), clock, redactor },
    keychain: chain as unknown as Keychain,
    away: {
      onAway: (listener) => {
        leave = listener;
        return () => undefined;
      },
    },
    log: {
      append: async (event: { change: string; detail: string }) =>
        rows.push(`${event.change} ${event.detail}`),
    } as never,
    anchor: { read: () => null, write: () => undefined },
    onProblem: (text) => rows.push(text),
  });
});
afterEach(() => {
  keeper.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Waits until the keychain was asked and hangs. */
async function asked(before: number): Promise<void> {
  while (chain.asked === before) await new Promise((resolve) => setImmediate(resolve));
}

const unlock = (): Promise<void> => keeper.unlock({ passphrase: null, recovery: null }, 'page');

describe('a lock', () => {
  it.each<readonly [string, () => void, string]>([
    ['of the screen', () => leave('screen'), 'the screen was locked'],
    ['by sleep', () => leave('sleep'), 'the machine goes to sleep'],
    ['that somebody asks for', () => void keeper.lock('asked to', 'page'), 'asked to'],
  ])('%s while the keychain is asked leaves the vault locked', async (_name, lock, why) => {
    await keeper.make(null, 'page');
    await keeper.lock('asked to', 'page');
    const before = chain.asked;
    chain.trouble = 'hangs';
    const unlocking = codeOf(unlock);
    await asked(before);
    lock();
    chain.wake();
    expect(await unlocking).toBe('vault_locked');
    expect(keeper.state).toBe('locked');
    expect(keeper.problem).toContain(`told to lock while it was opened (${why})`);
    expect(redactor.isEmpty).toBe(true);
    expect(rows.at(-1)).toBe('unlock_failed vault_locked');
    // It was for that time alone.
    await unlock();
    expect(keeper.state).toBe('open');
  });

  it('for want of use counts from the attempt on, however long nobody came before', async () => {
    await keeper.make(null, 'page');
    await keeper.lock('asked to', 'page');
    clock.advance(3 * IDLE_MS);
    const before = chain.asked;
    chain.trouble = 'hangs';
    const unlocking = unlock();
    await asked(before);
    expect(keeper.locksAt()).toBeNull();
    chain.wake();
    await unlocking;
    expect(keeper.state).toBe('open');
    expect(keeper.locksAt()).toBe(clock.wallMicros() / 1000 + IDLE_MS);
  });

  it('of the screen while the vault is made takes nothing of it: it is there, locked, and its recovery key is told', async () => {
    chain.trouble = 'hangs';
    const making = keeper.make(null, 'page');
    await asked(0);
    leave('screen');
    chain.wake();
    const { recoveryKey } = await making;
    expect(keeper.state).toBe('locked');
    await keeper.unlock({ passphrase: null, recovery: recoveryKey }, 'page');
    expect(keeper.state).toBe('open');
  });
});
