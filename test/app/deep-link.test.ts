import { describe, expect, it } from 'vitest';
import { deepLinkIn, hashOf, parseDeepLink } from '../../main/app/deep-link.ts';

describe('a link', () => {
  it.each([
    ['gatehouse://open/inbox', 'inbox'],
    ['gatehouse://open/timeline/', 'timeline'],
    ['gatehouse://open/request/ap_0aZ-9', 'inbox/ap_0aZ-9'],
  ])('%s leads to #%s', (text, hash) => {
    const link = parseDeepLink(text);
    expect(link === null ? null : hashOf(link)).toBe(hash);
  });

  it.each([
    'gatehouse://open/',
    'gatehouse://open/policy',
    'gatehouse://open/request/',
    'gatehouse://open/request/a/allow',
    'gatehouse://open/request/a?verdict=allow',
    'gatehouse://open/request/a#x',
    'gatehouse://open/request/a%2fb',
    'gatehouse://open/request/../../inbox',
    `gatehouse://open/request/${'a'.repeat(65)}`,
    'gatehouse://approve/a',
    'gatehouse://user@open/inbox',
    'GATEHOUSE://open/inbox',
    'https://open/inbox',
    'gatehouse://open/inbox\n',
    ' gatehouse://open/inbox',
    '',
    null,
    { toString: () => 'gatehouse://open/inbox' },
  ])('%j is none', (text) => {
    expect(parseDeepLink(text)).toBeNull();
  });

  it('is found among the words of a start when it is the only one', () => {
    const link = 'gatehouse://open/inbox';
    expect(deepLinkIn(['/opt/gatehouse-desktop', '--flag', link])).toEqual({ place: 'inbox', request: null });
    expect(deepLinkIn(['/opt/gatehouse-desktop', link, 'gatehouse://open/timeline'])).toBeNull();
    expect(deepLinkIn(['/opt/gatehouse-desktop'])).toBeNull();
  });
});
