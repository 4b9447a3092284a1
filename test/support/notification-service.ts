/** A notification service in the test's hands, on a real bus; and a stranger who pretends to be one. */
import { createClient, defineInterface, type MessageBus, messageType } from 'dbus-native';

const NAME = 'org.freedesktop.Notifications';
const PATH = '/org/freedesktop/Notifications';

const PRESSING = 'org.kde.NotificationManager';

export interface Notified {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  /** Key and label in turn. */
  readonly actions: readonly string[];
}

export class NotificationService {
  readonly bus: MessageBus;
  /** What stands on the screen, by number. */
  readonly screen = new Map<number, Notified>();
  /** Every call of Notify, oldest first. */
  readonly calls: Notified[] = [];
  /** Told of each of them at once. */
  onCall: () => void = () => undefined;
  /** What is done for who has a button pressed over the bus. */
  presses: (number: number, key: string) => void = (number, key) => this.invoked(number, key);
  #onClosed: () => void = () => undefined;
  #last = 0;

  constructor(bus: MessageBus) {
    this.bus = bus;
  }

  /** Owns the name and serves it. */
  static async start(
    address: string,
    capabilities: readonly string[] = ['actions', 'body', 'body-markup'],
  ): Promise<NotificationService> {
    const service = new NotificationService(await connect(address));
    const served = defineInterface({
      name: NAME,
      methods: {
        GetCapabilities: { out: { capabilities: 'as' }, handler: () => [...capabilities] },
        GetServerInformation: {
          out: { name: 's', vendor: 's', version: 's', spec: 's' },
          handler: () => ({ name: 'test service', vendor: 'test', version: '1', spec: '1.2' }),
        },
        Notify: {
          in: {
            app: 's',
            replaces: 'u',
            icon: 's',
            summary: 's',
            body: 's',
            actions: 'as',
            hints: 'a{sv}',
            expires: 'i',
          },
          out: { id: 'u' },
          handler: (call: { replaces: number; summary: string; body: string; actions: string[] }) => {
            service.#last = Math.max(service.#last + 1, call.replaces);
            const number = call.replaces === 0 ? service.#last : call.replaces;
            const shown = { number, title: call.summary, body: call.body, actions: call.actions };
            service.screen.set(number, shown);
            service.calls.push(shown);
            service.onCall();
            return number;
          },
        },
        CloseNotification: {
          in: { id: 'u' },
          handler: ({ id }: { id: number }) => {
            service.close(id, 3);
            service.#onClosed();
          },
        },
      },
      signals: {
        ActionInvoked: { args: { id: 'u', key: 's' } },
        NotificationClosed: { args: { id: 'u', reason: 'u' } },
      },
    });
    // Plasma's way to have a button pressed: it tells of it as if a person had.
    const presser = defineInterface({
      name: PRESSING,
      methods: {
        InvokeAction: {
          in: { id: 'u', key: 's' },
          handler: ({ id, key }: { id: number; key: string }) => service.presses(id, key),
        },
      },
    });
    await service.bus.export(PATH, served);
    await service.bus.export(PATH, presser);
    await service.bus.requestName(NAME, 0x1 | 0x2);
    return service;
  }

  /** The one that stands on the screen with this text in it. */
  find(text: string): Notified | null {
    return [...this.screen.values()].find(({ title, body }) => `${title}\n${body}`.includes(text)) ?? null;
  }

  /** The person presses a button, or the notification itself with `default`. It closes then, as with most services. */
  press(shown: Notified, label: string): void {
    const at = label === 'default' ? shown.actions.indexOf('default') : shown.actions.indexOf(label) - 1;
    const key = shown.actions[at];
    if (key === undefined) throw new Error(`there is no button ${label}: ${shown.actions.join(' ')}`);
    this.invoked(shown.number, key);
    this.close(shown.number, 2);
  }

  invoked(number: number, key: string, to?: string): void {
    send(this.bus, 'ActionInvoked', 'us', [number, key], to);
  }

  close(number: number, reason: number): void {
    if (this.screen.delete(number)) send(this.bus, 'NotificationClosed', 'uu', [number, reason]);
  }

  /** Passes one on to whoever draws it, as the service of GNOME does. Nothing comes back. */
  passOn(shown: Notified, to: string): void {
    const { number, title, body, actions } = shown;
    this.bus.invoke(
      {
        destination: to,
        path: PATH,
        interface: NAME,
        member: 'Notify',
        signature: 'susssasa{sv}i',
        body: ['Gatehouse', number, '', title, body, [...actions], {}, 0],
      },
      {},
      () => undefined,
    );
  }

  /** Resolves when the next one is taken down from outside. */
  closedOnce(): Promise<void> {
    return new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  async stop(): Promise<void> {
    await this.bus.close();
  }
}

/** Signals from somebody who shows nothing. `to` sends them to one connection alone. */
export class Stranger {
  readonly bus: MessageBus;

  private constructor(bus: MessageBus) {
    this.bus = bus;
  }

  static async come(address: string): Promise<Stranger> {
    return new Stranger(await connect(address));
  }

  invoked(number: number, key: string, to?: string): void {
    send(this.bus, 'ActionInvoked', 'us', [number, key], to);
  }

  /** Has the service show a text of the stranger's own under a number. Resolves with the number it stands under. */
  replace(number: number, text: string, actions: readonly string[], withInterface = true): Promise<number> {
    return new Promise((resolve, reject) => {
      this.bus.invoke(
        {
          destination: NAME,
          path: PATH,
          ...(withInterface ? { interface: NAME } : {}),
          member: 'Notify',
          signature: 'susssasa{sv}i',
          body: ['Innocent', number, '', 'Update ready', text, [...actions], {}, 0],
        },
        {},
        (error: unknown, id: unknown) => (error == null ? resolve(Number(id)) : reject(error)),
      );
    });
  }

  /** Has the service press a button. */
  press(number: number, key: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.bus.invoke(
        {
          destination: NAME,
          path: PATH,
          interface: PRESSING,
          member: 'InvokeAction',
          signature: 'us',
          body: [number, key],
        },
        {},
        (error: unknown) => (error == null ? resolve() : reject(error)),
      );
    });
  }

  closed(number: number, to?: string): void {
    send(this.bus, 'NotificationClosed', 'uu', [number, 2], to);
  }

  async leave(): Promise<void> {
    await this.bus.close();
  }
}

async function connect(address: string): Promise<MessageBus> {
  const bus = createClient({ busAddress: address, authMethods: ['EXTERNAL'] });
  // A bus that is killed is what some tests are about.
  bus.connection.on('error', () => undefined);
  await bus.getId();
  return bus;
}

function send(bus: MessageBus, member: string, signature: string, body: unknown[], to?: string): void {
  bus.connection.message({
    type: messageType.signal,
    serial: bus.serial++,
    path: PATH,
    interface: NAME,
    member,
    signature,
    body,
    ...(to === undefined ? {} : { destination: to }),
  });
}
