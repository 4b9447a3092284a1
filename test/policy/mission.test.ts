/** Policy files in the tutorials' language, one for each tutorial: they compile as they are, or say what is wrong. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';

function read(number: number) {
  const text = readFileSync(join(import.meta.dirname, 'mission', `${number}.yaml`), 'utf8');
  return compilePolicy(text, `${number}.yaml`);
}

function compiled(number: number): { policy: CompiledPolicy; notes: readonly string[] } {
  const result = read(number);
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return { policy: result.policy, notes: result.notes.map(formatDiagnostic) };
}

describe('the tutorials’ files', () => {
  it.each([1, 2, 3, 4, 6, 7])('%i compiles', (number) => {
    expect(compiled(number).policy.app?.id).toMatch(/^[a-z-]+$/);
  });

  it('5 fails at one place, with the names that are declared', () => {
    const result = read(5);
    expect(result.ok ? [] : result.diagnostics.map(formatDiagnostic)).toEqual([
      '5.yaml:6:46 agents[0].brain.credential: ref "model_kye" is not declared; declared: model_key, billing_key, wiki; did you mean model_key',
    ]);
  });

  it('keeps what only a model runtime uses, and says so in one line', () => {
    const { policy, notes } = compiled(1);
    expect(notes.filter((note) => note.includes('kept and ignored'))).toEqual([
      '1.yaml:3:1 kept and ignored, for a model runtime only: runtime, agents[0].role, agents[0].brain, agents[0].system_prompt',
    ]);
    expect(policy.kept['runtime']).toMatchObject({ max_turns: 6 });
  });

  it('reads the credentials that 1 declares', () => {
    expect(compiled(1).policy.credentials).toMatchObject({
      required: false,
      providers: [
        {
          name: 'model_key',
          label: 'Model key',
          type: 'api_key',
          scope: 'per_user',
          fields: [{ name: 'api_key', type: 'secret', required: true }],
        },
      ],
    });
  });

  it('reads what 6 asks of the sandbox', () => {
    expect(compiled(6).policy.sandbox).toMatchObject({
      level: { value: 'standard', rule: expect.objectContaining({ path: 'sandbox.level', line: 11 }) },
      require: { value: null, rule: null },
      poolSize: 2,
      poolMax: 4,
      namespaces: null,
      workspaceSnapshot: false,
      audit: true,
      sessionTimeoutSeconds: 3600,
      idleTimeoutSeconds: 300,
      allowPaths: [
        { path: '~/datasets', writable: true },
        { path: '/etc/ssl', writable: false },
      ],
      networkAllow: null,
      resources: { memoryBytes: 2 * 2 ** 30, cpu: 1.5, processes: 64 },
    });
  });
});
