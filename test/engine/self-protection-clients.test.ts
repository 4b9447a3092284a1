/** Settings of other agents than Claude Code in which hooks are switched off, and what runs beside them. */
import { describe, expect, it } from 'vitest';
import { type Protection, protects } from '../../main/engine/self-protection.ts';
import { callOf } from './calls.ts';

const HOME = '/home/dev';
const CWD = '/home/dev/project';
const protection: Protection = {
  paths: ['/home/dev/.local/share/gatehouse'],
  settings: [
    '/home/dev/.copilot/hooks/gatehouse.json',
    '/home/dev/.config/opencode/plugins/gatehouse.js',
    '/home/dev/.cursor/hooks.json',
  ],
  pids: [],
  home: HOME,
};

const shell = (command: string, cwd = CWD) =>
  protects(callOf('shell.bash', { command }, { cwd }), protection);
const file = (action: string, path: string) =>
  protects(callOf(`filesystem.${action}`, { file_path: path }, { cwd: CWD }), protection);

describe('no call changes', () => {
  it.each([
    'rm ~/.copilot/hooks/gatehouse.json',
    'rm -rf ~/.copilot/hooks',
    'mv ~/.copilot/hooks /tmp/x',
    'rm -rf ~/.copilot',
    `echo '{"disableAllHooks":true}' > .github/copilot/settings.json`,
    `cd .github/copilot && echo '{"disableAllHooks":true}' > settings.local.json`,
    'cp /tmp/settings.json .github/copilot/',
    'cp -r /tmp/evil .github/copilot',
    'sed -i s/x/y/ .github/copilot/settings.json',
    'rm ~/.config/opencode/plugins/gatehouse.js',
    'cp /tmp/evil.js ~/.config/opencode/plugins/',
    'cp /tmp/evil.js ~/.config/opencode/plugin/zz.js',
    'tee .opencode/plugins/zz.js < /tmp/evil.js',
    'mkdir -p .opencode/plugin && cp /tmp/evil.ts .opencode/plugin/a.ts',
    'cp -r /tmp/plugins .opencode',
    'echo x > ~/.opencode/plugins/a.js',
    'ln -s /tmp/evil .opencode/plugins',
    `echo '{"version":1,"hooks":{}}' > ~/.cursor/hooks.json`,
    `python3 -c "open('/home/dev/.cursor/hooks.json','w')"`,
  ])('%s', (command) => {
    expect(shell(command)?.what, command).toBe('agent_settings');
  });

  it.each([
    ['write', '/home/dev/.copilot/hooks/gatehouse.json'],
    ['edit', '/home/dev/project/.github/copilot/settings.json'],
    ['write', '.github/copilot/settings.local.json'],
    ['write', '/home/dev/project/.opencode/plugins/zz.ts'],
    ['write', '/home/dev/.config/opencode/plugin/zz.js'],
    ['write', '/home/dev/project/.opencode/plugins/pack/index.js'],
    ['delete', '/home/dev/.config/opencode/plugins/gatehouse.js'],
    ['edit', '/home/dev/.cursor/hooks.json'],
  ])('%s %s', (action, path) => {
    expect(file(action, path)?.what).toBe('agent_settings');
  });
});

describe('a call may', () => {
  it.each([
    'cat ~/.copilot/hooks/gatehouse.json',
    'ls -la .opencode/plugins ~/.config/opencode/plugins',
    'cat .github/copilot/settings.json | jq .',
    'git diff .github/copilot/settings.json',
    'echo x > .github/copilot-instructions.md',
    'echo x > .github/workflows/ci.yml',
    'echo x > .opencode/agent/review.md',
    'npm install opencode-plugin-x',
    'echo x > src/plugins/a.ts',
    'rm -rf plugins',
    'npm run settings',
  ])('%s', (command) => {
    expect(shell(command)).toBeNull();
  });

  it.each([
    ['read', '/home/dev/.copilot/hooks/gatehouse.json'],
    ['read', '/home/dev/project/.opencode/plugins/zz.ts'],
    ['write', '/home/dev/project/opencode/plugins/zz.ts'],
    ['write', '/home/dev/project/.opencode/agent/x.md'],
    ['write', '/home/dev/project/.github/copilot/readme.md'],
  ])('%s %s', (action, path) => {
    expect(file(action, path)).toBeNull();
  });
});
