/** The compiler of capabilities, modules and agents at its edges: what it refuses, where, and what it makes of the rest. */
import { describe, expect, it } from 'vitest';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';

function errors(text: string): readonly string[] {
  const result = compilePolicy(text, 'f');
  return result.ok
    ? []
    : result.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic).replace(/^f:/, ''));
}
function made(text: string): CompiledPolicy {
  const result = compilePolicy(text, 'f');
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result.policy;
}
const rules = (capabilities: string) => `tools: { capabilities: { ${capabilities} } }`;

describe('entries', () => {
  it.each<[string, string, readonly RegExp[]]>([
    ['a number', 'grant: [3]', [/grant\[0\]: expected `module`, `module\.action` or a mapping/]],
    ['a list', 'deny: [[web]]', [/deny\[0\]: expected `module`/]],
    ['nothing in quotes', 'grant: [""]', [/grant\[0\]: "" names no module/]],
    ['an action alone', 'grant: [.read]', [/grant\[0\]: /]],
    [
      'a mapping without a module',
      'grant: [{ actions: [read] }]',
      [/names no module; write \{ module: …, actions: \[…\] \}/],
    ],
    [
      'a module with its action',
      'deny: [{ module: web.fetch }]',
      [/\.module: must be a module, not "web\.fetch"; write \{ module: web, actions: \[fetch\] \}/],
    ],
    ['an unknown key', 'deny: [{ module: web, action: fetch }]', [/action/]],
    ['actions that are no list of texts', 'deny: [{ module: web, actions: { a: 1 } }]', [/actions/]],
    ['a reason that is no text', 'deny: [{ module: web, reason: [a] }]', [/reason/]],
    ['an unknown module', 'deny: [wed.fetch]', [/unknown module "wed"; allowed: shell.*did you mean web/]],
    ['a pattern for a module', 'deny: ["mcp_*"]', [/"mcp_\*" is no module: patterns are not supported/]],
    ['a pattern for an action', 'deny: ["web.*"]', [/"\*" is no action: patterns are not supported/]],
    [
      'an unknown action',
      'deny: [web.fetsh]',
      [/unknown action "fetsh" of module web; allowed: search, fetch.*did you mean fetch/],
    ],
    [
      'one of two actions',
      'deny: [{ module: web, actions: [fetch, fetsh] }]',
      [/actions\[1\]: unknown action "fetsh"/],
    ],
    [
      'a condition elsewhere',
      'deny: [{ module: web, when: { sandboxed: true } }]',
      [/`when` belongs to grant entries/],
    ],
    ['a condition that says nothing', 'grant: [{ module: web, when: }]', [/`when` says nothing/]],
    [
      'a hidden module with an action',
      'hidden_modules: [web.fetch]',
      [/hidden_modules\[0\]: "web\.fetch" names an action; hide it with hidden_actions/],
    ],
    ['an unknown hidden module', 'hidden_modules: [web, wed]', [/hidden_modules\[1\]: unknown module "wed"/]],
  ])('%s', (_what, capabilities, wanted) => {
    const found = errors(rules(capabilities));
    expect(found, found.join('\n')).toHaveLength(wanted.length);
    for (const [at, pattern] of wanted.entries()) expect(found[at]).toMatch(pattern);
  });

  it('are made of what they say, each name once', () => {
    const { grant, hidden } = made(
      rules(
        'grant: [{ module: web, actions: [fetch], tools: [fetch, search], reason: "" }, { module: mcp_x, actions: [any thing] }], hidden_modules: [lsp], hidden_actions: [web.fetch, todo]',
      ),
    ).capabilities ?? { grant: null, hidden: null };
    expect(grant?.entries).toMatchObject([
      { module: 'web', actions: ['fetch', 'search'], reason: null, when: null, index: 0 },
      { module: 'mcp_x', index: 1 },
    ]);
    expect(hidden?.entries.map(({ module, index, rule }) => [module, index, rule.path])).toEqual([
      ['lsp', 0, 'capabilities.hidden_modules[0]'],
      ['web', 1, 'capabilities.hidden_actions[0]'],
      ['todo', 2, 'capabilities.hidden_actions[1]'],
    ]);
  });
});

describe('contradictions', () => {
  it.each<[string, readonly RegExp[]]>([
    ['grant: [web], deny: [web]', [/module web is granted but also wholly denied \(line 1\); remove one/]],
    ['approve: [web], deny: [web]', [/module web is asked about but also wholly denied/]],
    ['grant: [web.fetch], deny: [web]', [/unreachable grant: web is wholly denied/]],
    ['approve: [web.fetch], deny: [web.fetch]', [/web\.fetch is asked about but also denied \(line 1\)/]],
    [
      'grant: [{ module: web, actions: [fetch, search] }], deny: [web.fetch]',
      [/web\.fetch is granted but also denied/],
    ],
    ['grant: [mcp_x.y], deny: [mcp]', [/unreachable grant: mcp is wholly denied/]],
    ['grant: [web], deny: [web.fetch]', []],
    ['grant: [web.search], deny: [web.fetch]', []],
    ['hidden_modules: [web], grant: [web]', []],
  ])('%s', (capabilities, wanted) => {
    const found = errors(rules(capabilities));
    expect(found, found.join('\n')).toHaveLength(wanted.length);
    for (const [at, pattern] of wanted.entries()) expect(found[at]).toMatch(pattern);
    const noted = compilePolicy(rules(capabilities), 'f', { contradictions: 'note' });
    expect(noted.ok && noted.notes.filter(({ message }) => message.includes('denied'))).toHaveLength(
      wanted.length,
    );
  });
});

describe('numbers and words', () => {
  it.each<[string, readonly RegExp[]]>([
    ['default_policy: ask', [/default_policy: .*allowed: auto, approve, block/]],
    ['max_risk_level: hihg', [/max_risk_level: .*did you mean high/]],
    [
      'max_data_classification: secret',
      [/max_data_classification: .*allowed: public, internal, confidential, restricted/],
    ],
    ['approval_timeout: 29', [/approval_timeout must be in \[30, 3600\] \(got 29\)/]],
    ['approval_timeout: 3601', [/\(got 3601\)/]],
    ['approval_timeout: soon', [/approval_timeout/]],
    ['observe: maybe', [/observe: must be true, false, or a list of agents/]],
    ['observe: { a: b }', [/must be true, false/]],
    ['observe: [[a]]', [/observe\[0\]/]],
    ['rate_limits: { wed: 1 }', [/unknown module "wed"/]],
    ['rate_limits: { web.fetsh: 1 }', [/unknown action "fetsh"/]],
    ['rate_limits: { web: 1, WEB: 2 }', [/"WEB" is limited twice; keep one/]],
    ['rate_limits: { "*": 1, " * ": 2 }', [/limited twice/]],
    ['rate_limits: { web: }', [/expected calls a minute, a whole number; 0 lifts the limit/]],
    ['rate_limits: { web: -1 }', [/rate limit must be >= 0 and at most 100000 calls a minute \(got -1\)/]],
    ['rate_limits: { web: 100001 }', [/\(got 100001\)/]],
    ['rate_limits: { web: 1.5 }', [/web/]],
  ])('%s', (capabilities, wanted) => {
    const found = errors(rules(capabilities));
    expect(found, found.join('\n')).toHaveLength(wanted.length);
    for (const [at, pattern] of wanted.entries()) expect(found[at]).toMatch(pattern);
  });

  it('are kept with their places', () => {
    const policy = made(
      rules(
        'approval_timeout: 30, max_data_classification: " Internal ", observe: [" codex "], rate_limits: { "*": 0, web: 100000, web.fetch: 2 }',
      ),
    );
    expect(policy.capabilities).toMatchObject({
      approvalTimeoutSeconds: 30,
      approvalTimeoutRule: { path: 'approval_timeout' },
      maxClass: { value: 'internal' },
    });
    expect(made(rules('approval_timeout: 3600')).capabilities?.approvalTimeoutSeconds).toBe(3600);
    expect(policy.observeLayers).toMatchObject([{ layer: 'user', setting: { value: ['codex'] } }]);
    expect(policy.capabilities?.rateLimits.rows).toMatchObject([
      { module: null, action: null, limit: 0, rule: { path: 'rate_limits["*"]' } },
      { module: 'web', action: null, limit: 100_000 },
      { module: 'web', action: 'fetch', limit: 2 },
    ]);
  });
});

describe('content', () => {
  it.each<[string, readonly RegExp[]]>([
    ['{ secret: deny }', [/unknown class of data "secret"; allowed: secrets.*did you mean secrets/]],
    ['{ secrets: }', [/says nothing; allowed: allow, redact, approve, deny/]],
    ['{ secrets: block }', [/secrets: /]],
    ['{ secrets: { modules: [web] } }', [/do is missing; allowed: allow, redact/]],
    ['{ secrets: { do: block } }', [/do/]],
    ['{ secrets: { do: deny, modules: [wed] } }', [/unknown module "wed"/]],
    ['{ secrets: { do: deny, module: web } }', [/module/]],
    ['{ secrets: [deny, block] }', [/secrets\[1\]/]],
  ])('%s', (content, wanted) => {
    const found = errors(rules(`content: ${content}`));
    expect(found, found.join('\n')).toHaveLength(wanted.length);
    for (const [at, pattern] of wanted.entries()) expect(found[at]).toMatch(pattern);
  });

  it('is answered by the row that says most', () => {
    const policy = made(
      rules(
        'content: { secrets: [redact, { do: deny, modules: [web, mcp] }], api_token: approve, jwt: { do: allow, modules: [shell] }, email: { do: deny } }',
      ),
    );
    const content = policy.capabilities?.content[0]?.rules;
    const said = (
      kind: 'api_token' | 'password' | 'jwt' | 'email' | 'iban',
      module: string,
      family: string | null = null,
    ) => {
      const answer = content?.of(kind, module, family) ?? null;
      return answer === null ? null : `${answer.value} ${answer.rule?.path}`;
    };
    expect(said('password', 'shell')).toBe('redact capabilities.content.secrets[0]');
    expect(said('password', 'web')).toBe('deny capabilities.content.secrets[1]');
    expect(said('password', 'mcp_x', 'mcp')).toBe('deny capabilities.content.secrets[1]');
    expect(said('api_token', 'web')).toBe('approve capabilities.content.api_token');
    expect(said('jwt', 'shell')).toBe('allow capabilities.content.jwt');
    expect(said('jwt', 'filesystem')).toBe('redact capabilities.content.secrets[0]');
    expect(said('email', 'web')).toBe('deny capabilities.content.email');
    expect(said('iban', 'web')).toBeNull();
    const [first] = content?.rows ?? [];
    if (first === undefined || content === undefined) throw new Error('no row');
    expect(content.without(first).of('password', 'shell', null)).toBeNull();
    expect(content.without(first).rows).toHaveLength(content.rows.length - 1);
  });
});

describe('modules', () => {
  it.each<[string, readonly RegExp[]]>([
    ['{ web.fetch: {} }', [/"web\.fetch" names an action; modules are named as a whole here/]],
    ['{ wed: {} }', [/unknown module "wed"/]],
    ['{ web: {}, Web: {} }', [/module web is there twice; keep one/]],
    ['{ web: { tools: [] } }', [/tools/]],
    ['{ shell: { constraints: { allowed_paths: [a] } } }', [/unknown field "allowed_paths"/]],
    ['{ filesystem: { constraints: { allowed_paths: [a, " "] } } }', [/allowed_paths\[1\]: must be a path/]],
    ['{ filesystem: { constraints: { allowed_paths: ["a\\0b"] } } }', [/must be a path/]],
    [
      '{ filesystem: { constraints: { allowed_paths: ["src/{a,b}"] } } }',
      [/"src\/\{a,b\}" is a pattern; name the folder/],
    ],
    ['{ filesystem: { constraints: { allowed_paths: 3 } } }', [/allowed_paths/]],
  ])('%s', (modules, wanted) => {
    const found = errors(`tools: { modules: ${modules}, capabilities: {} }`);
    expect(found, found.join('\n')).toHaveLength(wanted.length);
    for (const [at, pattern] of wanted.entries()) expect(found[at]).toMatch(pattern);
  });

  it('have limits where paths are written, and keep what a model runtime uses', () => {
    const text =
      'tools: { modules: { filesystem: { constraints: { allowed_paths: [~/a, b] }, config: { x: 1 } }, notebook: { constraints: { allowed_paths: [] } }, lsp: { constraints: {} }, web: }, capabilities: {} }';
    const { modules } = made(text);
    expect([...modules.keys()]).toEqual(['filesystem', 'notebook', 'lsp', 'web']);
    expect([...modules.values()].map(({ limits }) => limits.map(({ paths }) => paths))).toEqual([
      [['~/a', 'b']],
      [[]],
      [],
      [],
    ]);
    const result = compilePolicy(text, 'f');
    expect(result.ok && result.notes.map(({ message }) => message).join()).toMatch(
      /tools\.modules\.filesystem\.config/,
    );
  });
});

describe('agents', () => {
  it.each<[string, readonly RegExp[]]>([
    ['[]', []],
    ['[3]', [/agents\[0\]/]],
    ['[{ modules: [web] }]', [/agents\[0\]: an agent needs an id/]],
    ['[{ id: "" }]', [/\.id: an agent needs an id/]],
    ['[{ id: a }, { id: a }]', [/agent "a" is there twice; keep one/]],
    ['[{ id: a, capabilities: {} }]', [/rules per agent are not supported; narrow the agent with modules/]],
    ['[{ id: a, modules: web }]', [/expected a list of modules/]],
    ['[{ id: a, modules: [wed] }]', [/unknown module "wed"/]],
    ['[{ id: a, modules: [web.fetsh] }]', [/unknown action "fetsh"/]],
    ['[{ id: a, modules: [3] }]', [/modules\[0\]: expected a module, or a mapping \{ module, actions \}/]],
    ['[{ id: a, modules: { web.fetch: [] } }]', [/"web\.fetch" names an action; write \{ web: \[fetch\] \}/]],
    ['[{ id: a, modules: [{ module: web, action: [fetch] }] }]', [/action/]],
    ['[{ id: a, modules: [{ module: web, actions: [fetsh] }] }]', [/unknown action "fetsh"/]],
    ['[{ id: a, modules: [{ module: [web] }] }]', [/module/]],
  ])('%s', (agents, wanted) => {
    const found = errors(`agents: ${agents}\ntools: { capabilities: {} }`);
    expect(found, found.join('\n')).toHaveLength(wanted.length);
    for (const [at, pattern] of wanted.entries()) expect(found[at]).toMatch(pattern);
  });

  it.each<[string, readonly string[]]>([
    ['[web]', ['web.fetch', 'web.search']],
    ['[web.fetch]', ['web.fetch']],
    ['[web.fetch, web]', ['web.fetch', 'web.search']],
    ['[web, web.fetch]', ['web.fetch', 'web.search']],
    ['[web.fetch, web.search]', ['web.fetch', 'web.search']],
    ['[{ id: web, tools: [fetch] }]', ['web.fetch']],
    ['[{ module: web, actions: [fetch], tools: [search] }]', ['web.fetch', 'web.search']],
    ['[{ web: [fetch] }, todo]', ['web.fetch', 'todo.write']],
    ['{ web: [], shell: [bash] }', ['web.fetch', 'web.search', 'shell.bash']],
    ['[]', []],
  ])('%s may use %s', (modules, wanted) => {
    const access = made(`agents: [{ id: a, modules: ${modules} }]\ntools: { capabilities: {} }`).agents.get(
      'a',
    )?.modules;
    const all = ['web.fetch', 'web.search', 'shell.bash', 'todo.write'];
    expect(
      all.filter((name) => {
        const [module = '', action = ''] = name.split('.');
        return access?.allows(module, action);
      }),
    ).toEqual(wanted.length === 0 ? [] : all.filter((name) => wanted.includes(name)));
  });
});
