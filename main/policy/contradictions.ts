/**
 * Rules of one file that cannot all hold. Deny wins in any case, so such a file does nothing worse than its words
 * say, but it does not say what its writer means.
 */
import type { CapabilityTables } from './compile-capabilities.ts';
import type { Problems } from './document.ts';
import { type Entry, RuleTable } from './policy.ts';

/** Reports every grant or approve entry, or action in one, that a deny entry makes unreachable. */
export function checkContradictions(
  tables: CapabilityTables,
  problems: Problems,
  severity: 'error' | 'note',
): void {
  const deny = new RuleTable(tables.deny);
  for (const [list, verb] of [
    ['grant', 'granted'],
    ['approve', 'asked about'],
  ] as const) {
    for (const entry of tables[list]) {
      for (const message of unreachable(entry, deny, list, verb)) {
        if (severity === 'error') problems.errorRule(entry.rule, message);
        else problems.infoRule(entry.rule, message);
      }
    }
  }
}

function unreachable(entry: Entry, deny: RuleTable, list: string, verb: string): readonly string[] {
  const whole = deny.findWhole(entry.module);
  if (entry.actions === null) {
    return whole === null
      ? []
      : [
          `module ${entry.module} is ${verb} but also wholly denied (line ${whole.rule.line}); remove one of them`,
        ];
  }
  if (whole !== null)
    return [
      `unreachable ${list}: ${whole.module} is wholly denied (line ${whole.rule.line}); remove one of them`,
    ];
  return entry.actions.flatMap((action) => {
    const denied = deny.findNamed(entry.module, action);
    return denied === null
      ? []
      : [
          `${entry.module}.${action} is ${verb} but also denied (line ${denied.rule.line}); remove one of them`,
        ];
  });
}
