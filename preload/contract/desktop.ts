import { z } from 'zod';

/** A time of day, 24 hours, local. */
const ClockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/);

/** What the person wants of notifications. */
export const NotificationSettings = z.object({
  enabled: z.boolean(),
  /** They may offer Allow where the risk is low or medium. */
  approve: z.boolean(),
  /** None are shown between these times; null: at any time. May go over midnight. */
  quiet: z.object({ from: ClockTime, to: ClockTime }).nullable(),
});
export type NotificationSettings = z.infer<typeof NotificationSettings>;

const Part = z.object({
  state: z.enum(['ready', 'absent']),
  /** A sentence: who shows it, or why nobody does. */
  detail: z.string(),
  hint: z.string().nullable(),
});

/** Tray and notifications as they stand. */
export const DesktopView = z.object({
  tray: Part,
  notifier: Part.extend({
    /** The service is believed when it says that Allow was pressed. */
    trusted: z.boolean(),
    /** Names the service, for agreeing to it; null when there is nothing to agree to. */
    service: z.string().nullable(),
  }),
  settings: NotificationSettings,
  /** None are shown now because of the hours. */
  quietNow: z.boolean(),
});
export type DesktopView = z.infer<typeof DesktopView>;
