/**
 * The person's session bus, as something that comes and goes.
 *
 * Without a bus nothing here fails: calls reject with `no_bus`, listeners wait. When the bus goes, everything
 * said on it is void; it is looked for again with growing pauses, its address read anew each time, and whoever
 * listens is told when it is open. Only Unix sockets are dialled: an address may also name a program to run or a
 * host to connect to, and neither is a session bus of ours.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type DefinedInterface, type Message, type MessageBus, messageType } from 'dbus-native';
import { GatehouseError, messageOf } from '../errors.ts';

export const BUS_NAME = 'org.freedesktop.DBus';
const BUS_PATH = '/org/freedesktop/DBus';
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;
const CALL_MS = 3000;
/** Nobody sends us more than a menu's worth. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  readonly timeoutMs?: number;
}

/** A signal as it came. `sender` is the unique name that the bus itself put there. */
export interface BusSignal {
  readonly sender: string;
  /** Ours when it was sent to us alone, null when it was sent to everybody. */
  readonly destination: string | null;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

export interface SessionBusOptions {
  /** The address to dial now; null when there is none. */
  readonly address: () => string | null;
  readonly onDefect: (where: string, error: unknown) => void;
}

interface Open {
  readonly bus: MessageBus;
  readonly address: string;
}

export class SessionBus {
  readonly #options: SessionBusOptions;
  readonly #stateListeners = new Set<() => void>();
  readonly #signalListeners = new Set<(signal: BusSignal) => void>();
  readonly #rules = new Map<string, number>();
  #open: Open | null = null;
  #dialling: MessageBus | null = null;
  #timer: NodeJS.Timeout | null = null;
  #pauseMs = FIRST_PAUSE_MS;
  #why = 'not looked for yet';
  #closed = false;
  /** Counts connections: names of one bus mean nothing on the next. */
  #epoch = 0;

  constructor(options: SessionBusOptions) {
    this.#options = options;
  }

  /** Looks for the bus, now and whenever it is gone. */
  start(): void {
    if (this.#timer === null && this.#open === null && this.#dialling === null) this.#dial();
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Number of the connection; another one after every loss of the bus. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Our unique name; null while there is no bus. */
  get name(): string | null {
    return this.#open?.bus.name ?? null;
  }

  /** Where it is; null while there is none. */
  get address(): string | null {
    return this.#open?.address ?? null;
  }

  /** Why there is no bus, in a few words. */
  get why(): string {
    return this.#why;
  }

  /** Calls the listener when the bus is open, and when it is gone. Answers the function that ends it. */
  onState(listener: () => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** Calls the listener with every signal that arrives, whoever sent it: rules decide what the bus delivers. */
  onSignal(listener: (signal: BusSignal) => void): () => void {
    this.#signalListeners.add(listener);
    return () => this.#signalListeners.delete(listener);
  }

  /** Asks the bus for the signals of a match rule, on this connection and each later one. */
  listen(rule: string): void {
    const count = this.#rules.get(rule) ?? 0;
    this.#rules.set(rule, count + 1);
    if (count === 0 && this.#open !== null) this.#addRule(this.#open.bus, rule);
  }

  /**
   * Calls a method; answers the values of the reply.
   *
   * @throws GatehouseError `no_bus`, `bus_error` (the message holds the error's D-Bus name)
   */
  call(call: BusCall): Promise<readonly unknown[]> {
    const open = this.#open;
    if (open === null)
      return Promise.reject(new GatehouseError('no_bus', `there is no session bus: ${this.#why}`));
    return invoke(open.bus, call);
  }

  /** Sends a signal to everybody who listens; nothing when there is no bus. */
  send(path: string, iface: string, member: string, signature: string, body: readonly unknown[]): void {
    try {
      this.#open?.bus.sendSignal(path, iface, member, signature, [...body]);
    } catch (error) {
      this.#options.onDefect(`sending ${member}`, error);
    }
  }

  /** Serves an interface at a path of this connection. To be done again on the next one. */
  serve(path: string, served: DefinedInterface): void {
    this.#open?.bus.exportInterface(served.impl, path, served.descriptor);
  }

  /** The owner of a name; null when nobody owns it. @throws GatehouseError as call */
  async ownerOf(name: string): Promise<string | null> {
    try {
      const [owner] = await this.call(busCall('GetNameOwner', 's', [name]));
      return typeof owner === 'string' ? owner : null;
    } catch (error) {
      if (error instanceof GatehouseError && error.message.includes('NameHasNoOwner')) return null;
      throw error;
    }
  }

  /** The process behind a unique name, as the bus knows it from the kernel; null when it does not. */
  async pidOf(unique: string): Promise<number | null> {
    try {
      const [pid] = await this.call(busCall('GetConnectionUnixProcessID', 's', [unique]));
      return typeof pid === 'number' ? pid : null;
    } catch {
      return null;
    }
  }

  /** Takes a name; false when somebody else has it. @throws GatehouseError as call */
  async own(name: string): Promise<boolean> {
    // 4: do not queue behind whoever has it.
    const [result] = await this.call(busCall('RequestName', 'su', [name, 4]));
    return result === 1 || result === 4;
  }

  /** Has the bus start whoever provides a name; false when nobody does. */
  async activate(name: string): Promise<boolean> {
    try {
      await this.call({ ...busCall('StartServiceByName', 'su', [name, 0]), timeoutMs: 10_000 });
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const buses = [this.#open?.bus, this.#dialling].filter((bus) => bus != null);
    this.#open = null;
    this.#dialling = null;
    await Promise.all(buses.map((bus) => bus.close().catch(() => undefined)));
  }

  #dial(): void {
    this.#timer = null;
    const address = this.#options.address();
    if (address === null) {
      this.#again('none is started for this login');
      return;
    }
    const socket = unixAddress(address);
    if (socket === null) {
      this.#again('its address is not that of a Unix socket');
      return;
    }
    let bus: MessageBus;
    try {
      bus = createClient({
        busAddress: socket,
        authMethods: ['EXTERNAL'],
        timeout: CALL_MS,
        maxMessageSize: MAX_MESSAGE_BYTES,
      });
    } catch (error) {
      this.#again(messageOf(error));
      return;
    }
    this.#dialling = bus;
    let over = false;
    const gone = (cause?: unknown) => {
      if (over) return;
      over = true;
      bus.connection.stream.destroy();
      this.#lost(bus, cause === undefined ? 'it was closed' : messageOf(cause));
    };
    bus.connection.on('error', (error: Error) => gone(error));
    bus.connection.on('end', () => gone());
    bus.connection.on('close', (cause?: Error) => gone(cause));
    bus.connection.on('handlerError', (error: Error) =>
      this.#options.onDefect('a message of the bus', error),
    );
    bus.connection.on('message', (message) => {
      if (message.type === messageType.signal) this.#signal(message);
    });
    // Answered after our own name was given: from then on the bus serves us.
    invoke(bus, busCall('GetId', '', [])).then(
      () => this.#opened(bus, socket),
      (error: unknown) => gone(error),
    );
  }

  #opened(bus: MessageBus, address: string): void {
    if (this.#dialling !== bus || this.#closed) return;
    this.#dialling = null;
    this.#open = { bus, address };
    this.#epoch += 1;
    this.#pauseMs = FIRST_PAUSE_MS;
    for (const rule of this.#rules.keys()) this.#addRule(bus, rule);
    this.#tell();
  }

  #lost(bus: MessageBus, why: string): void {
    if (this.#closed) return;
    const wasOpen = this.#open?.bus === bus;
    if (!wasOpen && this.#dialling !== bus) return;
    this.#open = null;
    this.#dialling = null;
    if (wasOpen) this.#tell();
    this.#again(why);
  }

  #again(why: string): void {
    this.#why = why.split('\n', 1)[0] ?? why;
    if (this.#closed || this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#dial(), this.#pauseMs).unref();
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  #addRule(bus: MessageBus, rule: string): void {
    invoke(bus, busCall('AddMatch', 's', [rule])).catch((error: unknown) => {
      if (this.#open?.bus === bus) this.#options.onDefect('a match rule', error);
    });
  }

  #signal(message: Message): void {
    const signal: BusSignal = {
      sender: message.sender ?? '',
      destination: message.destination ?? null,
      path: message.path ?? '',
      interface: message.interface ?? '',
      member: message.member ?? '',
      body: message.body ?? [],
    };
    for (const listener of this.#signalListeners) listener(signal);
  }

  #tell(): void {
    for (const listener of [...this.#stateListeners]) listener();
  }
}

function busCall(member: string, signature: string, body: readonly unknown[]): BusCall {
  return { destination: BUS_NAME, path: BUS_PATH, interface: BUS_NAME, member, signature, body };
}

function invoke(bus: MessageBus, call: BusCall): Promise<readonly unknown[]> {
  const { destination, path, interface: iface, member, signature, body, timeoutMs } = call;
  return new Promise((resolve, reject) => {
    bus.invoke(
      {
        destination,
        path,
        interface: iface,
        member,
        ...(signature === undefined || signature === '' ? {} : { signature, body: [...(body ?? [])] }),
      },
      { timeout: timeoutMs ?? CALL_MS },
      (error: unknown, ...values: unknown[]) => {
        if (error == null) resolve(values);
        else reject(new GatehouseError('bus_error', `${member}: ${busErrorText(error)}`, { cause: error }));
      },
    );
  });
}

function busErrorText(error: unknown): string {
  const name =
    typeof error === 'object' && error !== null && 'dbusName' in error ? error.dbusName : undefined;
  return typeof name === 'string' ? `${name}: ${messageOf(error)}` : messageOf(error);
}

/** The first Unix socket of an address, in its own words; null when there is none. */
function unixAddress(address: string): string | null {
  return address.split(';').find((part) => /^unix:(?:[^;]*,)?(?:path|abstract)=/.test(part)) ?? null;
}

/**
 * Where a login's session bus is: what the environment says, or the socket that systemd makes. Null when neither
 * is there.
 */
export function sessionBusAddress(env: NodeJS.ProcessEnv): string | null {
  const said = env['DBUS_SESSION_BUS_ADDRESS'];
  if (said !== undefined && said !== '') return said;
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime === undefined || runtime === '') return null;
  const socket = join(runtime, 'bus');
  return existsSync(socket) ? `unix:path=${socket}` : null;
}
