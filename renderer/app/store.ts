/** What the page knows: the supervisor's last word on everything, and the person's preferences in this browser. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { GatehouseApi, Inbox, Notice, Overview } from '../../preload/contract.ts';
import { api } from './api.ts';

export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  readonly contrast: 'system' | 'more';
  /** Single letters act on requests. */
  readonly letters: boolean;
}

interface AppState {
  readonly connection: ReturnType<GatehouseApi['connection']>;
  readonly connectionReason: string | null;
  readonly overview: Overview | null;
  readonly inbox: Inbox | null;
  /** When `inbox` came, on this page's monotonic clock: time left counts from there. */
  readonly inboxAt: number;
  readonly notices: readonly Notice[];
  dismissNotice(id: string): void;
}

const MAX_NOTICES = 5;

export const useApp = create<AppState>()((set) => ({
  connection: api.connection(),
  connectionReason: null,
  overview: null,
  inbox: null,
  inboxAt: 0,
  notices: [],
  dismissNotice: (id) => set((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) })),
}));

interface PreferencesState {
  readonly prefs: Preferences;
  setPrefs(change: Partial<Preferences>): void;
}

export const usePreferences = create<PreferencesState>()(
  persist(
    (set) => ({
      prefs: { theme: 'system', contrast: 'system', letters: true },
      setPrefs: (change) => set((state) => ({ prefs: { ...state.prefs, ...change } })),
    }),
    { name: 'gatehouse.preferences', version: 1 },
  ),
);

/** The last overview, or null before the first. */
export function useOverview(): Overview | null {
  return useApp((state) => state.overview);
}

/** Starts listening to the supervisor; once, before the first render. Answers what ends it. */
export function listen(): () => void {
  const takeInbox = (inbox: Inbox) => useApp.setState({ inbox, inboxAt: performance.now() });
  const refresh = async () => {
    const [overview, inbox] = await Promise.all([api.call('overview'), api.call('inbox')]);
    if (overview.ok) useApp.setState({ overview: overview.value });
    if (inbox.ok) takeInbox(inbox.value);
  };
  const ends = [
    api.on('overview', (overview) => useApp.setState({ overview })),
    api.on('inbox', takeInbox),
    api.on('notice', (notice) =>
      useApp.setState((state) => ({
        notices: [...state.notices.filter((known) => known.text !== notice.text), notice].slice(-MAX_NOTICES),
      })),
    ),
    api.onConnection((connection, connectionReason) => {
      useApp.setState({ connection, connectionReason });
      if (connection === 'open') void refresh();
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
