/** `{{secret.NAME}}` and `{{env.NAME}}` in a policy: what is warned of, and what is refused. */
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../main/policy/check.ts';

const TAIL = `tools: { modules: { web: {} }, capabilities: { default_policy: block } }
security: { credentials_schema: { providers: [{ name: model_key, scope: system_wide }] } }
`;
const check = (text: string) => checkFile(`${text}\n${TAIL}`, 'f');
const warnings = (text: string) => check(text).lines.filter((line) => line.endsWith('(warning)'));

describe('gatehouse policy check', () => {
  it('warns of a fallback where a model runtime reads it, and names the reference to write', () => {
    const text = 'agents: [{ id: main, brain: { config: { api_key: "{{secret.model_key}}" } } }]';
    expect(check(text).exitCode).toBe(0);
    expect(warnings(text)).toEqual([
      'f:1:50 agents[0].brain.config.api_key: {{secret.model_key}} is a fallback, and says no scope; write credential: { ref: model_key, scope: system_wide } (warning)',
    ]);
    expect(warnings('agents: [{ id: main, brain: { key: "{{ env.OPENAI_API_KEY }}" } }]')).toEqual([
      expect.stringContaining('{{env.OPENAI_API_KEY}} is a fallback: whatever runs as you can read it'),
    ]);
  });

  it.each([
    [
      'a name that nobody declared',
      '{{secret.model_kye}}',
      'ref "model_kye" is not declared; declared: model_key; did you mean model_key',
    ],
    ['no name', '{{secret.}}', '"{{secret.}}" is neither {{secret.NAME}} nor {{env.NAME}}'],
    ['one that is never closed', '{{secret.model_key', 'is neither'],
    ['another word', '{{secrets.model_key}}', 'is neither'],
    ['a name with a blank', '{{env.A B}}', 'is neither'],
  ])('refuses %s', (_what, text, message) => {
    const { exitCode, lines } = check(`agents: [{ id: main, brain: { config: { key: "${text}" } } }]`);
    expect(exitCode).toBe(1);
    expect(lines[0]).toContain(message);
  });

  it('says that one elsewhere is text, and leaves other braces alone', () => {
    expect(warnings('app: { app_id: a, name: "{{secret.model_key}}" }')).toEqual([
      expect.stringContaining('app.name: "{{secret.model_key}}" is text here'),
    ]);
    expect(warnings('app: { app_id: a, name: "{{environment}} {{behavior.x}} {secret.x}" }')).toEqual([]);
  });
});
