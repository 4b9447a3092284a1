/**
 * Modules and actions that must both hold, as patterns of actions alone: `module.action`, or a beginning and `*`.
 * A module is all of its actions. Empty only when one is given, and no action can be of both.
 */
export function moduleActions(modules: readonly string[], actions: readonly string[]): string[] {
  const wholes = modules.map((name) => `${name}.*`);
  if (wholes.length === 0 || actions.length === 0) return [...wholes, ...actions];
  const both = wholes.flatMap((whole) =>
    actions.flatMap((action) => {
      const start = whole.slice(0, -1);
      const named = action.replace(/\*$/, '');
      if (named.startsWith(start)) return [action];
      return action === start.slice(0, -1) || (action !== named && start.startsWith(named)) ? [whole] : [];
    }),
  );
  return [...new Set(both)];
}
