/**
 * A supervisor in a process of its own that lets a call wait for ever, so that it can be killed meanwhile.
 *
 * `node waiting-supervisor.ts DOOR`: prints `open`, then `waits` for each call.
 */
import { openDoor } from '../../main/points/door/door-server.ts';
import { createHookHandler } from '../../main/points/hooks/registry.ts';
import { FakeEngine } from './fake-engine.ts';

const engine = new FakeEngine(() => {
  process.stdout.write('waits\n');
  return new Promise(() => undefined);
});
await openDoor({
  path: process.argv[2] ?? '',
  kind: 'agent',
  handler: createHookHandler({ engine, log: { append: async () => undefined } }),
});
process.stdout.write('open\n');
