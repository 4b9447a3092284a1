import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram, isOlder } from '../../../main/points/agents/agent-program.ts';
import { detectAgents } from '../../../main/points/agents/detect.ts';
import { CLAUDE_CODE } from '../../../main/points/agents/known-agents.ts';
import { type House, newHouse } from './house.ts';

function put(path: string, text: string, mode = 0o755): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
}

const find = (house: House, PATH: string) => findProgram(CLAUDE_CODE, { ...house.context, env: { PATH } });

describe('findProgram', () => {
  it('reads the version beside the real program, through links', async () => {
    using house = newHouse();
    const program = join(
      house.root,
      'lib',
      'node_modules',
      '@anthropic-ai',
      'claude-code',
      'bin',
      'claude.exe',
    );
    put(program, 'not a program');
    put(
      join(dirname(program), '..', 'package.json'),
      '{"name":"@anthropic-ai/claude-code","version":"2.1.330"}',
    );
    mkdirSync(join(house.root, 'bin'));
    symlinkSync(program, join(house.root, 'bin', 'claude'));
    expect(await find(house, `/nonexistent:${join(house.root, 'bin')}`)).toEqual({
      path: join(house.root, 'bin', 'claude'),
      realPath: program,
      version: '2.1.330',
    });
  });

  it('takes the version from a versioned file name, and looks in the usual places', async () => {
    using house = newHouse();
    const program = join(house.context.home, '.local', 'share', 'claude', 'versions', '2.1.331');
    put(program, 'not a program');
    mkdirSync(join(house.context.home, '.local', 'bin'), { recursive: true });
    symlinkSync(program, join(house.context.home, '.local', 'bin', 'claude'));
    expect((await find(house, ''))?.version).toBe('2.1.331');
  });

  it('believes no manifest of another package', async () => {
    using house = newHouse();
    put(join(house.root, 'bin', 'claude'), '#!/bin/sh\nexit 1\n');
    put(join(house.root, 'bin', 'package.json'), '{"name":"claude","version":"9.9.9"}', 0o644);
    expect((await find(house, join(house.root, 'bin')))?.version).toBeNull();
  });

  it('asks the program itself, with an environment of its own', async () => {
    using house = newHouse();
    const seen = join(house.root, 'environment');
    put(
      join(house.root, 'bin', 'claude'),
      `#!/bin/sh\nenv > ${seen}\npwd >> ${seen}\necho "2.1.340 (Claude Code)"\n`,
    );
    process.env['GATEHOUSE_TEST_SECRET'] = 'x';
    try {
      expect((await find(house, join(house.root, 'bin')))?.version).toBe('2.1.340');
    } finally {
      delete process.env['GATEHOUSE_TEST_SECRET'];
    }
    const { readFileSync } = await import('node:fs');
    const environment = readFileSync(seen, 'utf8');
    expect(environment).not.toContain('GATEHOUSE_TEST_SECRET');
    expect(environment).not.toContain(`HOME=${house.context.home}`);
  });

  it('waits for no program that hangs or floods', async () => {
    using house = newHouse();
    put(join(house.root, 'bin', 'claude'), '#!/bin/sh\nsleep 600 & wait\n');
    expect((await find(house, join(house.root, 'bin')))?.version).toBeNull();
    put(join(house.root, 'bin', 'claude'), '#!/bin/sh\nexec yes\n');
    expect((await find(house, join(house.root, 'bin')))?.version).toBeNull();
  });

  it('starts nothing that others could have changed', async () => {
    using house = newHouse();
    const ran = join(house.root, 'ran');
    const program = join(house.root, 'bin', 'claude');
    put(program, `#!/bin/sh\ntouch ${ran}\necho 2.1.340\n`, 0o777);
    expect((await find(house, dirname(program)))?.version).toBeNull();
    chmodSync(program, 0o755);
    chmodSync(dirname(program), 0o777);
    expect((await find(house, dirname(program)))?.version).toBeNull();
    expect(existsSync(ran)).toBe(false);
  });

  it('looks neither in relative folders nor in a project’s', async () => {
    using house = newHouse();
    put(join(house.root, 'node_modules', '.bin', 'claude'), '#!/bin/sh\necho 2.1.340\n');
    expect(await find(house, join(house.root, 'node_modules', '.bin'))).toBeNull();
    expect(await find(house, 'bin:.:')).toBeNull();
  });

  it('passes over folders and files that cannot be run', async () => {
    using house = newHouse();
    mkdirSync(join(house.root, 'a', 'claude'), { recursive: true });
    put(join(house.root, 'b', 'claude'), 'x', 0o644);
    put(join(house.root, 'c', 'claude'), '#!/bin/sh\nexit 1\n');
    const path = ['a', 'b', 'c'].map((name) => join(house.root, name)).join(':');
    expect((await find(house, path))?.path).toBe(join(house.root, 'c', 'claude'));
  });
});

describe('other agents', () => {
  it('are told as found, with where they would be connected', async () => {
    using house = newHouse();
    const bin = join(house.root, 'bin');
    put(join(bin, 'codex'), '#!/bin/sh\nexit 1\n');
    put(join(bin, 'package.json'), '{"name":"@openai/codex","version":"0.169.0"}', 0o644);
    const views = await detectAgents({ ...house.context, env: { PATH: bin } }, { managed: house.managed });
    expect(views.map(({ id }) => id)).toEqual([
      'claude-code',
      'codex',
      'gemini-cli',
      'copilot',
      'opencode',
      'cursor',
    ]);
    expect(views[1]).toEqual({
      id: 'codex',
      name: 'Codex',
      version: '0.169.0',
      state: 'not_connected',
      note: 'Connect adds hooks to ~/.codex/config.toml.',
      settingsFile: '~/.codex/config.toml',
      program: join(bin, 'codex'),
      lastSeen: null,
    });
  });
});

describe('isOlder', () => {
  it.each([
    ['2.1.294', '2.1.295', true],
    ['2.1.295', '2.1.295', false],
    ['2.1.330', '2.1.295', false],
    ['2.0.999', '2.1.295', true],
    ['2.10.0', '2.9.0', false],
    ['10.0.0', '9.9.9', false],
  ])('%s than %s: %s', (version, than, older) => {
    expect(isOlder(version, than)).toBe(older);
  });
});
