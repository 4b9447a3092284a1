/**
 * What of the supervisor a launcher of macOS talks to, as an ordinary user's process: a real door, real runs, the system
 * of macOS with a launcher that is linked with the stand-in. Prints a line of JSON for what happens; ends with its stdin.
 *
 * Words: the launcher, the home folder, the folder of Gatehouse, the level.
 */
import { nodeChildHost } from '../../main/platform/child-host.ts';
import { resolvePaths } from '../../main/platform/paths.ts';
import { openDoor } from '../../main/points/door/door-server.ts';
import { kernelBy, MacosSystem } from '../../main/points/run/macos-system.ts';
import { Runs } from '../../main/points/run/runs.ts';
import { compilePolicy } from '../../main/policy/compile.ts';
import { FakeEngine } from './fake-engine.ts';

const [launcher = '', home = '', own = '', sandbox = ''] = process.argv.slice(2);
const say = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
const paths = resolvePaths({ GATEHOUSE_HOME: own }, 'linux', home);
const compiled = compilePolicy(
  `tools: { modules: { shell: {} } }\nsecurity: { sandbox: ${sandbox} }\n`,
  'test',
);
if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
const { policy } = compiled;
const runs = new Runs({
  engine: new FakeEngine(),
  log: {
    append: async (event: object) => {
      say({ event });
      return { seq: 1 };
    },
  } as never,
  home,
  paths,
  installRoot: own,
  launcher,
  refusal: null,
  copies: null,
  children: nodeChildHost({}),
  system: new MacosSystem(kernelBy(launcher)),
  policy: () => policy.sandbox,
  policyOf: () => policy.sandbox,
  callsOf: () => ({ made: 0, stopped: 0 }),
  sessionOf: () => 'session',
  endSessions: async () => undefined,
  defect: (error) => say({ defect: String(error) }),
});
runs.serve('http-proxy', (session, kind, socket) => {
  say({ inside: kind, run: session.id, level: session.level });
  socket.end('served\n');
});
const door = await openDoor({
  path: paths.agentDoor,
  kind: 'agent',
  handler: async () => ({ exit: 2, stdout: '', stderr: '' }),
  onPipe: (pipe) => runs.take(pipe as Parameters<Runs['take']>[0]),
  onDefect: (error) => say({ defect: String(error) }),
});
say({ door: door.path });
process.stdin.on('end', () => {
  runs
    .close()
    .then(() => door.close('the test is over'))
    .then(() => process.exit(0));
});
process.stdin.resume();
