/** The way out of sandboxes put together: the proxy behind the ports inside, decided by the engine. */

import type { LogPort } from '../engine/ports.ts';
import type { EnginePort } from '../engine/requests.ts';
import { listensHere } from '../platform/tcp-listeners.ts';
import { Egress } from '../points/egress/egress.ts';
import type { Runs } from '../points/run/runs.ts';

/** From now on sandboxes that begin have a way out, as far as it is decided so. */
export function serveEgress(
  runs: Pick<Runs, 'serve'>,
  parts: { readonly engine: EnginePort; readonly log: LogPort; readonly defect: (error: unknown) => void },
): void {
  const egress = new Egress({ ...parts, isOwnPort: listensHere });
  for (const kind of ['http-proxy', 'socks5'] as const)
    runs.serve(kind, (session, _kind, socket) => egress.serve(session, kind, socket));
}
