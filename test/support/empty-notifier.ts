/** Sends one empty notification for each line on stdin: the least that one costs between two processes and a bus. */
import { createInterface } from 'node:readline';
import { SessionBus } from '../../main/platform/dbus/session-bus.ts';

const bus = new SessionBus({
  address: () => process.env['DBUS_SESSION_BUS_ADDRESS'] ?? null,
  onDefect: (_where, error) => {
    throw error;
  },
});
bus.onState(() => process.stdout.write('open\n'));
bus.start();
// Without a timer of its own a bus does not hold the process; the lines do.
for await (const _line of createInterface({ input: process.stdin })) {
  await bus.call({
    destination: 'org.freedesktop.Notifications',
    path: '/org/freedesktop/Notifications',
    interface: 'org.freedesktop.Notifications',
    member: 'Notify',
    signature: 'susssasa{sv}i',
    body: ['', 0, '', '', '', [], {}, 0],
  });
}
await bus.close();
