/** The remembered answers as the supervisor told of them last. */
import { create } from 'zustand';
import type { MethodArgs, RuleView } from '../../../preload/contract.ts';
import { api, call } from '../../app/api.ts';

interface RulesState {
  /** Null before the first word. */
  readonly rules: readonly RuleView[] | null;
  readonly problem: string | null;
}

export const useRules = create<RulesState>()(() => ({ rules: null, problem: null }));

/** Listens while the page is open; asks for the present state first. */
export function listenToRules(): () => void {
  const end = api.on('rules', (rules) => useRules.setState({ rules, problem: null }));
  void call('rules').then((result) =>
    useRules.setState(result.ok ? { rules: result.value, problem: null } : { problem: result.error.message }),
  );
  return end;
}

/** Changes some of them; what could not be done stands above the list. */
export async function changeRules<M extends 'withdrawRules' | 'endRule' | 'mergeRules'>(
  method: M,
  ...args: MethodArgs<M>
): Promise<boolean> {
  const result = await call(method, ...args);
  useRules.setState(
    result.ok
      ? { rules: result.value as readonly RuleView[], problem: null }
      : { problem: result.error.message },
  );
  return result.ok;
}
