/** What answers a page: the contract's methods on top of the running app. Arguments are parsed before they come here. */
import type { Decided, Handlers, Inbox, Overview } from '../../preload/contract.ts';
import type { AuditLog } from '../audit/log.ts';
import type { PersonAnswer } from '../engine/approvals/approval.ts';
import type { Engine } from '../engine/engine.ts';
import { GatehouseError } from '../platform/errors.ts';
import type { Agents } from './agents.ts';
import type { ApiKeeper } from './api-keeper.ts';
import type { DesktopKeeper } from './desktop/desktop-keeper.ts';
import type { Mcp } from './mcp.ts';
import type { McpRoutes } from './mcp-routes.ts';
import { type Page, type Pages, success } from './pages.ts';
import type { PauseDesk } from './pause/pause-desk.ts';
import { type PolicyPageParts, policyHandlers } from './policy-handlers.ts';
import type { Presence } from './presence.ts';
import { type RememberHandlerParts, rememberHandlers, wishOf } from './remember/remember-handlers.ts';
import type { ReviewDesk } from './reviews/review-desk.ts';
import { reviewHandlers } from './reviews/review-handlers.ts';
import type { StartupPort } from './shell-port.ts';
import { type TimelineParts, timelineHandlers } from './timeline/timeline-handlers.ts';
import { toolHandlers } from './tool-handlers.ts';
import type { VaultParts } from './vault/create-vault.ts';
import { vaultHandlers } from './vault/vault-handlers.ts';
import { approvalView, decidedView, type ViewContext } from './views/approval-view.ts';
import { millis } from './views/words.ts';
import { windowHandlers } from './window-handlers.ts';

/** How long after an answer what it made remembered can be taken back. */
export const UNDO_MS = 10_000;

export interface HandlerParts extends RememberHandlerParts {
  readonly engine: Engine;
  readonly log: AuditLog;
  readonly agents: Agents;
  readonly mcp: Mcp;
  readonly api: ApiKeeper;
  readonly routes: McpRoutes;
  readonly vault: VaultParts;
  readonly presence: Presence;
  readonly pages: Pages;
  readonly pause: PauseDesk;
  /** Null where no sandbox can be had. */
  readonly reviews: ReviewDesk | null;
  readonly desktop: DesktopKeeper;
  readonly home: string;
  readonly overview: (page: Page) => Overview;
  readonly viewContext: () => ViewContext;
  /** Sends the request of the first screen; answers its id when it waits. */
  readonly sendTestRequest: () => Promise<string>;
  readonly reloadPolicy: () => Promise<void>;
  readonly policyPage: PolicyPageParts;
  readonly timeline: TimelineParts;
  readonly verifyLog: () => ReturnType<AuditLog['verify']>;
  /** Null where this shell cannot start at login. */
  readonly startup: StartupPort | null;
  /** `code` of what went wrong; empty when the PIN was right. */
  readonly recordPresence: (act: string, code: string, page: Page) => Promise<void>;
}

/** The requests that wait and those that ended lately, for one page; makes the nonces of the cards it shows. */
export function inboxFor(
  page: Page,
  parts: Pick<HandlerParts, 'engine' | 'pages' | 'home' | 'viewContext'>,
): Inbox {
  const context = parts.viewContext();
  const pending = parts.engine.desk.pending();
  const counts = new Map<string, number>();
  const twinKey = (session: string, fingerprint: string) => `${session} ${fingerprint}`;
  for (const { call, fingerprint } of pending) {
    const key = twinKey(call.session, fingerprint);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const open = new Set(pending.map((approval) => approval.id));
  for (const id of page.shown.keys()) if (!open.has(id)) page.shown.delete(id);
  const rank = { high: 0, unknown: 0, medium: 1, low: 2 } as const;
  const recent = parts.engine.desk.recent();
  const times = [...pending, ...recent].map((approval) => millis(approval.createdWallMicros));
  return {
    pending: pending
      .toSorted(
        (a, b) =>
          rank[a.decision.risk] - rank[b.decision.risk] || a.createdMonotonicMs - b.createdMonotonicMs,
      )
      .map((approval) =>
        approvalView(
          approval,
          parts.pages.nonceFor(page, approval.id),
          counts.get(twinKey(approval.call.session, approval.fingerprint)) ?? 1,
          context,
        ),
      ),
    recent: recent.slice(0, 12).flatMap((approval): Decided[] => {
      if (approval.end === null) return [];
      const until = millis(approval.endedWallMicros ?? 0) + UNDO_MS;
      const undo = parts.engine.remembered(approval) && until > context.nowWallMillis ? until : null;
      return [decidedView(approval, approval.end, undo, parts.home)];
    }),
    lastQuestionAt: times.length === 0 ? null : Math.max(...times),
  };
}

export function createHandlers(parts: HandlerParts): Handlers<Page> {
  const { engine, agents, api, mcp, routes, presence, pages, pause, desktop } = parts;
  return {
    ...vaultHandlers(parts),
    ...rememberHandlers(parts),
    ...reviewHandlers(parts.reviews),
    overview: async (page) => success(parts.overview(page)),
    inbox: async (page) => success(inboxFor(page, parts)),

    answer: async (page, { id, fingerprint, nonce, verdict }) => {
      const known = engine.desk.get(id);
      if (known === null) throw new GatehouseError('not_found', 'this request is not known any more');
      if (known.end !== null)
        throw new GatehouseError(
          'already_decided',
          `this request has ended: ${decidedView(known, known.end, null, parts.home).note}`,
        );
      pages.checkShown(page, id, nonce);
      const answer: PersonAnswer =
        verdict.kind === 'allow'
          ? {
              kind: 'allow',
              scope: known.call.point === 'test' ? 'once' : verdict.scope,
              ...(verdict.remember === undefined ? {} : { remember: wishOf(verdict.remember) }),
              via: page.via,
            }
          : { kind: 'deny', reason: verdict.reason, via: page.via };
      const ended = await engine.answer(id, fingerprint, answer);
      if (ended.end === null) throw new GatehouseError('internal', 'the request did not end');
      const undo = engine.remembered(ended) ? millis(ended.endedWallMicros ?? 0) + UNDO_MS : null;
      return success(decidedView(ended, ended.end, undo, parts.home));
    },

    undo: async (_page, id) => {
      await engine.undo(id);
      return success(null);
    },

    sendTestRequest: async () => success({ id: await parts.sendTestRequest() }),

    ...timelineHandlers(parts.timeline),
    verifyLog: async () => success(await parts.verifyLog()),

    scanAgents: async () => success([...(await agents.scan())]),
    planAgent: async (_page, agent, change) => success(await agents.plan(agent, change)),
    applyAgentPlan: async (_page, agent, planId) => success(await agents.carryOut(agent, planId)),
    doctor: async (_page, agent) => success(await agents.diagnose(agent)),

    mcpServers: async () => success(mcp.views()),
    addMcpServer: async (_page, { text, name }) => success(await mcp.addEntry(text, name)),
    removeMcpServer: async (_page, name) => {
      await mcp.remove(name);
      return success(null);
    },
    acceptMcpTool: async (_page, server, tool) => {
      await mcp.acceptTool(server, tool);
      return success(null);
    },
    acceptMcpProgram: async (_page, server) => {
      await mcp.acceptProgram(server);
      return success(null);
    },

    ...toolHandlers(parts),
    mcpClients: async () => success(await routes.clients()),
    planMcpRoute: async (_page, id, change) => success(await routes.planById(id, change)),
    applyMcpRoute: async (_page, id, planId) => success(await routes.applyById(id, planId)),

    setPin: async (page, { pin, current }) => {
      const first = !presence.isSet();
      // Also a page that may not is recorded: a program that makes itself a link and a PIN looks like this.
      await recorded('set_pin', page, async () => {
        const locked = first ? pages.lockedReason(page) : null;
        if (locked !== null) throw new GatehouseError('refused', locked);
        await presence.set(pin, current, pages.doorOf(page));
      });
      pages.lockOthers(page);
      pages.broadcast('overview', parts.overview);
      return success(null);
    },

    unlock: async (page, pin) => {
      await recorded('unlock_page', page, () => presence.check(pin, pages.doorOf(page)));
      pages.unlock(page);
      page.send('overview', parts.overview(page));
      return success(null);
    },

    reloadPolicy: async (page) => {
      await parts.reloadPolicy();
      return success(parts.overview(page).policy);
    },

    ...policyHandlers(parts.policyPage),

    api: async () => success(api.view()),
    switchApi: async (page, enabled) => {
      await api.switch(enabled, page.via);
      return success(api.view());
    },
    makeToken: async (page, { name, scopes, app, pin }) => {
      // What answers in the person's place needs the person, not only their open page.
      if (scopes.includes('decide'))
        await recorded('make_deciding_token', page, () => presence.check(pin ?? '', pages.doorOf(page)));
      const { secret } = await api.makeToken({ name, scopes, folder: app }, page.via);
      return success({ secret, api: api.view() });
    },
    pause: async (page, agent, length) => {
      await pause.pause(agent, length, page.via);
      return success(pause.view());
    },
    resume: async (page, agent) => {
      await pause.resume(agent, page.via);
      return success(pause.view());
    },
    dropPauseWish: async () => {
      pause.dropWish();
      return success(pause.view());
    },
    stopAll: async (page) => {
      await pause.stopAll(page.via);
      return success(pause.view());
    },
    liftStop: async (page) => {
      await pause.liftStop(page.via);
      return success(pause.view());
    },

    desktop: async () => success(desktop.view()),
    setNotifications: async (_page, settings) => success(desktop.setNotifications(settings)),
    trustNotifier: async (_page, service) => {
      if (!desktop.trust(service))
        throw new GatehouseError('changed', 'notifications are shown by another program by now', {
          hint: 'look again',
        });
      return success(desktop.view());
    },

    ...windowHandlers(parts.startup),
    revokeToken: async (page, id) => {
      await api.revokeToken(id, page.via);
      return success(api.view());
    },
  };

  async function recorded(act: string, page: Page, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await parts.recordPresence(act, error instanceof GatehouseError ? error.code : 'failed', page);
      throw error;
    }
    await parts.recordPresence(act, '', page);
  }
}
