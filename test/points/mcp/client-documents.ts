/** Settings files of each client with MCP entries in them, in all the shapes in which editors leave them. */
export const SECRET = 'sk-very-secret-0123456789';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A file of the client with several servers in it, among other things. */
export function documentOf(client: string): { [key: string]: Json } {
  if (client === 'opencode')
    return {
      $schema: 'https://opencode.ai/config.json',
      mcp: {
        files: {
          type: 'local',
          command: ['npx', '-y', 'files', '/tmp/a b'],
          environment: { KEY: SECRET },
          enabled: true,
        },
        'ünï 😀 x': {
          type: 'remote',
          url: 'https://x.invalid/mcp',
          headers: { Authorization: SECRET },
          timeout: 9000,
        },
        bare: { type: 'local', command: ['uvx'] },
      },
      theme: 'system',
    };
  const servers: Json = {
    files: {
      command: 'npx',
      args: ['-y', 'files', '/tmp/a "b"\\c'],
      env: { KEY: SECRET, EMPTY: '' },
      timeout: 60000,
    },
    'ünï 😀 x': { command: 'uvx', args: [] },
    bare: { type: 'stdio', command: 'npx' },
    remote: {
      trust: false,
      type: 'http',
      url: 'https://x.invalid/mcp',
      headers: { Authorization: `Bearer ${SECRET}` },
    },
    env_first: { env: {}, command: 'uvx', args: ['--x'], alwaysAllow: ['a', 'b'], tools: ['*'] },
  };
  return {
    numStartups: 7,
    mcpServers: servers,
    ...(client === 'claude-code'
      ? {
          projects: {
            '/home/me/ä b': {
              allowedTools: [],
              mcpServers: { local: { command: 'npx', args: ['local'], env: { K: SECRET } } },
            },
            '/empty': { mcpServers: {} },
          },
        }
      : {}),
    after: ['mcpServers', { mcpServers: 1 }],
  };
}

export interface Shape {
  readonly name: string;
  /** Null: on one line. */
  readonly indent: string | null;
  readonly lineEnd?: string;
  readonly bom?: boolean;
  readonly end?: string;
  readonly colon?: string;
  readonly comma?: string;
  readonly leaveArrays?: boolean;
}

export const SHAPES: readonly Shape[] = [
  { name: 'two spaces', indent: '  ', end: '\n' },
  { name: 'four spaces', indent: '    ', end: '\n' },
  { name: 'tabs', indent: '\t', end: '\n' },
  { name: 'one space', indent: ' ', end: '\n' },
  { name: 'no final newline', indent: '  ', end: '' },
  { name: 'CRLF', indent: '  ', lineEnd: '\r\n', end: '\r\n' },
  { name: 'CRLF and tabs, no final newline', indent: '\t', lineEnd: '\r\n', end: '' },
  { name: 'CR alone', indent: '  ', lineEnd: '\r', end: '\r' },
  { name: 'a byte order mark', indent: '  ', bom: true, end: '\n' },
  { name: 'one line', indent: null, end: '' },
  { name: 'one line with gaps', indent: null, end: '\n', colon: ': ', comma: ', ' },
  { name: 'odd blanks', indent: '   ', end: ' \n\n\t', colon: ' :  ', comma: ' ,' },
  { name: 'no indentation', indent: '', end: '\n' },
  { name: 'arrays on one line', indent: '  ', end: '\n', leaveArrays: true },
];

export function textOf(value: Json, shape: Shape, depth = 0): string {
  const { indent, lineEnd = '\n', colon = shape.indent === null ? ':' : ': ', comma = ',' } = shape;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const flat = indent === null || (shape.leaveArrays === true && Array.isArray(value));
  const inner = flat ? { ...shape, indent: null } : shape;
  const children = Array.isArray(value)
    ? value.map((item) => textOf(item, inner, depth + 1))
    : Object.entries(value).map(
        ([key, item]) => `${JSON.stringify(key)}${colon}${textOf(item, inner, depth + 1)}`,
      );
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (children.length === 0) return `${open}${close}`;
  if (flat) return `${open}${children.join(comma)}${close}`;
  const outer = lineEnd + (indent ?? '').repeat(depth);
  return `${open}${children.map((child) => outer + indent + child).join(comma)}${outer}${close}`;
}

export const bytesOf = (value: Json, shape: Shape) =>
  Buffer.from(`${shape.bom === true ? '\ufeff' : ''}${textOf(value, shape)}${shape.end ?? ''}`);

export const ROUTED = { 'claude-code': 6, opencode: 3 } as Record<string, number>;
