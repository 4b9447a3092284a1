/** What behaviour rules remember over a restart, and profiles of one's own beside the policy. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BehaviorMemory, textTellers } from '../../main/app/behavior-memory.ts';
import { PolicyKeeper } from '../../main/app/policy-keeper.ts';
import { ProfileFiles } from '../../main/app/profile-files.ts';
import { type BehaviorSession, Behaviors } from '../../main/engine/behavior/behaviors.ts';
import { callOf, HOME, policyOf } from '../engine/calls.ts';

class Setting {
  value: string | null = null;
  fail = false;
  read(): string | null {
    return this.value;
  }
  write(value: string): void {
    if (this.fail) throw new Error('disk is full');
    this.value = value;
  }
}

const policy = policyOf({ security: { behavior: { profile: 'dev' } } });
const SESSION: BehaviorSession = { id: 's1', key: 'claude 4711', client: 'claude-code', app: '/p' };

function behaviors(memory: BehaviorMemory, tellers = new Setting()): Behaviors {
  return new Behaviors({
    home: HOME,
    policy: () => policy,
    commands: null,
    saved: memory,
    tellers: textTellers(tellers),
  });
}

function reads(by: Behaviors, path: string, session = SESSION): void {
  const call = callOf('filesystem.read', { file_path: path }, { session: session.id, id: `call ${path}` });
  by.begin(session);
  by.release(call, policy);
  by.complete(session.id, call.id, true, '');
}

const knows = (by: Behaviors, path: string, session = SESSION): boolean => {
  by.begin(session);
  const call = callOf('filesystem.edit', { file_path: path }, { session: session.id });
  return by.factsFor(call, policy).projected.has('read_files', path);
};

describe('the state of a session', () => {
  it('goes on after a restart, for the same agent and for no other', () => {
    const setting = new Setting();
    const memory = new BehaviorMemory(setting, () => undefined);
    reads(behaviors(memory), '/p/a');
    memory.close();
    const later = behaviors(new BehaviorMemory(setting, () => undefined));
    expect(knows(later, '/p/a', { ...SESSION, id: 's2' })).toBe(true);
    expect(knows(later, '/p/a', { ...SESSION, id: 's3', key: 'claude 4712' })).toBe(false);
  });

  it('ends with the session', () => {
    const setting = new Setting();
    const memory = new BehaviorMemory(setting, () => undefined);
    const first = behaviors(memory);
    reads(first, '/p/a');
    first.end(SESSION);
    memory.close();
    expect(knows(behaviors(new BehaviorMemory(setting, () => undefined)), '/p/a')).toBe(false);
  });

  it.each(['', 'no json', '[]', '[["k",{"sets":7}]]', '{"a":1}'])(
    'is forgotten where it cannot be read: %j',
    (text) => {
      const setting = new Setting();
      setting.value = text;
      expect(knows(behaviors(new BehaviorMemory(setting, () => undefined)), '/p/a')).toBe(false);
    },
  );

  it('that cannot be written is told, and decides on', () => {
    const setting = new Setting();
    setting.fail = true;
    const faults: unknown[] = [];
    const memory = new BehaviorMemory(setting, (error) => faults.push(error));
    const by = behaviors(memory);
    reads(by, '/p/a');
    memory.close();
    expect(faults).toHaveLength(1);
    expect(knows(by, '/p/a')).toBe(true);
  });

  it('knows for ever which clients tell what their agents say', () => {
    const tellers = new Setting();
    const by = behaviors(new BehaviorMemory(new Setting(), () => undefined), tellers);
    by.begin(SESSION);
    by.hear(SESSION, { messageId: 'm', text: 'x', final: true });
    const known = textTellers(tellers);
    expect([known.has('claude-code'), known.has('codex')]).toEqual([true, false]);
  });
});

describe('a profile of one’s own', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-profile-'));
    mkdirSync(join(folder, 'behavior'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const POLICY =
    'tools: { capabilities: { default_policy: auto } }\nsecurity: { behavior: { profile: "{{behavior.mine}}" } }\n';
  const profile = (text: string) => writeFileSync(join(folder, 'behavior', 'mine.yaml'), text);

  function keeper(setting = new Setting(), kept: { hash: string; file: string; text: string }[] = []) {
    const file = join(folder, 'policy.yaml');
    writeFileSync(file, POLICY);
    return new PolicyKeeper({
      file,
      preset: POLICY,
      profiles: new ProfileFiles(file, setting),
      store: { lastGood: () => kept.at(-1) ?? null, keep: (policy) => void kept.push(policy) },
    });
  }

  it('stands beside the policy, extends a built-in one, and is part of what is in force', () => {
    const by = keeper();
    profile(
      'extends: creative\nrules: { plan_before_execute: false }\ncustom: [{ id: own, trigger: edit, action: block, rule: "No.", condition: { param: file_path, contains: migration } }]\n',
    );
    by.load();
    const first = by.policy();
    expect(first?.behavior.rules.map(({ id }) => id)).toEqual([
      'read_before_edit',
      'no_bash_for_files',
      'no_blind_exploration',
      'confirm_destructive',
      'web_search_when_unknown',
      'always_lint_check',
      'max_sequential_same_tool',
      'own',
    ]);
    expect(first?.behavior.rules.at(-1)?.rule).toMatchObject({
      file: join(folder, 'behavior', 'mine.yaml'),
      line: 3,
    });
    profile('extends: creative\n');
    by.load();
    expect(by.policy()?.hash).not.toBe(first?.hash);
  });

  it('that is gone, a link or wrong leaves the last good one in force, as it was', () => {
    const [setting, kept] = [new Setting(), [] as { hash: string; file: string; text: string }[]];
    profile('extends: assistant\n');
    const first = keeper(setting, kept);
    first.load();
    const hash = first.policy()?.hash;
    rmSync(join(folder, 'behavior', 'mine.yaml'));
    const second = keeper(setting, kept);
    expect(second.load()).toMatchObject({ state: 'last_good' });
    expect(second.policy()?.hash).toBe(hash);
    symlinkSync('/etc/hostname', join(folder, 'behavior', 'mine.yaml'));
    expect(keeper(setting, kept).load()).toMatchObject({ state: 'last_good' });
    rmSync(join(folder, 'behavior', 'mine.yaml'));
    profile('extends: nosuch\nrules: { reed_before_edit: true }\n');
    const errors = (() => {
      const third = keeper(setting, kept);
      third.load();
      return third.status().errors.map(({ file, line, path }) => [file.endsWith('mine.yaml'), line, path]);
    })();
    expect(errors).toEqual([
      [true, 1, 'extends'],
      [true, 2, 'rules.reed_before_edit'],
    ]);
  });
});
