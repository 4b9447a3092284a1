import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { policySchema } from '../../main/policy/json-schema.ts';
import { schemaProblems } from '../support/json-schema.ts';

const root = join(import.meta.dirname, '..', '..');
const schema = policySchema();
const failuresOf = (value: unknown) => schemaProblems(schema, value, schema);

describe('the JSON Schema of the policy file', () => {
  it('is the one that is shipped; gatehouse policy schema prints it', () => {
    expect(JSON.parse(readFileSync(join(root, 'resources', 'policy.schema.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(schema)),
    );
  });

  it.each(['observe', 'careful', 'coding', 'research', 'locked-down'])('takes the preset %s', (name) => {
    const value: unknown = parse(readFileSync(join(root, 'resources', 'presets', `${name}.yaml`), 'utf8'));
    expect(failuresOf(value)).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('takes the file of tutorial %i', (number) => {
    const value: unknown = parse(
      readFileSync(join(root, 'test', 'policy', 'mission', `${number}.yaml`), 'utf8'),
    );
    expect(failuresOf(value)).toEqual([]);
  });

  it('refuses what the compiler refuses', () => {
    for (const capabilities of [
      { default_policy: 'grant' },
      { max_risk_level: 'extreme' },
      { granted: [] },
      { grant: [{ module: 'web', action: 'fetch' }] },
      { content: { secret: 'deny' } },
      { rate_limits: { web: -1 } },
    ])
      expect([capabilities, failuresOf({ tools: { capabilities } }).length > 0]).toEqual([
        capabilities,
        true,
      ]);
  });
});
