/** Names of the variables that a program may be given a value in which is written down nowhere. */

/** Variables that choose which code runs, or are Gatehouse's own. */
const NOT_GIVEN = /^(?:PATH$|LD_|DYLD_|NODE_OPTIONS$|GATEHOUSE_)/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Whether a variable or header of this name may be given a value that is not written down. */
export function mayBeGiven(name: string): boolean {
  return !NOT_GIVEN.test(name);
}

/** Whether this is the name of an environment variable. */
export function isVariableName(text: string): boolean {
  return VARIABLE.test(text);
}
