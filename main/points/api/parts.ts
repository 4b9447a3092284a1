/** What the API needs of the supervisor; the composition root hands it in. */
import type { ChainReport } from '../../audit/log.ts';
import type { LogStream } from '../../audit/stream.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Peer } from '../../platform/peer.ts';
import type { TokenBook } from './token-book.ts';

export interface ApiParts {
  readonly engine: Pick<
    Engine,
    'authorize' | 'complete' | 'endSession' | 'answer' | 'desk' | 'sessions' | 'takeTexts'
  >;
  readonly stream: Pick<LogStream, 'page' | 'metrics' | 'apps' | 'appOf'>;
  readonly tokens: TokenBook;
  readonly clock: Clock;
  /** The newest row of the log that the supervisor knows to be durable. */
  readonly logHead: () => number;
  /** Calls the listener after rows were added; answers the function that ends it. */
  readonly onLogChange: (listener: () => void) => () => void;
  /** Checks the whole log; the check is itself a row. */
  readonly verifyLog: () => Promise<ChainReport>;
  /** The person's own account: every session is theirs. */
  readonly user: string;
  /** Takes the vault's values out of what a token that only watches is told. */
  readonly clean: <T>(value: T) => T;
  /** Puts something suspicious on the timeline. */
  readonly onSecurityEvent: (what: string, detail: string, peer: Peer | null) => void;
  /** Told of everything that is no refusal: a defect of ours. */
  readonly onDefect: (error: unknown) => void;
}
