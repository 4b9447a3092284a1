/** `auth` of servers in a policy: which declared credential it means, and whose word counts. */
import { describe, expect, it } from 'vitest';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { PolicyLayer } from '../../main/policy/layer.ts';
import { mergeLayers } from '../../main/policy/merge-layers.ts';
import { trustChanges } from '../../main/policy/trust-changes.ts';

const SCHEMA = `security: { credentials_schema: { providers: [
  { name: wiki, type: oauth2, oauth_provider: notion }, { name: github, scope: per_app_shared }] } }
`;
const text = (servers: string, schema = SCHEMA) =>
  `tools: { modules: { mcp: { config: { servers: ${servers} } } }, capabilities: {} }\n${schema}`;
const compiled = (servers: string, schema = SCHEMA) => compilePolicy(text(servers, schema), 'f');
const auth = (servers: string, schema?: string) => {
  const result = compiled(servers, schema);
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result.policy.serverAuth.map(({ rule: _rule, ...one }) => one);
};
const said = (servers: string, schema?: string) => {
  const result = compiled(servers, schema);
  return (result.ok ? result.notes : result.diagnostics).map(formatDiagnostic).join('\n');
};

describe('auth of a server', () => {
  it('means the credential that it names, in either form, or the one that is for its provider', () => {
    expect(
      auth(`{
        notion: { command: mcp-notion, auth: { type: oauth2, provider: notion, env_token_var: NOTION_API_KEY } },
        Git Hub: { auth: { credential: { ref: github, scope: per_app_shared }, env_token_var: GH_TOKEN } },
        github: { url: "https://x.example", auth: { provider: github } } }`),
    ).toEqual([
      { server: 'notion', variable: 'NOTION_API_KEY', credential: 'wiki', scope: 'per_user' },
      { server: 'git-hub', variable: 'GH_TOKEN', credential: 'github', scope: 'per_app_shared' },
      { server: 'github', variable: null, credential: 'github', scope: 'per_app_shared' },
    ]);
    expect(auth('[plain, { notion: { auth: { credential: wiki } } }]')).toMatchObject([{ server: 'notion' }]);
    expect(said('{ notion: { auth: { credential: wiki, env_token_var: T } } }')).toContain(
      'once it is registered, the server notion is started with wiki as T',
    );
  });

  it.each([
    ['{ a: { auth: { credential: wikki } } }', 'ref "wikki" is not declared; declared: wiki, github'],
    [
      '{ a: { auth: { credential: { ref: github } } } }',
      '"github" is declared with scope per_app_shared, not per_user',
    ],
    [
      '{ a: { auth: { provider: x, credential: { ref: wiki, provider: notion } } } }',
      'the provider beside the credential is "x"',
    ],
    [
      '{ a: { auth: { credential: wiki, env_token_var: LD_PRELOAD } } }',
      '"LD_PRELOAD" is given to no server',
    ],
    ['{ a: { auth: { credential: wiki, env_token_var: PATH } } }', '"PATH" is given to no server'],
    ['{ a: { auth: { credential: wiki, env_token_var: "A B" } } }', 'is no name of an environment variable'],
    [
      '{ A: { auth: { credential: wiki } }, a: { auth: { credential: wiki } } }',
      'the server "a" is there twice',
    ],
    ['{ add: { auth: { credential: wiki } } }', '"add" cannot be the name of a registered server'],
  ])('is refused where it cannot be meant: %s', (servers, message) => {
    expect(compiled(servers).ok).toBe(false);
    expect(said(servers)).toContain(message);
  });

  it('gives nothing, and says so, where no declared credential is meant', () => {
    const servers =
      '{ a: { auth: { type: oauth2, provider: slack, env_token_var: T } }, b: {}, c: 1, d: { auth: no } }';
    expect(auth(servers)).toEqual([]);
    expect(said(servers)).toContain('names no credential that security.credentials_schema declares');
    expect(auth(servers, '')).toEqual([]);
    const two = SCHEMA.replace(
      '{ name: wiki,',
      '{ name: wiki2, type: oauth2, oauth_provider: notion }, { name: wiki,',
    );
    expect(said('{ a: { auth: { provider: notion } } }', two)).toContain('say which with credential: NAME');
  });
});

describe('of several layers', () => {
  const layer = (name: PolicyLayer['name'], servers: string, trusted = true): PolicyLayer => {
    const result = compilePolicy(text(servers), name);
    if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
    return { name, policy: result.policy, trusted };
  };
  const first = '{ notion: { auth: { credential: wiki, env_token_var: FIRST } } }';
  const second =
    '{ notion: { auth: { credential: wiki, env_token_var: SECOND } }, x: { auth: { credential: wiki } } }';

  it('the highest that says something of a server counts, and a file nobody trusts says nothing', () => {
    const both = (trusted: boolean) =>
      mergeLayers([layer('user', first), layer('project', second, trusted)])?.serverAuth.map(
        ({ server, variable }) => `${server} ${variable}`,
      );
    expect(both(true)?.toSorted()).toEqual(['notion FIRST', 'x null']);
    expect(both(false)).toEqual(['notion FIRST']);
  });

  it('what trusting a file would give is told before', () => {
    expect(
      trustChanges([layer('user', '{}')], layer('project', second).policy).map(({ kind, text: line }) => [
        kind,
        line,
      ]),
    ).toContainEqual([
      'widens',
      'The server notion is started with the credential wiki as SECOND, after a question in each session',
    ]);
  });
});
