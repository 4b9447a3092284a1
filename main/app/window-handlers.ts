/** What a page asks of the shell that it is in: its window, and starting at login. None of it decides anything. */
import type { Handlers } from '../../preload/contract.ts';
import { failure, type Page, success } from './pages.ts';
import type { StartupPort } from './shell-port.ts';

/** @param startup null where the shell cannot start at login */
export function windowHandlers(
  startup: StartupPort | null,
): Pick<Handlers<Page>, 'windowAct' | 'startup' | 'setStartup'> {
  return {
    windowAct: async (page, act) => {
      if (page.act === null) return failure('unavailable', 'this page is in no window of Gatehouse');
      page.act(act);
      return success(null);
    },
    startup: async () =>
      success(
        startup?.view() ?? {
          state: 'unavailable',
          sentence:
            'Only the desktop app can start when you log in. Without it agents that are connected stay blocked until you start Gatehouse.',
        },
      ),
    setStartup: async (_page, on) =>
      startup === null
        ? failure('unavailable', 'only the desktop app can start when you log in')
        : success(startup.set(on)),
  };
}
