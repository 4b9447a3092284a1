/** The book of remembered answers: what is kept, in which order, how many, and what is written of each. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  RuleBook,
  type RuleDraft,
  type RuleHistory,
  type StoredRule,
} from '../../../main/engine/remembered/book.ts';
import { ruleDigest } from '../../../main/engine/remembered/rule.ts';
import { MemoryLog } from '../../support/engine-bench.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { analysisOf, commandFrom, commandsShape, patternFrom, toolShape } from './made.ts';

const EXACT = { kind: 'exact', fingerprint: 'f' } as const;
const STATUS = commandsShape([patternFrom('git status')]);

let clock: FakeClock;
let log: MemoryLog;
let rows: StoredRule[];
let saved: unknown[];
const store = {
  list: () => rows,
  insert: (row: StoredRule) => void rows.push(row),
  used: (uses: readonly unknown[]) => void saved.push(uses),
  remove: (id: string) => {
    rows = rows.filter((row) => row.id !== id);
  },
};

beforeEach(() => {
  clock = new FakeClock();
  log = new MemoryLog();
  rows = [];
  saved = [];
});

const open = () => new RuleBook({ clock, log, store });
const draft = (more: Partial<RuleDraft> = {}): RuleDraft => ({
  scope: 'project',
  client: 'claude-code',
  module: 'shell',
  action: 'bash',
  app: '/p',
  session: 's1',
  sandboxed: false,
  shape: STATUS,
  sentence: 'git status …',
  forMs: null,
  via: 'page',
  callId: 'call_1',
  ...more,
});
const SESSION = { scope: 'session', shape: EXACT } as const;
const asked = (more: object = {}, sandboxed = false) => ({
  call: {
    module: 'shell',
    action: 'bash',
    client: 'claude-code',
    app: '/p',
    session: 's1',
    cwd: '/p',
    ...more,
  },
  sandboxed,
});
const history = (): RuleHistory[] =>
  log.events.flatMap((event, index) =>
    event.type === 'rule.changed'
      ? [{ seq: index + 1, rule: event.rule, change: event.change, digest: event.digest }]
      : [],
  );

describe('a rule', () => {
  it('is bound to its project or its session, as far as it reaches', async () => {
    const book = open();
    const made = [];
    for (const scope of ['session', 'project', 'always'] as const)
      made.push(await book.make(draft({ scope, forMs: 2000 })));
    expect(made.map(({ app, session, endsMicros }) => [app, session, endsMicros])).toEqual([
      ['/p', 's1', clock.wall + 2_000_000],
      ['/p', null, clock.wall + 2_000_000],
      [null, null, clock.wall + 2_000_000],
    ]);
    expect(made.map(({ id }) => rows.some((row) => row.id === id))).toEqual([false, true, true]);
    expect((await book.make(draft())).endsMicros).toBeNull();
  });

  it('is on the log with all that it gives', async () => {
    const book = open();
    const rule = await book.make(draft({ forMs: 1000 }));
    await book.end(rule.id, 'withdrawn', 'api', 'no more');
    const about = {
      rule: rule.id,
      sentence: 'git status …',
      scope: 'project',
      client: 'claude-code',
      app: '/p',
      session: null,
      endsMicros: rule.endsMicros,
      digest: ruleDigest(rule),
      callId: 'call_1',
    };
    expect(log.ofType('rule.changed')).toMatchObject([
      { ...about, change: 'made', via: 'page', why: '' },
      { ...about, change: 'withdrawn', via: 'api', why: 'no more' },
    ]);
  });

  it('for one call in its session stands with the rows of the session', async () => {
    const book = open();
    for (const change of ['withdrawn', 'expired'] as const) {
      const rule = await book.make(draft({ ...SESSION, callId: `c_${change}` }));
      await book.end(rule.id, change, 'page');
    }
    const grants = log.ofType('grant.changed');
    expect(grants.map(({ change }) => change)).toEqual(['made', 'revoked', 'made', 'ended']);
    expect(grants[0]).toMatchObject({ session: 's1', fingerprint: 'f', callId: 'c_withdrawn' });
    await book.make(draft({ scope: 'session' }));
    await book.make(draft({ ...SESSION, callId: null }));
    await book.make(draft({ shape: EXACT }));
    expect([log.ofType('rule.changed').length, log.ofType('grant.changed').length]).toEqual([3, 4]);
  });

  it('is made once where it has no end, whoever asks again', async () => {
    const book = open();
    const first = await book.make(draft());
    expect(await book.make(draft({ callId: 'call_2', sentence: 'x' }))).toBe(first);
    expect(book.list()).toHaveLength(1);
    const others = [
      { scope: 'always' },
      { client: 'codex' },
      { module: 'web' },
      { action: 'x' },
      { app: '/q' },
      { sandboxed: true },
      { shape: EXACT },
      { forMs: 5000 },
    ] as const;
    for (const more of others) expect(await book.make(draft(more))).not.toBe(first);
    const ending = await book.make(draft({ forMs: 9000 }));
    expect(await book.make(draft({ forMs: 9000 }))).not.toBe(ending);
  });

  it('is made anew once it does not hold any more', async () => {
    const book = open();
    const first = await book.make(draft());
    clock.wall -= 61_000_000;
    expect(await book.make(draft())).not.toBe(first);
  });

  it('of the future holds once its time has come, a minute aside', async () => {
    const book = open();
    const rule = await book.make(draft());
    clock.wall -= 60_000_000;
    expect(book.get(rule.id)).toBe(rule);
    clock.wall -= 1;
    expect([book.get(rule.id), book.has(rule.id), book.list()]).toEqual([null, true, []]);
    expect(book.shapes(asked(), () => analysisOf({ commands: [commandFrom('git status')] }))).toEqual([]);
    expect(book.madeBy('call_1')).toBeNull();
  });

  it('is found by the call that made it', async () => {
    const book = open();
    await book.make(draft({ callId: 'call_0' }));
    const rule = await book.make(draft({ callId: 'call_1', shape: EXACT }));
    expect([book.madeBy('call_1'), book.madeBy('call_2')]).toEqual([rule, null]);
    expect([book.has('x'), book.get('x')]).toEqual([false, null]);
  });

  it('ends once', async () => {
    const book = open();
    const rule = await book.make(draft());
    await book.end(rule.id, 'withdrawn', 'page');
    await expect(book.end(rule.id, 'withdrawn', 'page')).rejects.toMatchObject({ code: 'not_found' });
    expect([book.has(rule.id), book.list(), rows]).toEqual([false, [], []]);
    await book.sweep();
    expect(log.ofType('rule.changed')).toHaveLength(2);
  });
});

describe('what is found', () => {
  it('for this very call', async () => {
    const book = open();
    const elsewhere = await book.make(draft({ ...SESSION, session: 's2' }));
    const rule = await book.make(draft(SESSION));
    await book.make(draft({ scope: 'session' }));
    expect(book.exact('f', asked())).toBe(rule);
    expect(book.exact('f', asked({ session: 's2' }))).toBe(elsewhere);
    expect(book.exact('g', asked())).toBeNull();
    expect(book.exact('shell.bash', asked())).toBeNull();
    await book.end(rule.id, 'withdrawn', 'page');
    expect(book.exact('f', asked())).toBeNull();
  });

  it('for what a call does, without an analysis where no rule is near', async () => {
    const book = open();
    let analysed = 0;
    const status = () => {
      analysed += 1;
      return analysisOf({ commands: [commandFrom('git status')] });
    };
    expect(book.shapes(asked(), status)).toEqual([]);
    const rule = await book.make(draft());
    await book.make(draft({ action: 'run', shape: toolShape([]) }));
    expect(book.shapes(asked({ app: '/q' }), status)).toEqual([]);
    expect(book.shapes(asked({ module: 'web' }), status)).toEqual([]);
    expect(analysed).toBe(0);
    expect(book.shapes(asked(), status)).toEqual([rule]);
    expect(analysed).toBe(1);
    await book.end(rule.id, 'withdrawn', 'page');
    expect(book.shapes(asked(), status)).toEqual([]);
  });

  it('newest first', async () => {
    const book = open();
    const ids = [];
    for (const action of ['a', 'b', 'c']) {
      ids.unshift((await book.make(draft({ action }))).id);
      clock.advance(5);
    }
    expect(book.list().map(({ rule }) => rule.id)).toEqual(ids);
    clock.wall -= 1000;
  });
});

describe('uses', () => {
  it('are counted, and written down with the next round, once', async () => {
    const book = open();
    const kept = await book.make(draft());
    const brief = await book.make(draft({ scope: 'session' }));
    await book.sweep();
    expect(saved).toEqual([]);
    book.used([kept, brief]);
    clock.advance(3);
    book.used([kept]);
    expect(book.list().map(({ rule, hits }) => [rule.id === kept.id, hits])).toEqual([
      [true, 2],
      [false, 1],
    ]);
    await book.sweep();
    await book.sweep();
    expect(saved).toEqual([[{ id: kept.id, hits: 2, lastUsed: clock.wall }]]);
  });

  it('of a rule that has ended are none', async () => {
    const book = open();
    const rule = await book.make(draft());
    book.used([rule]);
    await book.end(rule.id, 'withdrawn', 'page');
    book.used([rule]);
    await book.sweep();
    expect([saved, book.has(rule.id)]).toEqual([[], false]);
  });
});

describe('the end of a session', () => {
  it('takes its own rules with it, and no others', async () => {
    const book = open();
    const own = await book.make(draft({ scope: 'session' }));
    const other = await book.make(draft({ scope: 'session', session: 's2' }));
    const project = await book.make(draft());
    book.endSession('s1');
    expect([own, other, project].map(({ id }) => book.has(id))).toEqual([false, true, true]);
    expect(rows).toHaveLength(1);
  });
});

describe('a sweep', () => {
  it('ends what is past its time, to the microsecond, and leaves the rest', async () => {
    const book = open();
    await book.make(draft());
    const brief = await book.make(draft({ forMs: 1000 }));
    clock.wall += 999_999;
    await book.sweep();
    expect(book.has(brief.id)).toBe(true);
    clock.wall += 1;
    await book.sweep();
    expect(book.list()).toHaveLength(1);
    expect(log.ofType('rule.changed').at(-1)).toMatchObject({ rule: brief.id, change: 'expired', via: null });
  });
});

describe('too many', () => {
  it('are refused where they outlive a session', async () => {
    const book = open();
    for (let n = 0; n < 2000; n += 1) await book.make(draft({ action: `a${n}` }));
    await expect(book.make(draft())).rejects.toMatchObject({ code: 'too_many_rules' });
    expect((await book.make(draft({ scope: 'session' }))).session).toBe('s1');
    const [first] = book.list();
    if (first !== undefined) await book.end(first.rule.id, 'withdrawn', 'page');
    expect((await book.make(draft())).session).toBeNull();
  });

  it('of one session push its oldest out', async () => {
    const book = open();
    const project = await book.make(draft());
    const other = await book.make(draft({ scope: 'session', session: 's2' }));
    const ids = [];
    for (let n = 0; n < 1000; n += 1)
      ids.push((await book.make(draft({ scope: 'session', action: `a${n}` }))).id);
    expect(book.has(ids[0] ?? '')).toBe(true);
    await book.make(draft({ scope: 'session', action: 'more' }));
    expect([book.has(ids[0] ?? ''), book.has(ids[1] ?? '')]).toEqual([false, true]);
    expect([book.has(project.id), book.has(other.id)]).toEqual([true, true]);
  });
});

describe('whoever listens', () => {
  it('hears of every change until they stop', async () => {
    const book = open();
    let heard = 0;
    const off = book.onChange(() => {
      heard += 1;
    });
    const steps: (() => unknown)[] = [
      () => book.load([]),
      () => book.make(draft()),
      () => book.make(draft()),
      () => book.used(book.list().map(({ rule }) => rule)),
      () => book.used([]),
      () => book.endSession('s1'),
      () => book.end(book.list()[0]?.rule.id ?? '', 'withdrawn', 'page'),
    ];
    const counts = [];
    for (const step of steps) {
      await step();
      counts.push(heard);
    }
    expect(counts).toEqual([1, 2, 2, 3, 3, 4, 5]);
    off();
    book.load([]);
    expect(heard).toBe(5);
  });
});

describe('what is stored', () => {
  it('is void and strange without its row, and only void where the log says that it has ended', async () => {
    const first = open();
    const ended = await first.make(draft());
    const [row] = rows;
    await first.end(ended.id, 'withdrawn', 'page');
    const kept = await first.make(draft({ action: 'b' }));
    const book = open();
    if (row !== undefined) rows = [row, ...rows, { ...row, id: 'grant_alien' }];
    expect(book.load(history())).toEqual(['grant_alien']);
    expect(book.list().map(({ rule }) => rule.id)).toEqual([kept.id]);
    expect(rows.map(({ id }) => id)).toEqual([kept.id]);
  });

  it.each([
    'null',
    '5',
    '"x"',
    '[]',
    '{}',
    '{"id":"ID"}',
    '{"id":"ID","shape":null}',
    '{"id":"ID","shape":5}',
    '{',
  ])('is void when it is %s', async (text) => {
    const rule = await open().make(draft());
    rows = rows.map((row) => ({ ...row, rule: text.replace('ID', rule.id) }));
    const book = open();
    expect(book.load(history())).toEqual([rule.id]);
    expect([book.list(), rows]).toEqual([[], []]);
  });
});
