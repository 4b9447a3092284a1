/** Connecting or disconnecting an agent's hooks. */
import { call } from '../../app/api.ts';
import { ConnectFlow } from './connect-flow.ts';
import { PlanDialog, type PlanWords } from './plan-dialog.tsx';
import { planButton } from './plan-words.ts';

/** The one flow of this page: what shows the agents may go away while the change is under way. */
export const connectFlow = new ConnectFlow({
  planAgent: (agent, change) => call('planAgent', agent, change),
  applyAgentPlan: (agent, planId) => call('applyAgentPlan', agent, planId),
  setPin: (pin) => call('setPin', { pin, current: null }),
});

const WORDS: PlanWords = {
  title: ({ name, change }) => (change === 'connect' ? `Connect ${name}` : `Disconnect ${name}`),
  done: ({ name, change }) =>
    change === 'connect'
      ? `${name} is connected. Start it in a project and ask it to run a command.`
      : `${name} is not connected any more.`,
  button: planButton,
};

/** Shows the flow, whatever page is open. */
export function ConnectDialog() {
  return <PlanDialog flow={connectFlow} words={WORDS} />;
}
