/**
 * The composition root: one supervisor, whatever shell shows it.
 *
 * Order at the start: folders, the supervisor door (which is also the lock), the log, the policy, what an
 * earlier supervisor left, and only then the agent door. Order at the end: the reverse.
 */
import { once } from 'node:events';
import { homedir } from 'node:os';
import { Analyst } from '../analysis/analyst.ts';
import { openAuditLog } from '../audit/log.ts';
import { CommandForms } from '../engine/behavior/command-forms.ts';
import { CallAnalyses } from '../engine/call-analysis.ts';
import { Engine } from '../engine/engine.ts';
import { redactText } from '../engine/redaction.ts';
import { systemClock } from '../platform/clock.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { createLogger } from '../platform/logging.ts';
import { readNativeStatus } from '../platform/native-status.ts';
import { preparePaths, resolvePaths } from '../platform/paths.ts';
import { identifySelf } from '../platform/peer-identity.ts';
import { processRuns } from '../platform/process-facts.ts';
import { openDoor } from '../points/door/door-server.ts';
import type { Runs } from '../points/run/runs.ts';
import { openStateStore } from '../store/state-store.ts';
import { Redactor } from '../vault/redaction/redactor.ts';
import { openAgentDoor } from './agent-door.ts';
import { Agents } from './agents.ts';
import { createAgentsPort } from './agents-port.ts';
import { createApi } from './api.ts';
import { BehaviorMemory, textTellers } from './behavior-memory.ts';
import { type Closer, closeAll } from './closers.ts';
import type { CommandParts } from './commands/command.ts';
import { commandRequest } from './commands/command-request.ts';
import { runCommand } from './commands/run.ts';
import { createKeychain } from './create-keychain.ts';
import { createMcp } from './create-mcp.ts';
import { createPolicies } from './create-policies.ts';
import { createRemember, type Remember } from './create-remember.ts';
import { createTimeline } from './create-timeline.ts';
import { createHandlers } from './handlers.ts';
import { createLogSeal, keepLog } from './log-keeping.ts';
import type { Mcp } from './mcp.ts';
import type { McpRoutes } from './mcp-routes.ts';
import { Pages } from './pages.ts';
import { managedPolicyFile } from './policy-layers.ts';
import { Presence } from './presence.ts';
import { PresenceRecord } from './presence-record.ts';
import { protectionOf, settingsHolders } from './protection.ts';
import { grammarFile, installFolder, programName, VERSION } from './resources.ts';
import { createReviews } from './reviews/create-reviews.ts';
import { startRounds } from './rounds.ts';
import type { App, StartOptions } from './shell-port.ts';
import { createStanding } from './standing.ts';
import { Supervisor } from './supervisor.ts';
import { cleanJson, createVault, type VaultParts } from './vault/create-vault.ts';

/**
 * Starts the supervisor and opens its doors.
 *
 * @throws GatehouseError `already_running` when another one holds the lock, `unsafe_folder`, `audit_broken`, …
 */
export async function startApp(options: StartOptions): Promise<App> {
  const clock = options.clock ?? systemClock;
  const home = homedir();
  const paths = resolvePaths(options.env, process.platform, home);
  preparePaths(paths);
  const logger = createLogger({ folder: paths.logs });
  const redactor = new Redactor();
  logger.addRedactor((text) => redactor.text(text));
  logger.addRedactor(redactText);

  const defect = (where: string, error: unknown) =>
    logger.error(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);

  let supervisor: Supervisor | null = null;
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<void>();
  let commandParts: CommandParts | null = null;
  let runs: Runs | null = null;
  let openLink: (() => Promise<{ readonly url: string }>) | null = null;
  const supervisorDoor = await openDoor({
    path: paths.supervisorDoor,
    kind: 'supervisor',
    // A file for the vault, at most 10 MB, comes in base64.
    limits: { maxBodyBytes: 16 * 1024 * 1024 },
    handler: async (request) => {
      // A second start may come while the first is on its way: it waits for it.
      await Promise.race([ready, once(request.signal, 'abort')]);
      if (commandParts === null) throw new GatehouseError('not_started', 'Gatehouse did not start');
      return runCommand(commandRequest(request), commandParts);
    },
    onSecurityEvent: (what, detail, peer) => supervisor?.securityEvent(what, detail, peer),
    onDefect: (error) => defect('supervisor door', error),
  });

  const closers: Closer[] = [() => supervisorDoor.close('Gatehouse stopped')];
  try {
    const state = openStateStore(paths.stateDb);
    closers.push(() => state.close());
    const log = await openAuditLog({
      file: paths.auditDb,
      clock,
      redact: (event) => cleanJson(redactor, event),
    });
    closers.push(() => log.close());

    const managedFile = managedPolicyFile(process.platform, options.env);
    const { policy, layers } = createPolicies({
      ...{ paths, state, log, managedFile, projects: () => projects() },
      onProblem: (text) => logger.error(`policy: ${text}`),
    });
    const presence = new Presence(state.setting('presence'), Date.now);
    const presenceRecord = new PresenceRecord(
      async () => log,
      (error) => defect('presence', error),
    );
    closers.push(() => presenceRecord.close());
    const protection = protectionOf({ home, paths, installRoot: installFolder, settingsFiles: [] });
    const projects = () => [
      ...new Set(engine.sessions.list().flatMap((session) => (session.ended ? [] : [session.app]))),
    ];
    const port = createAgentsPort({ env: options.env, home, paths, inSupervisor: true, projects });
    const holds = settingsHolders(protection);
    const agents = new Agents(port, log, holds('agents'));
    const keychain = createKeychain(options.env, options.children ?? null);
    const vault: VaultParts = createVault({
      ...{ paths, home, clock, log, state, redactor, projects, keychain },
      away: options.away ?? null,
      policy: (app) => layers.policy(app),
      trustedProjects: () => layers.trustedProjects(),
      engine: () => engine,
      mcp: () => mcp,
      sessionLabel: (id) => supervisor?.viewContext().sessionLabel(id) ?? id,
      onProblem: (text) => logger.warn(`vault: ${text}`),
      env: options.env,
      tell: (text) => supervisor?.notice(text, 'stop'),
    });
    closers.push(() => vault.close());
    const made = createMcp({
      ...{ home, paths, state, log, env: options.env, vault: vault.forServers },
      engine: () => engine,
      policy: (app) => layers.policy(app),
      halted: () => pause.halted(),
      note: (line) => logger.info(line),
      defect: (error) => defect('mcp', error),
      onHeldFiles: holds('routed'),
    });
    const { mcp, routes }: { mcp: Mcp; routes: McpRoutes } = made;
    const memory = new BehaviorMemory(state.setting('behavior.sessions'), (error) =>
      defect('behaviour rules', error),
    );
    closers.push(async () => memory.close());
    const analyses = new CallAnalyses(await Analyst.open(grammarFile), home, mcp.known);
    const engine: Engine = new Engine({
      analyses,
      clock,
      log,
      store: state.approvals,
      rules: state.rules,
      home,
      probe: processRuns,
      behavior: {
        saved: memory,
        enforcement: (session) => engine.sessions.enforcement(session),
        tellers: textTellers(state.setting('behavior.text_tellers')),
        commands: analyses.view(new CommandForms(home)),
      },
      inForce: {
        policy: (app) => layers.policy(app),
        appActive: () => true,
        protection: protection.current,
        concern: (module, action) => mcp.concern(module, action),
        toolText: (module, action) => mcp.tools.text(module, action),
        agreed: (module, action) => mcp.tools.agreed(module, action),
        halted: (app) => supervisor?.halted() ?? pause.halted() ?? layers.halted(app) ?? vault.unready(app),
        paused: (client, decision) => pause.pausedWords(client, decision),
        secrets: vault.known,
      },
    });
    const standing = createStanding({
      clock,
      home,
      state,
      log,
      engine,
      clean: (value) => cleanJson(redactor, value),
      managedFile,
      overview: () => running.overview(null),
      concern: (module, action) => mcp.concern(module, action),
      endPrograms: () => {
        void runs?.close();
        return mcp.endAll();
      },
      securityEvent: (what, detail) => running.securityEvent(what, detail),
      onDefect: defect,
    });
    const { pause, pauses, desktop } = standing;
    closers.push(standing.close);
    const pages = new Pages({
      presence,
      clean: (value) => cleanJson(redactor, value),
      monotonicMs: () => clock.monotonicMs(),
      onDefect: defect,
      onLocked: (method) =>
        supervisor?.securityEvent('page_locked', `a page that may not decide called ${method}`),
    });
    const native = readNativeStatus();
    const seal = createLogSeal({ paths, log, setting: state.setting('log_head'), keychain, clock });
    const { remember, replay, ...remembered }: Remember = createRemember({
      ...{ home, paths, clock, log, engine, analyses, policy, layers, protection: protection.current },
      sessionLabel: (id) => running.viewContext().sessionLabel(id),
      securityEvent: (what, detail) => running.securityEvent(what, detail),
    });
    closers.push(remembered.close);
    const running: Supervisor = new Supervisor({
      shell: options.shell,
      clock,
      home,
      policyFile: paths.policyFile,
      ...{ engine, analyses, log, seal, agents, policy, layers, mcp, vault, presence, pages, pause, logger },
      remember: () => remember,
      identityProblem: native.addon
        ? null
        : 'Requests cannot be tied to processes: the peer-identity addon was not compiled at install.',
      self: await identifySelf(),
    });
    supervisor = running;
    closers.push(() => running.stop());
    running.onOverview(() => desktop.changed());
    const {
      keeper: api,
      stream,
      close: closeApi,
    } = createApi({
      home,
      paths,
      state,
      engine,
      log,
      running,
      projects,
      clean: (value) => cleanJson(redactor, value),
      onDefect: defect,
    });
    closers.push(closeApi);
    const timeline = createTimeline({
      ...{ file: paths.auditDb, home, log, seal, stream, state, analyses, clock },
    });
    closers.push(timeline.close);
    const reviews = createReviews({ paths, log, pages, onDefect: defect });
    closers.push(() => reviews.close());
    pages.serve(
      createHandlers({
        ...{
          engine,
          remember,
          replay,
          log,
          agents,
          mcp,
          api,
          routes,
          vault,
          presence,
          pages,
          pause,
          desktop,
        },
        home,
        reviews: reviews.desk,
        overview: (page) => running.overview(page),
        viewContext: () => running.viewContext(),
        sendTestRequest: () => running.sendTestRequest(),
        reloadPolicy: () => running.reloadPolicy(),
        policyPage: {
          home,
          log,
          keeper: policy,
          layers,
          projects: () => [...new Set(engine.sessions.list().map((session) => session.app))],
          protection: protection.current,
          analyses,
          reload: () => running.reloadPolicy(),
          trust: (file, hash, via) => running.trustPolicy(file, hash, via),
          distrust: (file, via) => running.distrustPolicy(file, via),
        },
        timeline: timeline.parts,
        verifyLog: () => running.verifyLog(),
        startup: options.startup ?? null,
        recordPresence: (act, code, page) => presenceRecord.tried(act, code, page.via),
      }),
    );

    // Before the first row of this start, which would stand where rows are missing.
    await running.checkLog();
    await log.append({
      type: 'supervisor.started',
      v: 1,
      version: VERSION,
      shell: options.shell,
      pid: process.pid,
    });
    await log.append(policy.load());
    await reviews.start();
    await engine.recover(await log.waiting());
    await pauses.load();
    await remembered.load();
    await agents.scan();
    await routes.protect();
    agents.start();
    closers.push(() => agents.stop());
    const rounds = startRounds({
      expireDue: () => engine.desk.expireDue(),
      sweep: () => [engine.sessions.sweep(), pauses.sweep(), engine.rules.sweep()],
      sealLog: () => running.sealLog(),
      onError: logger.error,
    });
    closers.push(() => rounds.stop());
    closers.push(
      keepLog({
        ...{ seal, clock, setting: state.setting('log_look'), verify: () => running.verifyLog() },
        onDefect: (error) => defect('log', error),
      }),
    );

    closers.push(
      await openAgentDoor({
        ...{ engine, log, home, paths, redactor, agents, mcp, defect },
        ...{ env: options.env, copies: reviews.desk, children: options.children ?? null },
        policy: (app) => layers.policy(app),
        halted: (app) => running.halted() ?? pause.halted() ?? layers.halted(app),
        settingsProblem: (file) => port.settingsProblem(file),
        securityEvent: (what, detail, peer) => running.securityEvent(what, detail, peer),
        onRuns: (made) => {
          runs = made;
        },
      }),
    );

    await api.start();
    commandParts = {
      version: VERSION,
      paths,
      home,
      program: programName,
      presence,
      presenceRecord,
      agents,
      routes,
      log: async () => log,
      verifyLog: () => running.verifyLog(),
      seal: async () => seal,
      running: {
        ...{ mcp, vault, engine, remember, replay },
        reviews: reviews.desk,
        overview: () => running.overview(null),
        api,
        pause,
        desktop: () => desktop.view(),
        layers,
        trustPolicy: (file, hash, via) => running.trustPolicy(file, hash, via),
        distrustPolicy: (file, via) => running.distrustPolicy(file, via),
        openLink: async () => {
          if (openLink === null) throw new GatehouseError('no_page', 'this shell has no page to open');
          return openLink();
        },
      },
    };

    let stopping: Promise<void> | null = null;
    return {
      version: VERSION,
      attachPage: (page) => pages.attach(page, (attached) => running.greet(attached)),
      securityEvent: (what, detail) => running.securityEvent(what, detail),
      notice: (text, tone) => running.notice(text, tone),
      describeAgents: async () =>
        agents.views().map(({ id, name, version, state: stands }) => ({ id, name, version, state: stands })),
      attachDesktop: (shown) => desktop.attach(shown),
      enforcementSentence: () => running.overview(null).enforcement.sentence,
      onOpenRequested: (handler) => {
        openLink = handler;
        becomeReady();
      },
      stop: (reason) => {
        stopping ??= (async () => {
          await engine.stop(reason);
          await log.append({ type: 'supervisor.stopped', v: 1, reason }).catch(() => undefined);
          await running.sealLog('at_once').catch((error: unknown) => defect('log', error));
          await closeAll(closers, logger.error);
        })();
        return stopping;
      },
    };
  } catch (error) {
    await closeAll(closers, logger.error);
    throw error;
  }
}
