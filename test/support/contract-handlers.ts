/** The methods of the contract as the double answers them when a test says nothing else. */
import { failure, type Page, type Pages, success } from '../../main/app/pages.ts';
import { reportHtml } from '../../main/app/views/report-html.ts';
import { GatehouseError } from '../../main/platform/errors.ts';
import { compilePolicy } from '../../main/policy/compile.ts';
import { policySchema } from '../../main/policy/json-schema.ts';
import type {
  AgentPlan,
  ApiView,
  Decided,
  DesktopView,
  GovernedToolsView,
  Handlers,
  Inbox,
  McpClientView,
  McpServerView,
  Overview,
  PolicyCheck,
  PolicyExplanation,
  PolicyFiles,
  PolicyLayerView,
  SavedView,
  StartupView,
  TimelineRow,
  VerifyReport,
} from '../../preload/contract.ts';
import { timelineDetail, timelinePage } from './contract-rows.ts';
import { type Card, card } from './contract-scene.ts';
import {
  NUMBERS,
  sessionStory,
  timelineDensity,
  timelineGroups,
  timelinePlace,
  timelinePlaces,
} from './contract-timeline.ts';
import { agreed, mcpServer, turned } from './mcp-views.ts';
import { doubleReviews, type ReviewWorld } from './review-views.ts';
import { doubleRules, type RuleWorld } from './rule-views.ts';
import { doubleVault, type VaultWorld } from './vault-views.ts';

/** How a request ended. */
export type Ending = Pick<Decided, 'outcome' | 'note' | 'byPerson' | 'undoUntil'>;

/** What there is to show and to change. */
export interface World extends VaultWorld, RuleWorld, ReviewWorld {
  pending: readonly Card[];
  rows: readonly TimelineRow[];
  views: readonly SavedView[];
  overview: Overview;
  plan: Omit<AgentPlan, 'agent' | 'change'>;
  verify: VerifyReport;
  mcp: readonly McpServerView[];
  api: ApiView;
  desktop: DesktopView;
  clients: readonly McpClientView[];
  governed: GovernedToolsView;
  startup: StartupView;
  policy: PolicyFiles;
  explanation: PolicyExplanation;
  readonly pages: Pages;
  overviewFor(page: Page): Overview;
  inboxFor(page: Page): Inbox;
  /** Ends a request and tells nobody yet. */
  finish(id: string, ending: Ending): Decided;
  arrive(...more: readonly Card[]): void;
  /** Sends every page the overview and the inbox as they are now. */
  pushAll(): void;
}

/** Every method of the contract: one that is missing here does not compile. */
export function doubleHandlers(world: World): Handlers<Page> {
  const paused = (change: Partial<Overview['pause']>) => {
    const pause = { ...world.overview.pause, ...change };
    world.overview = { ...world.overview, pause };
    queueMicrotask(() => world.pushAll());
    return success(pause);
  };
  return {
    ...doubleVault(world),
    ...doubleRules(world),
    ...doubleReviews(world),
    overview: async (page) => success(world.overviewFor(page)),
    inbox: async (page) => success(world.inboxFor(page)),
    answer: async (page, { id, fingerprint, nonce, verdict }) => {
      const known = world.pending.find((approval) => approval.id === id);
      if (known === undefined) return failure('already_decided', 'this request has ended');
      world.pages.checkShown(page, id, nonce);
      if (known.fingerprint !== fingerprint)
        throw new GatehouseError('changed', 'the request is not the one that was shown');
      const kept = verdict.kind === 'allow' && verdict.scope !== 'once';
      const decided = world.finish(id, {
        outcome: verdict.kind === 'allow' ? 'allowed' : 'denied',
        note: verdict.kind === 'deny' ? (verdict.reason ?? 'Denied once') : verdict.scope,
        byPerson: true,
        undoUntil: kept ? Date.now() + 60_000 : null,
      });
      queueMicrotask(() => world.pushAll());
      return success(decided);
    },
    undo: async () => success(null),
    sendTestRequest: async () => {
      const test = card('test-1', {
        test: true,
        title: 'Run echo "a test from Gatehouse"',
        client: { id: 'gatehouse', name: 'Gatehouse' },
        binding: 'Nothing runs, whatever you answer.',
      });
      world.arrive(test);
      return success({ id: test.id });
    },
    timeline: async (_page, filter, before, limit) =>
      success(timelinePage(world.rows, filter, before, limit)),
    timelineAt: async (_page, filter, first, limit) =>
      success(timelinePlaces(world.rows, filter, first, limit)),
    timelinePlace: async (_page, filter, seq) => success(timelinePlace(world.rows, filter, seq)),
    timelineDensity: async (_page, filter, span, buckets) =>
      success(timelineDensity(world.rows, filter, span, buckets)),
    timelineGroups: async (_page, filter, by) => success(timelineGroups(world.rows, filter, by)),
    timelineNumbers: async () => success(NUMBERS),
    timelineViews: async () => success([...world.views]),
    saveTimelineViews: async (_page, views) => {
      world.views = views;
      return success(views);
    },
    sessionStory: async (_page, session) => success(sessionStory(world.rows, session)),
    sessionReport: async (_page, session) =>
      success({
        name: `gatehouse-${session}.html`,
        html: reportHtml(sessionStory(world.rows, session), 0, 'Its newest row was 1.'),
      }),
    timelineDetail: async (_page, seq) => {
      const row = world.rows.find((candidate) => candidate.seq === seq);
      return row === undefined
        ? failure('not_found', `there is no row ${seq}`)
        : success(timelineDetail(row));
    },
    verifyLog: async () => success(world.verify),
    scanAgents: async () => success(world.overview.agents),
    planAgent: async (_page, agent, change) => success({ ...world.plan, agent, change }),
    applyAgentPlan: async (_page, id, planId) => {
      const found = world.overview.agents.find((agent) => agent.id === id);
      if (found === undefined) return failure('not_found', `there is no agent ${id}`);
      if (planId !== world.plan.planId) return failure('changed', 'the file has changed');
      const state = found.state === 'connected' ? 'not_connected' : 'connected';
      const agents = world.overview.agents.map((agent) => (agent.id === id ? { ...agent, state } : agent));
      world.overview = { ...world.overview, agents: agents as Overview['agents'] };
      queueMicrotask(() => world.pushAll());
      return success({ ...found, state } as const);
    },
    doctor: async () =>
      success({
        ok: true,
        checks: [{ name: 'hook', ok: true, detail: 'A call that must be denied was denied.', hint: null }],
      }),
    setPin: async (page, { pin, current }) => {
      await world.presence.set(pin, current);
      world.pages.lockOthers(page);
      world.pages.broadcast('overview', (other) => world.overviewFor(other));
      return success(null);
    },
    unlock: async (page, pin) => {
      await world.presence.check(pin, 'page');
      world.pages.unlock(page);
      page.send('overview', world.overviewFor(page));
      return success(null);
    },
    mcpServers: async () => success([...world.mcp]),
    addMcpServer: async (_page, { name }) => {
      const server = mcpServer(name ?? 'pasted');
      world.mcp = [...world.mcp, server];
      queueMicrotask(() => world.pages.broadcast('mcp', () => [...world.mcp]));
      return success(server);
    },
    removeMcpServer: async (_page, name) => {
      world.mcp = world.mcp.filter((server) => server.name !== name);
      queueMicrotask(() => world.pages.broadcast('mcp', () => [...world.mcp]));
      return success(null);
    },
    acceptMcpTool: async (_page, name, tool) => {
      world.mcp = world.mcp.map((server) => (server.name === name ? agreed(server, tool) : server));
      queueMicrotask(() => world.pages.broadcast('mcp', () => [...world.mcp]));
      return success(null);
    },
    acceptMcpProgram: async () => success(null),
    governedTools: async () => success(world.governed),
    planGovernedTools: async (_page, agent, change) => success({ ...world.plan, agent, change }),
    applyGovernedTools: async (_page, id, planId) => {
      const found = world.governed.clients.find((client) => client.id === id);
      if (found === undefined) return failure('not_found', `there is no client ${id}`);
      if (planId !== world.plan.planId) return failure('changed', 'the file has changed');
      const next = { ...found, on: !found.on };
      const clients = world.governed.clients.map((client) => (client.id === id ? next : client));
      world.governed = { ...world.governed, clients };
      return success(next);
    },
    mcpClients: async () => success([...world.clients]),
    planMcpRoute: async (_page, agent, change) => success({ ...world.plan, agent, change }),
    applyMcpRoute: async (_page, id, planId) => {
      const found = world.clients.find((client) => client.id === id);
      if (found === undefined) return failure('not_found', `there is no client ${id}`);
      if (planId !== world.plan.planId) return failure('changed', 'the file has changed');
      const next = turned(found);
      world.clients = world.clients.map((client) => (client.id === id ? next : client));
      return success(next);
    },
    reloadPolicy: async () => success(world.overview.policy),
    policyFiles: async () => success(world.policy),
    policySchema: async () => success(policySchema()),
    checkPolicy: async (_page, text) => success(checked(text)),
    savePolicy: async (_page, { text }) => {
      world.policy = withLayer(world.policy, 'user', { text, hash: `hash of ${text.length}` });
      return success(world.policy);
    },
    trustPolicy: async (_page, { id }) => {
      world.policy = withLayer(world.policy, id, { trusted: true });
      return success(world.policy);
    },
    distrustPolicy: async (_page, id) => {
      world.policy = withLayer(world.policy, id, { trusted: false });
      return success(world.policy);
    },
    explainCall: async () => success(world.explanation),
    explainRow: async () => success(world.explanation),
    api: async () => success(world.api),
    switchApi: async (_page, enabled) => {
      world.api = { ...world.api, enabled, address: enabled ? 'http://127.0.0.1:7833' : null, problem: null };
      return success(world.api);
    },
    makeToken: async (_page, { name, scopes, app, pin }) => {
      if (scopes.includes('decide')) await world.presence.check(pin ?? '', 'page');
      const token = { id: `tok_${name}`, name, scopes, createdAt: Date.now(), lastUsedAt: null };
      const tokens = [...world.api.tokens, { ...token, apps: app === null ? null : [app] }];
      world.api = { ...world.api, enabled: true, address: 'http://127.0.0.1:7833', tokens };
      return success({ secret: `gth_${name.padEnd(43, '0')}`, api: world.api });
    },
    pause: async (_page, agent, length) => {
      const until = world.overview.pause.ends[length];
      const sentence = `Paused until ${until}. Calls run and are recorded.`;
      return paused({ running: [{ agent, until: Date.now() + 900_000, sentence }], wished: null });
    },
    resume: async () => paused({ running: [] }),
    dropPauseWish: async () => paused({ wished: null }),
    stopAll: async () => paused({ running: [], stoppedSince: Date.now(), wished: null }),
    liftStop: async () => paused({ stoppedSince: null }),
    desktop: async () => success(world.desktop),
    setNotifications: async (_page, settings) => {
      world.desktop = { ...world.desktop, settings };
      return success(world.desktop);
    },
    trustNotifier: async () => {
      const notifier = { ...world.desktop.notifier, trusted: true, hint: null };
      world.desktop = { ...world.desktop, notifier };
      return success(world.desktop);
    },
    windowAct: async () => success(null),
    startup: async () => success(world.startup),
    setStartup: async (_page, on) => {
      world.startup = {
        state: on ? 'on' : 'off',
        sentence: on ? 'Starts when you log in.' : 'You start it.',
      };
      return success(world.startup);
    },
    revokeToken: async (_page, id) => {
      world.api = { ...world.api, tokens: world.api.tokens.filter((token) => token.id !== id) };
      return success(world.api);
    },
  };
}

/** What the real compiler finds. */
function checked(text: string): PolicyCheck {
  const result = compilePolicy(text, 'policy.yaml');
  return result.ok
    ? { errors: [], notes: [] }
    : {
        errors: result.diagnostics.map(({ line, column, path, message }) => ({
          line,
          column,
          path,
          message,
        })),
        notes: [],
      };
}

function withLayer(files: PolicyFiles, id: string, change: Partial<PolicyLayerView>): PolicyFiles {
  return {
    ...files,
    layers: files.layers.map((layer) => (layer.id === id ? { ...layer, ...change } : layer)),
  };
}
