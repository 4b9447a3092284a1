// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is shell text
import { describe, expect, it } from 'vitest';
import { type Protection, protects } from '../../main/engine/self-protection.ts';
import { bash, callOf, randomFrom } from './calls.ts';

/** Our hooks stand in a folder of another name, so that it is the pattern that covers `.claude`. */
const protection: Protection = {
  paths: ['/home/u/.local/share/gatehouse'],
  settings: ['/home/u/.claude/settings.json', '/home/u/moved/settings.json', '/home/u/dotfiles/agent.json'],
  pids: [],
  home: '/home/u',
};

const told = (command: string, cwd = '/home/u/web') =>
  protects(bash(command, { cwd }), protection)?.what ?? null;
const hit = (name: string, params: object, cwd = '/home/u/web', rules = protection) =>
  protects(callOf(name, params as never, { cwd }), rules)?.what ?? null;

describe('file tools and the settings of agents', () => {
  const spellings: readonly (readonly [string, string])[] = [
    ['/home/u/web/.claude/settings.json', '/'],
    ['/home/u/web/.claude/settings.local.json', '/'],
    ['/srv/other/.claude/settings.json', '/'],
    ['/.claude/settings.json', '/'],
    ['.claude/settings.json', '/home/u/web'],
    ['./.claude//settings.local.json', '/home/u/web'],
    ['settings.json', '/home/u/web/.claude'],
    ['./settings.json', '/home/u/web/.claude/'],
    ['../settings.json', '/home/u/web/.claude/commands'],
    ['../.claude/settings.json', '/home/u/web/src'],
    ['/home/u/web/src/../.claude/x/../settings.json', '/'],
    ['/home/u/web/.claude/settings.json/', '/'],
    [' .claude/settings.json', '/home/u/web'],
    ['~/.claude/settings.json', '/'],
    ['~/web/.claude/settings.local.json', '/'],
    ['~u/.claude/settings.json', '/'],
    ['$HOME/.claude/settings.json', '/'],
    ['${HOME}/web/.claude/settings.json', '/'],
    ['.claude/settings.json', '~/web'],
    ['file:///home/u/web/.claude/settings.json', '/'],
    ['file:///home/u/web/%2eclaude/settings.json', '/'],
    ['/proc/self/root/home/u/web/.claude/settings.json', '/'],
    ['/proc/self/cwd/.claude/settings.json', '/home/u/web'],
    ['/home/u/web/.codex/config.toml', '/'],
    ['.codex/hooks.json', '/home/u/web'],
    ['config.toml', '/home/u/web/.codex'],
    ['.gemini/settings.json', '/home/u/web'],
    ['~/web/.gemini/settings.json', '/'],
    ['/home/u/moved/settings.json', '/'],
    ['moved/../dotfiles/agent.json', '/home/u'],
  ];

  it.each(spellings)('%j from %j is not written, changed, moved or removed, and may be read', (path, cwd) => {
    for (const [tool, params] of [
      ['filesystem.write', { file_path: path, content: '{}' }],
      ['filesystem.edit', { file_path: path, old_string: 'a', new_string: 'b' }],
      ['filesystem.delete', { path }],
      ['filesystem.delete_tree', { path }],
      ['filesystem.move', { source: path, destination: '/tmp/x' }],
      ['filesystem.move', { source: '/tmp/x', destination: path }],
      ['filesystem.copy', { source: '/tmp/x', destination: path }],
      ['filesystem.create_directory', { path }],
      ['notebook.edit', { notebook_path: path }],
    ] as const)
      expect([tool, hit(tool, params, cwd)]).toEqual([tool, 'agent_settings']);
    for (const [tool, params] of [
      ['filesystem.read', { file_path: path }],
      ['filesystem.list', { path }],
      ['filesystem.grep', { pattern: 'hooks', path }],
      ['notebook.read', { notebook_path: path }],
      ['filesystem.copy', { source: path, destination: '/tmp/x' }],
    ] as const)
      expect([tool, hit(tool, params, cwd)]).toEqual([tool, null]);
  });

  it('covers the whole folder where a tool takes or replaces it', () => {
    for (const path of [
      '/home/u/web/.claude',
      '.claude/',
      '~/.claude',
      '/home/u/moved',
      '/home/u/dotfiles',
    ]) {
      expect([path, hit('filesystem.delete', { path })]).toEqual([path, 'agent_settings']);
      expect([path, hit('filesystem.move', { source: path, destination: '/tmp/x' })]).toEqual([
        path,
        'agent_settings',
      ]);
      expect([path, hit('filesystem.copy', { source: '/tmp/x', destination: path })]).toEqual([
        path,
        'agent_settings',
      ]);
      expect([path, hit('workspace.delete', { path })]).toEqual([path, 'agent_settings']);
      expect([path, hit('filesystem.copy', { source: path, destination: '/tmp/x' })]).toEqual([path, null]);
    }
    expect(hit('filesystem.copy', { source: '/tmp/.claude', destination: '/home/u/web' })).toBeNull();
    expect(hit('filesystem.move', { source: '/tmp/settings.json', destination: '.claude/' })).toBe(
      'agent_settings',
    );
    expect(hit('filesystem.copy', { source: '/tmp/settings.json', destination: '/home/u/web/.claude' })).toBe(
      'agent_settings',
    );
  });

  it('looks at every parameter, at lists, and at tools that nobody knows', () => {
    expect(hit('filesystem.edit', { file_path: 'a.ts', path: '.claude/settings.json' })).toBe(
      'agent_settings',
    );
    expect(hit('filesystem.write', { files: [{ to: '.claude/settings.json' }] })).toBe('agent_settings');
    expect(hit('mcp_fs.write_file', { where: '/p/.claude/settings.json', text: '{}' })).toBe(
      'agent_settings',
    );
    expect(hit('mcp_fs.write_many', { a: [{ b: '~/.claude/settings.local.json' }] })).toBe('agent_settings');
    expect(hit('unknown.tool', { x: './.claude/settings.json' })).toBe('agent_settings');
  });

  it.each([
    '*** Begin Patch\n*** Update File: .claude/settings.json\n@@\n-a\n+b\n*** End Patch',
    '*** Begin Patch\n*** Add File: /srv/x/.claude/settings.local.json\n+{}\n*** End Patch',
    '*** Begin Patch\n*** Delete File: .claude/settings.json\n*** End Patch',
    '*** Begin Patch\n*** Update File: a.json\n*** Move to: .claude/settings.json\n*** End Patch',
    '--- /dev/null\n+++ b/.claude/settings.json\n@@ -0,0 +1 @@\n+{}\n',
    '--- .claude/settings.json\t2026-01-01 00:00:00\n+++ .claude/settings.json\t2026-01-01 00:00:00\n',
    '--- "a/.claude/settings.json"\n+++ "b/.claude/settings.json"\n',
    'diff --git a/x b/.claude/settings.json\nrename from x\nrename to .claude/settings.json\n',
    'Index: .claude/settings.json\n====\n',
  ])('finds them in the headers of a patch: %j', (patch) => {
    expect(hit('filesystem.patch', { patch })).toBe('agent_settings');
    expect(hit('filesystem.patch', { input: patch })).toBe('agent_settings');
  });

  it('finds our own files in a patch too, and nothing in its content', () => {
    const own = '*** Begin Patch\n*** Update File: ~/.local/share/gatehouse/state.db\n*** End Patch';
    expect(hit('filesystem.patch', { patch: own })).toBe('own_files');
    const spoken = '--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-x\n+See .claude/settings.json\n';
    expect(hit('filesystem.patch', { patch: spoken })).toBeNull();
    expect(() => hit('filesystem.patch', { patch: `--- ${'a '.repeat(200_000)}` })).not.toThrow();
  });

  it.each([
    '.claude/settings.json.bak',
    '.claude/commands/settings.json',
    '.claude/CLAUDE.md',
    'claude/settings.json',
    '.vscode/settings.json',
    'settings.json',
    'src/settings.local.json',
    '.claude.json',
    'x.claude/settings.json',
    '.Claude/settings.json',
    '/home/u/moved/other.json',
    '.claude',
  ])('lets %j be written', (path) => {
    expect(hit('filesystem.write', { file_path: path, content: '.claude/settings.json' })).toBeNull();
  });

  it('folds case where the file system does', () => {
    const folding = { ...protection, caseInsensitive: true };
    for (const path of ['.CLAUDE/Settings.JSON', '/Home/U/Moved/SETTINGS.json', '.claude/ſettings.json'])
      expect([path, hit('filesystem.write', { file_path: path }, '/home/u/web', folding)]).toEqual([
        path,
        'agent_settings',
      ]);
    expect(protects(bash('echo {} > .Claude/Settings.json'), folding)?.what).toBe('agent_settings');
    expect(protects(bash('rm -r .CLAUDE'), folding)?.what).toBe('agent_settings');
    expect(protects(bash('cat .Claude/Settings.json'), folding)).toBeNull();
  });

  it('says that it may be read, and who can change it', () => {
    const reason = protects(
      callOf('filesystem.write', { file_path: '.claude/settings.json' }),
      protection,
    )?.reason;
    expect(reason).toMatch(/\/home\/u\/web\/\.claude\/settings\.json.*may read it; ask the person/s);
  });
});

describe('shell commands and the settings of agents', () => {
  it.each([
    'echo {} > .claude/settings.json',
    'echo {} >> .claude/settings.local.json',
    'echo {} >| ~/.claude/settings.json',
    'echo {} &> /srv/x/.claude/settings.json',
    '> .claude/settings.json',
    'cat <> .claude/settings.json',
    'cat a.json | tee .claude/settings.json',
    'cat a.json | sudo tee -a .claude/settings.json >/dev/null',
    'tee .claude/settings.json <<EOF\n{"disableAllHooks": true}\nEOF',
    'cat > .claude/settings.json <<EOF\n{"disableAllHooks": true}\nEOF',
    'cp /tmp/x .claude/settings.json',
    'cp /tmp/settings.json .claude',
    'cp /tmp/settings.json .claude/ -f',
    'cp -t .claude /tmp/settings.json',
    'cp --target-directory=.claude /tmp/settings.json',
    'cp -l .claude/settings.json x.json',
    'cp -r /tmp/evil .claude',
    'cp -r /tmp/.claude .',
    'cp -r .claude backup',
    'find ~/dotfiles -delete',
    'mv /tmp/x .claude/settings.json',
    'mv .claude/settings.json /tmp',
    'mv .claude .claude-off',
    'mv /tmp/evil .claude',
    'rm .claude/settings.json',
    'rm -f -- .claude/settings.local.json',
    'rm -rf .claude',
    'rm -rf .c*',
    'rm -rf ~/dotfiles',
    'rm .claude/*',
    'rm .claude/settings*',
    'rm .claude/s?ttings.json',
    'rm .claude/{settings,other}.json',
    'unlink .claude/settings.json',
    'truncate -s 0 .claude/settings.json',
    'ln -sf /tmp/x .claude/settings.json',
    'ln -s .claude c',
    'install -m 644 /tmp/x .claude/settings.json',
    'rsync -a /tmp/x/ .claude/',
    'dd if=/tmp/x of=.claude/settings.json',
    'touch .claude/settings.json',
    'chmod 000 .claude/settings.json',
    'sed -i s/false/true/ .claude/settings.json',
    'sed -Ei.bak s/false/true/ .claude/settings.json',
    "sed -n 'w .claude/settings.json' x.json",
    'awk \'{ print > ".claude/settings.json" }\' x.json',
    'gawk -i inplace 1 .claude/settings.json',
    'perl -pi -e s/a/b/ .claude/settings.json',
    'jq .x a.json | sponge .claude/settings.json',
    'jq .x .claude/settings.json > t && mv t .claude/settings.json',
    'curl -o .claude/settings.json https://x.example/s',
    'wget -O .claude/settings.json https://x.example/s',
    'git checkout other -- .claude/settings.json',
    'git restore .claude/settings.json',
    'git rm .claude/settings.json',
    'git mv .claude x',
    'git diff --output=.claude/settings.json',
    'patch .claude/settings.json < x.patch',
    'vim .claude/settings.json',
    'code .claude/settings.json',
    'npx prettier --write .claude/settings.json',
    'cd .claude && echo {} > settings.json',
    'pushd .claude; rm settings.json',
    'env -C .claude tee settings.json',
    'echo {} > ../web/.claude/settings.json',
    'echo {} > ./src/../.claude/settings.json',
    'echo {} > "$PWD/.claude/settings.json"',
    'D=.claude; echo {} > $D/settings.json',
    'F=.claude/settings.json; echo {} > "$F"',
    'echo {} > .claude/sett""ings.json',
    "echo {} > $'.cl\\x61ude/settings.json'",
    'echo {} > .claude/$NAME',
    'bash -c "echo {} > .claude/settings.json"',
    "python3 -c \"open('.claude/settings.json', 'w')\"",
    "node -e \"require('fs').writeFileSync('/p/.claude/settings.json', '')\"",
    "python3 <<'EOF'\nopen('.claude/settings.json', 'w')\nEOF",
    'echo .claude/settings.json | xargs rm',
    'ls .claude/settings.json | xargs rm',
    'ls .claude/settings.json | while read -r f; do rm "$f"; done',
    'for f in .claude/settings.json; do rm "$f"; done',
    'rm $(ls .claude/settings.json)',
    'find .claude -name settings.json -delete',
    'find . -name x -exec cp {} .claude/settings.json \\;',
    'find .claude/settings.json -fprint .claude/settings.json',
    'true && cp x.json moved/settings.json && cp x.json /home/u/moved/settings.json',
  ])('stops %j', (command) => {
    expect(told(command)).toBe('agent_settings');
  });

  it.each([
    'cat .claude/settings.json',
    'cat < .claude/settings.json',
    'cat ~/.claude/settings.json ~/.claude/settings.local.json',
    'cat .claude/settings.json > /tmp/copy.json',
    'head -20 .claude/settings.json | grep hooks',
    'sed -n 1,20p .claude/settings.json',
    "sed -n '1,20p' .claude/settings.json",
    "awk '/hooks/' .claude/settings.json",
    "jq '.hooks' .claude/settings.json",
    'jq -c . .claude/settings.json',
    'grep -n disableAllHooks .claude/settings.json ~/.claude/settings.json',
    'ls -la .claude .claude/settings.json',
    'stat .claude/settings.json && npm test',
    '[ -f .claude/settings.json ] && echo there',
    'if test -e .claude/settings.json; then cat .claude/settings.json; fi',
    'diff .claude/settings.json .claude/settings.local.json',
    'X=$(cat .claude/settings.json); npm run build',
    'F=.claude/settings.json; cat "$F"',
    'for f in .claude/settings.json; do cat "$f"; done',
    'cp .claude/settings.json /tmp/backup.json',
    'cp .claude/settings.json .claude/settings.json.bak',
    'cp -r .claude/commands backup',
    'cp -r web ~',
    'rsync -a src/ /backup',
    'ln -s /home/u/web h',
    'mv x.txt ~/',
    'find . -delete',
    'sudo cat .claude/settings.json',
    'git diff .claude/settings.json',
    'git -C /home/u/web log -p -- .claude/settings.json',
    'git add .claude/settings.json && git commit -m "settings in .claude/settings.json"',
    'find . -path "*/.claude/settings.json"',
    'echo "see .claude/settings.json"',
    'md5sum .claude/settings.json',
    'mkdir -p .claude/commands',
    'echo x > .claude/commands/x.md',
    'rm -rf .claude/worktrees',
    'rm -rf *',
    'rm -rf "$BUILD"',
    'echo {} > .vscode/settings.json',
    'echo {} > "$OUT/settings.json"',
    'echo {} > src/*/settings.json',
    'tee settings.json < x',
    'mv settings.json settings.old.json',
    'npm test -- settings',
    'sed -i s/a/b/ settings.json',
  ])('lets %j through', (command) => {
    expect(told(command)).toBeNull();
  });

  it('counts relative names from the folder of the call', () => {
    expect(told('echo {} > settings.json', '/home/u/web/.claude')).toBe('agent_settings');
    expect(told('rm *', '/home/u/web/.claude')).toBe('agent_settings');
    expect(told('rm -r ../agents', '/home/u/web/.claude/commands')).toBeNull();
    expect(told('ln -s /tmp/x ..', '/home/u/web/.claude/commands')).toBe('agent_settings');
    expect(told('rsync -a /tmp/x/ .', '/home/u/moved')).toBe('agent_settings');
    expect(told('ls', '/home/u/web/.claude')).toBeNull();
    expect(told('rm -r ../../.claude', '/home/u/web/.claude/commands')).toBe('agent_settings');
    expect(told('cat settings.json', '/home/u/web/.claude')).toBeNull();
    expect(told('tee agent.json < x', '/home/u/dotfiles')).toBe('agent_settings');
  });

  it('never lets a plain command through that a full reading stops', () => {
    const random = randomFrom(11);
    const parts = [
      ...[
        'cat',
        'rm',
        '-rf',
        'cp',
        '-r',
        'mv',
        'tee',
        'sed',
        '-i',
        'git',
        'add',
        'checkout',
        'sudo',
        'echo',
        'x',
      ],
      ...[
        '.claude',
        '.claude/settings.json',
        'settings.json',
        '.claude/',
        '..',
        '/',
        'a/.claude',
        '/home/u/moved',
      ],
      ...['agent.json', ';', '&&', '|', '>', '>>', 'cd', 'xargs', 'ls', '-t', '--', 'ln', 'find', '-C'],
    ];
    let hits = 0;
    for (let round = 0; round < 5000; round += 1) {
      const text = Array.from(
        { length: 1 + Math.floor(random() * 6) },
        () => parts[Math.floor(random() * parts.length)],
      ).join(' ');
      const cwd =
        ['/home/u/web', '/home/u', '/home/u/web/.claude', '/home/u/dotfiles'][Math.floor(random() * 4)] ??
        '/';
      const [quick, full] = [told(text, cwd), told(`${text} # x`, cwd)];
      expect([text, cwd, quick]).toEqual([text, cwd, full]);
      if (quick === 'agent_settings') hits += 1;
    }
    expect(hits).toBeGreaterThan(300);
  });
});
