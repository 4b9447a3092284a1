/** Pages over handlers that remember what reached them, and arguments that fit each method of the contract. */
import { type Page, Pages, success } from '../../main/app/pages.ts';
import { Presence, type PresenceStore } from '../../main/app/presence.ts';
import type { PageHandle, PageOptions } from '../../main/app/shell-port.ts';
import { type Handlers, type MethodName, methods, type Result } from '../../preload/contract.ts';

/** Arguments that fit, one list for each method of the contract. */
export const GOOD: Readonly<Record<MethodName, readonly unknown[]>> = {
  overview: [],
  inbox: [],
  answer: [{ id: 'req_1', fingerprint: 'f', nonce: 'n', verdict: { kind: 'allow', scope: 'once' } }],
  undo: ['req_1'],
  sendTestRequest: [],
  timeline: [{}, null, 50],
  timelineAt: [{}, null, 50],
  timelinePlace: [{}, 1],
  timelineDensity: [{}, null, 100],
  timelineGroups: [{}, 'session'],
  timelineNumbers: [30],
  timelineViews: [],
  saveTimelineViews: [[{ name: 'refused', filter: 'outcome:refused' }]],
  sessionStory: ['s_web'],
  sessionReport: ['s_web'],
  timelineDetail: [1],
  verifyLog: [],
  mcpServers: [],
  addMcpServer: [{ text: '{}', name: null }],
  removeMcpServer: ['files'],
  acceptMcpTool: ['files', 'read'],
  acceptMcpProgram: ['files'],
  mcpClients: [],
  planMcpRoute: ['cursor', 'connect'],
  applyMcpRoute: ['cursor', 'plan'],
  scanAgents: [],
  planAgent: ['claude-code', 'connect'],
  applyAgentPlan: ['claude-code', 'plan'],
  doctor: ['claude-code'],
  setPin: [{ pin: 'granite-7', current: null }],
  unlock: ['granite-7'],
  reloadPolicy: [],
  api: [],
  switchApi: [true],
  makeToken: [{ name: 'sdk', scopes: ['submit', 'watch'], app: '~/web', pin: null }],
  pause: [null, '15m'],
  resume: [null],
  dropPauseWish: [],
  stopAll: [],
  liftStop: [],
  desktop: [],
  setNotifications: [{ enabled: true, approve: false, quiet: { from: '22:00', to: '07:00' } }],
  trustNotifier: ['1/:1.5'],
  windowAct: [{ kind: 'review', request: 'a1' }],
  startup: [],
  setStartup: [true],
  policyFiles: [],
  policySchema: [],
  checkPolicy: ['tools: {}'],
  savePolicy: [{ text: 'tools: {}', over: null }],
  trustPolicy: [{ id: '/home/dev/web', hash: 'h' }],
  distrustPolicy: ['/home/dev/web'],
  explainCall: [{ tool: 'shell.bash', value: 'ls', client: 'claude-code', app: null, draft: null }],
  explainRow: [1],
  revokeToken: ['tok_1'],
  replayPolicy: [{ draft: 'tools: {}', days: 30 }],
  coverage: [{ approval: 'a' }],
  rules: [],
  rowChoices: [1],
  makeRule: [{ seq: 1, scope: 'project', remember: { choice: 'kind', digest: 'd', forSeconds: 3600 } }],
  reviews: [],
  reviewRows: ['review_1', 0, 200],
  reviewDiff: ['review_1', 'src/a.ts'],
  applyReview: [{ id: 'review_1', digest: 'd', pick: { kind: 'all' } }],
  undoReview: ['review_1'],
  discardReview: ['review_1'],
  withdrawRules: [['grant_1']],
  endRule: ['grant_1', null],
  mergeRules: [['grant_1', 'grant_2']],
  vault: [],
  credentialCatalog: [],
  makeVault: [{ passphrase: 'a long passphrase' }],
  unlockVault: [{ passphrase: 'a long passphrase', recovery: null }],
  lockVault: [],
  addCredential: [
    {
      name: 'github',
      label: 'GitHub',
      kind: 'github',
      scope: 'per_user',
      app: null,
      values: { token: 'ghp_0123456789' },
      confirmed: false,
    },
  ],
  renewCredential: [{ id: 'cred_1', how: 'stage', values: { token: 'ghp_x' }, confirmed: true }],
  settleCredential: ['cred_1', 'promote'],
  revealCredential: [{ id: 'cred_1', field: 'token', pin: '271828', how: 'revealed' }],
  testCredential: ['cred_1', 'current'],
  removeCredential: ['cred_1'],
  grantCredential: [{ id: 'cred_1', server: 'notes', into: 'env', name: 'TOKEN', standing: false }],
  revokeCredential: ['cred_1', null],
  endLease: ['lease_1'],
  connectCredential: [{ credential: null, name: 'wiki', label: '', kind: 'notion-sign-in', values: {} }],
  cancelSignIn: ['signin_1'],
  credentials: [{ text: 'gh', from: 0, at: null }],
  beginUpload: [{ bytes: 4 }],
  uploadPart: [{ id: 'file_1', at: 0, base64: 'AAAA' }],
  importVault: [{ upload: 'file_1', name: 'a.env', passphrase: null, replace: false, plan: null }],
  exportVault: [{ pin: 'granite-7', passphrase: 'a passphrase for the way' }],
  downloadPart: ['file_1', 0],
  pasteSignIn: ['signin_1', 'http://127.0.0.1:1/callback?code=x&state=y'],
};

export const METHODS = Object.keys(methods) as MethodName[];

export interface AttachedPage {
  readonly handle: PageHandle;
  readonly sent: { channel: string; payload: unknown }[];
  readonly page: Page;
  /** The page as it was greeted, or null. */
  readonly greeted: () => Page | null;
}

export class PagesBench {
  now = 1000;
  respond: (method: MethodName) => Promise<Result<unknown>> = async () => success(null);
  readonly called: { method: MethodName; args: readonly unknown[] }[] = [];
  readonly defects: string[] = [];
  readonly locked: string[] = [];
  readonly presence: Presence;
  readonly pages: Pages;

  constructor(served = true) {
    let stored: string | null = null;
    const store: PresenceStore = {
      read: () => stored,
      write: (json) => {
        stored = json;
      },
    };
    this.presence = new Presence(store, () => 0);
    this.pages = new Pages({
      presence: this.presence,
      monotonicMs: () => this.now,
      onDefect: (where, error) => this.defects.push(`${where}: ${String(error)}`),
      onLocked: (method) => this.locked.push(method),
    });
    if (served) this.pages.serve(this.#handlers());
  }

  attach(session: string, more: Partial<PageOptions> = {}): AttachedPage {
    const sent: AttachedPage['sent'] = [];
    let greeted: Page | null = null;
    const send: PageOptions['send'] = (channel, payload) => sent.push({ channel, payload });
    const handle = this.pages.attach(
      { via: 'page', origin: 'start-link', session, send, ...more },
      (attached) => {
        greeted = attached;
      },
    );
    const page = this.pages.list().at(-1);
    if (page === undefined) throw new Error('not attached');
    return { handle, sent, page, greeted: () => greeted };
  }

  #handlers(): Handlers<Page> {
    const handlers = METHODS.map((method) => [
      method,
      async (_page: Page, ...args: readonly unknown[]) => {
        this.called.push({ method, args });
        return this.respond(method);
      },
    ]);
    return Object.fromEntries(handlers) as unknown as Handlers<Page>;
  }
}

export function codeOf(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.error.code;
}
