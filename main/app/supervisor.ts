/**
 * The running whole, as pages and commands see it: what is enforced, what waits, and the news of both.
 *
 * Changes are sent to the pages as they come, many at once in one message.
 */
import type { ChannelName, Overview } from '../../preload/contract.ts';
import type { AuditLog, ChainReport } from '../audit/log.ts';
import type { Finding, LogSeal } from '../audit/seal.ts';
import type { CallAnalyses } from '../engine/call-analysis.ts';
import type { Engine } from '../engine/engine.ts';
import type { AuthorizeInput } from '../engine/requests.ts';
import { storedPeer } from '../engine/stored.ts';
import type { Clock } from '../platform/clock.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import type { Logger } from '../platform/logging.ts';
import type { Peer } from '../platform/peer.ts';
import { compilePolicy } from '../policy/compile.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { Agents } from './agents.ts';
import { inboxFor } from './handlers.ts';
import type { Mcp } from './mcp.ts';
import type { Page, Pages } from './pages.ts';
import type { PauseDesk } from './pause/pause-desk.ts';
import type { PolicyKeeper } from './policy-keeper.ts';
import type { PolicyLayers } from './policy-layers.ts';
import type { Presence } from './presence.ts';
import type { RememberDesk } from './remember/remember-desk.ts';
import { presetFile, readPreset, VERSION } from './resources.ts';
import type { VaultParts } from './vault/create-vault.ts';
import type { ViewContext } from './views/approval-view.ts';
import {
  enforcementView,
  isObserved,
  observedClients,
  sessionLabel,
  sessionView,
} from './views/overview-view.ts';
import { PARAM_BYTES } from './views/params-view.ts';
import { timelineRowView } from './views/timeline-view.ts';
import { liveCounts, toolLevels } from './views/tools-view.ts';
import { grouped, millis, tildePath } from './views/words.ts';

const COALESCE_MS = 25;
const MAX_SESSIONS_SHOWN = 30;
/** Parameter text of all waiting requests together: the inbox goes over the wire in one message of at most 1 MiB. */
const INBOX_PARAM_BYTES = 320 * 1024;

export interface SupervisorParts {
  readonly shell: 'headless' | 'electron';
  readonly clock: Clock;
  readonly home: string;
  readonly policyFile: string;
  readonly engine: Engine;
  readonly remember: () => RememberDesk;
  readonly analyses: CallAnalyses;
  readonly log: AuditLog;
  readonly seal: LogSeal;
  readonly agents: Agents;
  readonly mcp: Mcp;
  readonly vault: VaultParts;
  readonly policy: PolicyKeeper;
  readonly layers: PolicyLayers;
  readonly presence: Presence;
  readonly pages: Pages;
  readonly pause: PauseDesk;
  readonly logger: Logger;
  /** Why requests cannot be tied to processes; null when they can. */
  readonly identityProblem: string | null;
  /** This very process, as the peer of a test request. */
  readonly self: Peer;
}

export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #startedAt = Date.now();
  readonly #dirty = new Set<ChannelName>();
  readonly #ends: (() => void)[] = [];
  readonly #overviewListeners = new Set<() => void>();
  #flush: NodeJS.Timeout | null = null;
  #testPolicy: CompiledPolicy | null = null;
  #logBroken: string | null = null;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#ends.push(
      parts.engine.desk.onChange(() => this.#mark('inbox', 'overview')),
      parts.engine.sessions.onChange(() => this.#mark('overview')),
      parts.agents.onChange(() => this.#mark('overview')),
      parts.mcp.onChange(() => this.#mark('mcp', 'overview')),
      parts.engine.rules.onChange(() => this.#mark('rules')),
      parts.vault.keeper.onChange(() => this.#mark('vault', 'overview')),
      parts.vault.keeper.onLock(
        () =>
          void this.sealLog('at_once').catch((error: unknown) =>
            parts.logger.error(`sealing the log: ${messageOf(error)}`),
          ),
      ),
      parts.pause.onChange(() => this.#mark('overview')),
      parts.log.onChange((lines) => {
        parts.pages.broadcast('timeline', () => lines.map(timelineRowView));
        this.#mark('overview');
      }),
      parts.log.onState(() => this.#mark('overview')),
    );
  }

  overview(page: Page | null): Overview {
    const { engine, agents, policy, layers, presence, pages, log, home } = this.#parts;
    const status = policy.status();
    const pending = engine.desk.pending();
    const sessions = engine.sessions.list().filter((session) => session.client !== 'gatehouse');
    const tools = toolLevels(this.#parts.mcp.toolSessions());
    const logView = this.#logView();
    const pause = this.#parts.pause.view();
    const agentViews = [...agents.views()];
    const reason = page === null ? null : pages.lockedReason(page);
    return {
      version: VERSION,
      shell: this.#parts.shell,
      home: tildePath(home, home),
      startedAt: this.#startedAt,
      enforcement: enforcementView({
        policyState: status.state,
        unenforced: layers.policy(null)?.unenforced ?? [],
        observing: observedClients(layers, sessions),
        logState: logView.state,
        logSentence: logView.sentence,
        agents: agentViews,
        ...liveCounts(sessions, tools),
        identityProblem: this.#parts.identityProblem,
        stopped: this.#parts.pause.stoppedSentence(),
        paused: pause.running,
      }),
      policy: {
        state: status.state,
        file: tildePath(status.file, home),
        sentence: policy.sentence(),
        errors: status.errors.slice(0, 100).map(({ file, line, column, path, message }) => ({
          file: tildePath(file, home),
          line,
          column,
          path,
          message,
        })),
      },
      log: { ...logView, rows: log.stats().rows, kept: this.#parts.seal.state().custody.sentence },
      presence: { pinSet: presence.isSet(), mayDecide: reason === null, reason },
      sessions: sessions
        .toSorted(
          (a, b) => Number(a.ended) - Number(b.ended) || b.lastSeenMonotonicMs - a.lastSeenMonotonicMs,
        )
        .slice(0, MAX_SESSIONS_SHOWN)
        .map((session) =>
          sessionView(
            session,
            pending.filter((approval) => approval.call.session === session.id).length,
            home,
            isObserved(layers, session),
            tools.has(session.id) ? { level: tools.get(session.id) } : null,
          ),
        ),
      agents: agentViews,
      waiting: pending.length,
      pause,
    };
  }

  /** Calls the listener whenever the overview is another one. */
  onOverview(listener: () => void): void {
    this.#overviewListeners.add(listener);
  }

  viewContext(): ViewContext {
    const sessions = new Map(this.#parts.engine.sessions.list().map((session) => [session.id, session]));
    return {
      home: this.#parts.home,
      nowMonotonicMs: this.#parts.clock.monotonicMs(),
      nowWallMillis: millis(this.#parts.clock.wallMicros()),
      sessionLabel: (id) => {
        const session = sessions.get(id);
        return session === undefined ? 'unknown session' : sessionLabel(session);
      },
      enforcement: 'Hooks only: what this call starts is not confined',
      analyse: (call) => this.#parts.analyses.of(call),
      choices: (approval) => this.#parts.engine.choices(approval),
      paramBudget: Math.min(
        PARAM_BYTES,
        Math.floor(INBOX_PARAM_BYTES / Math.max(1, this.#parts.engine.desk.pending().length)),
      ),
    };
  }

  /** Shows something to every page; stays there until it is put away. */
  notice(text: string, tone: 'plain' | 'wait' | 'stop'): void {
    const notice = { id: newId('notice'), tone, text, at: Date.now() };
    this.#parts.pages.broadcast('notice', () => notice);
  }

  /** Sends what a page that just came must know without asking. */
  greet(page: Page): void {
    page.send('overview', this.overview(page));
    page.send('inbox', inboxFor(page, { ...this.#parts, viewContext: () => this.viewContext() }));
  }

  /**
   * The request of the first screen: real in everything but that nothing runs. Decided by the shipped preset,
   * so that it asks whatever the person's own policy says.
   */
  async sendTestRequest(): Promise<string> {
    this.#testPolicy ??= compilePreset();
    const waiting = this.#parts.engine.desk.pending().find((approval) => approval.call.point === 'test');
    if (waiting !== undefined) return waiting.id;
    const input: AuthorizeInput = {
      client: 'gatehouse',
      claimedSession: 'test',
      claimedCallId: newId('test'),
      claimedCwd: this.#parts.home,
      peer: this.#parts.self,
      agent: 'main',
      toolName: 'Bash',
      module: 'shell',
      action: 'bash',
      params: {
        command: 'echo "This is what a question looks like"',
        description: 'Show how a question looks',
      },
      caller: 'llm',
      point: 'test',
      patienceMs: 10 * 60_000,
    };
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#parts.engine.test(input, this.#testPolicy, new AbortController().signal, resolve).then(
      (verdict) => reject(new GatehouseError('refused', verdict.message)),
      (error: unknown) => reject(error),
    );
    return promise;
  }

  /** Reads the policy file again. */
  async reloadPolicy(): Promise<void> {
    await this.#parts.log.append(this.#parts.policy.load());
    this.#parts.layers.refresh();
    this.#policyChanged();
  }

  /** Trusts a project's policy file as it was shown. The row is durable before it takes effect. */
  async trustPolicy(file: string, hash: string, via: 'page' | 'window' | 'terminal'): Promise<void> {
    const { layers, log, clock } = this.#parts;
    layers.checkTrust(file, hash);
    await log.append({ type: 'policy.trusted', v: 1, file, hash, change: 'trusted', via });
    layers.trust(file, hash, clock.wallMicros());
    this.#policyChanged();
  }

  /** Answers whether it was trusted. */
  async distrustPolicy(file: string, via: 'page' | 'window' | 'terminal'): Promise<boolean> {
    const { layers, log } = this.#parts;
    const hash = layers.trustedHash(file);
    if (hash === null) return false;
    layers.revoke(file);
    this.#policyChanged();
    await log.append({ type: 'policy.trusted', v: 1, file, hash, change: 'revoked', via });
    return true;
  }

  #policyChanged(): void {
    this.#parts.engine.recheck();
    this.#parts.mcp.policyChanged();
    this.#mark('overview');
  }

  /** Checks the whole log; what comes out is a row itself and stays visible when it is bad. */
  async verifyLog(): ReturnType<AuditLog['verify']> {
    // What is checked is then signed to its end.
    await this.sealLog('at_once');
    const report = await this.#parts.seal.verify();
    this.#judgeLog(report.problem);
    const problem = report.problem === null ? null : `row ${report.problem.seq}: ${report.problem.kind}`;
    await this.#parts.log.append({ type: 'log.verified', v: 1, ok: report.ok, rows: report.rows, problem });
    return report;
  }

  /** At the start: whether the log goes on where the last supervisor left it. */
  async checkLog(): Promise<void> {
    this.#take(await this.#parts.seal.open());
    await this.sealLog();
  }

  #take(finding: Finding): void {
    if (finding.kind === 'broken') this.#judgeLog(finding.problem);
    if (finding.kind === 'another')
      this.securityEvent(
        'log_replaced',
        `This is another log than before: that one ended at row ${finding.seq} and was moved away or removed`,
      );
    for (const { what, detail } of this.#parts.seal.takeAlarms()) this.securityEvent(what, detail);
  }

  /** Signs and notes how far the log was written, unless something is missing from it. */
  async sealLog(now: 'when_due' | 'at_once' = 'when_due'): Promise<void> {
    const { seal, log } = this.#parts;
    if (this.#logBroken !== null || log.stats().state !== 'intact') return;
    const before = seal.state().custody.place;
    const finding = now === 'at_once' ? await seal.flush() : await seal.tick();
    this.#take(finding ?? { kind: 'in_order' });
    if (seal.state().custody.place !== before) this.#mark('overview');
  }

  #judgeLog(problem: ChainReport['problem']): void {
    this.#logBroken = problem === null ? null : `The log is broken at row ${problem.seq}: ${problem.text}`;
    if (problem !== null) this.#parts.engine.recheck();
    this.#mark('overview');
  }

  /** Why every call is refused, for its agent; null when none is for a reason of the supervisor's own. */
  halted(): string | null {
    return this.#logBroken === null
      ? null
      : `${this.#logBroken}. Nothing runs until the person has seen to it.`;
  }

  /** Puts something suspicious on the timeline; a log that cannot be written must not break who noticed it. */
  securityEvent(what: string, detail: string, peer: Peer | null = null): void {
    this.#parts.log
      .append({
        type: 'security',
        v: 1,
        what,
        detail: detail.slice(0, 1000).toWellFormed(),
        peer: peer === null ? null : storedPeer(peer),
        session: null,
      })
      .catch((error: unknown) =>
        this.#parts.logger.error(`security event ${what} not written: ${messageOf(error)}`),
      );
  }

  stop(): void {
    for (const end of this.#ends) end();
    if (this.#flush !== null) clearTimeout(this.#flush);
  }

  #logView(): { state: Overview['log']['state']; sentence: string } {
    const { state, rows, why } = this.#parts.log.stats();
    if (state === 'broken')
      return { state: 'broken', sentence: `The log is broken: ${why ?? 'a row does not verify'}` };
    if (this.#logBroken !== null) return { state: 'broken', sentence: this.#logBroken };
    if (state === 'unwritable')
      return {
        state: 'unwritable',
        sentence: `Cannot write the log: ${why ?? 'unknown'}. Calls are refused until it can be written.`,
      };
    const unsigned = this.#parts.seal.state().why;
    const sentence = rows === 0 ? 'Log started' : `Log intact to row ${grouped(rows)}`;
    return {
      state: 'intact',
      sentence: unsigned === null ? sentence : `${sentence}. Not signed: ${unsigned}`,
    };
  }

  #mark(...channels: ChannelName[]): void {
    for (const channel of channels) this.#dirty.add(channel);
    this.#flush ??= setTimeout(() => this.#send(), COALESCE_MS);
  }

  #send(): void {
    this.#flush = null;
    const channels = [...this.#dirty];
    this.#dirty.clear();
    const { pages } = this.#parts;
    for (const channel of channels) {
      if (channel === 'overview') {
        pages.broadcast('overview', (page) => this.overview(page));
        for (const listener of this.#overviewListeners) listener();
      }
      if (channel === 'vault') pages.broadcast('vault', () => this.#parts.vault.view());
      if (channel === 'rules') pages.broadcast('rules', () => this.#parts.remember().rules());
      if (channel === 'mcp') pages.broadcast('mcp', () => this.#parts.mcp.views());
      if (channel === 'inbox')
        pages.broadcast('inbox', (page) =>
          inboxFor(page, { ...this.#parts, viewContext: () => this.viewContext() }),
        );
    }
  }
}

function compilePreset(): CompiledPolicy {
  const compiled = compilePolicy(readPreset('careful'), presetFile('careful'));
  if (!compiled.ok)
    throw new GatehouseError('no_preset', 'the shipped preset does not compile', {
      hint: 'install Gatehouse again',
    });
  return compiled.policy;
}
