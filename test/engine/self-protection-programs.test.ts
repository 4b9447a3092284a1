import { describe, expect, it } from 'vitest';
import { protects, spawnsAgent } from '../../main/engine/self-protection.ts';
import { bash, callOf, protection } from './calls.ts';

const stopped = (command: string) => protects(bash(command), protection)?.what ?? null;

describe('programs in command position', () => {
  it.each([
    'gdbus call',
    'gd""bus call',
    "g'd'bus x",
    'g\\dbus call',
    "$'\\x67dbus' x",
    '/usr/bin/gdbus x',
    './xdotool',
    'GDBUS=1 gdbus x',
    '\\\ngdbus x',
    'gdb?s call',
    'true && gdbus x',
    'true || busctl x',
    'true; dbus-send x',
    'true | xte',
    'true & wtype y',
    'true\nxdotool key Return',
    '(wtype y)',
    '{ xte x; }',
    '{gdbus,call}',
    '! xdotool x',
    'if true; then gdbus x; fi',
    'while ! gdbus x; do :; done',
    'for i in 1 2; do xdotool x; done',
    'f() { gdbus x; }',
    'time gdbus',
    'exec -a foo gdbus',
    'command gdbus x',
    'builtin command gdbus',
    'sudo -u root gdbus',
    'sudo -- gdbus',
    'env A=b xdotool key Return',
    'env -i gdbus',
    'env -S "gdbus call"',
    'env -Sgdbus',
    'nohup ydotool &',
    'timeout 5 busctl',
    'timeout -k 1 5 busctl',
    'nice -n 5 gdbus',
    'stdbuf -oL gdbus',
    'setsid gdbus',
    'flock /tmp/l gdbus call',
    'watch gdbus x',
    'echo x | xargs -n 1 xdotool key',
    'find . -exec gdbus {} \\;',
    'echo $(secret-tool lookup a b)',
    'echo `keyctl x`',
    'echo "$(osascript x)"',
    '$(which gdbus) call',
    'bash -c "gdbus call"',
    'bash -c -- "gdbus call"'.replace(' --', ''),
    'eval "gdb""us x"',
    'trap "gdbus x" EXIT',
    'alias g=gdbus',
    'su -c "gdbus x"',
    'echo "gdbus call" | sh',
    'cat <<EOF | bash\ngdbus call\nEOF',
    'bash <<< "gdbus call"',
    'python3 -c "import os; os.system(\'xdotool key Return\')"',
    'security find-generic-password -w',
  ])('stops %j', (command) => {
    expect(stopped(command)).toBe('fakes_a_person');
  });

  it.each([
    'gatehouse approvals approve x',
    'npx gatehouse status',
    'npx --no-install gatehouse open',
    '~/bin/gatehouse open',
    'sudo gatehouse pause',
  ])("stops %j as the person's program", (command) => {
    expect(stopped(command)).toBe('own_program');
  });

  it.each([
    'kill 4321',
    'kill -9 4322',
    'kill -9 -4321',
    'kill -9 -1',
    'pkill -f gatehouse',
    'pkill g',
    'killall gatehouse',
    'kill $(pgrep gatehouse)',
    'pgrep -f gatehouse | xargs kill',
    'gdb -p 4321',
    'strace --pid=4321',
    'sudo kill 4321',
    'killall5',
  ])('stops %j as aimed at our processes', (command) => {
    expect(stopped(command)).toBe('own_processes');
  });

  it.each([
    'echo "gatehouse is nice"',
    'echo gdbus',
    'git commit -m "gdbus"',
    'git commit -m gdbus',
    'git commit -m "use gatehouse; gdbus and xdotool"',
    'grep -r xdotool .',
    'sudo apt install xdotool',
    'pip install dbus-python',
    'man gdbus',
    'which gdbus',
    'command -v xdotool',
    'cat README.md # gdbus',
    'cat > README.md <<EOF\ngatehouse is nice\ngdbus too\nEOF',
    'for f in gdbus x; do echo $f; done',
    'case $x in gdbus) echo;; esac',
    'echo "run gatehouse status"',
    'npm install gatehouse-sdk',
    'sed -i s,xdotool,x, README.md',
    'kill 999',
    'kill %1',
    'kill -9 $PID',
    'pkill -f vite-server',
    'killall foo',
    'node server.js 4321',
    'pgrep -f gatehouse',
    'curl http://127.0.0.1:4321/',
  ])('lets %j through', (command) => {
    expect(stopped(command)).toBeNull();
  });
});

describe('agent programs', () => {
  it.each([
    ['claude -p x', 'claude'],
    ['npx @anthropic-ai/claude-code@latest -p x', 'claude'],
    ['npx -y @openai/codex exec', 'codex'],
    ['sudo codex exec', 'codex'],
    ['cd x; gemini', 'gemini'],
    ['bash -c "opencode run"', 'opencode'],
    ['/usr/local/bin/copilot', 'copilot'],
    ['A=1 cursor-agent', 'cursor-agent'],
    ['echo x | xargs claude -p', 'claude'],
    ['cl""aude', 'claude'],
  ])('%j starts %s', (command, agent) => {
    expect(spawnsAgent(bash(command), protection)).toBe(agent);
  });

  it.each([
    'echo claude',
    'git commit -m claude',
    'cat claude.md',
    'ls ~/.claude',
    'npm install @openai/codex',
    'grep codex README.md',
  ])('%j starts none', (command) => {
    expect(spawnsAgent(bash(command), protection)).toBeNull();
  });

  it('looks at commands only', () => {
    expect(
      spawnsAgent(callOf('filesystem.write', { file_path: 'a', content: 'claude -p' }), protection),
    ).toBeNull();
    expect(spawnsAgent(callOf('mcp_shell.run', { command: 'claude -p' }), protection)).toBe('claude');
  });
});
