/** Values of registrations on their way into the vault, cut off between any two steps. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DeclaredBindings, Withdrawn } from '../../../main/app/vault/declared-bindings.ts';
import { Equip } from '../../../main/app/vault/equip.ts';
import { ServerSecrets } from '../../../main/app/vault/server-secrets.ts';
import { StandingGrants } from '../../../main/app/vault/standing.ts';
import { VaultKeeper } from '../../../main/app/vault/vault-keeper.ts';
import { Keychain } from '../../../main/platform/keychain/keychain.ts';
import { ServerBook } from '../../../main/points/mcp/server-book.ts';
import { openStateStore } from '../../../main/store/state-store.ts';
import { Redactor } from '../../../main/vault/redaction/redactor.ts';
import { MemoryLog } from '../../support/engine-bench.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { PASSPHRASE } from '../../support/vault-house.ts';

it.each(['in the vault', 'out of the registration'])(
  'a stop after "%s" loses nothing and doubles nothing',
  async (step) => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-move-'));
    const state = openStateStore(join(folder, 'state.db'));
    const clock = new FakeClock();
    const log = new MemoryLog();
    const noKeychain = new Keychain({
      host: {
        start: () => {
          throw new Error('not provided by any .service files');
        },
      },
      canPrompt: false,
    });
    const keeper = new VaultKeeper({
      ...{
        file: join(folder, 'vault.db'),
        keyFile: join(folder, 'vault.key'),
        clock,
        log,
        keychain: noKeychain,
      },
      ...{
        redactor: new Redactor(),
        away: null,
        anchor: state.setting('newest'),
        onProblem: () => undefined,
      },
    });
    try {
      await keeper.make(PASSPHRASE, 'terminal');
      const servers = new ServerBook(state.setting('servers'));
      servers.enter({
        name: 'notes',
        transport: {
          kind: 'http',
          url: 'https://notes.example/mcp',
          headers: { 'X-Api-Key': 'the-value-of-the-key' },
        },
        clientTimeoutMs: null,
        registeredWallMicros: 1,
      });
      const standing = new StandingGrants(state.setting('standing'));
      const withdrawn = new Withdrawn(state.setting('withdrawn'));
      const kindOf = () => {
        throw new Error('no policy gives anything');
      };
      const declared = new DeclaredBindings({
        ...{ keeper, withdrawn, kindOf, policy: () => null },
        ...{ projects: () => [], trustedProjects: () => [] },
      });
      const restart = async () => undefined;
      const engine = () => {
        throw new Error('nobody is asked');
      };
      const fresh = async () => undefined;
      const equip = new Equip({
        keeper,
        standing,
        engine,
        restart,
        clock: new FakeClock(),
        fresh,
        primary: () => null,
        env: {},
        registered: () => null,
        declared,
        onProblem: () => undefined,
      });
      const scrub = () => state.scrub();
      const parts = { keeper, servers, standing, equip, declared, withdrawn, restart, scrub };
      const cut = new ServerSecrets({
        ...parts,
        onStep: (name) => {
          if (name === step) throw new Error('cut off');
        },
      });
      await expect(cut.moveIn('terminal')).rejects.toThrow('cut off');
      await new ServerSecrets(parts).moveIn('terminal');
      const [credential, ...more] = keeper.vault.credentials.list();
      expect(more).toEqual([]);
      expect(
        keeper.vault.credentials
          .open(credential?.id ?? '')
          .get('X_Api_Key')
          ?.toString(),
      ).toBe('the-value-of-the-key');
      expect(servers.find('notes')).toMatchObject({
        transport: { headers: {} },
        secrets: [{ into: 'header', name: 'X-Api-Key', credential: 'mcp/notes', template: '{X_Api_Key}' }],
      });
      expect(standing.covers(credential?.id ?? '', 'notes', 'any-client', '/any')).toBe(true);
    } finally {
      keeper.close();
      state.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
