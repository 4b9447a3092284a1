/**
 * A second connection to the session bus that sees what others say to one another, in the order in which the bus
 * passes it on. It cannot send: the bus ends a monitor that does.
 *
 * Source: D-Bus specification, org.freedesktop.DBus.Monitoring.BecomeMonitor. Session buses give it to the person
 * whose bus it is; where it is refused, nothing is watched and that is told.
 */
import { createClient, type Message, type MessageBus, messageType } from 'dbus-native';
import { BUS_NAME, type SessionBus } from './session-bus.ts';

const BUS_PATH = '/org/freedesktop/DBus';
const ANSWER_MS = 3000;
const FIRST_PAUSE_MS = 500;
const LOST_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** Programs send pictures with what they show. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** What somebody said. `sender` is the unique name that the bus itself put there. */
export interface SeenMessage {
  readonly kind: 'call' | 'signal';
  readonly sender: string;
  readonly destination: string | null;
  readonly interface: string | null;
  readonly member: string;
  readonly body: readonly unknown[];
}

export interface BusMonitorOptions {
  readonly bus: SessionBus;
  /** Match rules of what is to be seen. */
  readonly rules: readonly string[];
  readonly onMessage: (message: SeenMessage) => void;
  /** `watching` answers something else now. */
  readonly onChange: () => void;
}

export class BusMonitor {
  readonly #options: BusMonitorOptions;
  readonly #end: () => void;
  #client: MessageBus | null = null;
  #watching = false;
  #timer: NodeJS.Timeout | null = null;
  #pauseMs = FIRST_PAUSE_MS;
  #settled = Promise.withResolvers<void>();

  constructor(options: BusMonitorOptions) {
    this.#options = options;
    this.#end = options.bus.onState(() => this.#busChanged());
    if (options.bus.isOpen) this.#busChanged();
  }

  /** Everything that the rules name is seen. */
  get watching(): boolean {
    return this.#watching;
  }

  /** Resolves when it is known for the bus of now whether it may be watched. */
  settled(): Promise<void> {
    return this.#settled.promise;
  }

  async close(): Promise<void> {
    this.#end();
    this.#drop();
    this.#settled.resolve();
  }

  #busChanged(): void {
    this.#drop();
    this.#pauseMs = FIRST_PAUSE_MS;
    if (this.#options.bus.isOpen) {
      this.#settled.resolve();
      this.#settled = Promise.withResolvers();
      this.#dial();
    }
  }

  #dial(): void {
    this.#timer = null;
    const { address } = this.#options.bus;
    if (address === null) return;
    let client: MessageBus;
    try {
      client = createClient({
        busAddress: address,
        authMethods: ['EXTERNAL'],
        timeout: ANSWER_MS,
        maxMessageSize: MAX_MESSAGE_BYTES,
      });
    } catch {
      this.#again();
      return;
    }
    this.#client = client;
    const gone = () => {
      if (this.#client === client) this.#again();
    };
    client.connection.on('error', gone);
    client.connection.on('end', gone);
    client.connection.on('close', gone);
    client.connection.on('handlerError', gone);
    client.connection.on('message', (message) => {
      if (this.#client === client && this.#watching) this.#seen(message);
    });
    client.invoke(
      {
        destination: BUS_NAME,
        path: BUS_PATH,
        interface: 'org.freedesktop.DBus.Monitoring',
        member: 'BecomeMonitor',
        signature: 'asu',
        body: [[...this.#options.rules], 0],
      },
      { timeout: ANSWER_MS },
      (error: unknown) => {
        if (this.#client !== client) return;
        if (error != null) {
          gone();
          return;
        }
        this.#watching = true;
        this.#settled.resolve();
        this.#options.onChange();
      },
    );
  }

  /** Whoever makes it fail must not have it dial without a pause. */
  #again(): void {
    this.#drop();
    this.#settled.resolve();
    this.#timer = setTimeout(() => this.#dial(), this.#pauseMs).unref();
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  #drop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const client = this.#client;
    this.#client = null;
    client?.connection.stream.destroy();
    if (!this.#watching) return;
    this.#watching = false;
    // When the bus itself goes, the other connection is about to say so, and nothing is shown on it any more.
    setTimeout(() => this.#options.onChange(), LOST_MS).unref();
  }

  #seen(message: Message): void {
    const kind =
      message.type === messageType.signal
        ? 'signal'
        : message.type === messageType.methodCall
          ? 'call'
          : null;
    if (kind === null) return;
    this.#options.onMessage({
      kind,
      sender: message.sender ?? '',
      destination: message.destination ?? null,
      interface: message.interface ?? null,
      member: message.member ?? '',
      body: message.body ?? [],
    });
  }
}
