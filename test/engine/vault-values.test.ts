/** Gate 5 and the values of the open vault: whatever a policy says of secrets, none of them leaves unasked. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../main/engine/decide.ts';
import { redacted } from '../../main/engine/gates/gate5-classification.ts';
import type { Caller } from '../../main/engine/tool-call.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { mergeLayers } from '../../main/policy/merge-layers.ts';
import { Redactor } from '../../main/vault/redaction/redactor.ts';
import { engineBench, policyFrom, until } from '../support/engine-bench.ts';
import { callOf, facts } from './calls.ts';

const TOKEN = `ghp_${'aB3dE5fG7h'.repeat(4).slice(0, 36)}`;
const OPEN = 'default_policy: auto\nmax_risk_level: high\n';
const never = () => new AbortController().signal;

describe('values of the open vault', () => {
  const VALUE = 'pa55-of-the-vault/9+x';
  const redactor = () => {
    const made = new Redactor();
    made.add(Buffer.from(VALUE));
    return made;
  };
  const asked = (
    capabilities: string,
    params: JsonObject,
    {
      secrets = redactor(),
      rewrites = false,
      caller = 'llm',
    }: { secrets?: Redactor; rewrites?: boolean; caller?: Caller } = {},
  ) =>
    decide(callOf('web.fetch', params, { caller }), policyFrom(OPEN + capabilities), {
      ...{ ...facts, secrets, rewrites },
    });
  const base64 = Buffer.from(`x${VALUE}`).toString('base64');

  it.each<[string, JsonObject, string]>([
    ['as it is', { prompt: `send ${VALUE} there` }, 'prompt'],
    ['in base64, after something else', { body: { data: base64 } }, 'body.data'],
    ['in hex', { url: `https://x/?k=${Buffer.from(VALUE).toString('hex')}` }, 'url'],
    ['percent-encoded', { url: `https://x/?k=${encodeURIComponent(VALUE)}` }, 'url'],
    ['with escapes and line breaks in it', { list: ['a', `pa55-of-\n  the-vault\\/9+x`] }, 'list[1]'],
    ['as the name of a member', { headers: { [VALUE]: 'x' } }, `headers.${VALUE} (its name)`],
  ])('are asked about %s, with no rule at all', (_how, params, where) => {
    const found = asked('', params);
    expect(found).toMatchObject({ kind: 'approve', gate: 'gate5_classification', rule: null });
    if (!where.includes(VALUE)) expect(found.reason).toContain(JSON.stringify(where));
    expect(found.reason).toContain('holds a value that is kept in the vault');
    expect(found.trace[5]).toMatchObject({ state: 'asks' });
  });

  it('are no matter while the vault is locked, and in calls that hold none', () => {
    expect(asked('', { prompt: VALUE }, { secrets: new Redactor() }).kind).toBe('allow');
    expect(asked('', { prompt: 'pa55-of-the-' }).kind).toBe('allow');
  });

  it.each([
    ['content: { vault_secret: deny }', 'deny'],
    ['content: { secrets: deny }', 'deny'],
    ['content: { secrets: deny, vault_secret: allow }', 'allow'],
    ['content: { secrets: allow }', 'allow'],
    ['content: { email: deny }', 'approve'],
    ['content: { vault_secret: { do: allow, modules: [shell] } }', 'approve'],
    ['max_data_classification: confidential', 'deny'],
  ])('follow the policy: %s', (capabilities, kind) => {
    expect(asked(capabilities, { prompt: VALUE })).toMatchObject({
      kind,
      ...(kind === 'allow' ? {} : { gate: 'gate5_classification' }),
    });
  });

  it("refuse the supervisor's own call, because nobody can be asked about it", () => {
    expect(asked('', { prompt: VALUE }, { caller: 'hook' })).toMatchObject({ kind: 'deny' });
  });

  it('are told instead of what else is found in the same place', () => {
    const known = redactor();
    known.add(Buffer.from(TOKEN));
    const found = asked('content: { api_token: deny }', { a: TOKEN }, { secrets: known });
    expect(found.kind).toBe('approve');
    expect(found.reason).toContain('a value that is kept in the vault');
    const other = { a: TOKEN, b: `ghp_${'z9Y8x7W6v5'.repeat(4).slice(0, 36)}` };
    expect(asked('content: { api_token: deny }', other, { secrets: known }).kind).toBe('deny');
  });

  it('are taken out where the policy wants that and the client bears it', () => {
    const rule = 'content: { vault_secret: redact }';
    expect(asked(rule, { prompt: `x ${VALUE} y` }, { rewrites: true })).toMatchObject({ kind: 'allow' });
    expect(asked(rule, { prompt: `x ${VALUE} y` })).toMatchObject({ kind: 'approve' });
    const policy = policyFrom(`default_policy: auto\n${rule}`);
    expect(redacted(policy, 'web', { prompt: `x ${VALUE} y` }, redactor())).toEqual({
      prompt: 'x [REDACTED:vault_secret] y',
    });
    expect(redacted(policy, 'web', { prompt: `x ${VALUE} y` })).toBeNull();
  });

  it('cannot be allowed by a project that nobody has trusted', () => {
    const user = policyFrom('default_policy: auto\nmax_risk_level: high');
    const project = policyFrom('content: { vault_secret: allow }');
    const merged = (trusted: boolean) =>
      mergeLayers([
        { name: 'user', policy: user, trusted: true },
        { name: 'project', policy: project, trusted },
      ]);
    const kindOf = (policy: ReturnType<typeof merged>) =>
      decide(callOf('web.fetch', { prompt: VALUE }), policy, { ...facts, secrets: redactor() }).kind;
    expect(kindOf(merged(false))).toBe('approve');
    expect(kindOf(merged(true))).toBe('allow');
  });

  it('make the engine wait for a person, until the vault locks', async () => {
    const secrets = redactor();
    const bench = engineBench(policyFrom('default_policy: auto\nmax_risk_level: high'), { secrets });
    const call = () => bench.call({ params: { command: `echo ${VALUE}` } });
    const verdict = bench.engine.authorize(call(), never());
    await until(() => bench.engine.desk.pending().length === 1);
    secrets.forget();
    expect(await bench.engine.authorize(call(), never())).toMatchObject({ kind: 'allow' });
    const [approval] = bench.engine.desk.pending();
    if (approval === undefined) throw new Error('nothing waits');
    expect(approval.decision).toMatchObject({ gate: 'gate5_classification' });
    await bench.engine.answer(approval.id, approval.fingerprint, { kind: 'deny', reason: null, via: 'page' });
    expect(await verdict).toMatchObject({ kind: 'deny' });
  });
});
