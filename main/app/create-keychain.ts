/** The one keychain of a process: the vault and the log share it, and with it its child. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildHost, nodeChildHost } from '../platform/child-host.ts';
import { Keychain } from '../platform/keychain/keychain.ts';

/** @param children null: processes of plain Node */
export function createKeychain(env: NodeJS.ProcessEnv, children: ChildHost | null): Keychain {
  const hasDisplay = env['DISPLAY'] !== undefined || env['WAYLAND_DISPLAY'] !== undefined;
  const hasBus =
    env['DBUS_SESSION_BUS_ADDRESS'] !== undefined ||
    (env['XDG_RUNTIME_DIR'] !== undefined && existsSync(join(env['XDG_RUNTIME_DIR'], 'bus')));
  return new Keychain({
    host: children ?? nodeChildHost(env),
    // macOS and Windows ask in windows of their own; on Linux there must be a display.
    canPrompt: process.platform !== 'linux' || hasDisplay,
    // On Linux it is a service on the session bus, which a display may start.
    absent: process.platform === 'linux' && !hasBus && !hasDisplay ? 'there is no session bus' : null,
  });
}
