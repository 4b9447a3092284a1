/** Who need not be asked, and which uses last now. */
import { z } from 'zod';
import { newId } from '../../platform/ids.ts';

/** Uses through this server need no question. `client` and `app` are `*` for every one. */
const Standing = z.strictObject({
  credential: z.string(),
  server: z.string(),
  client: z.string(),
  app: z.string(),
});
export type Standing = z.infer<typeof Standing>;

export interface Lease {
  readonly id: string;
  readonly credential: string;
  readonly server: string;
  readonly session: string;
  readonly client: string;
  readonly app: string;
  /** `grant`, or `you` for an answer of the person. */
  readonly by: 'grant' | 'you';
  /** Wall milliseconds. */
  readonly since: number;
}

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

/** In memory: a use ends with its session, with the vault, or when a person ends it. */
export class Leases {
  readonly #list = new Map<string, Lease>();

  list(): readonly Lease[] {
    return [...this.#list.values()];
  }

  find(credential: string, server: string, session: string): Lease | null {
    return (
      this.list().find(
        (lease) => lease.credential === credential && lease.server === server && lease.session === session,
      ) ?? null
    );
  }

  begin(lease: Omit<Lease, 'id'>): Lease {
    const known = this.find(lease.credential, lease.server, lease.session);
    if (known !== null) return known;
    const made = { id: newId('lease'), ...lease };
    this.#list.set(made.id, made);
    return made;
  }

  /** Ends those that the test names, and answers them. */
  end(test: (lease: Lease) => boolean): readonly Lease[] {
    const ended = this.list().filter(test);
    for (const { id } of ended) this.#list.delete(id);
    return ended;
  }
}
