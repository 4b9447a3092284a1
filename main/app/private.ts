/** Commands without a running supervisor: the same commands over the same files, and nothing that decides. */
import { homedir } from 'node:os';
import { type AuditLog, openAuditLog } from '../audit/log.ts';
import type { LogSeal } from '../audit/seal.ts';
import { preparePaths, resolvePaths } from '../platform/paths.ts';
import { openStateStore, type StateStore } from '../store/state-store.ts';
import { agentContext, createAgentsPort } from './agents-port.ts';
import { answerOf, type CommandAnswer, type CommandRequest } from './commands/command.ts';
import { runCommand } from './commands/run.ts';
import { createKeychain } from './create-keychain.ts';
import { createLogSeal } from './log-keeping.ts';
import { McpRoutes } from './mcp-routes.ts';
import { PipeProgram } from './pipe-program.ts';
import { Presence } from './presence.ts';
import { PresenceRecord } from './presence-record.ts';
import { programName, VERSION } from './resources.ts';

const ENDS_EARLY: readonly string[] = ['truncated', 'rolled_back'];

/**
 * Runs one command in this process. Never rejects. Folders and databases are only made when the command needs them.
 *
 * @param ask asks on the person's terminal without echo; null where there is none
 */
export async function runPrivately(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  ask: CommandRequest['ask'] = async () => null,
): Promise<CommandAnswer> {
  const closers: (() => Promise<void> | void)[] = [];
  try {
    const home = homedir();
    const paths = resolvePaths(env, process.platform, home);
    let state: StateStore | null = null;
    const openState = (): StateStore => {
      if (state === null) {
        preparePaths(paths);
        const opened = openStateStore(paths.stateDb);
        closers.push(() => opened.close());
        state = opened;
      }
      return state;
    };
    let log: Promise<AuditLog> | null = null;
    const openLog = (): Promise<AuditLog> => {
      log ??= (async () => {
        preparePaths(paths);
        const opened = await openAuditLog({ file: paths.auditDb });
        closers.push(() => opened.close());
        return opened;
      })();
      return log;
    };
    let seal: Promise<LogSeal> | null = null;
    const openSeal = (): Promise<LogSeal> => {
      seal ??= (async () => {
        const keychain = createKeychain(env, null);
        closers.push(() => keychain.close());
        const setting = openState().setting('log_head');
        const made = createLogSeal({ paths, log: await openLog(), setting, keychain });
        await made.open();
        return made;
      })();
      return seal;
    };
    const presence = new Presence(
      {
        read: () => openState().setting('presence').read(),
        write: (json) => openState().setting('presence').write(json),
      },
      Date.now,
    );
    const pipe = new PipeProgram(agentContext({ env, home, paths }));
    const routes = new McpRoutes({
      parts: { home: { home, env }, backups: paths.backups, entry: (server) => pipe.entry(server) },
      tools: { toolsEntry: () => pipe.toolsEntry(), prepare: null },
      register: null,
      projects: () => [],
      log: openLog,
      onHeldFiles: () => undefined,
    });
    return await runCommand(
      { argv, cwd: process.cwd(), peer: null, ask },
      {
        version: VERSION,
        paths,
        home,
        program: programName,
        presence,
        presenceRecord: new PresenceRecord(openLog, () => undefined),
        agents: createAgentsPort({ env, home, paths, inSupervisor: false, projects: () => [] }),
        routes,
        log: openLog,
        verifyLog: async () => {
          const opened = await openLog();
          const report = await (await openSeal()).verify();
          const problem =
            report.problem === null ? null : `row ${report.problem.seq}: ${report.problem.kind}`;
          // A log whose end does not verify takes no row, nor one whose end is missing; it is told all the same.
          if (report.problem === null || !ENDS_EARLY.includes(report.problem.kind))
            await opened
              .append({ type: 'log.verified', v: 1, ok: report.ok, rows: report.rows, problem })
              .catch(() => undefined);
          return report;
        },
        seal: openSeal,
        running: null,
      },
    );
  } catch (error) {
    return answerOf(error);
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}
