/** An engine in which calls wait for a person, with the real analysis, over a folder of its own. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Approval, PersonAnswer } from '../../main/engine/approvals/approval.ts';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import type { InForce } from '../../main/engine/ports.ts';
import type { AuthorizeInput } from '../../main/engine/requests.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
import { openAnalyst } from '../support/analyst.ts';
import { engineBench, policyFrom, until } from '../support/engine-bench.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { peerOf } from '../support/peers.ts';

const analyst = await openAnalyst();

export const never = () => new AbortController().signal;
export const YES = { kind: 'allow', scope: 'once', via: 'page' } as const;
export const SESSION = { kind: 'allow', scope: 'session', via: 'page' } as const;
export const command = (text: string) => ({ params: { command: text } });
export const asking = (more = '', rest = '') =>
  policyFrom(`default_policy: approve\nmax_risk_level: high\napproval_timeout: 60${more}`, rest);

export class AskingEngine {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), 'gatehouse-answers-')));
  readonly clock = new FakeClock();
  readonly bench;

  constructor(policy: CompiledPolicy = asking(), more: Partial<InForce> = {}) {
    const analyses = new CallAnalyses(analyst, '/home/dev');
    this.bench = engineBench(policy, more, { clock: this.clock, analyses });
  }

  get engine() {
    return this.bench.engine;
  }

  /** A call in the folder. */
  call(over: Partial<AuthorizeInput> = {}): AuthorizeInput {
    return this.bench.call({ claimedCwd: this.base, peer: peerOf({ cwd: this.base }), ...over });
  }

  /** A call that waits now, and what it will be told. */
  async ask(over: Partial<AuthorizeInput> = {}) {
    const { desk } = this.engine;
    const before = new Set(desk.pending().map(({ id }) => id));
    const told: string[] = [];
    const verdict = this.engine.authorize(this.call(over), never(), (id) => told.push(id));
    const fresh = () => desk.pending().find(({ id }) => !before.has(id));
    await until(() => fresh() !== undefined);
    const approval = fresh();
    if (approval === undefined || told[0] !== approval.id) throw new Error('nothing waits');
    return { verdict, approval };
  }

  answer({ id, fingerprint }: Approval, said: PersonAnswer): Promise<Approval> {
    return this.engine.answer(id, fingerprint, said);
  }

  async close(): Promise<void> {
    await this.engine.stop('the test ends');
    rmSync(this.base, { recursive: true, force: true });
  }
}
