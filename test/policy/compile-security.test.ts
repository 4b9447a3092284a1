/** `security.sandbox`, `security.credentials_schema` and `capabilities.content`: what is read, and what is refused where. */
import { describe, expect, it } from 'vitest';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { ContentPolicy } from '../../main/policy/content-policy.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';

function errorsOf(text: string): readonly string[] {
  const result = compilePolicy(text, 'f');
  return result.ok
    ? []
    : result.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic).replace(/^f:/, ''));
}

function policyOf(text: string): CompiledPolicy {
  const result = compilePolicy(text, 'f');
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result.policy;
}

const sandbox = (value: string) => `security: { sandbox: { ${value} } }`;
const provider = (value: string) => `security: { credentials_schema: { providers: [{ ${value} }] } }`;
const content = (value: string) => `tools: { capabilities: { content: { ${value} } } }`;

describe('security.sandbox', () => {
  it('takes 0 as unset everywhere', () => {
    expect(
      policyOf(
        sandbox(
          'pool_size: 0, pool_max: 0, session_timeout: 0, idle_timeout: 0, resources: { cpu: 0, processes: 0 }',
        ),
      ).sandbox,
    ).toMatchObject({
      poolSize: 2,
      poolMax: 8,
      sessionTimeoutSeconds: 3600,
      idleTimeoutSeconds: 300,
      resources: { memoryBytes: null, cpu: null, processes: null },
    });
    expect(policyOf(sandbox('pool_size: 20')).sandbox).toMatchObject({ poolSize: 20, poolMax: 20 });
  });

  it('reads hosts, paths and amounts', () => {
    const { sandbox: read } = policyOf(
      sandbox(
        'require: strict, namespaces: [net, user, net], allow_paths: ["data:ro", "~/x:rw"], network: { allow: ["API.github.com:443", "*.npmjs.org", "[::1]:80"] }, resources: { memory: "512MB" }',
      ),
    );
    expect(read).toMatchObject({
      require: { value: 'strict' },
      namespaces: ['net', 'user'],
      allowPaths: [
        { path: 'data', writable: false },
        { path: '~/x', writable: true },
      ],
      networkAllow: [
        { host: 'api.github.com', port: 443 },
        { host: '*.npmjs.org', port: null },
        { host: '[::1]', port: 80 },
      ],
      resources: { memoryBytes: 512 * 2 ** 20 },
    });
    for (const [text, bytes] of [
      ['1.5g', 1.5 * 2 ** 30],
      ['2GiB', 2 ** 31],
      ['20000000', 20_000_000],
    ] as const)
      expect(policyOf(sandbox(`resources: { memory: "${text}" }`)).sandbox?.resources.memoryBytes).toBe(
        bytes,
      );
  });

  it.each([
    [
      'level: paranoid',
      '1:32 security.sandbox.level: invalid value "paranoid"; allowed: off, standard, strict, maximum',
    ],
    ['pool_size: 33', '1:36 security.sandbox.pool_size: pool_size must be in [1, 32] (got 33)'],
    ['pool_max: -1', '1:35 security.sandbox.pool_max: pool_max must be in [1, 64] (got -1)'],
    [
      'pool_size: 4, pool_max: 3',
      '1:49 security.sandbox.pool_max: pool_max must be >= pool_size (got 3, pool_size is 4)',
    ],
    ['session_timeout: 59', '1:42 security.sandbox.session_timeout: session_timeout must be >= 60 (got 59)'],
    ['idle_timeout: 1.5', '1:39 security.sandbox.idle_timeout: expected a whole number, found 1.5'],
    ['mdwe: maybe', '1:31 security.sandbox.mdwe: invalid value "maybe"; allowed: auto, on, off'],
    ['audit: "yes"', '1:32 security.sandbox.audit: expected true or false, found the text "yes"'],
    [
      'allow_paths: ["/x:rwx"]',
      '1:39 security.sandbox.allow_paths[0]: unknown way of access "rwx"; allowed: path, path:ro, path:rw',
    ],
    [
      'network: { allow: ["https://x"] }',
      '1:44 security.sandbox.network.allow[0]: "https://x" is no host; write name:port, for example api.github.com:443, or *.example.com',
    ],
    [
      'resources: { memory: lots }',
      '1:46 security.sandbox.resources.memory: "lots" is no amount of memory; write for example "512MB" or "2GB"',
    ],
    [
      'resources: { memory: "1MB" }',
      '1:46 security.sandbox.resources.memory: memory must be at least 16MB (got "1MB")',
    ],
    [
      'resources: { cpu: -1 }',
      '1:43 security.sandbox.resources.cpu: cpu must be cores, more than 0 and at most 1024 (got -1)',
    ],
    [
      'lvl: strict',
      '1:25 security.sandbox.lvl: unknown field "lvl"; allowed: level, require, pool_size, pool_max, namespaces, workspace_snapshot, audit, session_timeout, idle_timeout, allow_paths, network, resources, mdwe',
    ],
  ])('%s is refused', (value, error) => {
    const [found, ...more] = errorsOf(sandbox(value));
    expect([found?.replace(/^\d+:\d+ /, ''), more]).toEqual([error.replace(/^\d+:\d+ /, ''), []]);
    expect(found).toMatch(/^1:\d+ /);
  });
});

describe('security.credentials_schema', () => {
  it('has defaults', () => {
    expect(policyOf(provider('name: a')).credentials).toEqual({
      required: false,
      providers: [
        {
          name: 'a',
          label: 'a',
          type: 'api_key',
          scope: 'per_user',
          required: false,
          description: null,
          oauthProvider: null,
          fields: [],
        },
      ],
    });
  });

  it.each([
    ['label: x', /providers\[0\]: a credential needs a name/],
    ['name: "a b"', /name: must be 1 to 64 letters/],
    ['name: a, type: key', /type: invalid value "key"; allowed: api_key, .*custom/],
    [
      'name: a, scope: per_usr',
      /scope: invalid value "per_usr"; allowed: system_wide, .*; did you mean per_user/,
    ],
    [
      'name: a, type: oauth2, scope: system_wide',
      /scope: an oauth2 credential is always per_user, not system_wide/,
    ],
    ['name: a, oauth_provider: github', /oauth_provider: belongs to type oauth2 only, and this is api_key/],
    [
      'name: a, fields: [{ name: k, type: text }]',
      /fields\[0\]\.type: invalid value "text"; allowed: secret, string, url/,
    ],
    ['name: a, fields: [{ name: k }, { name: k }]', /fields\[1\]: field "k" is there twice/],
    [
      'name: a, fields: [{ name: k, validation_regex: "(" }]',
      /validation_regex: "\(" is no regular expression/,
    ],
    [
      'name: a, fields: [{ name: k, validation_regex: "(?=x)y" }]',
      /validation_regex: .* is no regular expression/,
    ],
    ['name: a, fields: [{ name: k, type: select }]', /a select needs options/],
    ['name: a, fields: [{ name: k, default: hunter2 }]', /default: a secret has no default/],
  ])('{ %s } is refused at its place', (value, error) => {
    const found = errorsOf(provider(value));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(error);
  });

  it('refuses one that is declared twice', () => {
    expect(errorsOf('security: { credentials_schema: { providers: [{ name: a }, { name: a }] } }')).toEqual([
      '1:60 security.credentials_schema.providers[1]: credential "a" is declared twice; keep one',
    ]);
  });
});

describe('tools.capabilities.content', () => {
  it('prefers the class over its group, and named modules over all', () => {
    const rules = policyOf(
      content(
        'secrets: approve, private_key: deny, personal_data: [allow, { do: redact, modules: [web, mcp] }]',
      ),
    ).capabilities?.content[0]?.rules;
    const said = (kind: Parameters<ContentPolicy['of']>[0], module: string, family: string | null = null) =>
      rules?.of(kind, module, family)?.value;
    expect(said('private_key', 'web')).toBe('deny');
    expect(said('jwt', 'web')).toBe('approve');
    expect(said('email', 'shell')).toBe('allow');
    expect(said('email', 'web')).toBe('redact');
    expect(said('email', 'mcp_x', 'mcp')).toBe('redact');
    expect(rules?.of('email', 'web', null)?.rule).toMatchObject({
      path: 'capabilities.content.personal_data[1]',
    });
    expect(
      policyOf(content('jwt: deny')).capabilities?.content[0]?.rules.of('email', 'web', null),
    ).toBeNull();
  });

  it.each([
    [
      'secret: deny',
      /unknown class of data "secret"; allowed: secrets, personal_data, .*; did you mean secrets/,
    ],
    ['secrets: block', /invalid value "block"; allowed: allow, redact, approve, deny/],
    ['secrets: ', /says nothing; allowed: allow/],
    ['jwt: { modules: [web] }', /do is missing/],
    ['jwt: { do: deny, modules: [wbe] }', /unknown module "wbe".*did you mean web/],
    ['jwt: { do: deny, module: web }', /unknown field "module"; allowed: do, modules/],
  ])('{ %s } is refused', (value, error) => {
    const found = errorsOf(content(value));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(error);
  });
});
