/** A repository's own policy file, on a real disk: read, trusted, changed, taken away. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PolicyLayers } from '../../main/app/policy-layers.ts';
import { TrustBook } from '../../main/app/trust-book.ts';
import type { AuditEvent } from '../../main/audit/event.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
import { trustChanges } from '../../main/policy/trust-changes.ts';
import { policyFrom } from '../support/engine-bench.ts';

let folder: string;
let live: boolean;
let stored: string | null;
let events: AuditEvent[];
let user: CompiledPolicy | null;
let layers: PolicyLayers;

const file = () => join(folder, 'gatehouse.yaml');
const put = (capabilities: string) =>
  writeFileSync(file(), `tools: { modules: { shell: {} }, capabilities: { ${capabilities} } }\n`);
const book = () =>
  new TrustBook({
    read: () => stored,
    write: (value) => {
      stored = value;
    },
  });
const make = () =>
  new PolicyLayers({
    user: () => user,
    managedFile: join(folder, 'managed.yaml'),
    trust: book(),
    live: () => live,
    onEvent: (event) => events.push(event),
  });
const denies = (action: string) => layers.policy(folder)?.capabilities?.deny.find('shell', action) != null;
const grants = (action: string) => layers.policy(folder)?.capabilities?.grant.find('shell', action) != null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-layers-'));
  live = false;
  stored = null;
  events = [];
  user = policyFrom('default_policy: approve');
  layers = make();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a project’s policy file', () => {
  it('is read when it is there, again when it changes, and told on the log', () => {
    expect(layers.policy(folder)).toBe(user);
    put('deny: [shell.kill]');
    expect(denies('kill')).toBe(true);
    expect(layers.policy(folder)).toBe(layers.policy(folder));
    put('deny: [shell.bash, shell.input]');
    expect([denies('kill'), denies('bash')]).toEqual([false, true]);
    rmSync(file());
    expect(denies('bash')).toBe(false);
    expect(
      events.map(
        (event) => event.type === 'policy.loaded' && [event.layer, event.state, event.hash !== null],
      ),
    ).toEqual([
      ['project', 'ok', true],
      ['project', 'ok', true],
      ['project', 'ok', false],
    ]);
  });

  it('keeps forbidding what any version forbade while an agent works there', () => {
    live = true;
    put('deny: [shell.kill]');
    expect(denies('kill')).toBe(true);
    put('deny: [shell.bash]');
    expect([denies('kill'), denies('bash')]).toEqual([true, true]);
    rmSync(file());
    expect([denies('kill'), denies('bash')]).toEqual([true, true]);
    expect(layers.project(folder)?.held).toBe(2);
    // The person reads it again.
    layers.refresh();
    expect([denies('kill'), denies('bash')]).toEqual([false, false]);
  });

  it('cannot be changed without end', () => {
    live = true;
    for (let turn = 0; turn < 18; turn += 1) {
      put(`approval_timeout: ${31 + turn}`);
      layers.policy(folder);
    }
    expect(layers.halted(folder)).toMatch(/changed too often/);
  });

  it('gives what it grants only while it is exactly what was trusted', () => {
    put('grant: [shell.bash]');
    expect(grants('bash')).toBe(false);
    const { state } = layers.project(folder) ?? {};
    if (state?.kind !== 'good') throw new Error('it does not compile');
    expect(() => layers.trust(file(), '0'.repeat(64), 1)).toThrow(/not what was shown/);
    layers.trust(file(), state.policy.hash, 1);
    expect([grants('bash'), layers.project(folder)?.trusted]).toEqual([true, true]);
    layers = make();
    expect(grants('bash')).toBe(true);
    put('grant: [shell.bash, shell.kill]');
    expect([grants('bash'), grants('kill')]).toEqual([false, false]);
    put('grant: [shell.bash]');
    expect(grants('bash')).toBe(true);
    expect(layers.revoke(file())).toBe(true);
    expect([grants('bash'), layers.revoke(file())]).toEqual([false, false]);
  });

  it('trusts nothing when the book cannot be read', () => {
    stored = '[{"file":1}]';
    put('grant: [shell.bash]');
    layers = make();
    expect(grants('bash')).toBe(false);
  });

  it.each([
    ['has errors', () => put('deny: [nosuch]'), /gatehouse\.yaml:1:\d+ .*unknown module "nosuch"/],
    ['is a link', () => symlinkSync('/dev/null', file()), /it is a link/],
    ['is a folder', () => mkdirSync(file()), /not a regular file/],
  ])('lets nothing run when it %s', (_what, prepare, words) => {
    prepare();
    expect(layers.halted(folder)).toMatch(words);
    expect(() => layers.trust(file(), '0'.repeat(64), 1)).toThrow(/cannot be trusted/);
    expect(layers.halted(join(folder, 'elsewhere'))).toBeNull();
  });

  it('is nothing without a policy of the person’s', () => {
    user = null;
    put('default_policy: auto');
    expect(layers.policy(folder)).toBeNull();
  });
});

describe('a managed policy', () => {
  it('is heard, and lets nothing run anywhere when it cannot be used', () => {
    writeFileSync(join(folder, 'managed.yaml'), 'tools: { capabilities: { deny: [shell.bash] } }', {
      mode: 0o644,
    });
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      expect(denies('bash')).toBe(true);
      writeFileSync(join(folder, 'managed.yaml'), 'tools: { capabilities: { deny: [nosuch] } }');
    }
    expect(layers.halted('/anywhere')).toMatch(isRoot ? /unknown module/ : /does not belong to root/);
  });
});

describe('behaviour profiles beside a project’s policy file', () => {
  const profile = (text: string, name = 'house') => {
    mkdirSync(join(folder, 'behavior'), { recursive: true });
    writeFileSync(join(folder, 'behavior', `${name}.yaml`), text);
  };
  const RULE = `rule_definitions: [{ id: own, trigger: bash, action: block, condition: { param_contains: { param: command, value: push } }, message: "No pushing." }]\n`;
  const name = (reference = '{{behavior.house}}') =>
    writeFileSync(file(), `security: { behavior: { profile: "${reference}" } }\n`);
  const ids = () => layers.policy(folder)?.behavior.rules.map(({ id }) => id) ?? null;
  const state = () => layers.project(folder)?.state;
  const hash = () => {
    const now = state();
    return now?.kind === 'good' ? now.policy.hash : '';
  };

  it('hold once the file is trusted, and the trust covers them', () => {
    profile(RULE);
    name();
    expect(state()?.kind).toBe('good');
    expect(ids()).toEqual([]);
    layers.trust(file(), hash(), 1);
    expect(ids()).toEqual(['own']);
    const before = hash();
    profile(RULE.replace('push', 'pull'));
    expect(hash()).not.toBe(before);
    expect(layers.project(folder)?.trusted).toBe(false);
    expect(ids()).toEqual([]);
    profile(RULE);
    expect(hash()).toBe(before);
    expect(ids()).toEqual(['own']);
  });

  it('are not trusted when they are not as they were shown', () => {
    profile(RULE);
    name();
    const shown = hash();
    profile(RULE.replace('push', 'pull'));
    expect(() => layers.trust(file(), shown, 1)).toThrow(/not what was shown/);
  });

  it('go on to stop an agent that changes or removes them while it works there', () => {
    profile(RULE);
    name();
    layers.trust(file(), hash(), 1);
    live = true;
    expect(ids()).toEqual(['own']);
    profile('extends: dev\n');
    expect(ids()).toEqual(['own']);
    rmSync(file());
    expect(ids()).toEqual(['own']);
    live = false;
    put('deny: [shell.kill]');
    expect(ids()).toEqual([]);
  });

  it('stop everything while they are missing or broken, and are looked at again', () => {
    name();
    expect(layers.halted(folder)).toMatch(/no file behavior\/house\.yaml beside the policy/);
    profile('extends: nobody\n');
    expect(layers.halted(folder)).toMatch(/invalid value "nobody"/);
    profile(RULE);
    expect(layers.halted(folder)).toBeNull();
    rmSync(join(folder, 'behavior'), { recursive: true });
    expect(layers.halted(folder)).toMatch(/beside the policy/);
  });

  it.each(['../house', '..', 'a/b', '/etc/passwd', 'house.yaml', '', 'a\\\\b'])(
    'are found by a plain name and nothing else: %j',
    (reference) => {
      profile(RULE);
      name(`{{behavior.${reference}}}`);
      expect(state()?.kind).toBe('bad');
      expect(layers.halted(folder)).toMatch(/unknown behavior profile/);
    },
  );

  it('are no links, and stand in no folder that is one', () => {
    const outside = mkdtempSync(join(tmpdir(), 'gatehouse-outside-'));
    try {
      writeFileSync(join(outside, 'house.yaml'), RULE);
      mkdirSync(join(folder, 'behavior'));
      symlinkSync(join(outside, 'house.yaml'), join(folder, 'behavior', 'house.yaml'));
      name();
      expect(layers.halted(folder)).toMatch(/it is a link/);
      rmSync(join(folder, 'behavior'), { recursive: true });
      symlinkSync(outside, join(folder, 'behavior'));
      expect(layers.halted(folder)).toMatch(/the folder behavior is a link/);
      symlinkSync(join(folder, 'nowhere'), join(outside, 'gone.yaml'));
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  it('only add to what the person’s own file says', () => {
    user = policyFrom(
      'default_policy: approve',
      'security: { behavior: { rule_definitions: [{ id: mine, action: block, condition: { consecutive_gte: 9 } }, { id: own, action: block, message: "The person’s." }] } }',
    );
    layers = make();
    profile(`extends: dev\nrules: { read_before_edit: false }\n${RULE}`);
    name();
    layers.trust(file(), hash(), 1);
    const rules = layers.policy(folder)?.behavior.rules ?? [];
    expect(rules.map(({ id }) => id)).toEqual(expect.arrayContaining(['mine', 'own', 'search_before_read']));
    expect(rules.find(({ id }) => id === 'own')?.message).toBe('The person’s.');
  });

  it('are shown before they are trusted: what they would tell the agent, and where it stands', () => {
    profile(`extends: dev\n${RULE}`);
    name();
    const now = state();
    const changes = now?.kind === 'good' ? trustChanges(layers.shared(), now.policy) : [];
    expect(changes.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^The behaviour rules .*search_before_read.*by the profile \{\{behavior\.house\}\}$/,
      ),
      'Told to the agent by the rule own (behavior/house.yaml): No pushing.',
    ]);
  });

  it('of the managed file belong to root, with their folder', () => {
    if (process.getuid?.() !== 0) return;
    const managed = join(folder, 'managed.yaml');
    writeFileSync(managed, 'security: { behavior: { profile: "{{behavior.house}}" } }\n');
    chmodSync(managed, 0o644);
    profile(RULE);
    chmodSync(join(folder, 'behavior', 'house.yaml'), 0o644);
    chmodSync(join(folder, 'behavior'), 0o755);
    expect(layers.managed()?.state.kind).toBe('good');
    expect(ids()).toEqual(['own']);
    chmodSync(join(folder, 'behavior'), 0o777);
    expect(layers.halted(folder)).toMatch(/behavior cannot be used: others than root may write it/);
    chmodSync(join(folder, 'behavior'), 0o755);
    chmodSync(join(folder, 'behavior', 'house.yaml'), 0o666);
    expect(layers.halted(folder)).toMatch(/house\.yaml cannot be used/);
  });
});
