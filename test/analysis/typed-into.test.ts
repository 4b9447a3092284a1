/** Where an agent may type into what runs and tells nobody, a program that would do it is opaque; nothing else is. */
import { describe, expect, it } from 'vitest';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import { bash } from '../engine/calls.ts';
import { openAnalyst } from '../support/analyst.ts';

const analyses = new CallAnalyses(await openAnalyst(), '/home/u');
const opaque = (command: string, client: string) =>
  analyses.of({ ...bash(command, { cwd: '/home/u/p' }), app: '/home/u/p', client }).opaque;

describe('a command of a client that types unseen', () => {
  it.each([
    'bash',
    'bash -i',
    'sh',
    'env -i bash --norc',
    'cd src && python3',
    'python3 -i',
    'node',
    'perl',
    'vim notes.txt',
    '/usr/bin/ed',
    'less log.txt',
    'psql app',
    'sqlite3 app.db',
    'redis-cli',
    'gdb ./app',
    'tmux',
    'read x; $x',
    'cat | sh',
    'timeout 60 bash',
  ])('%s', (command) => {
    expect(opaque(command, 'codex')).not.toBeNull();
    if (!/ed$|\$x|\| sh/.test(command)) expect(opaque(command, 'claude-code')).toBeNull();
  });

  it.each([
    'ls -la',
    'git log --oneline',
    'rg foo',
    'cat a.txt | head -3',
    'npm test',
    'python3 -c "print(1)"',
    "python3 - <<'E'\nprint(1)\nE",
    'echo "print(1)" | python3',
    'bash -c "ls"',
    'bash < /dev/null',
    'sqlite3 app.db "select 1"',
    'psql -c "select 1" app',
    'redis-cli get x',
    'gdb -batch -ex bt ./app core',
    'crontab -l',
    'node -e "1"',
    'curl -s http://127.0.0.1:3000/',
  ])('not %s', (command) => {
    expect(opaque(command, 'codex')).toBe(opaque(command, 'claude-code'));
  });

  it('is known as such to a policy’s conditions too', () => {
    const fit = (client: string) => analyses.fits('bash', ['ordinary'], { cwd: '/p', app: '/p', client });
    expect([fit('codex'), fit('claude-code')]).toEqual(['opaque', 'all']);
  });
});
