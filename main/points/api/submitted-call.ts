/** A call as a client of the API submits it, and where it stands. */
import { createHash } from 'node:crypto';
import type { SessionClaim, Verdict } from '../../engine/requests.ts';
import { canonicalJson, type JsonObject } from '../../platform/canonical-json.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { ApiError } from './api-error.ts';

/** A call as a client asks for it. */
export interface Wanted {
  /** The client's own name of its session. */
  readonly session: string;
  /** The client's own id of the call: the same id again asks for the same call, not for another one. */
  readonly callId: string | null;
  readonly agent: string;
  readonly toolName: string;
  readonly params: JsonObject;
  readonly cwd: string;
}

/** Where a submitted call stands. */
export interface Standing {
  readonly callId: string;
  readonly sessionId: string | null;
  readonly requestId: string | null;
  readonly app: string;
  /** Null while it waits. */
  readonly verdict: Verdict | null;
  readonly completed: boolean;
  /** What behaviour rules tell the agent: about the call, and once it is completed about its result. */
  readonly notices: readonly string[];
}

/** A call that was submitted, as long as it is known. */
export interface Submitted {
  readonly key: string;
  readonly token: string;
  readonly app: string;
  readonly agent: string;
  readonly digest: string;
  readonly claim: SessionClaim & { readonly claimedCallId: string };
  readonly aborter: AbortController;
  /** Resolves when it waits for a person, or is decided. */
  readonly begun: Promise<unknown>;
  readonly ended: Promise<Verdict>;
  callId: string;
  requestId: string | null;
  verdict: Verdict | null;
  /** Requests that wait for it now. */
  waiters: number;
  /** Its client was told to come back. */
  released: boolean;
  lease: NodeJS.Timeout | null;
  completed: boolean;
}

/** What tells one call from another under the same id. @throws ApiError `bad_request` when it has no canonical form */
export function digestOf(wanted: Wanted): string {
  const { agent, toolName, params, cwd } = wanted;
  try {
    return createHash('sha256').update(canonicalJson({ agent, toolName, params, cwd })).digest('hex');
  } catch (error) {
    if (error instanceof GatehouseError) throw new ApiError('bad_request', messageOf(error));
    throw error;
  }
}
