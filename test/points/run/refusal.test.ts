/** Where no sandbox can be answered for, nothing is started: not even asked what. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sandboxRefusal } from '../../../main/app/runs.ts';
import { macosCheck } from '../../../main/app/sandbox-checks.ts';
import { resolvePaths } from '../../../main/platform/paths.ts';
import { type RunPipe, Runs } from '../../../main/points/run/runs.ts';
import { FakeEngine } from '../../support/fake-engine.ts';

const never = (): never => {
  throw new Error('this was not to be asked');
};

it.each(['darwin', 'win32'] as const)(
  'refuses a launcher on %s before anything of it is believed, and on Linux does not',
  async (platform) => {
    expect(sandboxRefusal('linux')).toBeNull();
    const home = mkdtempSync(join(tmpdir(), 'gh-refusal-'));
    try {
      const engine = new FakeEngine();
      const runs = new Runs({
        engine,
        log: { append: never },
        home,
        paths: resolvePaths({ GATEHOUSE_HOME: join(home, 'gh') }, 'linux', home),
        installRoot: home,
        launcher: process.execPath,
        refusal: sandboxRefusal(platform),
        system: { checkLauncher: never, plan: never, checkCommand: never, enforced: never, over: never },
        copies: null,
        children: { start: never },
        policy: never,
        policyOf: never,
        callsOf: never,
        sessionOf: never,
        endSessions: never,
        defect: () => undefined,
      });
      const answers: Parameters<RunPipe['refuse']>[0][] = [];
      const peer = { source: 'kernel', pid: process.pid, uid: 501, process: null, requester: null } as const;
      runs.take({
        kind: 'run',
        name: '-',
        peer: { ...peer, ancestry: [], terminal: null },
        accept: never,
        refuse: (answer) => answers.push(answer),
      });
      expect(answers).toEqual([
        {
          exit: 125,
          stdout: '',
          stderr: expect.stringContaining('experimental and was not run on real machines yet'),
        },
      ]);
      expect(engine.started).toEqual([]);
      await runs.close();
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
);

it('is said so by doctor, with or without a launcher', () => {
  for (const launcherPath of ['/x/gatehouse-sandbox', null]) {
    const { detail } = macosCheck({
      launcherPath,
      launcherReason: launcherPath === null ? 'no compiler' : null,
    });
    expect(detail).toMatch(/^experimental on macOS: not run on real machines yet/);
    expect(detail).toContain(launcherPath === null ? 'no compiler' : 'is built');
  }
});
