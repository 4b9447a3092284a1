/** What a gateway needs of its surroundings: the composition hands it in, tests hand in doubles. */
import type { EnginePort, SessionClaim } from '../../engine/requests.ts';
import type { Point } from '../../engine/tool-call.ts';
import type { JsonObject } from '../../platform/canonical-json.ts';
import type { Confinement } from '../../policy/conditions/subject.ts';
import type { RpcMessage } from './json-rpc.ts';
import type { UpstreamState } from './kept-upstream.ts';
import type { ListedTool } from './tool-book.ts';
import type { ConnectUpstream } from './upstream.ts';

/** What a tool of our own is in the catalog, or why the call is none. */
export type NamedTool =
  | {
      readonly module: string;
      readonly action: string;
      readonly params: JsonObject;
      readonly point: Point;
      /** Level of the sandbox that stands ready to carry it out; null for none. */
      readonly confined: Confinement | null;
    }
  | { readonly problem: string };

export interface GatewayParts {
  /** The server's canonical name. */
  readonly server: string;
  readonly connect: ConnectUpstream;
  readonly engine: EnginePort;
  /** The session that the client's next call belongs to. */
  claim(): SessionClaim;
  /** For tools of our own: what a call is decided as, and with which parameters. Left out: `mcp_SERVER.TOOL`. */
  named?(tool: string, params: JsonObject, signal: AbortSignal): Promise<NamedTool>;
  /** The client's waiting time for a call, milliseconds. */
  patienceMs(hasProgress: boolean): number;
  /** The client said who it is, with initialize's parameters. */
  introduced(params: JsonObject): Promise<void>;
  /** What the client is told of the server: its initialize result. */
  greeting(result: JsonObject): JsonObject;
  /** Whether the server said that it has `tools`, `resources` or `prompts`. */
  offers(what: string): boolean;
  /** Takes a tool list in, before it is shortened. */
  observe(tools: readonly ListedTool[]): void;
  /** Every page of the list has been taken in. */
  listed(): void;
  /** Whether the client is shown this tool of the server's at all, by its canonical name. */
  visible(action: string): boolean;
  /** Takes a secret out of what a server answered. */
  redact(result: JsonObject): JsonObject;
  /** How long a renewal waits for a server that works on something, milliseconds; left out: two minutes. */
  readonly idlePatienceMs?: number;
  toClient(message: RpcMessage): void;
  stateChanged(state: UpstreamState): void;
  note(line: string): void;
  defect(error: unknown): void;
}
