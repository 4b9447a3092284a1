/** How far an answer may reach, as the card offers it. What is not possible stays, with the reason. */
import type { RememberChoices, ScopeChoice } from '../../../preload/contract.ts';
import type { Approval } from '../../engine/approvals/approval.ts';
import { appName, clip } from './words.ts';

const REACH = ['session', 'project', 'always'] as const;

export function scopesView({ call }: Approval, { choices, once }: RememberChoices): ScopeChoice[] {
  const what = call.module === 'shell' ? 'this command' : 'this call';
  const app = appName(call.app);
  const words = {
    session: { label: 'this session', button: `Allow this exact call in ${app} until the session ends` },
    project: { label: `in ${clip(app, 24)}`, button: `Allow this exact call in ${app}` },
    always: { label: 'everywhere', button: 'Allow it in every project' },
  };
  return [
    { scope: 'once', label: 'once', button: `Allow ${what} once`, unavailable: null },
    ...REACH.map((scope) => {
      const fits = choices.some(({ widest }) => REACH.indexOf(widest) >= REACH.indexOf(scope));
      const limit = choices.toSorted((a, b) => REACH.indexOf(b.widest) - REACH.indexOf(a.widest))[0]?.limit;
      return {
        scope,
        ...words[scope],
        unavailable: fits ? null : (once ?? limit ?? 'It cannot be remembered.'),
      };
    }),
  ];
}
