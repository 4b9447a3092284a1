/** Giving a client the governed tools, or taking them out again. */
import type { GovernedClientView } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { PlanDialog, type PlanWords } from '../agents/plan-dialog.tsx';
import { fileFlow } from './file-flow.ts';
import { loadGoverned } from './mcp-store.ts';

/** The one flow of this section. */
export const toolsFlow = fileFlow<GovernedClientView>(
  (id, change) => call('planGovernedTools', id, change),
  (id, planId) => call('applyGovernedTools', id, planId),
  loadGoverned,
);

const WORDS: PlanWords = {
  title: ({ name, change }) =>
    change === 'connect'
      ? `Turn on the governed tools for ${name}`
      : `Turn off the governed tools for ${name}`,
  done: ({ name, change }) =>
    change === 'connect'
      ? `${name} finds them from its next session on.`
      : `${name} has them no more, from its next session on.`,
  button: ({ change, file }) =>
    change === 'connect' ? `Turn them on: change ${file}` : `Turn them off: change ${file}`,
};

export function ToolsDialog() {
  return <PlanDialog flow={toolsFlow} words={WORDS} />;
}
