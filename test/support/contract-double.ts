/**
 * The other end of the contract, played: what a shell attaches pages to in place of the running app.
 *
 * It is made from the contract itself. What a page sends goes through the real `Pages`: the same schemas, nonces,
 * dead time and locks as in the supervisor. What the double answers and pushes is parsed by the schema too, so
 * that a scene which the real supervisor could never send is a defect and not a passing test.
 */
import { failure, type Page, Pages, success } from '../../main/app/pages.ts';
import { Presence } from '../../main/app/presence.ts';
import type { App, PageOptions } from '../../main/app/shell-port.ts';
import type { PolicyExplanation, PolicyFiles } from '../../preload/contract.ts';
import {
  type AgentPlan,
  type Answer,
  type ApiView,
  type ChannelName,
  type ChannelPayload,
  type CoverageReport,
  channels,
  type Decided,
  type DesktopView,
  type ErrorCode,
  type GovernedToolsView,
  type Handlers,
  type Inbox,
  type McpClientView,
  type McpServerView,
  type MethodName,
  methods,
  type Overview,
  type ReplayReport,
  type ReviewRow,
  type ReviewView,
  type RuleView,
  type SavedView,
  type StartupView,
  type TimelineRow,
  type VaultView,
  type VerifyReport,
} from '../../preload/contract.ts';
import { doubleHandlers, type Ending, type World } from './contract-handlers.ts';
import { type Card, desktopView, inOrder, overview } from './contract-scene.ts';
import { ASKS, policyFiles } from './policy-views.ts';
import { coverageReport, replayReport } from './rule-views.ts';
import { shownVault, vaultView } from './vault-views.ts';

type Served = Handlers<Page>;

export interface Scene {
  readonly pending?: readonly Card[];
  readonly recent?: readonly Decided[];
  readonly overview?: Overview;
  readonly rows?: readonly TimelineRow[];
  readonly api?: ApiView;
  readonly desktop?: DesktopView;
  /** Set before the first page comes: every page is locked until it shows it. */
  readonly pin?: string;
  readonly mcp?: readonly McpServerView[];
  readonly clients?: readonly McpClientView[];
  readonly governed?: GovernedToolsView;
  readonly vault?: VaultView;
  readonly startup?: StartupView;
  readonly policy?: PolicyFiles;
  readonly rules?: readonly RuleView[];
  readonly reviews?: readonly ReviewView[];
  readonly changes?: readonly ReviewRow[];
}

/** A call that is kept waiting. */
export interface Held {
  /** Resolves when the page has called. */
  readonly called: Promise<void>;
  release(): void;
}

export class ContractDouble implements World, Pick<App, 'attachPage' | 'securityEvent' | 'notice'> {
  /** Every call that fitted its schema and was let through, oldest first. */
  readonly calls: { readonly method: MethodName; readonly args: readonly unknown[] }[] = [];
  /** What did not fit the contract, or failed inside the double. A test that leaves one here is wrong. */
  readonly defects: string[] = [];
  pending: readonly Card[] = [];
  recent: readonly Decided[] = [];
  rows: readonly TimelineRow[] = [];
  views: readonly SavedView[] = [];
  overview: Overview = overview();
  plan: Omit<AgentPlan, 'agent' | 'change'> = NOTHING_TO_DO;
  verify: VerifyReport = { ok: true, rows: 1284, problem: null };
  mcp: readonly McpServerView[] = [];
  api: ApiView = { enabled: false, address: null, problem: null, tokens: [], projects: ['~/src/web'] };
  desktop: DesktopView = desktopView();
  clients: readonly McpClientView[] = [];
  governed: GovernedToolsView = { clients: [], sessions: [], problem: null };
  vault: VaultView = vaultView({ state: 'none' });
  policy: PolicyFiles = policyFiles();
  explanation: PolicyExplanation = ASKS;
  rules: readonly RuleView[] = [];
  reviews: readonly ReviewView[] = [];
  changes: readonly ReviewRow[] = [];
  coverage: CoverageReport = coverageReport();
  replay: ReplayReport = replayReport();
  startup: StartupView = { state: 'off', sentence: 'You start it.' };
  readonly #scripts = new Map<MethodName, Served[MethodName][]>();
  readonly presence: Presence;
  readonly pages: Pages;
  /** Moves on by itself: the dead time of the supervisor has passed whenever a page answers. */
  #monotonic = 0;
  #notices = 0;

  constructor() {
    let verifier: string | null = null;
    this.presence = new Presence(
      {
        read: () => verifier,
        write: (json) => {
          verifier = json;
        },
      },
      Date.now,
    );
    this.pages = new Pages({
      presence: this.presence,
      monotonicMs: () => {
        this.#monotonic += 1000;
        return this.#monotonic;
      },
      onDefect: (where, error) => this.defects.push(`${where}: ${String(error)}`),
      onLocked: () => undefined,
    });
    this.pages.serve(this.#checked(doubleHandlers(this)));
  }

  /** Sets the scene; before the first page comes. */
  async play(scene: Scene): Promise<void> {
    this.pending = scene.pending ?? this.pending;
    this.recent = scene.recent ?? this.recent;
    this.rows = scene.rows ?? this.rows;
    this.api = scene.api ?? this.api;
    this.desktop = scene.desktop ?? this.desktop;
    this.overview = scene.overview ?? this.overview;
    this.mcp = scene.mcp ?? this.mcp;
    this.clients = scene.clients ?? this.clients;
    this.governed = scene.governed ?? this.governed;
    this.vault = scene.vault ?? this.vault;
    this.startup = scene.startup ?? this.startup;
    this.policy = scene.policy ?? this.policy;
    this.rules = scene.rules ?? this.rules;
    this.reviews = scene.reviews ?? this.reviews;
    this.changes = scene.changes ?? this.changes;
    if (scene.pin !== undefined) await this.presence.set(scene.pin, null);
  }

  attachPage(options: PageOptions) {
    const send = (channel: ChannelName, payload: unknown) => {
      const parsed = channels[channel].safeParse(payload);
      if (parsed.success) options.send(channel, parsed.data);
      else this.defects.push(`${channel}: ${parsed.error.message}`);
    };
    return this.pages.attach({ ...options, send }, (page) => {
      page.send('overview', this.overviewFor(page));
      page.send('inbox', this.inboxFor(page));
    });
  }

  securityEvent(what: string, detail: string): void {
    this.defects.push(`${what}: ${detail}`);
  }

  notice(text: string, tone: 'plain' | 'wait' | 'stop'): void {
    this.#notices += 1;
    this.push('notice', { id: `n${this.#notices}`, tone, text, at: Date.now() });
  }

  /** Sends one payload to every page. */
  push<C extends ChannelName>(channel: C, payload: ChannelPayload<C>): void {
    this.pages.broadcast(channel, () => payload);
  }

  pushRules(): void {
    this.push('rules', [...this.rules]);
  }

  pushReviews(): void {
    this.push('reviews', [...this.reviews]);
  }

  pushVault(): void {
    this.push('vault', shownVault(this.vault));
  }

  /** Sends every page the overview and the inbox as they are now. */
  pushAll(): void {
    this.pages.broadcast('overview', (page) => this.overviewFor(page));
    this.pages.broadcast('inbox', (page) => this.inboxFor(page));
  }

  /** Requests come in. */
  arrive(...more: readonly Card[]): void {
    this.pending = inOrder([...this.pending, ...more]);
    this.pushAll();
  }

  /** A request ends without this page: it expires, its agent gives up, or it is answered elsewhere. */
  end(id: string, outcome: Decided['outcome'], note = ''): void {
    this.finish(id, { outcome, note, byPerson: false, undoUntil: null });
    this.pushAll();
  }

  /** Rows that are new or changed. */
  write(...rows: readonly TimelineRow[]): void {
    const seqs = new Set(rows.map(({ seq }) => seq));
    this.rows = [...this.rows.filter(({ seq }) => !seqs.has(seq)), ...rows];
    this.push('timeline', [...rows]);
  }

  /** Answers the next call of a method in another way than usual. */
  once<M extends MethodName>(method: M, handler: Served[M]): void {
    this.#scripts.set(method, [...(this.#scripts.get(method) ?? []), handler]);
  }

  /** Lets the next call of a method fail. */
  fail(method: MethodName, code: ErrorCode, message: string): void {
    this.once(method, async () => failure(code, message));
  }

  /** Keeps the next call of a method waiting; afterwards it is answered as usual. */
  hold(method: MethodName): Held {
    const called = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const usual = doubleHandlers(this)[method] as (page: Page, ...args: readonly unknown[]) => Promise<never>;
    this.once(method, async (page: Page, ...args: readonly unknown[]) => {
      called.resolve();
      await released.promise;
      return usual(page, ...args);
    });
    return { called: called.promise, release: () => released.resolve() };
  }

  /** Answers that came in, oldest first. */
  get answers(): readonly Answer[] {
    return this.called('answer').map(([answer]) => answer as Answer);
  }

  /** The arguments of each call of a method. */
  called(method: MethodName): readonly (readonly unknown[])[] {
    return this.calls.filter((call) => call.method === method).map(({ args }) => args);
  }

  /** The handlers, recorded, scripted, and held to the schema of their results. */
  #checked(own: Served): Served {
    const names = Object.keys(methods) as MethodName[];
    const wrapped = names.map((name) => {
      const usual = own[name] as (page: Page, ...args: readonly unknown[]) => ReturnType<Served[MethodName]>;
      const served = async (page: Page, ...args: readonly unknown[]) => {
        this.calls.push({ method: name, args });
        const scripted = this.#scripts.get(name)?.shift() as typeof usual | undefined;
        const result = await (scripted ?? usual)(page, ...args);
        if (!result.ok) return result;
        return success(methods[name].result.parse(result.value));
      };
      return [name, served] as const;
    });
    return Object.fromEntries(wrapped) as unknown as Served;
  }

  finish(id: string, ending: Ending): Decided {
    const title = this.pending.find((approval) => approval.id === id)?.title ?? id;
    const decided: Decided = { id, title, at: Date.now(), ...ending };
    this.pending = this.pending.filter((approval) => approval.id !== id);
    this.recent = [decided, ...this.recent].slice(0, 12);
    return decided;
  }

  overviewFor(page: Page): Overview {
    const reason = this.pages.lockedReason(page);
    return {
      ...this.overview,
      presence: { pinSet: this.presence.isSet(), mayDecide: reason === null, reason },
      waiting: this.pending.length,
    };
  }

  inboxFor(page: Page): Inbox {
    return {
      pending: this.pending.map((approval) => ({
        ...approval,
        nonce: this.pages.nonceFor(page, approval.id),
      })),
      recent: [...this.recent],
      lastQuestionAt: this.pending[0]?.createdAt ?? null,
    };
  }
}

const NOTHING_TO_DO: Omit<AgentPlan, 'agent' | 'change'> = {
  planId: 'plan-1',
  file: '~/.claude/settings.json',
  diff: [],
  notes: [],
  done: true,
};
