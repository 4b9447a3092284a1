/**
 * Word that the person has left, on Linux: the screen was locked, or the computer goes to sleep.
 *
 * Screen savers tell on the session bus, logind on the system's, where other users are: there it alone is heard.
 * A signal that a program of the person's own forges locks the vault and does nothing else, so that nobody is asked
 * who sent it.
 */
import { existsSync } from 'node:fs';
import { type BusSignal, SessionBus, sessionBusAddress } from './session-bus.ts';

/** One interface under five names: freedesktop's (KDE among others) and the desktops' own. */
const SCREENS = ['freedesktop', 'gnome', 'cinnamon', 'mate', 'xfce'].map(
  (desktop) => `org.${desktop}.ScreenSaver`,
);
const LOGIND = 'org.freedesktop.login1';
const SESSION = `${LOGIND}.Session`;
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const SYSTEM_SOCKET = '/run/dbus/system_bus_socket';

export type LeaveListener = (why: 'sleep' | 'screen') => void;

export interface BusAway {
  /** Calls the listener each time. Answers the function that ends it. */
  onAway(listener: LeaveListener): () => void;
  close(): Promise<void>;
}

export interface BusAwayOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly onDefect: (where: string, error: unknown) => void;
}

/** Never fails: a bus that is not there is looked for on and on. */
export function openBusAway({ env, onDefect }: BusAwayOptions): BusAway {
  const session = new SessionBus({ address: () => sessionBusAddress(env), onDefect });
  const system = new SessionBus({ address: () => systemBusAddress(env), onDefect });
  const listeners = new Set<LeaveListener>();
  const tell = (why: 'sleep' | 'screen') => {
    for (const listener of [...listeners]) listener(why);
  };
  for (const screen of SCREENS) session.listen(`type='signal',interface='${screen}',member='ActiveChanged'`);
  session.onSignal(({ interface: iface, member, body }) => {
    if (SCREENS.includes(iface) && member === 'ActiveChanged' && body[0] === true) tell('screen');
  });
  const rule = (iface: string, member: string) =>
    system.listen(`type='signal',sender='${LOGIND}',interface='${iface}',member='${member}'`);
  rule(`${LOGIND}.Manager`, 'PrepareForSleep');
  rule(SESSION, 'Lock');
  rule(PROPERTIES, 'PropertiesChanged');
  let own: string | null = null;
  system.onState(() => {
    own = null;
    if (system.isOpen) void ownSession(system).then((path) => (own = path));
  });
  system.onSignal((signal) => {
    // Rules do not hold for what is sent to us alone, by any user of this computer; logind tells everybody.
    if (signal.destination !== null) return;
    const why = leftBy(signal, own);
    if (why !== null) tell(why);
  });
  session.start();
  system.start();
  return {
    onAway: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      listeners.clear();
      await Promise.all([session.close(), system.close()]);
    },
  };
}

/** @param own path of the person's session; null where logind does not say: then each one counts */
function leftBy(
  { interface: iface, member, path, body }: BusSignal,
  own: string | null,
): 'sleep' | 'screen' | null {
  if (iface === `${LOGIND}.Manager` && member === 'PrepareForSleep') return body[0] === true ? 'sleep' : null;
  if (own !== null && path !== own) return null;
  if (iface === SESSION && member === 'Lock') return 'screen';
  const isLocked =
    iface === PROPERTIES && member === 'PropertiesChanged' && body[0] === SESSION && hasLockedHint(body[1]);
  return isLocked ? 'screen' : null;
}

/** Whether a dictionary of changed properties holds `LockedHint` as true, in either form in which it is read. */
function hasLockedHint(changed: unknown): boolean {
  const entries = Array.isArray(changed)
    ? changed
    : typeof changed === 'object' && changed !== null
      ? Object.entries(changed)
      : [];
  return entries.some((entry) => Array.isArray(entry) && entry[0] === 'LockedHint' && holdsTrue(entry[1]));
}

function holdsTrue(value: unknown): boolean {
  if (value === true) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsTrue);
}

async function ownSession(system: SessionBus): Promise<string | null> {
  try {
    const [path] = await system.call({
      ...{ destination: LOGIND, path: '/org/freedesktop/login1', interface: `${LOGIND}.Manager` },
      ...{ member: 'GetSessionByPID', signature: 'u', body: [process.pid] },
    });
    return typeof path === 'string' && path !== '' ? path : null;
  } catch {
    return null;
  }
}

/** What the environment says, or the socket of every Linux that has one. */
function systemBusAddress(env: NodeJS.ProcessEnv): string | null {
  const said = env['DBUS_SYSTEM_BUS_ADDRESS'];
  if (said !== undefined && said !== '') return said;
  return existsSync(SYSTEM_SOCKET) ? `unix:path=${SYSTEM_SOCKET}` : null;
}
