/** What a yes may be remembered as, what it covers from then on, and what a policy and rules make of a yes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { shapeDigest } from '../../main/engine/remembered/rule.ts';
import { policyFrom, until } from '../support/engine-bench.ts';
import { AskingEngine, asking, command, never, SESSION, YES } from './asking.ts';

let house: AskingEngine;
const open = (...args: ConstructorParameters<typeof AskingEngine>) => {
  house = new AskingEngine(...args);
};
afterEach(() => house.close());
const resolved = () => house.bench.log.ofType('approval.resolved');

describe('remembering', () => {
  const wish = (choice: 'exact' | 'kind' | 'here' | 'tool', more: object = {}) => ({
    remember: { choice, digest: null, forMs: null, ...more },
  });

  it('takes what was shown and no wider', async () => {
    open();
    const { approval } = await house.ask(command('git status'));
    const { choices } = house.engine.choices(approval);
    expect(choices.map(({ id }) => id)).toEqual(['exact', 'kind', 'here']);
    const kind = choices.find(({ id }) => id === 'kind');
    if (kind === undefined) throw new Error('no kind');
    for (const [said, code, words] of [
      [{ ...SESSION, ...wish('tool') }, 'not_remembered', 'cannot be remembered of such a call'],
      [{ ...SESSION, ...wish('kind', { digest: 'x' }) }, 'changed', 'not what was shown'],
      [
        { ...SESSION, scope: 'always', ...wish('here') },
        'not_remembered',
        'A folder belongs to its project.',
      ],
    ] as const)
      await expect(house.answer(approval, said)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(words),
      });
    expect(house.engine.desk.pending()).toHaveLength(1);
    await house.answer(approval, {
      ...SESSION,
      scope: 'always',
      ...wish('kind', { digest: shapeDigest(kind.shape), forMs: 5 }),
    });
    expect(house.engine.rules.list().map(({ rule }) => [rule.scope, rule.app, rule.sentence])).toEqual([
      ['always', null, 'git status …'],
    ]);
    expect(house.engine.remembered(approval)).toBe(true);
    await house.engine.undo(approval.id);
    expect(house.engine.remembered(approval)).toBe(false);
    await expect(house.engine.undo('req_none')).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each<[string, 'session' | 'project', object, number | null]>([
    ['a session has no end of its own', 'session', {}, null],
    ['unless it is said', 'session', wish('kind', { forMs: 120_000 }), 120_000],
    ['a project’s ends after 30 days', 'project', {}, 30 * 86_400_000],
    ['unless it is to have no end', 'project', wish('kind'), null],
    ['a minute at least', 'project', wish('kind', { forMs: 5 }), 60_000],
    ['a year at most', 'project', wish('kind', { forMs: 1e15 }), 366 * 86_400_000],
  ])('%s', async (_, scope, more, forMs) => {
    open();
    const { approval } = await house.ask(command('git status'));
    await house.answer(approval, { ...SESSION, scope, ...more });
    const [kept] = house.engine.rules.list();
    expect(kept?.rule.endsMicros).toBe(forMs === null ? null : house.clock.wall + forMs * 1000);
  });

  it('covers what comes after it, by what it does', async () => {
    open();
    const { approval } = await house.ask(command('git status'));
    await house.answer(approval, { ...SESSION, scope: 'project', ...wish('kind') });
    const later = await house.engine.authorize(house.call(command('git status -s')), never());
    expect(later.message).toBe('Allowed by Gatehouse: the person allowed git status ….');
    const [kept] = house.engine.rules.list();
    expect(kept?.hits).toBe(1);
    expect(house.bench.log.ofType('call.decided').at(-1)).toMatchObject({
      grant: kept?.rule.id,
      decision: 'allowed',
    });
    expect(house.engine.stands(house.call(command('git status -b')))).toBe('yes');
    expect(house.engine.stands(house.call(command('git push')))).toBe('asks');
    await house.ask(command('git push'));
  });

  it('lets what waits through when the yes covers it, and nothing else', async () => {
    open();
    const first = await house.ask(command('git status'));
    const twin = await house.ask(command('git status -s'));
    const other = await house.ask(command('git push'));
    await house.answer(first.approval, { ...SESSION, ...wish('kind') });
    expect(await twin.verdict).toMatchObject({ kind: 'allow', message: 'Allowed by a person.' });
    const [kept] = house.engine.rules.list();
    expect(house.engine.desk.get(twin.approval.id)?.end).toEqual({
      state: 'allowed',
      by: 'grant',
      grant: kept?.rule.id,
    });
    expect(kept?.hits).toBe(1);
    expect(house.engine.desk.pending().map(({ id }) => id)).toEqual([other.approval.id]);
  });

  it('lets no twin through whose files have changed', async () => {
    open();
    writeFileSync(join(house.base, 'a.sh'), 'echo 1');
    writeFileSync(join(house.base, 'b.sh'), 'echo 1');
    const first = await house.ask(command('sh a.sh; sh b.sh'));
    const same = await house.ask(command('sh a.sh; sh b.sh'));
    await house.answer(first.approval, SESSION);
    expect((await same.verdict).kind).toBe('allow');
  });

  it('refuses a twin that may not run now', async () => {
    open(asking('\nrate_limits: { shell.bash: 2 }'));
    const first = await house.ask(command('git status'));
    const twins = [await house.ask(command('git status -s')), await house.ask(command('git status -b'))];
    await house.answer(first.approval, { ...SESSION, ...wish('kind') });
    const ends = await Promise.all(twins.map(({ verdict }) => verdict));
    expect(ends.map(({ outcome }) => outcome)).toEqual(['allowed', 'refused']);
    expect(house.engine.rules.list()[0]?.hits).toBe(1);
  });

  it('of a call that has been let through is made as well', async () => {
    open(policyFrom('default_policy: auto\nmax_risk_level: high'));
    const { approval } = await (async () => {
      house.bench.policy = asking();
      return house.ask(command('git status'));
    })();
    await house.answer(approval, YES);
    const rule = await house.engine.remember(approval, { ...SESSION, ...wish('kind') });
    expect(house.engine.rules.get(rule.id)).toEqual(rule);
    await expect(house.engine.remember(approval, YES)).rejects.toMatchObject({ code: 'not_remembered' });
  });
});

describe('a rule that has a person asked', () => {
  const RULES = `security:
  behavior:
    rule_definitions:
      - { id: careful, action: block, confirmable: true, trigger: shell.bash, message: look twice }
`;

  it('makes a wider yes one for this call, and remembers nothing', async () => {
    open(asking('', RULES));
    const { verdict, approval } = await house.ask();
    const ended = await house.answer(approval, SESSION);
    expect(ended.end).toMatchObject({ state: 'allowed', scope: 'once' });
    expect((await verdict).kind).toBe('allow');
    expect(house.engine.rules.list()).toEqual([]);
    expect(house.engine.choices(approval)).toMatchObject({
      choices: [],
      once: expect.stringContaining('once'),
    });
    await house.ask();
  });

  it('that began after the question refuses the yes', async () => {
    open();
    const { verdict, approval } = await house.ask();
    house.bench.policy = asking('', RULES);
    expect((await house.answer(approval, YES)).end).toMatchObject({
      state: 'refused',
      gate: 'behavior',
      reason: expect.stringContaining('look twice (rule careful)'),
    });
    expect((await verdict).message).toMatch(/^\[BEHAVIOR BLOCKED\] look twice/);
  });
});

describe('a new policy', () => {
  it('refuses what waits and may not run any more, and leaves the rest, and test requests', async () => {
    open(asking());
    const shell = await house.ask();
    const read = await house.ask({
      module: 'filesystem',
      action: 'read',
      params: { file_path: join(house.base, 'a') },
    });
    let id = '';
    const test = house.engine.test(house.bench.call(), asking(), never(), (waiting) => {
      id = waiting;
    });
    await until(() => id !== '');
    house.bench.policy = asking('\ndeny: [shell.bash]');
    house.engine.recheck();
    expect(await shell.verdict).toMatchObject({ outcome: 'refused' });
    expect(resolved()).toMatchObject([{ outcome: 'refused', gate: 'gate4_policy' }]);
    expect(
      house.engine.desk
        .pending()
        .map((one) => one.id)
        .sort(),
    ).toEqual([read.approval.id, id].sort());
    const waiting = house.engine.desk.get(id);
    if (waiting === null) throw new Error('no test request');
    await house.answer(waiting, YES);
    expect((await test).kind).toBe('allow');
  });
});
