/**
 * From a request at the agent door to its notification at the service, and, in the same run and turn by turn, an
 * empty notification from another process: what the bus and two processes cost alone.
 *
 * Budget: 150 ms at the 95th percentile.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnce } from '../support/built.ts';
import { DesktopSession } from '../support/desktop-session.ts';
import { claudeCall, hookAtDoor } from '../support/door-hook.ts';
import { freePort, PageClient } from '../support/headless-rig.ts';
import { NotificationService } from '../support/notification-service.ts';
import { sideBySide, summary } from '../support/samples.ts';
import { Home, linkIn } from '../support/supervisor-process.ts';

const ROUNDS = 200;
const WARM_UP = 20;
/** Asks for everything, as often as it is asked. */
const POLICY = `tools:
  modules: { filesystem: {} }
  capabilities: { default_policy: approve, max_risk_level: high }
`;

await buildOnce();
const session = await DesktopSession.open();
const service = await NotificationService.start(session.address);
const home = new Home({ DBUS_SESSION_BUS_ADDRESS: session.address });
const config = join(home.gatehouse, 'config');
mkdirSync(config, { recursive: true, mode: 0o700 });
chmodSync(home.gatehouse, 0o700);
writeFileSync(join(config, 'policy.yaml'), POLICY, { mode: 0o600 });
const run = await home.start('--headless', '--no-open', '--port', String(await freePort()));
const { port, token } = linkIn(run.stdout);
const { client: page } = await PageClient.hello(port, { link: token });
const empty = spawn(process.execPath, [join(import.meta.dirname, '..', 'support', 'empty-notifier.ts')], {
  env: session.env,
  stdio: ['pipe', 'pipe', 'inherit'],
});
await new Promise((resolve) => empty.stdout.once('data', resolve));
const door = join(home.gatehouse, 'run', 'agent.sock');

/** Resolves when the service is called next. */
let arrived: () => void = () => undefined;
const next = () =>
  new Promise<void>((resolve) => {
    arrived = resolve;
  });
service.onCall = () => arrived();

const agents: Promise<unknown>[] = [];
const gone: (() => void)[] = [];
const times = await sideBySide(
  {
    request: async (round) => {
      const shown = next();
      const hangUp = new AbortController();
      gone.push(() => hangUp.abort());
      const call = claudeCall('Write', { file_path: `/tmp/${round}.md`, content: 'x' });
      const answered = hookAtDoor(door, call, { hangUp: hangUp.signal }).then(
        (answer) => {
          throw new Error(`it was not asked about: ${answer.stdout}`);
        },
        () => undefined,
      );
      agents.push(answered);
      await Promise.race([shown, answered]);
    },
    empty: async () => {
      const shown = next();
      empty.stdin.write('\n');
      await shown;
      // What waited goes before the next turn, so that each request is the only one and has a notification of its own.
      const closed = service.closedOnce();
      const waiting = gone.splice(0);
      for (const end of waiting) end();
      if (waiting.length > 0) await closed;
    },
  },
  ROUNDS,
  WARM_UP,
);
for (const end of gone) end();
await Promise.all(agents);
page.end();
empty.stdin.end();
await home.remove();
await service.stop();
await session.close();

const [request, baseline] = [summary(times.request), summary(times.empty)];
process.stdout.write(
  `${JSON.stringify({
    request_to_notification: request,
    empty_notification: baseline,
    above_empty_p95_ms: Number((request.p95_ms - baseline.p95_ms).toFixed(3)),
    budget_p95_ms: 150,
  })}\n`,
);
process.exit(0);
