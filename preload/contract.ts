/**
 * The one schema of what the page and the supervisor say to each other.
 *
 * From it come: the handlers in main (every argument is parsed there), the preload API under Electron, the
 * WebSocket API of the headless shell, and the test double. A method takes the arguments of its tuple and
 * answers a Result; a channel carries one payload from the supervisor to the page.
 */
import { z } from 'zod';
import { ApiView, MadeToken, TokenWish } from './contract/api.ts';
import { Answer, Decided, Inbox } from './contract/approval.ts';
import { DesktopView, NotificationSettings } from './contract/desktop.ts';
import {
  GovernedClientView,
  GovernedToolsView,
  McpClientView,
  McpDraft,
  McpServerView,
} from './contract/mcp.ts';
import {
  AgentPlan,
  AgentView,
  DoctorReport,
  Notice,
  Overview,
  PauseLength,
  PauseView,
} from './contract/overview.ts';
import { CallWish, PolicyCheck, PolicyExplanation, PolicyFiles } from './contract/policy.ts';
import {
  CallRef,
  CoverageReport,
  HoldsForWish,
  RowChoices,
  RuleView,
  RuleWish,
} from './contract/remember.ts';
import { ReplayReport, ReplayWish } from './contract/replay.ts';
import type { Result } from './contract/result.ts';
import { ReviewDiff, ReviewRows, ReviewView, ReviewWish } from './contract/review.ts';
import {
  SavedViews,
  SessionStory,
  TimelineDensity,
  TimelineDetail,
  TimelineFilter,
  TimelineGroupBy,
  TimelineGroups,
  TimelineNumbers,
  TimelinePage,
  TimelinePlaces,
  TimelineRow,
  VerifyReport,
} from './contract/timeline.ts';
import {
  ConnectReport,
  ConnectWish,
  CredentialCatalog,
  CredentialDraft,
  CredentialsPage,
  CredentialsWish,
  CredentialValues,
  ExportReport,
  ExportWish,
  FILE_MAX_BYTES,
  FilePart,
  GrantWish,
  ImportReport,
  ImportWish,
  RevealWish,
  SavedCredential,
  TestReport,
  UnlockWish,
  UploadedFiles,
  VaultView,
} from './contract/vault.ts';
import { StartupView, WindowAct } from './contract/window.ts';

export * from './contract/api.ts';
export * from './contract/approval.ts';
export * from './contract/desktop.ts';
export * from './contract/mcp.ts';
export * from './contract/overview.ts';
export * from './contract/policy.ts';
export * from './contract/remember.ts';
export * from './contract/replay.ts';
export * from './contract/result.ts';
export * from './contract/review.ts';
export * from './contract/timeline.ts';
export * from './contract/vault.ts';
export * from './contract/window.ts';

type Schemas = [] | [z.ZodType, ...z.ZodType[]];

interface Method<A extends Schemas, R extends z.ZodType> {
  readonly args: z.ZodTuple<A, null>;
  readonly result: R;
  /** Only a page that may decide can call it. */
  readonly decides: boolean;
}

function method<A extends Schemas, R extends z.ZodType>(
  args: A,
  result: R,
  options: { decides?: boolean } = {},
): Method<A, R> {
  // zod's overloads take the empty and the non-empty tuple apart; the union of both needs this one cast.
  return {
    args: z.tuple(args as [z.ZodType]) as unknown as z.ZodTuple<A, null>,
    result,
    decides: options.decides ?? false,
  };
}

const Pin = z.string().min(1).max(128);
const AgentId = z.string().regex(/^[a-z0-9-]{1,32}$/);
const ServerName = z.string().min(1).max(64);
const Nothing = z.null();
const PolicyText = z.string().max(600_000);

export const methods = {
  /** All that the frame of the page shows. */
  overview: method([], Overview),
  /** Requests that wait and those that ended lately; issues the nonces of this page. */
  inbox: method([], Inbox),
  /** A person's answer to one request. */
  answer: method([Answer], Decided, { decides: true }),
  /** Takes back the remembered answer that the decision `id` made, within its time. */
  undo: method([z.string().max(64)], Nothing, { decides: true }),
  /** Makes a request of the person's own, through the real engine; nothing runs. Answers its id. */
  sendTestRequest: method([], z.object({ id: z.string() })),
  /** A page of the timeline, newest first, rows with seq < `before` (null: from the newest), at most `limit` ≤ 500. */
  timeline: method(
    [TimelineFilter, z.number().int().nullable(), z.number().int().min(1).max(500)],
    TimelinePage,
  ),
  /** The page from a place on (null: the newest), at most `limit` ≤ 500. */
  timelineAt: method(
    [TimelineFilter, z.number().int().nonnegative().nullable(), z.number().int().min(1).max(500)],
    TimelinePlaces,
  ),
  /** The place of the row with this number, or of the next newer one that matches; null when there is none. */
  timelinePlace: method([TimelineFilter, z.number().int()], z.number().int().nullable()),
  /** Over a span of time in milliseconds, or (null) over all that matches, in so many buckets. */
  timelineDensity: method(
    [
      TimelineFilter,
      z.object({ from: z.number(), to: z.number() }).nullable(),
      z.number().int().min(1).max(500),
    ],
    TimelineDensity,
  ),
  /** At most 500 groups. */
  timelineGroups: method([TimelineFilter, TimelineGroupBy], TimelineGroups),
  /** What adds up over the last days. */
  timelineNumbers: method([z.number().int().min(1).max(400)], TimelineNumbers),
  timelineViews: method([], SavedViews),
  saveTimelineViews: method([SavedViews], SavedViews),
  /** A session as a story. */
  sessionStory: method([z.string().max(64)], SessionStory),
  /** The same as an HTML document that needs nothing else. */
  sessionReport: method([z.string().max(64)], z.object({ name: z.string(), html: z.string() })),
  timelineDetail: method([z.number().int()], TimelineDetail),
  verifyLog: method([], VerifyReport),
  /** Looks for agent programs anew. */
  scanAgents: method([], z.array(AgentView)),
  planAgent: method([AgentId, z.enum(['connect', 'disconnect'])], AgentPlan),
  /** Carries out exactly the plan that was shown. */
  applyAgentPlan: method([AgentId, z.string().max(128)], AgentView, { decides: true }),
  doctor: method([AgentId], DoctorReport),
  /** Sets the PIN, or changes it (then `current` is needed). */
  setPin: method([z.object({ pin: Pin.min(6), current: Pin.nullable() })], Nothing),
  /** Makes this page one that may decide. */
  unlock: method([Pin], Nothing),
  /** The registered MCP servers. */
  mcpServers: method([], z.array(McpServerView)),
  /** Registers a server from a client's JSON entry. */
  addMcpServer: method([McpDraft], McpServerView, { decides: true }),
  removeMcpServer: method([ServerName], Nothing, { decides: true }),
  /** Agrees to a tool as it is now. */
  acceptMcpTool: method([ServerName, z.string().max(200)], Nothing, { decides: true }),
  /** Takes the server's program as it is now for the registered one. */
  acceptMcpProgram: method([ServerName], Nothing, { decides: true }),
  /** In which clients the governed tools are, and who has them now. */
  governedTools: method([], GovernedToolsView),
  /** What putting them into a client's file (`connect`) or taking them out would do. */
  planGovernedTools: method([AgentId, z.enum(['connect', 'disconnect'])], AgentPlan),
  /** Carries out exactly the plan that was shown. */
  applyGovernedTools: method([AgentId, z.string().max(128)], GovernedClientView, { decides: true }),
  /** Clients' files with MCP entries in them. */
  mcpClients: method([], z.array(McpClientView)),
  /** What routing a client's entries through Gatehouse (`connect`) or putting them back would do. */
  planMcpRoute: method([AgentId, z.enum(['connect', 'disconnect'])], AgentPlan),
  /** Carries out exactly the plan that was shown. */
  applyMcpRoute: method([AgentId, z.string().max(128)], McpClientView, { decides: true }),
  /** Reads the policy file again and puts it in force if it compiles. */
  reloadPolicy: method([], Overview.shape.policy, { decides: true }),
  /** The policy files that decide together, and the presets. */
  policyFiles: method([], PolicyFiles),
  /** JSON Schema of the policy file, for completion. */
  policySchema: method([], z.record(z.string(), z.unknown())),
  /** What is wrong with a draft. */
  checkPolicy: method([PolicyText], PolicyCheck),
  /** Writes the person's policy and puts it in force, if the file is still the one with the hash `over`. */
  savePolicy: method([z.object({ text: PolicyText, over: z.string().nullable() })], PolicyFiles, {
    decides: true,
  }),
  /** Trusts a project's policy file as it was shown. */
  trustPolicy: method([z.object({ id: z.string().max(4096), hash: z.string().max(128) })], PolicyFiles, {
    decides: true,
  }),
  distrustPolicy: method([z.string().max(4096)], PolicyFiles, { decides: true }),
  /** Why a call would be decided as it would. Nothing runs and nothing is counted. */
  explainCall: method([CallWish], PolicyExplanation),
  /** The same for a call on the timeline, by what is in force now. */
  explainRow: method([z.number().int()], PolicyExplanation),
  /** What past calls would have been decided as by a draft. A newer one ends an older that still runs. */
  replayPolicy: method([ReplayWish], ReplayReport),
  /** Past calls that each choice for a call would have covered. A newer one ends an older that still runs. */
  coverage: method([CallRef], CoverageReport),
  /** The remembered answers in force, newest first. */
  rules: method([], z.array(RuleView)),
  /** What may be remembered of the call of a timeline row (`make a rule from this`), by its seq. */
  rowChoices: method([z.number().int()], RowChoices),
  /** Makes a rule of the call of a timeline row. Answers the rules in force. */
  makeRule: method([RuleWish], z.array(RuleView), { decides: true }),
  /** Takes remembered answers back. Answers the rules in force. */
  withdrawRules: method([z.array(z.string().max(64)).min(1).max(2000)], z.array(RuleView)),
  /** Lets a remembered answer end at another time, counted in seconds from now; null: until it is taken back. */
  endRule: method([z.string().max(64), HoldsForWish], z.array(RuleView), { decides: true }),
  /** Makes one rule of several that `mergesAs` names alike. It covers what they covered, until the first of them ends. */
  mergeRules: method([z.array(z.string().max(64)).min(2).max(200)], z.array(RuleView), { decides: true }),
  /** What sandboxed sessions wrote to copies of projects, the newest first. */
  reviews: method([], z.array(ReviewView)),
  /** Paths of one, from a place on, at most 500. */
  reviewRows: method(
    [z.string().max(64), z.number().int().nonnegative(), z.number().int().min(1).max(500)],
    ReviewRows,
  ),
  reviewDiff: method([z.string().max(64), z.string().max(12_288)], ReviewDiff),
  /** Carries it over into the project, all that is picked or nothing. */
  applyReview: method([ReviewWish], z.array(ReviewView), { decides: true }),
  /** Takes it out of the project again; then it waits as before. */
  undoReview: method([z.string().max(64)], z.array(ReviewView), { decides: true }),
  /** Throws the copy away, or what is kept for an undo. */
  discardReview: method([z.string().max(64)], z.array(ReviewView), { decides: true }),
  /** The HTTP API: where it listens, and its tokens. */
  api: method([], ApiView),
  switchApi: method([z.boolean()], ApiView, { decides: true }),
  /** Makes a token; one that may decide needs the PIN. The token is in this answer and nowhere else. */
  makeToken: method([TokenWish], MadeToken, { decides: true }),
  /** Lets the calls of one agent, or of all (null), run for a while. */
  pause: method([AgentId.nullable(), PauseLength], PauseView, { decides: true }),
  /** Ends the pause of one agent, or all pauses. */
  resume: method([AgentId.nullable()], PauseView),
  /** The person does not want the pause that the tray asked for. */
  dropPauseWish: method([], PauseView),
  /** Refuses every call from now on, denies what waits and ends what runs for agents. */
  stopAll: method([], PauseView),
  /** Lets agents work again after that. */
  liftStop: method([], PauseView, { decides: true }),
  /** Tray and notifications as they stand. */
  desktop: method([], DesktopView),
  setNotifications: method([NotificationSettings], DesktopView, { decides: true }),
  /** Agrees that the notification service that is named so may approve. */
  trustNotifier: method([z.string().max(100)], DesktopView, { decides: true }),
  /** Asks something of the window that the page is in; `unavailable` in a browser. */
  windowAct: method([WindowAct], Nothing),
  /** Whether Gatehouse starts when the person logs in, and switching it. */
  startup: method([], StartupView),
  setStartup: method([z.boolean()], StartupView, { decides: true }),
  /** Takes the token of this id out of use. */
  revokeToken: method([z.string().max(64)], ApiView, { decides: true }),
  /** The vault: how it stands, and what is in it; never a value. */
  vault: method([], VaultView),
  /** Those of the credentials that match, from a place on. */
  credentials: method([CredentialsWish], CredentialsPage),
  /** Services and types that a credential can be added of. */
  credentialCatalog: method([], CredentialCatalog),
  /** Begins to sign in at a service. What is wrong with the form is in the answer. */
  connectCredential: method([ConnectWish], ConnectReport, { decides: true }),
  cancelSignIn: method([z.string().max(64)], VaultView, { decides: true }),
  /** The address that the browser ended at, where it runs on another computer. */
  pasteSignIn: method([z.string().max(64), z.string().max(8192)], VaultView, { decides: true }),
  /** Makes the vault. The recovery key is in this answer and nowhere else. */
  makeVault: method(
    [z.object({ passphrase: z.string().max(1024).nullable() })],
    z.object({ recoveryKey: z.string(), vault: VaultView }),
    { decides: true },
  ),
  unlockVault: method([UnlockWish], VaultView, { decides: true }),
  lockVault: method([], VaultView),
  addCredential: method([CredentialDraft], SavedCredential, { decides: true }),
  /** A new value: `replace` puts it in force, `stage` keeps it beside the old one. */
  renewCredential: method(
    [
      z.object({
        id: z.string().max(64),
        how: z.enum(['replace', 'stage']),
        values: CredentialValues,
        files: UploadedFiles,
        confirmed: z.boolean(),
      }),
    ],
    SavedCredential,
    { decides: true },
  ),
  /** Puts the value that waits in force, or throws it away. */
  settleCredential: method([z.string().max(64), z.enum(['promote', 'discard'])], VaultView, {
    decides: true,
  }),
  /** One value, after the PIN. It is in this answer and nowhere else. */
  revealCredential: method([RevealWish], z.object({ value: z.string() }), { decides: true }),
  /** Asks the service about it. */
  testCredential: method([z.string().max(64), z.enum(['current', 'next'])], TestReport, { decides: true }),
  /** Begins to send a file, in parts; it is kept in memory for ten minutes at most. */
  beginUpload: method(
    [z.object({ bytes: z.number().int().min(0).max(FILE_MAX_BYTES) })],
    z.object({ id: z.string() }),
    { decides: true },
  ),
  /** Answers how many bytes are there now. */
  uploadPart: method([FilePart], z.object({ received: z.number() }), { decides: true }),
  /** Takes an exported vault or a `.env` file in; first without a plan, to see what would come of it. */
  importVault: method([ImportWish], ImportReport, { decides: true }),
  /** All of the vault as one encrypted file, after the PIN. */
  exportVault: method([ExportWish], ExportReport, { decides: true }),
  /** A part of such a file; it is forgotten after the last. */
  downloadPart: method(
    [z.string().max(64), z.number().int().nonnegative()],
    z.object({ base64: z.string(), last: z.boolean() }),
    { decides: true },
  ),
  removeCredential: method([z.string().max(64)], VaultView, { decides: true }),
  grantCredential: method([GrantWish], VaultView, { decides: true }),
  /** Takes it away from a server, or from all (null). */
  revokeCredential: method([z.string().max(64), z.string().max(64).nullable()], VaultView, { decides: true }),
  endLease: method([z.string().max(64)], VaultView, { decides: true }),
} as const;

export const channels = {
  overview: Overview,
  inbox: Inbox,
  /** Rows that are new or changed, oldest first. */
  timeline: z.array(TimelineRow),
  notice: Notice,
  /** The MCP servers, whenever something about them changes. */
  mcp: z.array(McpServerView),
  /** The vault, whenever something about it changes. */
  vault: VaultView,
  /** The remembered answers, whenever one is made, used or over. */
  rules: z.array(RuleView),
  /** The reviews, whenever one comes, changes or goes. */
  reviews: z.array(ReviewView),
} as const;

export type MethodName = keyof typeof methods;
export type ChannelName = keyof typeof channels;
export type MethodArgs<M extends MethodName> = z.input<(typeof methods)[M]['args']>;
export type ParsedArgs<M extends MethodName> = z.output<(typeof methods)[M]['args']>;
export type MethodValue<M extends MethodName> = z.output<(typeof methods)[M]['result']>;
export type ChannelPayload<C extends ChannelName> = z.output<(typeof channels)[C]>;

/** What main implements. Arguments are already parsed. `Context` tells which page calls. */
export type Handlers<Context> = {
  readonly [M in MethodName]: (context: Context, ...args: ParsedArgs<M>) => Promise<Result<MethodValue<M>>>;
};

/** What the page sees as `window.gatehouse`. */
export interface GatehouseApi {
  call<M extends MethodName>(method: M, ...args: MethodArgs<M>): Promise<Result<MethodValue<M>>>;
  /** Calls the listener with each payload; answers the function that ends it. */
  on<C extends ChannelName>(channel: C, listener: (payload: ChannelPayload<C>) => void): () => void;
  /** The connection to the supervisor, as far as this page can tell. Under Electron always `open`. */
  connection(): 'connecting' | 'open' | 'lost' | 'refused';
  onConnection(
    listener: (state: 'connecting' | 'open' | 'lost' | 'refused', reason: string | null) => void,
  ): () => void;
}
