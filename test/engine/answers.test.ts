/** A person's answer on its way: checked against what holds now, written, and told to the agent. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { PersonAnswer } from '../../main/engine/approvals/approval.ts';
import { policyFrom } from '../support/engine-bench.ts';
import { peerOf } from '../support/peers.ts';
import { AskingEngine, command, never, SESSION, YES } from './asking.ts';
import { policyOf } from './calls.ts';

let house: AskingEngine;
const open = (...args: ConstructorParameters<typeof AskingEngine>) => {
  house = new AskingEngine(...args);
};
afterEach(() => house.close());
const resolved = () => house.bench.log.ofType('approval.resolved');

describe('what the agent is told and the log says', () => {
  it.each<[string, PersonAnswer, object, RegExp]>([
    [
      'a person’s yes',
      YES,
      { outcome: 'allowed', by: 'person', via: 'page', scope: 'once', reason: null },
      /^Allowed by a person\.$/,
    ],
    [
      'a program’s yes',
      { ...YES, via: 'api', token: 'ci' },
      { outcome: 'allowed', by: 'program', via: 'api', token: 'ci' },
      /^Allowed by a program that may decide \(ci\)\.$/,
    ],
    [
      'a nameless program’s yes',
      { ...YES, via: 'api' },
      { outcome: 'allowed', by: 'program' },
      /^Allowed by a program that may decide \(unnamed\)\.$/,
    ],
    [
      'a no without a reason',
      { kind: 'deny', reason: null, via: 'window' },
      { outcome: 'denied', by: 'person', via: 'window', scope: null, reason: null },
      /^Denied by a person\. No reason was given\. The call was not run\./,
    ],
    [
      'a no with an empty reason',
      { kind: 'deny', reason: '  ', via: 'window' },
      { outcome: 'denied', by: 'person' },
      /^Denied by a person\. No reason was given\. /,
    ],
    [
      'a no with a reason',
      { kind: 'deny', reason: ' use. the copy ', via: 'tray' },
      { outcome: 'denied', by: 'person', reason: ' use. the copy ' },
      /^Denied by a person\. The person says: use\. the copy\. The call/,
    ],
    [
      'a no with a whole sentence',
      { kind: 'deny', reason: 'Why?', via: 'tray' },
      { outcome: 'denied' },
      /The person says: Why\? The call/,
    ],
    [
      'a program’s no',
      { kind: 'deny', reason: 'closed', via: 'api', token: 'ci' },
      { outcome: 'denied', by: 'program', token: 'ci' },
      /^Denied by a program that may decide \(ci\)\. It says: closed\. /,
    ],
    [
      'a nameless program’s no',
      { kind: 'deny', reason: null, via: 'api' },
      { outcome: 'denied', by: 'program' },
      /^Denied by a program that may decide \(unnamed\)\. No reason was given\./,
    ],
  ])('%s', async (_, said, row, words) => {
    open();
    const { verdict, approval } = await house.ask();
    house.clock.advance(2500);
    await house.answer(approval, said);
    expect((await verdict).message).toMatch(words);
    expect(resolved()).toMatchObject([{ ...row, request: approval.id, waitedMs: 2500, gate: null }]);
    expect(Object.hasOwn(resolved()[0] ?? {}, 'token')).toBe('token' in said);
    expect(house.bench.log.ofType('call.decided')).toMatchObject([{ request: approval.id, grant: null }]);
  });

  it('when Gatehouse stops', async () => {
    open();
    const { verdict } = await house.ask();
    await house.engine.stop('update');
    expect(await verdict).toMatchObject({
      outcome: 'expired',
      message: expect.stringContaining('Gatehouse stopped while this call waited'),
    });
    expect(resolved()).toMatchObject([{ outcome: 'expired', by: 'restart' }]);
    expect((await house.engine.authorize(house.bench.call(), never())).message).toContain(
      'stopping (update)',
    );
    await expect(house.engine.stands(house.bench.call())).toBe('no');
  });

  it('when it stops before the request is on the desk', async () => {
    open();
    await house.engine.startSession(house.bench.call());
    const append = house.bench.log.append.bind(house.bench.log);
    let stopping: Promise<void> | null = null;
    house.bench.log.append = async (event) => {
      if (event.type === 'call.decided') stopping = house.engine.stop('now');
      return append(event);
    };
    expect(await house.engine.authorize(house.bench.call(), never())).toMatchObject({ outcome: 'expired' });
    expect(stopping).not.toBeNull();
    expect(house.engine.desk.pending()).toEqual([]);
    expect(resolved()).toMatchObject([{ outcome: 'expired', by: 'restart' }]);
  });

  it('when a gate refuses it after the answer', async () => {
    open();
    const { verdict, approval } = await house.ask();
    house.bench.policy = policyFrom('default_policy: auto\nmax_risk_level: high\ndeny: [shell.bash]');
    await house.answer(approval, YES);
    expect((await verdict).message).toMatch(/^Refused after the answer: .* The call was not run\.$/);
    expect(resolved()).toMatchObject([{ outcome: 'refused', by: 'gate', gate: 'gate4_policy', via: null }]);
  });
});

describe('files that a call would run', () => {
  const script = (text: string) => writeFileSync(join(house.base, 'a.sh'), text);

  it('must be as they were when the person was asked', async () => {
    open();
    script('echo 1');
    const { verdict, approval } = await house.ask(command('./a.sh'));
    expect(approval.files).toMatchObject([{ path: join(house.base, 'a.sh') }]);
    script('echo 2');
    const ended = await house.answer(approval, YES);
    expect(ended.end).toMatchObject({
      state: 'refused',
      reason: 'a.sh has changed since you were asked about it. Ask again to have it looked at as it is now',
    });
    expect((await verdict).kind).toBe('deny');
  });

  it('do not hold up a no, nor a yes while they are the same', async () => {
    open();
    script('echo 1');
    const { approval: denied } = await house.ask(command('./a.sh'));
    script('echo 2');
    expect((await house.answer(denied, { kind: 'deny', reason: null, via: 'page' })).end?.state).toBe(
      'denied',
    );
    const { verdict, approval } = await house.ask(command('./a.sh'));
    expect(approval.fingerprint).not.toBe(denied.fingerprint);
    await house.answer(approval, YES);
    expect((await verdict).kind).toBe('allow');
  });

  it('are part of what is remembered', async () => {
    open();
    script('echo 1');
    const { verdict, approval } = await house.ask(command('./a.sh'));
    await house.answer(approval, SESSION);
    await verdict;
    const again = house.call(command('./a.sh'));
    expect((await house.engine.authorize(again, never())).message).toBe(
      'Allowed by Gatehouse: the person allowed this exact call for this session.',
    );
    script('echo 2');
    await house.ask(command('./a.sh'));
  });

  it('elsewhere are named with their whole path', async () => {
    open();
    mkdirSync(join(house.base, 'in'));
    script('echo 1');
    const at = { claimedCwd: join(house.base, 'in'), peer: peerOf({ cwd: join(house.base, 'in') }) };
    const { approval } = await house.ask({ ...at, ...command(`sh ${join(house.base, 'a.sh')}`) });
    script('echo 2');
    const ended = await house.answer(approval, YES);
    expect(ended.end).toMatchObject({
      reason: expect.stringMatching(new RegExp(`^${house.base}/a.sh has changed`)),
    });
  });
});

describe('a tool whose text changes', () => {
  const tool = { module: 'mcp_x', action: 't', toolName: 'mcp__x__t', params: { a: 1 } };
  const withText = () => {
    const now = { text: 'one' as string | null, concern: null as string | null, agreed: [] as string[] };
    const capabilities = { default_policy: 'approve', max_risk_level: 'high' };
    open(policyOf({ tools: { modules: { mcp_x: {} }, capabilities } }), {
      toolText: () => now.text,
      concern: () => now.concern,
      agreed: (module, action) => void now.agreed.push(`${module}.${action}`),
    });
    return now;
  };
  const ready = async (now: { concern: string | null }, concern: string | null) => {
    now.concern = concern;
    return house.ask(tool);
  };

  it('is refused after the yes where something speaks against it now', async () => {
    const now = withText();
    const { approval } = await ready(now, 'looks new');
    now.text = 'two';
    expect((await house.answer(approval, YES)).end).toMatchObject({
      state: 'refused',
      reason: 'the tool has changed while this waited',
    });
    expect(now.agreed).toEqual([]);
  });

  it('is let through where nothing speaks against it, and nobody has agreed to the new text', async () => {
    const now = withText();
    const { approval, verdict } = await ready(now, null);
    now.text = 'two';
    await house.answer(approval, YES);
    expect((await verdict).kind).toBe('allow');
    expect(now.agreed).toEqual([]);
  });

  it('is agreed to with a yes of a person, in the text that was shown', async () => {
    const now = withText();
    const { approval } = await ready(now, 'looks new');
    await house.answer(approval, YES);
    expect(now.agreed).toEqual(['mcp_x.t']);
  });

  it('is not agreed to by a program, nor by a no', async () => {
    const now = withText();
    const first = await ready(now, 'looks new');
    await house.answer(first.approval, { ...YES, via: 'api' });
    const second = await ready(now, 'looks new');
    await house.answer(second.approval, { kind: 'deny', reason: null, via: 'page' });
    expect(now.agreed).toEqual([]);
  });

  it('is not covered by what was remembered while something speaks against it', async () => {
    const now = withText();
    const { approval } = await ready(now, null);
    await house.answer(approval, SESSION);
    expect((await house.engine.authorize(house.call(tool), never())).kind).toBe('allow');
    await ready(now, 'looks new');
  });
});
