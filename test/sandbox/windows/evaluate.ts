/** What a Windows plan means, read from its steps alone: tests hold the launcher, and what is promised, against it. */
import type { WindowsStep } from '../../../main/sandbox/windows/plan.ts';

/** The variables inside, by name in capitals, of a caller that has these. */
export function environmentInside(
  steps: readonly WindowsStep[],
  caller: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const set = new Map(
    steps.flatMap((step) => (step[0] === 'set' ? [[step[1].toUpperCase(), step[2]] as const] : [])),
  );
  const kept = steps.flatMap((step) => (step[0] === 'keep' ? [step[1].toUpperCase()] : []));
  const keeps = (name: string) =>
    kept.some((word) => (word.endsWith('*') ? name.startsWith(word.slice(0, -1)) : name === word));
  const passed = Object.entries(caller)
    .map(([name, value]) => [name.toUpperCase(), value] as const)
    .filter(([name]) => keeps(name) && !set.has(name));
  return Object.fromEntries([...passed, ...set]);
}

/** Ways out that the Linux sandbox is tried with and that Windows has too. */
export type Attempt =
  | 'read a secret of the person'
  | 'write outside of the project'
  | 'connect to the network'
  | 'outlive the launcher'
  | 'leave the tree of processes'
  | 'start processes without end'
  | 'use an inherited handle'
  | 'open the launcher'
  | 'open another program of the person'
  | 'use a privilege of an administrator'
  | 'read the clipboard'
  | 'send keys to a window of the person';

/** Whether something in the plan, or what the launcher does with every plan, stands against an attempt. */
export function isDenied(steps: readonly WindowsStep[], attempt: Attempt): boolean {
  const has = (verb: WindowsStep[0], word: string) =>
    steps.some((step) => step[0] === verb && step[1] === word);
  switch (attempt) {
    case 'read a secret of the person':
    case 'connect to the network':
      return false;
    case 'outlive the launcher':
    case 'leave the tree of processes':
    case 'use an inherited handle':
    case 'open the launcher':
      return true;
    case 'start processes without end':
      return has('limit', 'processes');
    case 'write outside of the project':
    case 'open another program of the person':
      return has('token', 'low');
    case 'use a privilege of an administrator':
      return has('token', 'privileges') && has('token', 'administrators');
    case 'read the clipboard':
      return has('ui', 'clipboard-read');
    case 'send keys to a window of the person':
      return has('ui', 'handles') && has('desktop', 'private');
  }
}
