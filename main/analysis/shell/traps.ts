/** Actions of `trap`. */
import type { ShellState } from './state.ts';

/** Everything that an action asks for is set later: what it does is told by how that is set when the shell ends. */
export function waits(action: string, { vars, sourced }: ShellState): boolean {
  const names = [...action.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = '']) => name);
  return (
    names.length > 0 &&
    !sourced.code &&
    !/\$[^A-Za-z_{]|\$\{[^A-Za-z_]/.test(action) &&
    names.every((name) => /^[a-z]/.test(name) && !vars.has(name))
  );
}
