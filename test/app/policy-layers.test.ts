/** A repository's own policy file, on a real disk: read, trusted, changed, taken away. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PolicyLayers } from '../../main/app/policy-layers.ts';
import { TrustBook } from '../../main/app/trust-book.ts';
import type { AuditEvent } from '../../main/audit/event.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
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
