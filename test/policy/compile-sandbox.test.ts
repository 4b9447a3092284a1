import { describe, expect, it } from 'vitest';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { SandboxPolicy } from '../../main/policy/compile-sandbox.ts';

function sandbox(lines: string): SandboxPolicy | null {
  const result = compilePolicy(`security:\n  sandbox:\n    ${lines.replaceAll('\n', '\n    ')}\n`, 'p.yaml');
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result.policy.sandbox;
}

describe('security.sandbox', () => {
  it('reads what the sixth tutorial writes', () => {
    expect(
      sandbox(
        'level: standard\npool_size: 2\npool_max: 4\nworkspace_snapshot: false\naudit: true\nsession_timeout: 3600\nidle_timeout: 300\nallow_paths: ["~/datasets:rw", "/etc/ssl"]\nresources: { memory: "2GB", cpu: 1.5, processes: 64 }',
      ),
    ).toMatchObject({
      level: 'standard',
      poolSize: 2,
      poolMax: 4,
      audit: true,
      sessionTimeout: 3600,
      idleTimeout: 300,
      allowPaths: [
        { path: '~/datasets', writable: true },
        { path: '/etc/ssl', writable: false },
      ],
      memory: 2 * 2 ** 30,
      cpu: 1.5,
      processes: 64,
    });
  });

  it('is null without the section, and standard where it names no level', () => {
    const empty = compilePolicy('app: { app_id: x }\n', 'p.yaml');
    expect(empty.ok && empty.policy.sandbox).toBe(null);
    expect(sandbox('audit: false')?.level).toBe('standard');
  });

  it('takes off as YAML writes it', () => {
    expect(sandbox('level: off')?.level).toBe('off');
    expect(sandbox('level: "off"')?.level).toBe('off');
  });

  it('reads hosts, with and without a port', () => {
    const { network } =
      sandbox('network: { allow: ["API.github.com:443", "*.example.org", "[::1]:80"] }') ?? {};
    expect(network?.allow.map(({ host, port }) => [host, port])).toEqual([
      ['api.github.com', 443],
      ['*.example.org', null],
      ['[::1]', 80],
    ]);
    expect(sandbox('network: none')?.network.mode).toBe('none');
  });

  it.each([
    ['allow_paths: ["datasets"]', /absolute path or begin with ~/],
    ['allow_paths: ["/a/../b"]', /must not hold/],
    ['allow_paths: ["/a", "/a/:rw"]', /twice/],
    ['allow_paths: ["/a*"]', /pattern/],
    ['resources: { memory: "2 cows" }', /amount of memory/],
    ['resources: { memory: "1MB" }', />= 16MB/],
    ['resources: { cpu: 0 }', /number of cores/],
    ['resources: { processes: -1 }', />= 1/],
    ['pool_size: 8\npool_max: 4', /pool_max must be >= pool_size/],
    ['session_timeout: 59', />= 60/],
    ['network: { allow: ["http://x"] }', /must be a host/],
    ['network: { allow: ["x:99999"] }', /must be a host/],
    ['namespaces: [ipc]', /invalid value/],
    ['mdwe: sometimes', /invalid value/],
    ['levle: strict', /unknown field/],
  ])('refuses %s', (lines, why) => {
    expect(() => sandbox(lines)).toThrow(why);
  });
});
