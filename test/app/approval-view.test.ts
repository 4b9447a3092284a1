import { describe, expect, it } from 'vitest';
import { approvalView, decidedView, titleOf, type ViewContext } from '../../main/app/views/approval-view.ts';
import { PARAM_BYTES, paramsView } from '../../main/app/views/params-view.ts';
import type { Approval, ApprovalEnd } from '../../main/engine/approvals/approval.ts';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import { choicesFor } from '../../main/engine/remembered/choice.ts';
import type { ToolCall } from '../../main/engine/tool-call.ts';
import { Approval as ApprovalSchema, Decided } from '../../preload/contract.ts';
import { bash, callOf, HOME } from '../engine/calls.ts';
import { openAnalyst } from '../support/analyst.ts';
import { peerOf } from '../support/peers.ts';

const analyses = new CallAnalyses(await openAnalyst(), HOME);

const context: ViewContext = {
  analyse: (call) => analyses.of(call),
  choices: ({ call, fingerprint, decision }) =>
    choicesFor({
      ...{ call, fingerprint, decision, analysis: analyses.of(call) },
      ...{ policy: null, sandboxed: false, spawns: false },
    }),
  home: HOME,
  nowMonotonicMs: 5000,
  nowWallMillis: 1_780_000_000_000,
  sessionLabel: () => 'fix the login',
  enforcement: 'Hooks only: what this call starts is not confined',
  paramBudget: PARAM_BYTES,
};

function approvalOf(call: ToolCall, more: Partial<Approval> = {}): Approval {
  return {
    id: 'req_1',
    call,
    decision: {
      kind: 'approve',
      gate: 'gate4_policy',
      rule: {
        path: 'capabilities.approve[0]',
        file: '/home/u/.config/gatehouse/policy.yaml',
        line: 14,
        column: 3,
      },
      reason: 'New hosts need a look',
      risk: 'high',
      trace: ([0, 1, 2, 3, 4, 5, 6] as const).map((gate) => ({
        gate,
        state: gate === 4 ? 'asks' : 'passed',
        note: null,
      })),
      retryAfterMs: null,
      behavior: [],
      approvalTimeoutSeconds: 300,
    },
    fingerprint: 'f'.repeat(64),
    peer: peerOf({ executable: '/home/u/.local/bin/claude' }),
    createdWallMicros: 1_779_999_999_000_000,
    createdMonotonicMs: 4000,
    expiresMonotonicMs: 65_000,
    end: null,
    endedWallMicros: null,
    ...more,
  };
}

describe('the title of a request', () => {
  const title = (call: ToolCall) => titleOf(call, HOME);

  it('says what would be done, with names as a person would write them', () => {
    expect(title(bash('npm test'))).toBe('Run npm test');
    expect(title(callOf('filesystem.write', { file_path: '/home/u/web/src/a.ts' }))).toBe('Write src/a.ts');
    expect(title(callOf('filesystem.edit', { file_path: '/home/u/notes.md' }))).toBe('Change ~/notes.md');
    expect(title(callOf('filesystem.delete', { path: '/etc/hosts' }))).toBe('Delete /etc/hosts');
    expect(title(callOf('filesystem.write', { file_path: '/home/u/web/..hidden' }))).toBe('Write ..hidden');
    expect(title(callOf('filesystem.write', { file_path: '/home/u/website/x' }))).toBe('Write ~/website/x');
    expect(title(callOf('web.fetch', { url: 'https://user@evil.example:8443/nodejs.org' }))).toBe(
      'Fetch a page from evil.example:8443',
    );
    expect(title(callOf('web.fetch', { url: 'not a url' }))).toBe('Fetch a page from not a url');
    expect(title(callOf('agent.spawn', { prompt: 'look' }))).toBe('Start another agent: look');
    expect(title(callOf('agent.spawn'))).toBe('Start another agent');
    expect(title(callOf('mcp_github.create_issue', { title: 'Broken' }))).toBe(
      'Use mcp_github.create_issue: Broken',
    );
  });

  it('counts relative names from the folder of the call, wherever the supervisor was started', () => {
    const write = (path: string, cwd: string) =>
      title(callOf('filesystem.write', { file_path: path }, { cwd }));
    expect(write('a.ts', '/home/u/web/src')).toBe('Write src/a.ts');
    expect(write('../a.ts', '/home/u/web')).toBe('Write ~/a.ts');
    expect(write('package.json', process.cwd())).toBe(`Write ${process.cwd()}/package.json`);
    expect(write('~/a.ts', '/home/u/web')).toBe('Write ~/a.ts');
  });

  it('has something to say of a call that says nothing', () => {
    expect(title(callOf('filesystem.write'))).toBe('Use filesystem.write');
    expect(title(callOf('shell.bash'))).toBe('Use shell.bash');
    expect(title(callOf('unknown.tool', { x: 1 }))).toBe('Use unknown.tool');
  });

  it('hides no line of a command: it says how many more there are', () => {
    expect(title(bash('ls\nrm -rf ~'))).toBe('Run ls … and 1 more line');
    expect(title(bash('\n\n  ls\n\nrm -rf ~\nls\n'))).toBe('Run   ls … and 2 more lines');
    const long = title(bash(`echo ${'x'.repeat(500)}\nrm -rf ~`));
    expect(long).toHaveLength(140);
    expect(long.endsWith('… … and 1 more line')).toBe(true);
    expect(title(callOf('mcp_x.run', { command: 'a\nb' }))).toBe('Use mcp_x.run: a … and 1 more line');
  });

  it('is cut to 140 characters, never in the middle of one', () => {
    const cut = title(bash(`${'x'.repeat(134)}😀😀`));
    expect(cut.length).toBeLessThanOrEqual(140);
    expect(cut.isWellFormed()).toBe(true);
  });
});

describe('a card', () => {
  it('fits the contract, for any call', () => {
    const calls = [
      bash('ls'),
      callOf('filesystem.write', { file_path: 'x', content: '\ud800'.toWellFormed() }),
      callOf('mcp_x.y', { deep: { a: [1, null, true] }, n: 1, empty: '', nothing: null }),
      callOf(
        'unknown.tool',
        Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`p${index}`, index])),
      ),
      bash('ls', { point: 'test' }),
    ];
    for (const call of calls)
      expect(() => ApprovalSchema.parse(approvalView(approvalOf(call), 'n', 1, context))).not.toThrow();
  });

  it('tells how long it waits by the clock that nobody can set', () => {
    const card = approvalView(approvalOf(bash('ls')), 'n', 2, context);
    expect(card).toMatchObject({
      remainingMs: 60_000,
      expiresAt: context.nowWallMillis + 60_000,
      asked: 2,
      nonce: 'n',
    });
    const late = approvalView(approvalOf(bash('ls')), 'n', 1, { ...context, nowMonotonicMs: 70_000 });
    expect(late.remainingMs).toBe(0);
  });

  it('names the rule by its file and line, and shows the gate that asks as waiting', () => {
    const card = approvalView(approvalOf(bash('ls')), 'n', 1, context);
    expect(card.rule).toBe('capabilities.approve[0], policy.yaml line 14');
    expect(card.trace.map(({ state }) => state)).toEqual([
      'passed',
      'passed',
      'passed',
      'passed',
      'waits',
      'passed',
      'passed',
    ]);
  });

  const fact = (approval: Approval, label: string) =>
    approvalView(approval, 'n', 1, context).who.find((one) => one.label === label);

  it('never lets a claim look like what the system says', () => {
    const known = approvalOf(
      callOf('shell.bash', { command: 'ls', description: 'Gatehouse has checked this' }),
    );
    expect(fact(known, 'Program')).toEqual({
      label: 'Program',
      text: 'Claude Code',
      code: '~/.local/bin/claude',
      source: 'kernel',
    });
    expect(fact(known, 'Digest')).toMatchObject({ code: 'abab abab … abab', source: 'checked' });
    expect(fact(known, 'Says')).toEqual({
      label: 'Says',
      text: '“Gatehouse has checked this”',
      code: null,
      source: 'claimed',
    });
    expect(fact(known, 'Folder')?.source).toBe('claimed');
    const claimed = { ...known, peer: { ...peerOf(), source: 'claimed' as const } };
    expect(fact(claimed, 'Program')?.source).toBe('claimed');
    const unknown = { ...known, peer: peerOf({}, { requester: null }) };
    expect(fact(unknown, 'Program')).toMatchObject({
      source: 'claimed',
      code: null,
      text: expect.stringMatching(/as the hook says/),
    });
  });

  it('says what a yes does not cover, and that a test runs nothing', () => {
    expect(approvalView(approvalOf(bash('sh go.sh')), 'n', 1, context).binding).toMatch(
      /does not cover the contents of scripts/,
    );
    expect(approvalView(approvalOf(bash('ls')), 'n', 1, context).binding).toMatch(/If one changes/);
    expect(
      approvalView(approvalOf(callOf('web.fetch', { url: 'https://x' })), 'n', 1, context).binding,
    ).toMatch(/exactly these bytes/);
    const opaque = approvalView(approvalOf(bash('eval "$X"')), 'n', 1, context);
    expect(opaque.scopes.map(({ unavailable }) => unavailable === null)).toEqual([
      ...[true, false, false, false],
    ]);
    const test = approvalView(approvalOf(bash('ls', { point: 'test' })), 'n', 1, context);
    expect([test.binding, test.test]).toEqual(['Nothing runs, whatever you answer.', true]);
    expect(test.scopes.map(({ scope, unavailable }) => [scope, unavailable === null])).toEqual([
      ['once', true],
      ['session', false],
      ['project', false],
      ['always', false],
    ]);
  });

  it('has a note for every end, which never calls a time-out a denial by a person', () => {
    const ends: [ApprovalEnd, string, boolean][] = [
      [{ state: 'allowed', by: 'person', via: 'page', scope: 'once', grant: null }, 'Once', true],
      [
        { state: 'allowed', by: 'person', via: 'page', scope: 'session', grant: 'g' },
        'Remembered until the session ends',
        true,
      ],
      [{ state: 'allowed', by: 'grant', grant: 'g' }, 'Allowed by a remembered answer', false],
      [{ state: 'denied', via: 'page', reason: null }, 'Denied once', true],
      [{ state: 'denied', via: 'page', reason: 'not now' }, 'Denied: not now', true],
      [{ state: 'expired', why: 'time' }, 'Nobody answered. Denied once, nothing remembered.', false],
      [{ state: 'expired', why: 'restart' }, 'Gatehouse stopped while it waited', false],
      [{ state: 'cancelled', why: 'x' }, 'Claude Code gave up before an answer', false],
      [{ state: 'refused', gate: 'gate6_rate_limit', reason: 'too often' }, 'refused: too often', false],
    ];
    for (const [end, note, byPerson] of ends) {
      const view = Decided.parse(decidedView(approvalOf(bash('ls')), end, null, HOME));
      expect(view).toMatchObject({ outcome: end.state, note, byPerson, undoUntil: null });
    }
  });
});

describe('parameters', () => {
  it('stand with the main one first, each with its kind and real size', () => {
    const shown = paramsView('shell', 'bash', { description: 'Say hé', timeout: 5, command: 'ls' });
    expect(shown).toEqual([
      { name: 'command', kind: 'command', value: 'ls', bytes: 2, truncated: false },
      { name: 'description', kind: 'text', value: 'Say hé', bytes: 7, truncated: false },
      { name: 'timeout', kind: 'json', value: '5', bytes: 1, truncated: false },
    ]);
  });

  it('are cut to 64 KiB at a whole character, with the real size beside', () => {
    const [shown] = paramsView('filesystem', 'write', { content: '😀'.repeat(100_000) });
    expect(shown).toMatchObject({ bytes: 400_000, truncated: true });
    expect(Buffer.byteLength(shown?.value ?? '')).toBe(PARAM_BYTES);
    expect(new Set(shown?.value)).toEqual(new Set(['😀']));
    const odd = paramsView('filesystem', 'write', { content: `x${'😀'.repeat(100_000)}` })[0]?.value ?? '';
    expect(odd.isWellFormed()).toBe(true);
    expect(odd).not.toMatch(/\ufffd/);
  });

  it('share a budget: the main one takes first, the others what it leaves, and none vanishes', () => {
    const big = 'x'.repeat(50_000);
    const shown = paramsView('shell', 'bash', { a: big, command: big, b: big }, 60_000);
    expect(shown.map(({ name, value }) => [name, value.length])).toEqual([
      ['command', 50_000],
      ['a', 10_000],
      ['b', 200],
    ]);
    const many = paramsView(
      'mcp_x',
      'y',
      Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`p${index}`, 'v'])),
    );
    expect(many).toHaveLength(41);
    expect(many.at(-1)).toMatchObject({ name: '…', value: '20 more parameters', truncated: true });
  });
});
