import { describe, expect, it } from 'vitest';
import { fetchWarning } from '../../../main/points/mcp/fetching-program.ts';

const warningOf = (line: string) => {
  const [program = '', ...args] = line.split(' ');
  return fetchWarning({
    transport: { kind: 'stdio', program, args, env: {}, cwd: null, digest: null },
  });
};

describe('a program that may fetch code at each start', () => {
  it.each([
    ['/usr/bin/npx -y @scope/server /notes', '@scope/server@1.2.3'],
    ['npx server@latest', ' server@1.2.3'],
    ['npx -y server@^1.0.0', 'server'],
    ['npx --package=@a/b -- run', '@a/b'],
    ['npx -p a -c b', 'a'],
    ['npm exec -- server', 'server'],
    ['pnpm dlx server', 'server'],
    ['C:/nodejs/npx.cmd -y server', 'server'],
    ['uvx server', 'server==1.2.3'],
    ['uvx --python 3.12 server', 'server'],
    ['uvx --from git+https://x.example/a.git server', 'git+https'],
    ['uv tool run server', 'server'],
    ['pipx run server', 'server'],
    ['bunx server', 'server'],
  ])('is named: %s', (line, named) => {
    expect(warningOf(line)).toContain('may fetch code at each start');
    expect(warningOf(line)).toContain(named);
  });

  it.each([
    'npx -y @scope/server@1.2.3 /notes',
    'npx --package server@1.2.3-beta.1 run',
    'npm exec server@0.0.1',
    'uvx server==1.2.3',
    'uvx --from server@2.0 run',
    'node server.js',
    'npm start',
    'uv run server.py',
    '/opt/server',
  ])('is not: %s', (line) => {
    expect(warningOf(line)).toBeNull();
  });
});
