/** `security.sandbox` and `security.credentials_schema` at the edges of what they take. */
import { describe, expect, it } from 'vitest';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';

function errorsOf(security: object): string {
  const result = compilePolicy(JSON.stringify({ security }), 'p.yaml');
  return result.ok ? '' : result.diagnostics.map(formatDiagnostic).join('\n');
}
const sandbox = (value: object) => errorsOf({ sandbox: value });
const field = (value: object) =>
  errorsOf({
    credentials_schema: {
      providers: [{ name: 'k', label: 'K', type: 'api_key', scope: 'per_user', fields: [value] }],
    },
  });

describe('the sandbox', () => {
  it.each<[object, RegExp | null]>([
    [{ network: { allow: ['a.test:1', 'a.test:65535', '*.a.test', '[::1]:80'] } }, null],
    [{ network: { allow: ['a.test:0'] } }, /allow\[0\].*a\.test:0/],
    [{ network: { allow: ['a.test:65536'] } }, /allow\[0\].*65536/],
    [{ network: { allow: ['b.test', 'a_b'] } }, /allow\[1\]/],
    [{ allow_paths: ['~/a:rw', '/etc/ssl:ro', '/x'] }, null],
    [{ allow_paths: [' '] }, /allow_paths\[0\]: must be a path/],
    [{ allow_paths: ['/a\0b'] }, /allow_paths\[0\]: must be a path/],
    [{ allow_paths: ['/a/*'] }, /"\/a\/\*" is a pattern/],
    [{ allow_paths: ['/a:rx'] }, /unknown way of access "rx"/],
    [{ resources: { cpu: 1024, memory: '1.5 GiB', processes: 1 } }, null],
    [{ resources: { cpu: 1025 } }, /resources\.cpu/],
    [{ resources: [] }, /expected a mapping \{ memory, cpu, processes \}|resources/],
    [{ resources: { memory: 'x2GB' } }, /resources\.memory/],
    [{ resources: { memory: '2GBx' } }, /resources\.memory/],
    [{ pool_size: 4, pool_max: 4 }, null],
    [{ pool_size: 5, pool_max: 4 }, /pool_max/],
    [{ session_timeout: 60, idle_timeout: 30 }, null],
    [{ level: 'strict', require: 'strict' }, null],
  ])('%j: %s', (value, wanted) => {
    if (wanted === null) expect(sandbox(value)).toBe('');
    else expect(sandbox(value)).toMatch(wanted);
  });
});

describe('fields of credentials', () => {
  it.each<[unknown, RegExp | null]>([
    [{ name: 'a', type: 'select', options: ['x', 'y'] }, null],
    [{ name: 'a', type: 'select' }, /options/],
    [{ name: 'a', type: 'select', options: [] }, /options/],
    [{ name: 'a', type: 'string', options: ['x'] }, /belongs to type select only/],
    [{ name: 'a', type: 'secret', validation_regex: '^a+$' }, null],
    [{ name: 'a', type: 'secret', validation_regex: '(' }, /validation_regex/],
    [{ type: 'secret' }, /name/],
    [{ name: '', type: 'secret' }, /name/],
    [null, /expected a mapping with a name/],
    ['a', /fields\[0\]/],
  ])('%j: %s', (value, wanted) => {
    if (wanted === null) expect(field(value as object)).toBe('');
    else expect(field(value as object)).toMatch(wanted);
  });
});
