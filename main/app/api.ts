/** The HTTP API put together: its tokens, its reading of the log, and its server on top of the running app. */
import { userInfo } from 'node:os';
import type { AuditLog } from '../audit/log.ts';
import { LogStream } from '../audit/stream.ts';
import type { Engine } from '../engine/engine.ts';
import { systemClock } from '../platform/clock.ts';
import type { Paths } from '../platform/paths.ts';
import { identifyTcpPeer, tcpOwner } from '../platform/tcp-peer.ts';
import { openApiServer } from '../points/api/api-server.ts';
import type { ApiParts } from '../points/api/parts.ts';
import { TokenBook } from '../points/api/token-book.ts';
import type { StateStore } from '../store/state-store.ts';
import { ApiKeeper } from './api-keeper.ts';
import { VERSION } from './resources.ts';
import type { Supervisor } from './supervisor.ts';

export interface ApiSetup {
  readonly home: string;
  readonly paths: Paths;
  readonly state: StateStore;
  readonly engine: Engine;
  readonly log: AuditLog;
  readonly running: Supervisor;
  /** Takes the vault's values out of what a person is shown. */
  readonly clean: <T>(value: T) => T;
  /** Roots of the projects in which agents work now. */
  readonly projects: () => readonly string[];
  readonly onDefect: (where: string, error: unknown) => void;
}

/** Builds the API; nothing is open before `keeper.start()`. `close` ends it and its reading of the log. */
export function createApi(setup: ApiSetup): {
  readonly keeper: ApiKeeper;
  /** The log by project and session. */
  readonly stream: LogStream;
  readonly close: () => Promise<void>;
} {
  const { home, paths, state, engine, log, running } = setup;
  const stream = new LogStream(paths.auditDb, paths.streamDb);
  const tokens = new TokenBook(state.tokens, systemClock);
  const parts: ApiParts = {
    engine,
    stream,
    tokens,
    clock: systemClock,
    logHead: () => log.stats().rows,
    onLogChange: (listener) => log.onChange(() => listener()),
    verifyLog: () => running.verifyLog(),
    user: userName(),
    clean: setup.clean,
    onSecurityEvent: (what, detail, peer) => running.securityEvent(what, detail, peer),
    onDefect: (error) => setup.onDefect('api', error),
  };
  const facts = {
    user: (socket: Parameters<typeof tcpOwner>[0]) => tcpOwner(socket)?.uid ?? null,
    identify: identifyTcpPeer,
  };
  const keeper = new ApiKeeper({
    home,
    setting: state.setting('api'),
    tokens,
    log,
    open: (port) => openApiServer({ parts, facts, port, version: VERSION }),
    endSessions: (token, reason) => engine.sessions.endHeld(token, reason),
    projects: setup.projects,
    onProblem: (text) => {
      running.notice(text, 'wait');
      running.securityEvent('api_closed', text);
    },
  });
  return {
    keeper,
    stream,
    close: async () => {
      await keeper.close();
      await stream.close();
    },
  };
}

/** The account's name; its number where the system has no name for it. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
