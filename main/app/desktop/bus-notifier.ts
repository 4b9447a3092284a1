/**
 * Notifications of Linux desktops: `org.freedesktop.Notifications` over the session bus, for both shells.
 *
 * A press counts only when the bus names as its sender the very connection that owned the service when we sent
 * the notification, and when that notification is one of ours. A service that goes takes everything it showed
 * with it; one that comes in its place is believed in nothing until the person agrees to it.
 *
 * Any program can ask the service to show another text under the number of ours, with our keys, which stand on the
 * bus for whoever watches it. So we watch as well: presses are taken from the same stream in which such a request
 * would stand before them, and where the bus cannot be watched, nothing is allowed from a notification. Some
 * services also press a button for whoever calls them (see `PRESSES`): that is no hand, and decides nothing.
 */
import { basename } from 'node:path';
import { Variant } from 'dbus-native';
import { BusMonitor, type SeenMessage } from '../../platform/dbus/bus-monitor.ts';
import { NameWatch } from '../../platform/dbus/name-watch.ts';
import type { BusSignal, SessionBus } from '../../platform/dbus/session-bus.ts';
import { type ProgramFacts, programOf } from '../../platform/system-program.ts';
import type { NotificationView, NotifierEvents, NotifierPort, NotifierStatus } from '../desktop-port.ts';
import { Shown } from './shown-notifications.ts';

const NAME = 'org.freedesktop.Notifications';
const PATH = '/org/freedesktop/Notifications';
/** The one key that the specification names: a press on the notification itself. */
const DEFAULT_KEY = 'default';
const NORMAL_URGENCY = 1;
/** A service that does not come up is not started again at once. */
const ACTIVATION_PAUSE_MS = 10_000;

/**
 * Methods of services' own interfaces that have them press a button: `InvokeAction` with the number and the key
 * (Plasma: org.kde.NotificationManager; mako: fr.emersion.Mako, where 0 is the newest, and older ones take the key
 * alone), `LatestInvokeAction` with the button's place (SwayNotificationCenter: org.erikreider.swaync.cc).
 */
const PRESSES = ['InvokeAction', 'LatestInvokeAction'] as const;
/**
 * On GNOME the service passes everything on to the shell, which draws it, and older shells tell everybody what they
 * tell the service. What comes from there decides nothing, and is no forgery.
 */
const DRAWS_FOR_SERVICE = 'org.gnome.Shell';

/** In the place of a number: whichever it is. */
const ANY = 0;

/** So many numbers that others named are remembered while ours is not known yet. */
const MOST_CLAIMS = 500;

/** What another program had the service do with a number. */
interface Claim {
  readonly what: 'replaced' | 'pressed';
  readonly sender: string;
  readonly atMs: number;
}

/** The service as it is now. */
interface Service {
  readonly id: string;
  readonly unique: string;
  readonly label: string;
  readonly program: ProgramFacts;
  readonly buttons: boolean;
  readonly markup: boolean;
}

export interface BusNotifierOptions {
  readonly bus: SessionBus;
  readonly onDefect: (where: string, error: unknown) => void;
  /** Looks at the process behind the service. */
  readonly programOf?: (pid: number | null) => Promise<ProgramFacts>;
}

export class BusNotifier implements NotifierPort {
  readonly #bus: SessionBus;
  readonly #programOf: (pid: number | null) => Promise<ProgramFacts>;
  readonly #watch: NameWatch;
  readonly #drawer: NameWatch;
  readonly #shown: Shown;
  readonly #monitor: BusMonitor;
  /** What others asked for by number; ours may be among them before we are told it. */
  readonly #claims = new Map<number, Claim>();
  /** The newest that there was no room for: it may have been about any number. */
  #forgotten: Claim | undefined;
  readonly #ends: (() => void)[] = [];
  #events: NotifierEvents | null = null;
  #service: Service | null = null;
  /** The service that may approve: the first there was, when it is one of the system, or one that the person agreed to. */
  #believed: string | null = null;
  #first: string | null = null;
  #activatedMs = Number.NEGATIVE_INFINITY;

  constructor({ bus, onDefect, programOf: look = programOf }: BusNotifierOptions) {
    this.#bus = bus;
    this.#shown = new Shown((error) => onDefect('a notification', error));
    this.#programOf = look;
    this.#watch = new NameWatch(bus, NAME);
    this.#drawer = new NameWatch(bus, DRAWS_FOR_SERVICE);
    this.#monitor = new BusMonitor({
      bus,
      // A call may leave its interface out.
      rules: [
        ...['Notify', ...PRESSES].map((member) => `type='method_call',member='${member}'`),
        `type='signal',interface='${NAME}'`,
      ],
      onMessage: (message) => this.#overheard(message),
      onChange: () => this.#events?.onStatus(),
    });
  }

  start(events: NotifierEvents): void {
    this.#events = events;
    this.#bus.listen(`type='signal',interface='${NAME}',path='${PATH}'`);
    this.#ends.push(
      this.#watch.onChange(() => this.#ownerChanged()),
      this.#bus.onSignal((signal) => this.#signal(signal)),
      this.#bus.onState(() => this.#busChanged()),
    );
    this.#busChanged();
    this.#ownerChanged();
  }

  async show(view: NotificationView): Promise<boolean> {
    const service = this.#service;
    if (service === null) {
      void this.#activate();
      return false;
    }
    const early: { readonly number: number; readonly claim: Claim }[] = [];
    const taken = await this.#shown.inTurn(view.id, async (replaces) => {
      // What waited for its turn may be for a service that is gone.
      if (this.#service?.id !== service.id) return null;
      const askedMs = performance.now();
      const [id] = await this.#bus.call({
        // To this very connection: what takes the name meanwhile does not get it.
        destination: service.unique,
        path: PATH,
        interface: NAME,
        member: 'Notify',
        signature: 'susssasa{sv}i',
        body: [
          'Gatehouse',
          replaces ?? 0,
          '',
          view.title,
          service.markup ? escaped(view.body) : view.body,
          service.buttons ? wireActions(view) : [],
          { urgency: new Variant('y', NORMAL_URGENCY), category: new Variant('s', 'x-gatehouse.request') },
          // It stays for as long as the request waits.
          0,
        ],
      });
      if (typeof id !== 'number' || this.#service?.id !== service.id) return null;
      for (const claim of [this.#claims.get(id), this.#claims.get(ANY), this.#forgotten])
        if (claim !== undefined && claim.atMs >= askedMs) early.push({ number: id, claim });
      return { number: id, press: view.press, keys: new Set(view.buttons.map(({ key }) => key)) };
    });
    // Somebody was quicker than the answer that told us the number.
    for (const { number, claim } of early.slice(0, 1)) this.#meddled(number, claim);
    return taken;
  }

  withdraw(id: string): void {
    void this.#shown.takeDown(id, async (number) => {
      const service = this.#service;
      if (service === null) return;
      await this.#bus.call({
        destination: service.unique,
        path: PATH,
        interface: NAME,
        member: 'CloseNotification',
        signature: 'u',
        body: [number],
      });
    });
  }

  status(): NotifierStatus {
    const service = this.#service;
    if (service === null) {
      return {
        state: 'absent',
        detail: this.#bus.isOpen
          ? 'No program on this desktop shows notifications.'
          : `There is no session bus: ${this.#bus.why}.`,
        hint: this.#bus.isOpen ? 'start a notification service, for example dunst' : null,
        buttons: false,
        trusted: false,
        service: null,
      };
    }
    const believed = this.#believed === service.id;
    const trusted = believed && this.#monitor.watching;
    const who = `${service.label}${service.program.executable === null ? '' : ` (${service.program.executable})`}`;
    return {
      state: 'ready',
      detail: service.buttons
        ? `${who} shows notifications.`
        : `${who} shows notifications, but draws no buttons.`,
      hint: trusted
        ? null
        : believed
          ? 'the bus does not let Gatehouse see whether another program changes a notification: allow in the page'
          : this.#first !== service.id
            ? 'it is not the program of the system that was there first: agree to it under Settings before it may approve'
            : 'it is not a program of the system: agree to it under Settings before it may approve',
      buttons: service.buttons,
      trusted,
      service: service.id,
    };
  }

  trust(service: string): boolean {
    if (this.#service?.id !== service) return false;
    this.#believed = service;
    this.#events?.onStatus();
    return true;
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end();
    this.#watch.close();
    this.#drawer.close();
    await this.#monitor.close();
    for (const id of this.#shown.ids()) this.withdraw(id);
    await this.#shown.settled();
  }

  #busChanged(): void {
    if (this.#bus.isOpen) void this.#activate();
    this.#events?.onStatus();
  }

  /** Desktops without one running start it when somebody needs it. */
  async #activate(): Promise<void> {
    const now = performance.now();
    if (now - this.#activatedMs < ACTIVATION_PAUSE_MS) return;
    this.#activatedMs = now;
    const owner = await this.#bus.ownerOf(NAME).catch(() => null);
    if (owner === null) await this.#bus.activate(NAME);
  }

  #ownerChanged(): void {
    const owner = this.#watch.owner;
    const before = this.#service;
    this.#service = null;
    if (this.#shown.forget() || before !== null) this.#events?.onVoided();
    this.#events?.onStatus();
    if (owner !== null) void this.#meet(owner.id, owner.unique, owner.pid);
  }

  async #meet(id: string, unique: string, pid: number | null): Promise<void> {
    const ask = (member: string) =>
      this.#bus
        .call({ destination: unique, path: PATH, interface: NAME, member })
        .catch((): readonly unknown[] => []);
    const [program, [capabilities], [name, , version]] = await Promise.all([
      this.#programOf(pid),
      ask('GetCapabilities'),
      ask('GetServerInformation'),
      this.#monitor.settled(),
    ]);
    if (this.#watch.owner?.id !== id) return;
    const known = new Set(Array.isArray(capabilities) ? capabilities.map(String) : []);
    const label = [name, version].filter((part) => typeof part === 'string' && part !== '').join(' ');
    this.#service = {
      id,
      unique,
      // It says of itself what it likes.
      label: label.replace(/[^\w .:+-]/g, '').slice(0, 60) || basename(program.executable ?? 'a program'),
      program,
      buttons: known.has('actions'),
      markup: known.has('body-markup'),
    };
    if (this.#first === null) {
      this.#first = id;
      if (program.system) this.#believed = id;
    } else {
      this.#events?.onSuspicion(
        'notification_service_changed',
        `Notifications are shown by another program than before: ${this.#service.label}, ${program.executable ?? 'unknown program'}, pid ${pid ?? 'unknown'}. What was shown before is void, and it may not approve until you agree to it`,
      );
    }
    this.#events?.onStatus();
  }

  #signal(signal: BusSignal): void {
    if (signal.interface !== NAME) return;
    const { member, body } = signal;
    if (member !== 'ActionInvoked' && member !== 'NotificationClosed') return;
    const [number, key] = body;
    if (typeof number !== 'number') return;
    const shown = this.#shown.find(number);
    if (signal.sender !== this.#service?.unique) {
      if (signal.sender === this.#drawer.owner?.unique) return;
      // What other programs tell one another is no business of ours; what names our notifications, or us, is.
      const named = shown !== null || (typeof key === 'string' && this.#shown.hasKey(key));
      if (named || signal.destination !== null)
        this.#events?.onSuspicion(
          'notification_forged',
          `${member} for notification ${number} came from ${signal.sender} (${signal.destination === null ? 'to all' : 'to us alone'}), which does not show it. It decided nothing`,
        );
      return;
    }
    // Where the bus is watched it comes that way too, in its place among what others asked the service for.
    if (!this.#monitor.watching) this.#told(member, number, key);
  }

  /** What the service says of a notification. */
  #told(member: string, number: number, key: unknown): void {
    const shown = this.#shown.find(number);
    if (shown === null) return;
    if (member === 'NotificationClosed') {
      this.#shown.gone(shown.id);
      this.#events?.onClosed(shown.id);
      return;
    }
    if (typeof key !== 'string') return;
    this.#events?.onKey(shown.id, key === DEFAULT_KEY ? shown.press : key);
  }

  /** Everything that is said to the service and by it, in its order. */
  #overheard({ kind, sender, destination, interface: iface, member, body }: SeenMessage): void {
    // What the service itself calls is how it draws what we asked it for.
    const isOther = sender !== this.#bus.name && sender !== this.#service?.unique;
    if (kind === 'call' && isOther && PRESSES.some((press) => press === member)) {
      const named = member === 'InvokeAction' && typeof body[0] === 'number';
      this.#claim(named ? (body[0] as number) : ANY, { what: 'pressed', sender });
      return;
    }
    if (iface !== null && iface !== NAME) return;
    if (kind === 'signal') {
      const [number, key] = body;
      const isOurs = destination === null || destination === this.#bus.name;
      if (sender === this.#service?.unique && isOurs && typeof number === 'number')
        if (member === 'ActionInvoked' || member === 'NotificationClosed') this.#told(member, number, key);
      return;
    }
    const replaces = body[1];
    if (!isOther || member !== 'Notify' || typeof replaces !== 'number' || replaces === 0) return;
    this.#claim(replaces, { what: 'replaced', sender });
  }

  /** Somebody asked the service for something about a number. What it says of a press is about to follow. */
  #claim(number: number, meddler: Omit<Claim, 'atMs'>): void {
    const claim = { ...meddler, atMs: performance.now() };
    this.#claims.delete(number);
    this.#claims.set(number, claim);
    for (const [oldest, forgotten] of this.#claims) {
      if (this.#claims.size <= MOST_CLAIMS) break;
      this.#claims.delete(oldest);
      this.#forgotten = forgotten;
    }
    for (const shown of number === ANY ? this.#shown.numbers() : [number]) this.#meddled(shown, claim);
  }

  /** One of ours is not what it was, or was pressed by a program: none of its keys is good any more. */
  #meddled(number: number, { what, sender }: Claim): void {
    const shown = this.#shown.find(number);
    if (shown === null) return;
    this.#events?.onReplaced(shown.id);
    const did = {
      replaced: `show a text of its own in the place of notification ${number}, which is Gatehouse’s`,
      pressed: `press a button of notification ${number}, which is Gatehouse’s`,
    }[what];
    this.#events?.onSuspicion(
      `notification_${what}`,
      `Another program (${sender}) had the service ${did}. It was taken down and decides nothing; the request waits in the page`,
    );
  }
}

function wireActions(view: NotificationView): string[] {
  return [...view.buttons.flatMap(({ key, label }) => [key, label]), DEFAULT_KEY, 'Open Gatehouse'];
}

/** A body is read as markup: nothing in it may be. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
