/** `{{secret.NAME}}` and `{{env.NAME}}` in a registration: where they may stand, and what becomes of them. */
import { describe, expect, it } from 'vitest';
import { placeholderWarning, takePlaceholders } from '../../../main/points/mcp/server-placeholders.ts';

const program = (over: object) => ({
  ...{ kind: 'stdio' as const, program: '/bin/x', args: [] as string[], env: {}, cwd: null, digest: null },
  ...over,
});

describe('a registration', () => {
  it('has secrets made into bindings of one scope, and keeps the name of a variable as text', () => {
    const env = { A: 'Bearer {{secret.team/a.b}}', B: '{{ env.HOME_TOKEN }}', C: '{{behavior.x}}' };
    const taken = takePlaceholders(program({ env }));
    expect(taken).toEqual({
      transport: program({ env: { B: env.B, C: env.C } }),
      secrets: [
        { into: 'env', name: 'A', credential: 'team/a.b', scope: 'per_user', template: 'Bearer {*}' },
      ],
    });
    expect(placeholderWarning(taken)).toMatch(
      /A is \{\{secret\.team\/a\.b\}\}, B is \{\{env\.HOME_TOKEN\}\}.*environment can be read by whatever runs as you/,
    );
    expect(placeholderWarning({ transport: program({ env: { C: 'plain' } }) })).toBeNull();
  });

  it('has them in the headers of a server that is reached by its address', () => {
    const url = 'https://mcp.example/';
    expect(
      takePlaceholders({ kind: 'http', url, headers: { Authorization: 'Bearer {{secret.a}}' } }),
    ).toMatchObject({ transport: { headers: {} }, secrets: [{ into: 'header', template: 'Bearer {*}' }] });
    expect(() => takePlaceholders({ kind: 'http', url: `${url}{{secret.a}}`, headers: {} })).toThrow(
      /stands in its address/,
    );
  });

  it('has none where the headers can be read on the way', () => {
    const taken = (url: string, text: string) =>
      takePlaceholders({ kind: 'http', url, headers: { Authorization: text } });
    for (const url of ['http://mcp.example/', 'http://127.0.0.1.example/', 'http://localhost@mcp.example/'])
      for (const text of ['Bearer {{secret.a}}', '{{env.A}}'])
        expect(() => taken(url, text)).toThrow(/plain http/);
    expect(taken('http://mcp.example/', 'plain').secrets).toEqual([]);
    for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:1'])
      expect(taken(`http://${host}/`, 'Bearer {{secret.a}}').secrets).toHaveLength(1);
  });

  it.each([
    ['in an argument', { args: ['--key={{secret.a}}'] }, /stands in its command/],
    ['in the program', { program: '/bin/{{env.A}}' }, /stands in its command/],
    ['in the folder', { cwd: '/x/{{secret.a}}' }, /stands in its command/],
    ['that cannot be read', { env: { A: '{{secret.}}' } }, /is neither/],
    ['that is never closed', { env: { A: '{{secret.a' } }, /is neither/],
    ['that chooses the code', { env: { LD_PRELOAD: '{{secret.a}}' } }, /LD_PRELOAD cannot be given/],
    ['of Gatehouse’s own', { env: { A: '{{env.GATEHOUSE_HOME}}' } }, /is given to no server/],
    ['beside another', { env: { A: '{{secret.a}}{{env.B}}' } }, /several placeholders/],
    ['beside a field of another', { env: { A: '{user}:{{secret.a}}' } }, /no braces/],
  ])('is refused with one %s', (_what, over, why) => {
    expect(() => takePlaceholders(program(over))).toThrow(why);
  });
});
