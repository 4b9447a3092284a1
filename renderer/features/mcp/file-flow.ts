/** A change of a client's file that this page shows and makes: what of it is the same for every kind of change. */
import { call } from '../../app/api.ts';
import { type ConnectApi, ConnectFlow } from '../agents/connect-flow.ts';

/** @param reload reads anew what the page shows, once the change was tried */
export function fileFlow<View>(
  planAgent: ConnectApi<View>['planAgent'],
  apply: ConnectApi<View>['applyAgentPlan'],
  reload: () => Promise<void>,
): ConnectFlow<View> {
  return new ConnectFlow<View>({
    planAgent,
    applyAgentPlan: async (id, planId) => {
      const applied = await apply(id, planId);
      void reload();
      return applied;
    },
    setPin: (pin) => call('setPin', { pin, current: null }),
  });
}
