/** What a gateway needs of its surroundings: the composition hands it in, tests hand in doubles. */
import type { EnginePort, SessionClaim } from '../../engine/requests.ts';
import type { JsonObject } from '../../platform/canonical-json.ts';
import type { RpcMessage } from './json-rpc.ts';
import type { UpstreamState } from './kept-upstream.ts';
import type { ListedTool } from './tool-book.ts';
import type { ConnectUpstream } from './upstream.ts';

export interface GatewayParts {
  /** The server's canonical name. */
  readonly server: string;
  readonly connect: ConnectUpstream;
  readonly engine: EnginePort;
  /** The session that the client's next call belongs to. */
  claim(): SessionClaim;
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
  /** Whether the client is shown this action of the server's at all. */
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
