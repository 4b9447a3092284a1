import { beforeEach, describe, expect, it } from 'vitest';
import { GatehouseError } from '../../main/platform/errors.ts';
import type { MethodName } from '../../preload/contract.ts';
import { CALLS } from '../support/method-calls.ts';
import { codeOf, METHODS, PagesBench } from '../support/pages-bench.ts';

let bench: PagesBench;

/** Arguments that do not fit. */
const BAD: Readonly<Record<MethodName, readonly unknown[]>> = {
  overview: [[1], [null], {}, 'x', null, undefined],
  inbox: [[1], [[]], 7],
  answer: [
    [],
    [null],
    [{ ...(CALLS.answer[0] as object), id: 7 }],
    [{ ...(CALLS.answer[0] as object), id: 'x'.repeat(65) }],
    [{ ...(CALLS.answer[0] as object), nonce: 'x'.repeat(129) }],
    [{ ...(CALLS.answer[0] as object), fingerprint: undefined }],
    [{ ...(CALLS.answer[0] as object), verdict: { kind: 'allow', scope: 'for ever' } }],
    [
      {
        ...(CALLS.answer[0] as object),
        verdict: {
          kind: 'allow',
          scope: 'project',
          remember: { choice: 'everything', digest: 'd', forSeconds: 60 },
        },
      },
    ],
    [{ ...(CALLS.answer[0] as object), verdict: { kind: 'allow' } }],
    [{ ...(CALLS.answer[0] as object), verdict: { kind: 'deny', reason: 'x'.repeat(501) } }],
    [{ ...(CALLS.answer[0] as object), verdict: { kind: 'deny' } }],
    [{ ...(CALLS.answer[0] as object), verdict: { kind: 'maybe' } }],
    [CALLS.answer[0], CALLS.answer[0]],
  ],
  undo: [[], [1], ['x'.repeat(65)], ['a', 'b'], [{ id: 'a' }]],
  sendTestRequest: [['x']],
  timelineAt: [[], [{}, null], [{}, -1, 10], [{}, 0.5, 10], [{}, null, 501], [{ turn: [-1] }, null, 10]],
  timelinePlace: [[], [{}], [{}, null], [{}, 'x'], [{ success: 'yes' }, 1]],
  timelineDensity: [
    [{}, null],
    [{}, null, 0],
    [{}, null, 501],
    [{}, { from: 1 }, 10],
    [{}, 7, 10],
  ],
  timelineGroups: [[{}], [{}, 'project'], [{ decision: ['maybe'] }, 'turn']],
  timelineNumbers: [[], [0], [401], ['x']],
  timelineViews: [['x']],
  saveTimelineViews: [
    [],
    [{ name: 'x' }],
    [[{ name: ' ', filter: 'x' }]],
    [[{ name: 'x'.repeat(61), filter: 'x' }]],
    [[{ name: 'x', filter: 'x'.repeat(2001) }]],
    [new Array(51).fill({ name: 'x', filter: 'y' })],
  ],
  sessionStory: [[], [1], ['x'.repeat(65)]],
  sessionReport: [[], [1], ['x'.repeat(65)]],
  timeline: [
    [],
    [{}, null],
    [{}, null, 0],
    [{}, null, 501],
    [{}, null, 1.5],
    [{}, 'x', 10],
    [{}, 0.5, 10],
    [{ text: 'x'.repeat(401) }, null, 10],
    [{ outcome: ['gone'] }, null, 10],
    [{ gate: [7] }, null, 10],
    [{ since: 'x' }, null, 10],
    [null, null, 10],
    [{}, null, Number.NaN],
    [{}, null, 10, 1],
  ],
  timelineDetail: [[], ['1'], [1.5], [null], [Number.NaN], [Number.POSITIVE_INFINITY]],
  verifyLog: [[true]],
  mcpServers: [[1]],
  addMcpServer: [
    [],
    ['x'],
    [{ text: '', name: null }],
    [{ text: 'x' }],
    [{ text: 'x'.repeat(64 * 1024 + 1), name: null }],
  ],
  removeMcpServer: [[], [''], ['x'.repeat(65)], [1]],
  acceptMcpTool: [['files'], ['files', 1], ['', 'x'], ['files', 'x'.repeat(201)]],
  acceptMcpProgram: [[], [null]],
  governedTools: [['cursor']],
  planGovernedTools: [['cursor'], ['../x', 'connect'], ['cursor', 'erase'], ['x'.repeat(33), 'connect']],
  applyGovernedTools: [['cursor'], ['../x', 'plan'], ['cursor', 'x'.repeat(129)]],
  mcpClients: [['cursor']],
  planMcpRoute: [['cursor'], ['../x', 'connect'], ['cursor', 'erase'], ['x'.repeat(33), 'connect']],
  applyMcpRoute: [['cursor'], ['A', 'x'], ['cursor', 'x'.repeat(129)], ['cursor', 1]],
  scanAgents: [[0]],
  planAgent: [
    ['claude-code'],
    ['../x', 'connect'],
    ['', 'connect'],
    ['claude-code', 'erase'],
    ['x'.repeat(33), 'connect'],
  ],
  applyAgentPlan: [['claude-code'], ['A', 'x'], ['claude-code', 'x'.repeat(129)], ['claude-code', 1]],
  doctor: [[], ['a b'], [null]],
  setPin: [
    [],
    ['granite-7'],
    [{ pin: '12345', current: null }],
    [{ pin: 'x'.repeat(129), current: null }],
    [{ pin: 'granite-7' }],
    [{ pin: 'granite-7', current: '' }],
    [{ pin: 123456, current: null }],
  ],
  unlock: [[], [''], ['x'.repeat(129)], [1], [null]],
  reloadPolicy: [[1]],
  replayPolicy: [[], [{ draft: 'x' }], [{ draft: 'x', days: 0 }], [{ draft: 'x', days: 367 }]],
  coverage: [[], ['a'], [{}], [{ seq: 1.5 }], [{ approval: 'x'.repeat(65) }]],
  rules: [[1]],
  rowChoices: [[], ['1'], [1.5]],
  makeRule: [
    [],
    [{ ...(CALLS.makeRule[0] as object), scope: 'once' }],
    [{ ...(CALLS.makeRule[0] as object), remember: { choice: 'kind', digest: 'd', forSeconds: 59 } }],
    [{ ...(CALLS.makeRule[0] as object), remember: { choice: 'kind', digest: 'd' } }],
  ],
  reviews: [[1]],
  reviewRows: [[], ['review_1', 0], ['review_1', -1, 10], ['review_1', 0, 501], ['x'.repeat(65), 0, 10]],
  reviewDiff: [[], ['review_1'], ['review_1', 'x'.repeat(12_289)]],
  applyReview: [
    [],
    [{ id: 'review_1', digest: 'd' }],
    [{ id: 'review_1', digest: 'd', pick: { kind: 'some' } }],
    [{ id: 'review_1', digest: 'd', pick: { kind: 'only', keys: [''] } }],
    [{ id: 'review_1', digest: 'x'.repeat(129), pick: { kind: 'all' } }],
  ],
  undoReview: [[], [1], ['x'.repeat(65)]],
  discardReview: [[], [1], ['x'.repeat(65)]],
  withdrawRules: [[], [[]], ['grant_1'], [['x'.repeat(65)]]],
  endRule: [['grant_1'], ['grant_1', 0], ['grant_1', 367 * 86_400]],
  mergeRules: [[], [['grant_1']], [[1, 2]]],
  api: [[1]],
  switchApi: [[], ['on'], [null], [true, true]],
  makeToken: [
    [],
    [{ ...(CALLS.makeToken[0] as object), name: '' }],
    [{ ...(CALLS.makeToken[0] as object), name: 'x'.repeat(41) }],
    [{ ...(CALLS.makeToken[0] as object), scopes: [] }],
    [{ ...(CALLS.makeToken[0] as object), scopes: ['everything'] }],
    [{ ...(CALLS.makeToken[0] as object), app: '' }],
    [{ ...(CALLS.makeToken[0] as object), app: undefined }],
    [{ ...(CALLS.makeToken[0] as object), pin: '' }],
    [{ ...(CALLS.makeToken[0] as object), pin: 123456 }],
  ],
  pause: [[], [null], ['../x', '15m'], [null, 'for ever'], [null, 900_000], [null, '15m', 1]],
  resume: [[], ['A'], [1]],
  dropPauseWish: [[null]],
  stopAll: [['all']],
  liftStop: [[true]],
  desktop: [[0]],
  setNotifications: [
    [],
    [{}],
    [{ enabled: 1, approve: true, quiet: null }],
    [{ enabled: true, approve: true, quiet: { from: '24:00', to: '07:00' } }],
    [{ enabled: true, approve: true, quiet: { from: '22:00' } }],
  ],
  trustNotifier: [[], [1], ['x'.repeat(101)]],
  windowAct: [
    [],
    [{}],
    [{ kind: 'allow' }],
    [{ kind: 'review', request: 'x'.repeat(65) }],
    [{ kind: 'pointer' }],
  ],
  startup: [[true]],
  setStartup: [[], ['on'], [true, true]],
  policyFiles: [[1]],
  policySchema: [['x']],
  checkPolicy: [[], [1], ['x'.repeat(600_001)]],
  savePolicy: [[], [{ text: 'x' }], [{ text: 1, over: null }]],
  trustPolicy: [[], ['x'], [{ id: 'x' }]],
  distrustPolicy: [[], [1]],
  explainCall: [[], [{ tool: 'shell.bash' }]],
  explainRow: [[], ['1'], [1.5]],
  revokeToken: [[], [1], ['x'.repeat(65)], ['a', 'b']],
  vault: [[1]],
  credentialCatalog: [['x']],
  makeVault: [[], [{}], [{ passphrase: 7 }], [{ passphrase: 'x'.repeat(1025) }]],
  unlockVault: [[], [{ passphrase: null }], [{ passphrase: 'x', recovery: 'x'.repeat(201) }]],
  lockVault: [[true]],
  addCredential: [
    [],
    [{ ...(CALLS.addCredential[0] as object), name: '' }],
    [{ ...(CALLS.addCredential[0] as object), scope: 'everywhere' }],
    [{ ...(CALLS.addCredential[0] as object), values: { token: 7 } }],
    [{ ...(CALLS.addCredential[0] as object), values: { token: 'x'.repeat(64 * 1024 + 1) } }],
    [{ ...(CALLS.addCredential[0] as object), confirmed: 'yes' }],
  ],
  renewCredential: [[], [{ ...(CALLS.renewCredential[0] as object), how: 'erase' }]],
  settleCredential: [['cred_1'], ['cred_1', 'erase'], ['x'.repeat(65), 'promote']],
  revealCredential: [
    [],
    [{ ...(CALLS.revealCredential[0] as object), pin: '' }],
    [{ ...(CALLS.revealCredential[0] as object), how: 'printed' }],
  ],
  testCredential: [['cred_1'], ['cred_1', 'old']],
  removeCredential: [[], [1]],
  grantCredential: [[], [{ ...(CALLS.grantCredential[0] as object), into: 'argv' }]],
  revokeCredential: [['cred_1'], [1, null]],
  endLease: [[], ['x'.repeat(65)]],
  connectCredential: [[], [{ ...(CALLS.connectCredential[0] as object), credential: 1 }], ['wiki']],
  cancelSignIn: [[], [1]],
  credentials: [[{ text: 'x'.repeat(201), from: 0, at: null }], [{ text: '', from: -1, at: null }]],
  beginUpload: [[{ bytes: 64 * 1024 * 1024 + 1 }], [{ bytes: -1 }]],
  uploadPart: [
    [{ id: 'file_1', at: 0, base64: 'x'.repeat(1_000_000) }],
    [{ id: 'file_1', at: -1, base64: '' }],
  ],
  importVault: [[{ upload: 'file_1' }]],
  exportVault: [[{ pin: '', passphrase: 'a passphrase for the way' }]],
  downloadPart: [['file_1', -1]],
  pasteSignIn: [['signin_1'], ['signin_1', 'x'.repeat(8193)]],
};

beforeEach(() => {
  bench = new PagesBench();
});

describe('what a page sends', () => {
  it.each(METHODS)('%s takes arguments that fit its schema, and no others', async (method) => {
    const { handle } = bench.attach('one');
    expect(codeOf(await handle.call(method, CALLS[method]))).toBe('ok');
    expect(bench.called.map((call) => call.method)).toEqual([method]);
    for (const args of [...BAD[method], 'text', 7, null, undefined, { length: 0 }]) {
      const result = await handle.call(method, args);
      expect([method, args, codeOf(result)]).toEqual([method, args, 'bad_argument']);
      expect(result.ok ? '' : result.error.message).toMatch(new RegExp(`^${method}: `));
    }
    expect(bench.called).toHaveLength(1);
  });

  it('reaches the handler parsed: defaults filled in, what the schema does not know left out', async () => {
    const { handle } = bench.attach('one');
    await handle.call('timeline', [{ text: 'x', evil: 1 }, null, 5]);
    expect(bench.called[0]?.args[0]).toEqual({
      text: 'x',
      outcome: [],
      client: [],
      app: [],
      session: [],
      action: [],
      gate: [],
      risk: [],
      since: null,
      until: null,
      events: true,
      agent: [],
      decision: [],
      rule: [],
      success: null,
      turn: [],
    });
    await handle.call('answer', [{ ...(CALLS.answer[0] as object), via: 'window' }]);
    expect(bench.called[1]?.args).toEqual(CALLS.answer);
  });

  it.each([
    'nothing',
    '',
    'toString',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'answer ',
    'ANSWER',
    'x'.repeat(10_000),
  ])('a method that is not in the contract is refused: %j', async (method) => {
    const { handle } = bench.attach('one');
    const result = await handle.call(method, []);
    expect(codeOf(result)).toBe('bad_argument');
    expect(result.ok ? '' : result.error.message.length).toBeLessThan(100);
    expect(bench.called).toEqual([]);
  });

  it.each([
    null,
    undefined,
    7,
    {},
    ['overview'],
    Object.create(null),
    Symbol('x'),
    { toString: () => 'overview' },
  ])('a method that is no text is refused', async (method) => {
    const { handle } = bench.attach('one');
    expect(codeOf(await handle.call(method as string, []))).toBe('bad_argument');
    expect(bench.called).toEqual([]);
  });

  it('is answered with words and no stack, whatever a handler throws', async () => {
    const { handle } = bench.attach('one');
    const cases: [unknown, string][] = [
      [new GatehouseError('not_found', 'no such thing'), 'not_found'],
      [new GatehouseError('already_decided', 'x'), 'already_decided'],
      [new GatehouseError('plan_changed', 'x'), 'changed'],
      [new GatehouseError('wrong_pin', 'x'), 'wrong_pin'],
      [new GatehouseError('weak_pin', 'x'), 'bad_argument'],
      [new GatehouseError('rate_limited', 'x'), 'rate_limited'],
      [new GatehouseError('audit_unwritable', 'x'), 'unavailable'],
      [new GatehouseError('toString', 'x'), 'unavailable'],
      [new TypeError('x is undefined'), 'internal'],
      ['a text', 'internal'],
      [undefined, 'internal'],
    ];
    for (const [thrown, code] of cases) {
      bench.respond = async () => {
        throw thrown;
      };
      const result = await handle.call('overview', []);
      expect([String(thrown), codeOf(result)]).toEqual([String(thrown), code]);
      expect(JSON.stringify(result)).not.toMatch(/\n|at .*\.ts/);
    }
    // Only what is a defect of ours is written into the log file.
    expect(bench.defects).toHaveLength(3);
  });

  it('is told to come back while nothing can answer yet', async () => {
    const { handle } = new PagesBench(false).attach('one');
    expect(codeOf(await handle.call('overview', []))).toBe('unavailable');
  });
});
