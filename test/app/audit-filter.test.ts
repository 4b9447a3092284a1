/** The filter of the terminal: what is given together must all hold. */
import { describe, expect, it } from 'vitest';
import { readFilter } from '../../main/app/commands/audit-filter.ts';

const actions = (module: string[], action: string[]) =>
  readFilter({ module, ...(action.length === 0 ? {} : { action }) }, 0, 'audit query').action;

describe('a module and an action', () => {
  it.each([
    [['filesystem'], [], ['filesystem.*']],
    [[], ['shell.bash'], ['shell.bash']],
    [['filesystem', 'shell'], ['shell.bash'], ['shell.bash']],
    [['filesystem'], ['filesystem.re*'], ['filesystem.re*']],
    [['filesystem'], ['file*'], ['filesystem.*']],
    [['filesystem'], ['filesystem'], ['filesystem.*']],
    [['filesystem'], ['*'], ['filesystem.*']],
    [
      ['filesystem', 'shell'],
      ['*', 'shell.bash'],
      ['filesystem.*', 'shell.*', 'shell.bash'],
    ],
  ])('%j and %j: %j', (module, action, both) => {
    expect(actions(module, action)).toEqual(both);
  });

  it.each([
    [['filesystem'], ['shell.bash']],
    [['filesystem'], ['files']],
    [['shell'], ['shells*']],
    [['shell'], ['shells.run']],
  ])('%j and %j: none can be of both', (module, action) => {
    expect(() => actions(module, action)).toThrow(
      'audit query: --module and --action: no action can be of both',
    );
  });
});

describe('what no filter can be', () => {
  it.each([
    [{ gate: ['x'] }, '--gate: allowed: 0 to 6'],
    [{ gate: ['7'] }, '--gate: allowed: 0 to 6'],
    [{ turn: ['-1'] }, '--turn: allowed: whole numbers from 0'],
    [{ decision: ['maybe'] }, '--decision: allowed: allowed, denied, approval_required'],
    [{ risk: ['low', 'grave'] }, '--risk: allowed: low, medium, high'],
    [{ text: 'x'.repeat(401) }, '--text: at most 400 characters'],
    [{ success: 'maybe' }, '--success: allowed: yes, no'],
  ])('%j is told with what is allowed', (values, told) => {
    expect(() => readFilter(values, 0, 'audit query')).toThrow(`audit query: ${told}`);
  });
});
