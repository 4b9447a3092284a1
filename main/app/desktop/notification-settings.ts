/** What the person wants of notifications, kept over restarts. */
import { NotificationSettings } from '../../../preload/contract.ts';

const DEFAULTS: NotificationSettings = { enabled: true, approve: true, quiet: null };

export interface SettingsStore {
  read(): string | null;
  write(json: string): void;
}

/** What is kept; the defaults when nothing is, or it cannot be read. */
export function readNotificationSettings(store: SettingsStore): NotificationSettings {
  try {
    const json = store.read();
    return json === null ? DEFAULTS : NotificationSettings.parse(JSON.parse(json));
  } catch {
    // A file that is damaged must not make Allow appear where it was switched off.
    return { ...DEFAULTS, approve: false };
  }
}

/** Whether a time of day lies in the quiet hours; they may go over midnight, and none are as long as the day. */
export function isQuiet({ quiet }: NotificationSettings, nowMs: number): boolean {
  if (quiet === null) return false;
  const now = new Date(nowMs);
  const at = now.getHours() * 60 + now.getMinutes();
  const [from, to] = [minutes(quiet.from), minutes(quiet.to)];
  return from <= to ? at >= from && at < to : at >= from || at < to;
}

function minutes(clock: string): number {
  const [hours = 0, rest = 0] = clock.split(':').map(Number);
  return hours * 60 + rest;
}
