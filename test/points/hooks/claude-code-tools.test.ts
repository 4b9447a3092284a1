import { describe, expect, it } from 'vitest';
import { CLAUDE_CODE_TOOLS, claudeCodeTool } from '../../../main/points/hooks/claude-code-tools.ts';
import { builtinCatalog, canonicalCall } from '../../../main/policy/catalog.ts';

const name = (tool: string, server: string | null = null, params = {}) => {
  const { module, action } = claudeCodeTool(tool, params, server);
  return `${module}.${action}`;
};

describe('claudeCodeTool', () => {
  it.each([...CLAUDE_CODE_TOOLS])('%s is %s, which the catalog knows', (tool, canonical) => {
    expect(name(tool)).toBe(canonical);
    const { module, action } = claudeCodeTool(tool, {}, null);
    expect(builtinCatalog.action(module, action)).not.toBeNull();
  });

  it.each([
    ['Bash', 'shell.bash'],
    ['Write', 'filesystem.write'],
    ['Edit', 'filesystem.edit'],
    ['MultiEdit', 'filesystem.edit'],
    ['Read', 'filesystem.read'],
    ['WebFetch', 'web.fetch'],
    ['Task', 'agent.spawn'],
    ['Agent', 'agent.spawn'],
  ])('%s is %s', (tool, canonical) => {
    expect(name(tool)).toBe(canonical);
  });

  it.each([
    'bash',
    'BASH',
    'Bash ',
    'shell.bash',
    'filesystem__read',
    'Filesystem.Read',
    'read',
    'NoSuchTool',
    'PowerShell',
    'mcp_x',
    'mcp__',
    'mcp__a',
    'mcp__a__',
    'mcp____a',
    'Вash',
    'Bash\u200b',
    'Bash\u0000',
    '',
    'x'.repeat(500),
  ])('a name that is not in the list is nobody’s: %j', (tool) => {
    const found = claudeCodeTool(tool, {}, null);
    expect(found.module).toBe('claude_code');
    expect(builtinCatalog.action(found.module, found.action)).toBeNull();
    // Nothing that looks at the name later may read another module out of it.
    expect(canonicalCall(found.module, found.action).module).toBe('claude_code');
  });

  it('takes MCP names apart', () => {
    expect(name('mcp__gh__wipe')).toBe('mcp_gh.wipe');
    expect(name('mcp__GitHub__Create_Issue')).toBe('mcp_github.create_issue');
    expect(name('mcp__shell__bash')).toBe('mcp_shell.bash');
    expect(name('mcp__my_server__do-it', 'my.server')).toBe('mcp_my_server.do-it');
    expect(name('mcp__plugin_a_b__x', 'plugin:a:b')).toBe('mcp_plugin_a_b.x');
  });

  it('does not guess which server an ambiguous name means', () => {
    expect(name('mcp__a__b__c')).toBe('claude_code.mcp__a__b__c');
    expect(name('mcp__a__b__c', 'a')).toBe('mcp_a.b__c');
    expect(name('mcp__a__b__c', 'a__b')).toBe('claude_code.mcp__a__b__c');
    expect(name('mcp__a___b')).toBe('claude_code.mcp__a___b');
    expect(name('mcp__a___b', 'a')).toBe('mcp_a._b');
    expect(name('mcp__a___b', 'a_')).toBe('claude_code.mcp__a___b');
    expect(name('mcp__trusted__x', 'evil')).toBe('claude_code.mcp__trusted__x');
  });

  it('takes Monitor for what it runs', () => {
    expect(name('Monitor', null, { command: 'rm -rf /' })).toBe('shell.monitor');
    expect(name('Monitor', null, { ws: { url: 'ws://x' } })).toBe('claude_code.monitor');
  });
});
