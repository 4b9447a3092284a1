/** Who need not be asked, and which uses last now. */
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { newId } from '../../platform/ids.ts';

/** Uses through this server need no question. `client` and `app` are `*` for every one. */
const Standing = z.strictObject({
  credential: z.string(),
  server: z.string(),
  client: z.string(),
  app: z.string(),
});
export type Standing = z.infer<typeof Standing>;

/** How long a use lasts where the grant says nothing else: a day of work. */
export const LEASE_MINUTES = 8 * 60;

export interface Lease {
  readonly id: string;
  readonly credential: string;
  readonly server: string;
  readonly session: string;
  readonly client: string;
  readonly app: string;
  /** `grant`, or `you` for an answer of the person. */
  readonly by: 'grant' | 'you';
  /** The variables or headers that the server got it in. */
  readonly names: readonly string[];
  /** Wall milliseconds. */
  readonly since: number;
  readonly until: number;
  /** The same end on the monotonic clock: a clock that is set back makes no use longer. */
  readonly untilMonotonic: number;
}

export type NewLease = Omit<Lease, 'id' | 'since' | 'until' | 'untilMonotonic'> & {
  readonly minutes: number;
};

interface Setting {
  read(): string | null;
  write(text: string): void;
}

/** Kept over restarts. What cannot be read stands for nothing: then everything is asked. */
export class StandingGrants {
  readonly #setting: Setting;
  #list: readonly Standing[];

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#list = readList(setting.read());
  }

  of(credential: string, server: string): readonly Standing[] {
    return this.#list.filter((one) => one.credential === credential && one.server === server);
  }

  covers(credential: string, server: string, client: string, app: string): boolean {
    return this.of(credential, server).some(
      (one) => (one.client === '*' || one.client === client) && (one.app === '*' || one.app === app),
    );
  }

  add(grant: Standing): void {
    this.#list = [...this.#list.filter((one) => JSON.stringify(one) !== JSON.stringify(grant)), grant];
    this.#setting.write(JSON.stringify(this.#list));
  }

  /** @param server null: of every server */
  drop(credential: string, server: string | null): void {
    this.#list = this.#list.filter(
      (one) => one.credential !== credential || (server !== null && one.server !== server),
    );
    this.#setting.write(JSON.stringify(this.#list));
  }

  /** Nothing stands for a server of this name any more. */
  dropServer(server: string): void {
    const left = this.#list.filter((one) => one.server !== server);
    if (left.length === this.#list.length) return;
    this.#list = left;
    this.#setting.write(JSON.stringify(left));
  }
}

function readList(text: string | null): readonly Standing[] {
  try {
    return z.array(Standing).parse(JSON.parse(text ?? '[]'));
  } catch {
    return [];
  }
}

/** In memory: a use ends with its session, with its time, with the vault, or when a person ends it. */
export class Leases {
  readonly #clock: Clock;
  readonly #list = new Map<string, Lease>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  list(): readonly Lease[] {
    return [...this.#list.values()];
  }

  /** One that lasts. */
  find(credential: string, server: string, session: string): Lease | null {
    const found = this.#known(credential, server, session);
    return found === null || this.isOver(found) ? null : found;
  }

  /** Whether its time is over by either clock: a computer that slept, or one whose clock was set, gains nothing. */
  isOver({ until, untilMonotonic }: Lease): boolean {
    return this.#clock.wallMicros() / 1000 >= until || this.#clock.monotonicMs() >= untilMonotonic;
  }

  /** Begins it; one that lasts goes on as it is, and ends when it was to end. */
  begin({ minutes, ...lease }: NewLease): Lease {
    const known = this.#known(lease.credential, lease.server, lease.session);
    if (known !== null && !this.isOver(known)) {
      const going = { ...known, names: [...new Set([...known.names, ...lease.names])] };
      this.#list.set(known.id, going);
      return going;
    }
    if (known !== null) this.#list.delete(known.id);
    const since = this.#clock.wallMicros() / 1000;
    const made = {
      ...{ id: newId('lease'), ...lease, since, until: since + minutes * 60_000 },
      untilMonotonic: this.#clock.monotonicMs() + minutes * 60_000,
    };
    this.#list.set(made.id, made);
    return made;
  }

  /** Ends those that the test names, and answers them. */
  end(test: (lease: Lease) => boolean): readonly Lease[] {
    const ended = this.list().filter(test);
    for (const { id } of ended) this.#list.delete(id);
    return ended;
  }

  #known(credential: string, server: string, session: string): Lease | null {
    return (
      this.list().find(
        (lease) => lease.credential === credential && lease.server === server && lease.session === session,
      ) ?? null
    );
  }
}
