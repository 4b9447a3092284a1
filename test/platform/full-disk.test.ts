import { describe, expect, it } from 'vitest';
import { GatehouseError } from '../../main/platform/errors.ts';
import { faultWords, notWritten, notWrittenWords } from '../../main/platform/full-disk.ts';

const coded = (code: string) => Object.assign(new Error(`${code}: something`), { code });

describe('what the system says when it writes nothing', () => {
  it.each([
    [coded('ENOSPC'), 'the disk is full'],
    [coded('EDQUOT'), 'the disk is full'],
    [coded('SQLITE_FULL'), 'the disk is full'],
    [new Error('the log: database or disk is full'), 'the disk is full'],
    [coded('EROFS'), 'the disk may only be read'],
    [new GatehouseError('not_written', 'x was not written', { cause: coded('ENOSPC') }), 'the disk is full'],
  ])('is known: %s', (error, why) => {
    expect(notWritten(error)?.why).toBe(why);
    expect(notWrittenWords(error)).toMatch(new RegExp(`^${why}; hint: `));
    expect(faultWords(error, 'look')).toBe(notWrittenWords(error));
  });

  it.each([
    coded('ENOENT'),
    Object.assign(coded('ENOSPC'), { syscall: 'watch' }),
    coded('SQLITE_READONLY_DBMOVED'),
    new Error('boom\nat x'),
    'thrown',
  ])('is nothing of the kind: %s', (error) => {
    expect(notWritten(error)).toBeNull();
    expect(faultWords(error, 'look')).toMatch(/^an internal fault: [^\n]+; hint: look$/);
  });
});
