import { expect, it } from 'vitest';
import { notificationText } from '../../../main/app/desktop/notification-text.ts';
import type { Approval } from '../../../main/engine/approvals/approval.ts';
import type { JsonObject } from '../../../main/platform/canonical-json.ts';

const textOf = (module: string, action: string, params: JsonObject) =>
  notificationText(
    {
      call: { module, action, params, client: 'claude-code', app: '/home/sam/web', cwd: '/home/sam/web' },
      decision: { risk: 'medium', reason: 'It asks.' },
    } as unknown as Approval,
    1,
    '/home/sam',
    <T>(value: T) => JSON.parse(JSON.stringify(value).replaceAll('vault-value', '[REDACTED]')) as T,
  );

it('says the whole address of what is fetched, and is not whole when that does not fit', () => {
  const short = textOf('web', 'fetch', { url: 'https://example.org/c?d=1', prompt: 'read' });
  expect(short.body).toContain('\nhttps://example.org/c?d=1\n');
  expect(short.whole).toBe(true);
  expect(textOf('web', 'fetch', { url: `https://example.org/${'x'.repeat(120)}` }).whole).toBe(false);
});

it('is whole for a read, a search and a delete of one file, never for what is written', () => {
  expect(textOf('filesystem', 'read', { path: 'a.md', offset: 3, limit: 5 }).whole).toBe(true);
  expect(textOf('filesystem', 'delete', { path: 'a.md' }).whole).toBe(true);
  expect(textOf('web', 'search', { query: 'a', allowed_domains: ['b'] }).whole).toBe(true);
  expect(textOf('filesystem', 'delete', { path: 'a.md', recursive: true }).whole).toBe(false);
  expect(textOf('filesystem', 'write', { path: 'a.md', content: 'x' }).whole).toBe(false);
  // Not even where what is written happens to be what is shown.
  expect(textOf('filesystem', 'write', { path: 'a.md', content: 'a.md' }).whole).toBe(false);
  expect(textOf('filesystem', 'edit', { path: 'a.md', old_string: 'b', new_string: 'c' }).whole).toBe(false);
  expect(textOf('web', 'fetch', { url: 'https://example.org/', method: 'POST' }).whole).toBe(false);
  expect(textOf('shell', 'bash', { command: 'ls', run_in_background: true }).whole).toBe(false);
});

it('is not whole while a parameter of a tool is not in it', () => {
  expect(textOf('mcp_db', 'query', { q: 'DROP TABLE users' }).whole).toBe(false);
  expect(textOf('mcp_github', 'create_issue', { title: 'x', body: 'y' }).whole).toBe(false);
  expect(textOf('mcp_db', 'list', {}).whole).toBe(true);
  expect(textOf('shell', 'bash', { command: 'npm test', timeout: 1 }).whole).toBe(true);
});

it('34 holds no value of the vault, and is not whole where one stood', () => {
  const { body, whole } = textOf('shell', 'bash', { command: 'curl example.org/vault-value' });
  expect(body).toContain('curl example.org/[REDACTED]');
  expect(whole).toBe(false);
});
